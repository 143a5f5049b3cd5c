"""The picture of a repair's life: its stages as boxes, the road in one row, what ends it in columns below."""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core.repair.repair import ENDED, Stage

_WIDE, _HIGH = 960, 316
_BOX = (136, 46)
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2933}.s{font-size:10.5px;fill:#52606d}"
    "rect{fill:#f5f7fa;stroke:#52606d;rx:6}.e{fill:#fff;stroke-dasharray:4 3}path{stroke:#52606d;fill:none}"
    "polygon{fill:#52606d}@media(prefers-color-scheme:dark){text{fill:#f5f7fa}.s{fill:#cbd2d9}rect{fill:#323f4b}"
    ".e{fill:#1f2933}}"
)
_ROAD = (
    (Stage.PLANNED, "what, before → after"),
    (Stage.AWAITING, "a person decides"),
    (Stage.APPROVED, "one plan, by its hash"),
    (Stage.APPLYING, "guards, each time"),
    (Stage.APPLIED, "does it help?"),
    (Stage.KEPT, "proven"),
)
_BELOW = {
    Stage.PLANNED: (
        (Stage.SUGGESTED, "the mode says no more"),
        (Stage.DELAYED, "not now; planned again"),
        (Stage.OBJECTED, "a limit, a changed world"),
    ),
    Stage.AWAITING: ((Stage.DENIED, "a person said no"), (Stage.LAPSED, "nobody said yes in time")),
    Stage.APPLYING: ((Stage.REFUSED, "AWS or the world: no"),),
    Stage.APPLIED: (
        (Stage.UNDOING, "what it set itself"),
        (Stage.UNDONE, "as it was before"),
        (Stage.EXPIRED, "a person decides"),
    ),
    Stage.KEPT: ((Stage.UNPROVEN, "no help, not undone"),),
}


def repair_flow() -> str:
    """The picture as an SVG file; it holds every stage that a repair can have."""
    drawn = {stage for stage, _ in _ROAD} | {stage for below in _BELOW.values() for stage, _ in below}
    if drawn != set(Stage):
        raise ValueError(f"stages without a place in the picture: {set(Stage) - drawn}")
    inside = "\n".join(_parts())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDE}" height="{_HIGH}" viewBox="0 0 {_WIDE} {_HIGH}" '
        f'role="img" aria-label="The life of a repair">\n<style>{_STYLE}</style>\n{inside}\n</svg>\n'
    )


def _parts() -> Iterator[str]:
    width, height = _BOX
    step = (_WIDE - width - 20) // (len(_ROAD) - 1)
    for number, (stage, text) in enumerate(_ROAD):
        left = 10 + number * step
        yield from _box(stage, text, left, 40)
        if number:
            yield _arrow(left - step + width, 40 + height // 2, left)
        below = _BELOW.get(stage, ())
        for row, (end, what) in enumerate(below, start=1):
            yield from _box(end, what, left, 40 + row * 66)
        if stage is Stage.KEPT:
            yield f'<path d="M{left - 12} {40 + height // 2}v66"/>'
            yield _arrow(left - 12, 106 + height // 2, left)
        elif below:
            yield f'<path d="M{left + width // 2} {40 + height}v20"/>'
    yield '<text class="s" x="10" y="24">an incident is confirmed; in mode auto a plan goes on to approved</text>'
    yield f'<text class="s" x="10" y="{_HIGH - 8}">dashed: it ends there; delayed and undoing go on</text>'


def _box(stage: Stage, text: str, left: int, top: int) -> Iterator[str]:
    width, height = _BOX
    kind = ' class="e"' if stage in ENDED else ""
    yield f'<rect{kind} x="{left}" y="{top}" width="{width}" height="{height}"/>'
    yield f'<text x="{left + 8}" y="{top + 19}">{stage.value}</text>'
    yield f'<text class="s" x="{left + 6}" y="{top + 36}">{text}</text>'


def _arrow(start: int, height: int, end: int) -> str:
    head = f"{end - 7},{height - 4} {end},{height} {end - 7},{height + 4}"
    return f'<path d="M{start} {height}H{end - 6}"/><polygon points="{head}"/>'
