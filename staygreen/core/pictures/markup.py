"""Elements of HTML and SVG, made so that no text of anybody's becomes markup.

Whatever is not `Markup` is text: it passes through `staygreen.core.visible` and is escaped. No element that loads,
runs or leads anywhere can be made here (`FORBIDDEN`), and no attribute that does (`ATTRIBUTES` are all there are).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from staygreen.core.visible import visible_line

FORBIDDEN = frozenset({"a", "script", "iframe", "use", "img", "image", "link", "object", "embed", "form", "base"})
_OF_HTML = {"aria-hidden", "aria-label", "aria-labelledby", "charset", "class", "content", "id", "lang", "name", "role"}
_OF_SVG = {"d", "height", "preserveAspectRatio", "text-anchor", "viewBox", "width", "x", "x1", "x2", "y", "y1", "y2"}
_OF_TABLES = {"scope"}
ATTRIBUTES = frozenset(_OF_HTML | _OF_SVG | _OF_TABLES)
"""Every attribute that pictures have: none of them loads or runs anything."""
LONGEST = 300
"""Characters of one text of strangers that a picture shows."""

Value = str | int | float
_VOID = frozenset({"meta", "br"})
_LONG_WORD = re.compile(r"\S{18}(?=\S)")


class Markup(str):
    """Markup that `element` made, or that is the project's own."""

    __slots__ = ()


NOTHING = Markup("")
Child = str | Markup | Iterable["Markup"]


def element(tag: str, /, *children: Child, **attributes: Value | None) -> Markup:
    """One element.

    Args:
        tag: The element's name.
        children: Markup as it is, lists of it, and text, which is escaped.
        attributes: By name, with ``_`` for ``-`` and after a word of Python's; None: is left out.

    Raises:
        ValueError: The element or an attribute could load, run or lead somewhere.
    """
    if tag in FORBIDDEN:
        raise ValueError(f"no picture has the element {tag}")
    inside = "".join(map(_child, children))
    opened = f"{tag}{''.join(_attributes(attributes))}"
    if tag in _VOID:
        return Markup(f"<{opened}>")
    return Markup(f"<{opened}>{inside}</{tag}>")


def joined(parts: Iterable[Markup]) -> Markup:
    """Several pieces of markup as one."""
    return Markup("".join(parts))


def text(said: str) -> Markup:
    """Text of anybody's, escaped, on one line, as long as a picture shows."""
    return Markup(escape(_shown(said)))


def _shown(said: str) -> str:
    shown = visible_line(said)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def breakable(said: str) -> Markup:
    """The same, with places where a long word may be broken, so that no other word has to be."""
    parts = _LONG_WORD.sub(lambda part: f"{part[0]}\0", _shown(said)).split("\0")
    return Markup("<wbr>".join(map(escape, parts)))


def number(value: float) -> str:
    """A coordinate with two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def percent(share: float) -> str:
    """A share as a coordinate, such as ``12.5%``."""
    return f"{number(share * 100)}%"


def _child(child: Child) -> str:
    if isinstance(child, Markup):
        return child
    return text(child) if isinstance(child, str) else joined(child)


def _attributes(given: dict[str, Value | None]) -> Iterable[str]:
    for key, value in given.items():
        name = key.rstrip("_").replace("_", "-")
        if name not in ATTRIBUTES:
            raise ValueError(f"no picture has the attribute {name}")
        if value is not None:
            # never cut: half a path is another picture
            shown = visible_line(value) if isinstance(value, str) else number(value)
            yield f' {name}="{escape(shown)}"'
