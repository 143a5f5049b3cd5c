"""How much of what others collected the decoder knows, and how much of that is wrong.

`python -m benchmarks.decode_collections DIR [--json] [--list wrong|unknown]`

DIR holds clones, in directories of any name, of public collections of replies: ActiveCampaign/smtp-field-manual,
fm/smtp-codes, wRAR/flufl.bounce, cfortune/PHP-Bounce-Handler, zoonru/PHP-Bounce-Handler, ronbeltran/bounce_email.
Nothing of them is kept here. `decode_labels.tsv` names 400 of their replies by a hash of the text and holds what
each means, labelled before the decoder was fitted to them, in two passes in different orders: the first saw the
words alone, the second also what the collection says of them. Both passes stand beside the answer that was settled
afterwards; `a|b` accepts either. One labeller made both passes, so their agreement is an upper bound.

*Known*: a rule explains it. *Wrong*: a known cause or route that no label has, or a permanence against the reply's own
code. *Rightly unknown*: no rule explains it, and a label says that there is nothing to know.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from staygreen.cli.decode import read
from staygreen.core.replies.decode import Decoded
from staygreen.core.replies.delivery_event import Notice

LABELS = Path(__file__).with_name("decode_labels.tsv")
LEAST_KNOWN, LEAST_KNOWN_MICROSOFT, MOST_WRONG = 0.85, 0.98, 0.005
_MANUAL = re.compile(r"data/codes/\d{3}\.json")
_MAIL = re.compile(r"(?:eml|tests/bounces|flufl/bounce/tests/data)/[\w.\-]+\.(?:eml|txt)")
_PERMANENT = {True: "yes", False: "no", None: "unsaid"}


@dataclass(frozen=True, slots=True)
class Label:
    """What one reply means: the two passes, and what was settled."""

    first: tuple[str, str]
    second: tuple[str, str]
    causes: frozenset[str]
    routes: frozenset[str]
    permanent: frozenset[str]
    is_microsoft: bool

    def faults(self, decoded: Decoded) -> list[str]:
        """What of a decoded reply is wrong."""
        found = []
        if decoded.rule:
            if decoded.cause.value not in self.causes:
                found.append(f"cause {decoded.cause.value} for {'|'.join(sorted(self.causes))}")
            elif decoded.route.value not in self.routes:
                found.append(f"route {decoded.route.value} for {'|'.join(sorted(self.routes))}")
        if decoded.permanent is not None and not self.permanent & {_PERMANENT[decoded.permanent], "unsaid"}:
            found.append(f"permanent {decoded.permanent}")
        return found


def labels() -> dict[str, Label]:
    """Every label by the hash of its text."""
    with LABELS.open(encoding="utf-8") as file:
        return {
            row["sha256"]: Label(
                first=(row["first_cause"], row["first_route"]),
                second=(row["second_cause"], row["second_route"]),
                causes=frozenset(row["cause"].split("|")),
                routes=frozenset(row["route"].split("|")),
                permanent=frozenset(row["permanent"].split("|")),
                is_microsoft=row["receiver"] == "microsoft",
            )
            for row in csv.DictReader(file, delimiter="\t")
        }


def collected(folder: Path) -> Iterator[bytes]:
    """Each reply or message of the clones below a folder."""
    for clone in sorted(path for path in folder.iterdir() if path.is_dir()):
        git = next((at for at in (clone / ".git", clone / "repo/.git", clone / "repo", clone) if _is_git(at)), None)
        if git is None:
            continue
        for name in _git(git, "ls-tree", "-r", "--name-only", "HEAD").decode().splitlines():
            if _MANUAL.fullmatch(name):
                yield from _manual(_git(git, "show", f"HEAD:{name}"))
            elif _MAIL.fullmatch(name):
                yield _git(git, "show", f"HEAD:{name}")


def _is_git(path: Path) -> bool:
    return (path / "HEAD").is_file()


def _git(path: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", f"--git-dir={path}", *arguments], capture_output=True, check=True).stdout


def _manual(content: bytes) -> Iterator[bytes]:
    document = json.loads(content)
    for kind in ("providers", "spamFilters"):
        for provider in document.get(kind, ()):
            yield from (entry["response"].encode() for entry in provider["responses"])


def digest(content: bytes) -> str:
    """The name of a text, whatever its line ends and indents."""
    return hashlib.sha256(b" ".join(content.split())).hexdigest()


def first_decoded(content: bytes) -> Decoded | None:
    """What the command says of the first reply that it finds in a text."""
    return next((item.decoded() for item in read(io.BytesIO(content)) if isinstance(item, Notice)), None)


def agreement(pairs: Sequence[tuple[str, str]]) -> tuple[float, float]:
    """The share of equal labels, and Cohen's kappa."""
    observed = sum(a == b for a, b in pairs) / len(pairs)
    first, second = (Counter(pair[side] for pair in pairs) for side in (0, 1))
    by_chance = sum(first[word] * second[word] for word in first) / len(pairs) ** 2
    return observed, (observed - by_chance) / (1 - by_chance)


