"""The description of one resource and of what belongs to it, as lines that can be compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

NAME = "NAME"
"""Stands for the name of each block in what most blocks of a kind have in common."""
TITLE = "title"
"""The row of facts that stand beside the title."""
TITLE_IF_SHORT, ROW_IF_SHORT = "title if short", "row if short"
"""Beside the title, or on a line that other short facts share; but a long fact has a line of its own."""
_ROWS = {TITLE_IF_SHORT: TITLE, ROW_IF_SHORT: "short facts"}
_SHORT = 48
"""Characters."""
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One fact."""

    key: str
    """What the fact is about: where two blocks differ in it, the key is the same and the text is not."""
    text: str
    row: str = ""
    """Facts of one row share a printed line; without a row a fact has a line of its own."""

    def final(self, shorten: Callable[[str], str]) -> Line:
        """The fact as it is printed; how long it is then decides whether it fits into a row for short facts."""
        text = shorten(self.text)
        row = _ROWS.get(self.row, self.row) if len(text) < _SHORT or self.row not in _ROWS else ""
        return Line(shorten(self.key), text, row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One resource of a stack with what belongs to it."""

    kind: str
    """What it is compared with: its noun, and whether it is named."""
    noun: str
    name: str
    logical_ids: tuple[str, ...] = ()
    """The resource's own, then those of what belongs to it."""
    lines: tuple[Line, ...] = field(default=())
    rank: int = 0
    """Blocks of a lower rank come first."""

    @property
    def title(self) -> str:
        """The resource, as people and as CloudFormation call it; no two blocks of a stack share it."""
        which = [f"({logical_id})" for logical_id in self.logical_ids[:1] if logical_id != self.name]
        return " ".join(part for part in (self.noun, self.name, *which) if part)

    @property
    def all_lines(self) -> tuple[Line, ...]:
        """Its facts, and which logical ids belong to it."""
        if len(self.logical_ids) < 2:
            return self.lines
        return (*self.lines, Line("logical ids", f"logical ids: {', '.join(self.logical_ids[1:])}"))

    def common(self, line: Line) -> Line:
        """A line with the block's own name taken out, where it stands as a word."""
        if not self.name:
            return line
        own = re.compile(rf"(?<!\w){re.escape(self.name)}(?!\w)")
        return Line(own.sub(NAME, line.key), own.sub(NAME, line.text), line.row)


def render(blocks: Iterable[Block]) -> str:
    """The text of blocks, by kind and name; what most blocks of a kind have in common is written once."""
    return _joined((title, lines) for title, lines in _paragraphs(blocks))


def render_difference(base: Iterable[Block], blocks: Iterable[Block]) -> str:
    """The text of what blocks say otherwise than a base; empty when they say the same."""
    found = _difference(list(base), list(blocks))
    return _joined((title, lines) for title, lines in _paragraphs(found) if lines or title.startswith((_GONE, _NEW)))


def _joined(paragraphs: Iterable[tuple[str, list[Line]]]) -> str:
    """Paragraphs with a blank line between them; those of a single line stand close to each other."""
    text, was_one_line = "", False
    for title, lines in paragraphs:
        printed = _printed(title, lines)
        is_one_line = "\n" not in printed
        text += ("\n" if text and not (was_one_line and is_one_line) else "") + f"{printed}\n"
        was_one_line = is_one_line
    return text


def _paragraphs(blocks: Iterable[Block]) -> Iterator[tuple[str, list[Line]]]:
    groups: dict[tuple[int, str], list[Block]] = {}
    for block in sorted(blocks, key=lambda block: (block.rank, block.kind, block.title)):
        groups.setdefault((block.rank, block.kind), []).append(block)
    for (_, kind), group in groups.items():
        usual = _usual(group)
        if usual:
            yield f"every {kind}, unless it says otherwise", usual
        for block in group:
            yield block.title, list(_own(block, usual))


_GONE, _NEW = "gone: ", "new: "


def _difference(base: list[Block], blocks: list[Block]) -> list[Block]:
    """The difference as blocks: a line with ``+`` is new, one with ``-`` is gone."""
    before, after = ({block.title: block for block in side} for side in (base, blocks))
    gone = [
        replace(block, kind=_GONE + block.kind, noun=_GONE + block.noun, logical_ids=block.logical_ids[:1], lines=())
        for title, block in before.items()
        if title not in after
    ]
    new = [
        replace(block, kind=_NEW + block.kind, noun=_NEW + block.noun)
        for title, block in after.items()
        if title not in before
    ]
    both = [
        replace(block, logical_ids=block.logical_ids[:1], lines=tuple(_changes(before[title], block)))
        for title, block in after.items()
        if title in before
    ]
    return [*gone, *new, *both]


def _changes(before: Block, after: Block) -> Iterator[Line]:
    for sign, lines, others in (("-", before.all_lines, after.all_lines), ("+", after.all_lines, before.all_lines)):
        left = Counter(line.text for line in lines) - Counter(line.text for line in others)
        for line in lines:
            if left[line.text] > 0:
                left[line.text] -= 1
                yield Line(f"{sign} {line.key}", f"{sign} {line.text}")


def _usual(blocks: list[Block]) -> list[Line]:
    """What more than half of the blocks say, in the order of the block that says most of it."""
    if len(blocks) < _FEWEST:
        return []
    all_lines = [list(dict.fromkeys(map(block.common, block.lines))) for block in blocks]
    counts = Counter(line for lines in all_lines for line in lines)
    usual = {line for line, count in counts.items() if 2 * count > len(blocks)}
    fullest = max(all_lines, key=lambda lines: len(usual.intersection(lines)))
    return [line for line in dict.fromkeys([*fullest, *counts]) if line in usual]


def _own(block: Block, usual: list[Line]) -> Iterator[Line]:
    """What a block says beyond the usual, and what is usual but not so here."""
    common = [block.common(line) for line in block.all_lines]
    yield from (line for line, its in zip(block.all_lines, common, strict=True) if its not in usual)
    keys = {line.key for line in common}
    yield from (Line(line.key, f"without: {line.text}") for line in usual if line.key not in keys)


def _printed(title: str, lines: Iterable[Line]) -> str:
    rows: dict[tuple[str, str], list[str]] = {(TITLE, ""): []}
    for number, line in enumerate(lines):
        rows.setdefault((line.row, "" if line.row else str(number)), []).append(line.text)
    beside = rows.pop((TITLE, ""))
    first = f"{title}: {', '.join(beside)}" if beside else title
    return "\n".join([first, *(f"  {', '.join(texts)}" for texts in rows.values())])
