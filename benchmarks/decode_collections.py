"""How much of what others collected the decoder knows, and how much of that is wrong.

`python -m benchmarks.decode_collections DIR [--json] [--list wrong|unknown]`

DIR holds clones, in directories of any name, of public collections of replies: ActiveCampaign/smtp-field-manual,
fm/smtp-codes, wRAR/flufl.bounce, cfortune/PHP-Bounce-Handler, zoonru/PHP-Bounce-Handler, ronbeltran/bounce_email.
Nothing of them is kept here. Two labellers named what 400 of their replies mean, by a hash of the text, and neither
saw the other's labels: the first before the decoder was fitted to them (`decode_labels.tsv`, in two passes, the second
of which saw what the collection says), the second from the text alone (`decode_labels_2.tsv`). Both are language models
of one kind: their agreement is an upper bound. `a|b` accepts either; agreement is counted by the first answer. Where
the first answers differ, the second file holds what was settled afterwards, in sight of the decoder's answer, and why;
elsewhere an answer is right when both accept it.

*Known*: a rule explains it. *Wrong*: a known cause or route that no label has, or a permanence against the reply's own
code. *Rightly unknown*: no rule explains it, and a label says that there is nothing to know. `first_wrong` and
`second_wrong` judge by one labeller alone, `agreed_wrong` by the replies whose first answers are the same. `held_out`
are mails drawn at random from sisimai/set-of-emails, a collection that the rules were not fitted to, and labelled by
the second labeller alone (`decode_held_out.tsv`: cause and route); 0 where its clone is not below DIR.
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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from staygreen.cli.decode import read
from staygreen.core.replies.decode import Decoded
from staygreen.core.replies.delivery_event import Notice

HELD_OUT = Path(__file__).with_name("decode_held_out.tsv")
FIRST, SECOND = (Path(__file__).with_name(f"decode_labels{end}.tsv") for end in ("", "_2"))
LEAST_KNOWN, LEAST_KNOWN_MICROSOFT, MOST_WRONG = 0.85, 0.98, 0.005
_MANUAL = re.compile(r"data/codes/\d{3}\.json")
_MAIL = re.compile(r"(?:eml|tests/bounces|flufl/bounce/tests/data|maildir/bsd)/[\w.\-]+\.(?:eml|txt)")
_PERMANENT = {True: "yes", False: "no", None: "unsaid"}


@dataclass(frozen=True, slots=True)
class Label:
    """What one reply means: every answer that is right, and the first answer of each kind."""

    causes: frozenset[str]
    routes: frozenset[str]
    permanent: frozenset[str]
    first: tuple[str, str, str] = ("", "", "")

    @classmethod
    def of(cls, cause: str, route: str, permanent: str) -> Label:
        """A label as the tables write it."""
        answers = [each.split("|") for each in (cause, route, permanent)]
        causes, routes, permanences = map(frozenset, answers)
        return cls(causes, routes, permanences, (answers[0][0], answers[1][0], answers[2][0]))

    def both(self, other: Label) -> Label:
        """What two labels accept."""
        return Label(self.causes & other.causes, self.routes & other.routes, self.permanent & other.permanent)

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


@dataclass(frozen=True, slots=True)
class Labelled:
    """What both labellers say of one reply, the passes of the first included."""

    first: Label
    second: Label
    settled: Label
    passes: tuple[tuple[str, str], tuple[str, str]]
    is_microsoft: bool

    @property
    def is_agreed(self) -> bool:
        """Whether both name the same cause and route first."""
        return self.first.first[:2] == self.second.first[:2]


def labels() -> dict[str, Labelled]:
    """Both labels of every reply, by the hash of its text."""
    second = {row["sha256"]: row for row in _rows(SECOND)}
    return {row["sha256"]: _labelled(row, second[row["sha256"]]) for row in _rows(FIRST)}


def held_out() -> dict[str, Label]:
    """The labels of mails that the rules were not fitted to."""
    return {row["sha256"]: Label.of(row["cause"], row["route"], row["permanent"]) for row in _rows(HELD_OUT)}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _labelled(one: Mapping[str, str], two: Mapping[str, str]) -> Labelled:
    first, second = (Label.of(row["cause"], row["route"], row["permanent"]) for row in (one, two))
    settled = two["settled_cause"], two["settled_route"], two["settled_permanent"]
    return Labelled(
        first=first,
        second=second,
        settled=Label.of(*settled) if settled[0] else first.both(second),
        passes=((one["first_cause"], one["second_cause"]), (one["first_route"], one["second_route"])),
        is_microsoft=one["receiver"] == "microsoft",
    )


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
    by_digest, aside = labels(), held_out()
    found: dict[str, tuple[Labelled, Decoded | None]] = {}
    others: dict[str, tuple[Label, Decoded | None]] = {}
    for content in collected(folder):
        name = digest(content)
        if name in aside and name not in others:
            others[name] = (aside[name], first_decoded(content))
        if name in by_digest and name not in found:
            found[name] = (by_digest[name], first_decoded(content))
            _list(listed, content, *found[name])
    both = list(found.values())
    agreed = [(labelled.settled, decoded) for labelled, decoded in both if labelled.is_agreed]
    return {
        "labelled": len(by_digest),
        "found": len(both),
        **_agreements(list(by_digest.values())),
        **_rates("all", both),
        **_rates("microsoft", [pair for pair in both if pair[0].is_microsoft]),
        "first_wrong": _wrong([(labelled.first, decoded) for labelled, decoded in both]),
        "second_wrong": _wrong([(labelled.second, decoded) for labelled, decoded in both]),
        "agreed_replies": len(agreed),
        "agreed_wrong": _wrong(agreed),
        "held_out_replies": len(others),
        "held_out_known": round(_known(others.values()) / max(1, len(others)), 3),
        "held_out_wrong": _wrong(list(others.values())),
    }


def _agreements(every: Sequence[Labelled]) -> dict[str, float]:
    compared = {
        kind: [(each.first.first[place], each.second.first[place]) for each in every]
        for place, kind in enumerate(("cause", "route", "permanent"))
    } | {f"passes_{kind}": [each.passes[place] for each in every] for place, kind in enumerate(("cause", "route"))}
    found: dict[str, float] = {}
    for kind, pairs in compared.items():
        raw, kappa = agreement(pairs)
        found |= {f"agreement_{kind}_raw": round(raw, 3), f"agreement_{kind}_kappa": round(kappa, 3)}
    return found


def _known(pairs: Iterable[tuple[object, Decoded | None]]) -> int:
    return sum(decoded is not None and bool(decoded.rule) for _, decoded in pairs)


def _wrong(pairs: Sequence[tuple[Label, Decoded | None]]) -> float:
    wrong = sum(decoded is not None and bool(label.faults(decoded)) for label, decoded in pairs)
    return round(wrong / max(1, len(pairs)), 4)


def _rates(group: str, pairs: Sequence[tuple[Labelled, Decoded | None]]) -> dict[str, object]:
    known = _known(pairs)
    nothing_to_know = sum(
        "unknown" in labelled.settled.causes and (decoded is None or not decoded.rule) for labelled, decoded in pairs
    )
    total = max(1, len(pairs))
    return {
        f"{group}_replies": len(pairs),
        f"{group}_known": round(known / total, 3),
        f"{group}_rightly_unknown": round(nothing_to_know / total, 3),
        f"{group}_wrong": _wrong([(labelled.settled, decoded) for labelled, decoded in pairs]),
    }


def _list(listed: str, content: bytes, labelled: Labelled, decoded: Decoded | None) -> None:
    label = labelled.settled
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
