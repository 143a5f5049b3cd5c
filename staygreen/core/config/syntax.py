"""What is wrong with a text that is no TOML, and how to mend it, in the words of whoever writes the file.

The parser says what it met; which mistake leads to it is known for the common ones. TOML 1.0.0, toml.io/en/v1.0.0.
"""

from __future__ import annotations

import re

_DECLARED = re.compile(r"Cannot (?:declare|mutate immutable namespace) \(?(.+?)\)?(?: twice)?$")
_BRACKETED = re.compile(r"\s*\[+\s*([^\[\]]+?)\s*\]*\s*(?:#.*)?$")
_MENDS = (
    ("Illegal character", 'a text in quotes is not closed: end it with the same quotation mark, such as "…"'),
    ("Unterminated string", 'a text in quotes is not closed: end it with the same quotation mark, such as "…"'),
    ("Expected '\"'", 'a text in quotes is not closed: end it with the same quotation mark, such as "…"'),
    ('Expected "\'"', "a text in quotes is not closed: end it with the same quotation mark, such as '…'"),
    ("Expected '=' after a key", "between a key and its value stands an equals sign: key = value"),
    (
        "Expected newline or end of document",
        "something stands behind the value: one key a line, one pair of quotes a text",
    ),
    ("Unclosed array", "an array is not closed: end it with ]"),
    ("Unclosed inline table", "a table in braces is not closed: end it with }"),
    ("Expected ']'", "a bracket is not closed: [table] with one on each side, [[table]] with two"),
    ("Cannot overwrite a value", "this key stands twice in its table: leave one of the two"),
    ("Duplicate inline table key", "a key stands twice within the braces: leave one of the two"),
    (
        "Invalid initial character for a key",
        "a key is letters, digits, - and _; everything else needs quotes",
    ),
    ("Invalid hex value", "a backslash in a text in quotes begins an escape: write \\\\ for one, or use '…'"),
    ("Unescaped '\\'", "a backslash in a text in quotes begins an escape: write \\\\ for one, or use '…'"),
)
_UNQUOTED = re.compile(r"=\s*[A-Za-z][^\"'\[{]*$")


def mend(message: str, line: str) -> str:
    """What to do about what a TOML parser said.

    Args:
        message: The parser's message, without the place.
        line: The line that it names.
    """
    declared = _DECLARED.match(message)
    if declared:
        table = _BRACKETED.match(line)
        name = table[1] if table else "the table"
        return f"[{name}] stands twice: put both parts together, or write [[{name}]] where there may be several"
    if message.startswith("Invalid value"):
        if _UNQUOTED.search(line):
            return 'text needs quotes: key = "text"; without quotes stand true, false and numbers'
        return "a value is missing or is none: text in quotes, a number, true, false, [array] or {table}"
    return next((text for begins, text in _MENDS if message.startswith(begins)), "")
