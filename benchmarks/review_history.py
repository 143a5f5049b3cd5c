"""Review the template history of public repositories: what stops, what crashes, and how much of it is right.

Every commit that changes a CloudFormation template is reviewed: the template before it against the one after it. The
labels of stops are kept in `review_history.tsv`, one line for each finding with severity stop: repository, commit,
template, rule, resource, ``right`` or ``wrong`` and why by each of two labellers who did not see each other's labels,
and what was settled; its reason stands where the two differ. A stop that somebody has not labelled is ``?``. Both are
language models of one kind. A stop that a changed rule no longer makes keeps its line.

``python -m benchmarks.review_history OWNER/NAME=GIT_DIRECTORY … [--table] [--json]``
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path

from benchmarks.decode_collections import agreement
from staygreen.core.mail_facts.template import Unreadable
from staygreen.review import loading, report

LABELS = Path(__file__).with_suffix(".tsv")
DAY = date(2026, 11, 24)
_SUFFIXES = (".json", ".yaml", ".yml", ".template")
_TEMPLATE = re.compile(rb"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+")
_MAX_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Stop:
    """A finding that stops, with the labels that it was given and the one that was settled."""

    repository: str
    commit: str
    template: str
    rule: str
    resource: str
    first: str = "?"
    first_why: str = ""
    second: str = "?"
    second_why: str = ""
    label: str = "?"
    why: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What tells one from another."""
        return astuple(self)[:5]


class History:
    """The commits of one repository that change templates."""

    def __init__(self, name: str, directory: str) -> None:
        self.name = name
        self._git = ["git", f"--git-dir={directory}"]
        self._blobs = subprocess.Popen(
            [*self._git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def commits(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Every commit without its merges, oldest first, with the paths that it changes: before and after."""
        command = [
            *self._git,
            "log",
            "--reverse",
            "--no-merges",
            "--format=%x00%H",
            "--name-status",
            "-M",
            "-z",
            "HEAD",
        ]
        told = subprocess.run(command, capture_output=True, check=True).stdout
        commit, words = "", iter(told.decode("utf-8", "replace").split("\0"))
        changes: list[tuple[str, str]] = []
        for word in words:
            sign = word.strip()
            if re.fullmatch("[0-9a-f]{40}", sign):
                if changes:
                    yield commit, changes
                commit, changes = sign, []
            elif re.fullmatch(r"[AMDT]", sign):
                path = next(words)
                changes.append(("" if sign == "A" else path, "" if sign == "D" else path))
            elif re.fullmatch(r"[RC]\d*", sign):
                changes.append((next(words), next(words)))
        if changes:
            yield commit, changes

    def content(self, commit: str, path: str) -> bytes:
        """A file at a commit; empty where it is none."""
        asked, answered = self._blobs.stdin, self._blobs.stdout
        if not path or "\n" in path or asked is None or answered is None:
            return b""
        asked.write(f"{commit}:{path}\n".encode())
        asked.flush()
        kind, _, size = answered.readline().decode("utf-8", "replace").rstrip("\n").rpartition(" ")
        if not size.isdigit():  # "… missing"
            return b""
        content = answered.read(int(size) + 1)[:-1]
        return content if kind.endswith(" blob") else b""

    def close(self) -> None:
        """End the process that reads files."""
        self._blobs.communicate()


def is_template(content: bytes) -> bool:
    """Whether a file is a template of CloudFormation, and no huge one."""
    return len(content) < _MAX_BYTES and b"Resources" in content and _TEMPLATE.search(content) is not None


def stops(history: History, counts: Counter[str]) -> Iterator[Stop]:
    """What would have stopped, commit for commit."""
    for commit, changes in history.commits():
        for before, after in changes:
            if not (before or after).endswith(_SUFFIXES):
                continue
            base, head = history.content(f"{commit}^", before), history.content(commit, after)
            if base == head or not (is_template(base) or is_template(head)):
                continue
            found = _review(
                base, head, (after or before).rpartition("/")[2], counts, f"{history.name} {commit} {after}"
            )
            for finding in found.findings if found else ():
                if finding.severity.value == "stop":
                    yield Stop(history.name, commit[:12], after or before, finding.rule, finding.logical_id)


def _review(base: bytes, head: bytes, name: str, counts: Counter[str], place: str) -> report.Report | None:
    with tempfile.TemporaryDirectory() as directory:
        sides = []
        for side, content in (("base", base), ("head", head)):
            path = Path(directory, side)
            path.mkdir()
            if is_template(content):
                (path / name).write_bytes(content)
            sides.append(path)
        counts["reviews"] += 1
        started = time.perf_counter()
        try:
            found = report.review(*(loading.load(side, may_be_empty=True) for side in sides), DAY)
        except Unreadable:
            counts["unreadable"] += 1
            return None
        except Exception:  # noqa: BLE001 - a crash is what is counted here
            counts["crashes"] += 1
            print(f"crash: {place}\n{traceback.format_exc()}", file=sys.stderr)
            return None
        finally:
            counts["milliseconds"] += round(1000 * (time.perf_counter() - started))
    counts["crashes"] += sum(one.rule == "not-judged" for one in found.findings)
    counts[f"verdict {found.verdict}"] += 1
    return found


def labels() -> dict[tuple[str, ...], Stop]:
    """The labelled stops, by what tells one from another."""
    with LABELS.open(encoding="utf-8", newline="") as opened:
        rows = [Stop(**row) for row in csv.DictReader(opened, delimiter="\t")]
    return {row.key: row for row in rows}


def labellers(stops: Sequence[Stop]) -> dict[str, float]:
    """How much of the table each labeller calls right, how far they agree, and what is right as settled."""
    both = [(stop.first, stop.second) for stop in stops if "?" not in (stop.first, stop.second)]
    if not both:
        return {}
    raw, kappa = agreement(both)
    return {
        "labelled by both": len(both),
        "right by the first": sum(first == "right" for first, _ in both),
        "right by the second": sum(second == "right" for _, second in both),
        "agreement": round(raw, 3),
        "Cohen's kappa": round(kappa, 3),
        "right as settled, when labelled": sum(s.label == "right" for s in stops if "?" not in (s.first, s.second)),
    }


def arguments() -> argparse.Namespace:
    """What is asked of the command."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("repositories", nargs="+", metavar="OWNER/NAME=GIT_DIRECTORY")
    options.add_argument(
        "--table", action="store_true", help="write the table of stops, with the labels that are known"
    )
    options.add_argument("--json", action="store_true")
    return options.parse_args()


def main() -> int:
    """Review; 1 when something crashed, or nine in ten labelled stops are not right."""
    given = arguments()
    known = labels() if LABELS.exists() else {}
    counts: Counter[str] = Counter()
    found: dict[tuple[str, ...], Stop] = {}
    for word in given.repositories:
        history = History(*word.split("=", 1))
        for stop in stops(history, counts):
            found[stop.key] = known.get(stop.key, stop)
        history.close()
    if given.table:
        with LABELS.open("w", encoding="utf-8", newline="") as opened:
            table = csv.writer(opened, delimiter="\t", lineterminator="\n")
            table.writerow(Stop.__dataclass_fields__)
            table.writerows(astuple(stop) for stop in {**known, **found}.values())
    right = Counter(stop.label for stop in found.values())
    result = {
        "repositories": len(given.repositories),
        **counts,
        **{f"stops {k}": n for k, n in right.items()},
        **labellers(list(known.values())),
    }
    print(json.dumps(result) if given.json else "\n".join(f"{name}: {value}" for name, value in result.items()))
    return 1 if counts["crashes"] or right["right"] < 9 * right["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