def measured(folder: Path, listed: str = "") -> dict[str, object]:
    """The rates over the labelled replies that the clones hold."""
    by_digest = labels()
    found: dict[str, tuple[Label, Decoded | None]] = {}
    for content in collected(folder):
        name = digest(content)
        if name in by_digest and name not in found:
            found[name] = (by_digest[name], first_decoded(content))
            _list(listed, content, *found[name])
    both = list(found.values())
    causes = agreement([(label.first[0], label.second[0]) for label in by_digest.values()])
    routes = agreement([(label.first[1], label.second[1]) for label in by_digest.values()])
    return {
        "labelled": len(by_digest),
        "found": len(both),
        "agreement_cause_raw": round(causes[0], 3),
        "agreement_cause_kappa": round(causes[1], 3),
        "agreement_route_raw": round(routes[0], 3),
        "agreement_route_kappa": round(routes[1], 3),
        **_rates("all", both),
        **_rates("microsoft", [pair for pair in both if pair[0].is_microsoft]),
    }


def _rates(group: str, pairs: Sequence[tuple[Label, Decoded | None]]) -> dict[str, object]:
    known = sum(decoded is not None and bool(decoded.rule) for _, decoded in pairs)
    nothing_to_know = sum(
        "unknown" in label.causes and (decoded is None or not decoded.rule) for label, decoded in pairs
    )
    wrong = sum(decoded is not None and bool(label.faults(decoded)) for label, decoded in pairs)
    total = max(1, len(pairs))
    return {
        f"{group}_replies": len(pairs),
        f"{group}_known": round(known / total, 3),
        f"{group}_rightly_unknown": round(nothing_to_know / total, 3),
        f"{group}_wrong": round(wrong / total, 4),
    }


def _list(listed: str, content: bytes, label: Label, decoded: Decoded | None) -> None:
    faults = label.faults(decoded) if decoded else []
    is_unknown = decoded is None or not decoded.rule
    if (listed == "wrong" and faults) or (listed == "unknown" and is_unknown and "unknown" not in label.causes):
        text = decoded.text[:160] if decoded else content[:160].decode("utf-8", "replace")
        print(f"{'; '.join(faults) or '|'.join(sorted(label.causes))}\t{decoded.rule if decoded else ''}\t{text}")


def main() -> int:
    """Print the rates; status 1 where one misses its target."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--list", choices=["wrong", "unknown"], default="", dest="listed")
    options = arguments.parse_args()
    result = measured(options.folder, options.listed)
    print(json.dumps(result) if options.json else "\n".join(f"{key:28} {value}" for key, value in result.items()))
    return 0 if _is_good(result) else 1


def _is_good(result: Mapping[str, object]) -> bool:
    def rate(key: str) -> float:
        return float(str(result[key]))

    return (
        result["found"] == result["labelled"]
        and rate("all_known") >= LEAST_KNOWN
        and rate("microsoft_known") >= LEAST_KNOWN_MICROSOFT
        and rate("all_wrong") < MOST_WRONG
    )


if __name__ == "__main__":
    sys.exit(main())
