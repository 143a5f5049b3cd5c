"""On which line of a TOML file each key stands.

`tomllib` gives values without places. This scanner walks text that `tomllib` has
already accepted, so it looks only for structure: headers, keys, and where a
value ends (strings in four forms, arrays and inline tables nest). TOML 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""From the root of the file: table keys and indexes of arrays, counted from 0."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SCALAR = re.compile(r"[^,\]}#\n]*")
_STRINGS = (
    re.compile(r'"""(?:\\.|(?!""").)*"{3,5}', re.DOTALL),
    re.compile(r"'''(?:(?!''').)*'{3,5}", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\])*"'),
    re.compile(r"'[^']*'"),
)
_ESCAPE = re.compile(r'\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[btnfr"\\])')
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def lines(text: str) -> Mapping[Path, int]:
    """Return the line, counted from 1, of every table, key and array entry.

    Args:
        text: A file that `tomllib` accepts; on other text the result has no meaning.
    """
    return _Scanner(text).scan()


def nearest(places: Mapping[Path, int], path: Path) -> int:
    """Return the line of `path`, or of the closest thing around it; 1 when there is none."""
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]]
    return 1


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._counted, self._feeds = 0, 0
        self.places: dict[Path, int] = {}
        self.last_index: dict[Path, int] = {}

    def scan(self) -> Mapping[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self.places

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            # Only on text that tomllib refuses: move on rather than stand still.
            self.at += 1
            return ""
        self.at = match.end()
        return match[0]

    def _line(self) -> int:
        """The line that it has come to; what was counted before is not counted again."""
        self._feeds += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._feeds + 1

    def _header(self) -> Path:
        line = self._line()
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        keys = self._keys()
        self.at += 2 if is_array else 1
        for length in range(1, len(keys)):
            # A table that only its children open is placed at the first of them.
            self.places.setdefault(self._resolve(keys[:length]), line)
        path = self._resolve(keys[:-1]) + keys[-1:]
        self.places.setdefault(path, line)
        if is_array:
            self.last_index[path] = self.last_index.get(path, -1) + 1
        path = self._resolve(keys)
        self.places.setdefault(path, line)
        return path

    def _resolve(self, keys: Path) -> Path:
        """Put in the index of the newest entry behind each array of tables on the way."""
        path: Path = ()
        for key in keys:
            path += (key,)
            if path in self.last_index:
                path += (self.last_index[path],)
        return path

    def _keys(self) -> Path:
        """Read a dotted key, and the spaces around it."""
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            keys.append(self._one_key())
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return tuple(keys)
            self.at += 1

    def _one_key(self) -> str:
        quote = self.text[self.at : self.at + 1]
        if quote == '"':
            return _ESCAPE.sub(_unescape, self._skip(_STRINGS[2])[1:-1])
        if quote == "'":
            return self._skip(_STRINGS[3])[1:-1]
        return self._skip(_BARE_KEY)

    def _pair(self, table: Path) -> None:
        line = self._line()
        keys = self._keys()
        for length in range(1, len(keys) + 1):
            self.places.setdefault(table + keys[:length], line)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(table + keys)

    def _value(self, path: Path) -> None:
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in ('"', "'"):
            is_long = self.text.startswith(opening * 3, self.at)
            self._skip(_STRINGS[("\"'".index(opening)) + (0 if is_long else 2)])
        else:
            self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self.at += 1
        self._skip(_BLANK)
        index = 0
        while self.at < len(self.text) and self.text[self.at] != "]":
            self.places[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1
            self._separator()
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        self._skip(_BLANK)
        while self.at < len(self.text) and self.text[self.at] != "}":
            self._pair(path)
            self._separator()
        self.at += 1

    def _separator(self) -> None:
        self._skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self._skip(_BLANK)


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if code[0] in "uU" else _ESCAPED[code]
