import tomllib

from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.config.line_numbers import lines, nearest

TEXT = '''# a comment with [brackets] and key = "value"
top.level = 1

[plain]
"quoted key" = """
[not.a.header]
fake = 1
"""
'literal' = \'\'\'
[[nor.this]]\'\'\'
after = "x # y"   # comment

[[entry]]
list = [
    "one",  # [comment]
    { deep = [1, 2], "a.b" = { c = "]" } },
]

  [entry.sub]
  key = 1979-05-27 07:32:00

[[entry]]
sub.key = '#'

[[entry.inner]]
x = 1
'''


def test_every_key_has_its_line():
    places = lines(TEXT)

    assert tomllib.loads(TEXT)
    assert places["top", "level"] == 2
    assert places["plain", "quoted key"] == 5
    assert places["plain", "literal"] == 9
    assert places["plain", "after"] == 11
    assert places["entry", 0] == 13
    assert places["entry", 0, "list", 1] == 16
    assert places["entry", 0, "list", 1, "a.b", "c"] == 16
    assert places["entry", 0, "sub", "key"] == 20
    assert places["entry", 1] == 22
    assert places["entry", 1, "sub", "key"] == 23
    assert places["entry", 1, "inner", 0, "x"] == 26
    assert ("not", "a", "header") not in places


def test_what_has_no_line_takes_that_of_what_holds_it():
    places = lines(TEXT)

    assert nearest(places, ("entry", 1, "missing", "key")) == 22
    assert nearest(places, ("nowhere",)) == 1


KEYS = st.text(min_size=1, max_size=6)
SCALARS = st.one_of(st.text(max_size=12), st.integers(-9, 9), st.booleans())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


def quoted(text):
    plain = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(plain.get(c, c if c.isprintable() else f"\\U{ord(c):08X}") for c in text) + '"'


def written(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[\n" + "".join(f"  {written(entry)}, # ]\n" for entry in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {written(entry)}" for key, entry in value.items()) + "}"
    return str(value)


def paths(value, path=()):
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield (*path, key)
        yield from paths(entry, (*path, key))


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_every_path_of_any_document_has_a_place_and_nothing_else_has(document):
    text = "\n".join(f"{quoted(key)} = {written(value)}" for key, value in document.items())

    assert tomllib.loads(text) == document
    assert set(lines(text)) == set(paths(document))


@given(st.text(max_size=80))
def test_the_scanner_ends_on_any_text(text):
    lines(text)


class Counted(str):
    """A text that notes how many of its characters were counted through."""

    through = 0

    def count(self, sub, start=0, end=None):
        Counted.through += (len(self) if end is None else end) - start
        return super().count(sub, start, end)


def test_no_line_is_counted_twice():
    text = Counted("".join(f"[t{n}]\nkey = [\n{n}, {{a = {n}}}]\n" for n in range(300)))
    Counted.through = 0
    assert lines(text)["t299", "key", 0] == 900
    assert 0 < Counted.through <= len(text)
