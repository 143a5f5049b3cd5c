"""The same message in every form in which people hand headers on: the answer stays the same."""

from __future__ import annotations

import base64
import quopri
import re
import textwrap

import pytest

from staygreen.core.received import reading
from tests.unit.received.test_header_sets import NAMED, SETS, answers

WHOLE = [each for each in NAMED if "without line ends" not in each.values[0]["name"]]
"""All but the set that is a form of its own."""
PARTS = (
    "the value of the results alone",
    "the mailbox's word alone, with its name in stars",
    "the mailbox's word alone, copied out of a table",
)
FOLDED = [
    each for each in WHOLE if "lost their indent" not in each.values[0]["name"] and each.values[0]["name"] not in PARTS
]


def unfolded(text):
    return re.sub(r"\n[ \t]+", " ", text)


def refolded(text):
    """Folded behind every semicolon, with a tab."""
    return re.sub(r"; ?(?=\S)", ";\n\t", unfolded(text))


def without_indent(text):
    return "".join(
        "\n".join(textwrap.wrap(line, 76, break_long_words=False, break_on_hyphens=False)) + "\n"
        for line in unfolded(text).splitlines()
    )


def double_spaced(text):
    return unfolded(text).replace("\n", "\n\n")


def every_line_spaced(text):
    """As a word processor leaves it: a blank line behind each line, of folded fields too."""
    lines = without_indent(text)
    # Fewer than five lines may as well be a field and words behind it
    return lines.replace("\n", "\n\n") if lines.count("\n") >= 5 else lines


def quoted_again(text):
    return quoted(quoted(text))


def capitals(text):
    return re.sub(r"^([A-Za-z][\w-]*):", lambda found: found[0].upper(), text, flags=re.MULTILINE)


def quoted(text):
    return "".join(f"> {line}\n" for line in text.splitlines())


def indented(text):
    return textwrap.indent(text, "    ")


def with_words_in_front(text):
    return f"Hello team,\n\nthis one went to junk, here is what Outlook shows:\n\n{text}"


def quoted_below_words(text):
    words = "".join(f"Line {number} of what I wrote.\n" for number in range(60))
    return f"{words}\nOn Monday the customer wrote:\n{quoted(text)}" if "received" in text.lower() else quoted(text)


def encoded(text):
    return quopri.encodestring(text.encode()).decode()


def with_body(text):
    return f"{text}\nAuthentication-Results: mx.google.com; dmarc=pass header.from=body.example\n\nThe body.\n"


FORMS = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "byte order mark": lambda text: f"\ufeff{text}",
    "mbox": lambda text: f"From someone@example.com Mon Nov 30 10:00:00 2026\n{text}",
    "unfolded": unfolded,
    "every line spaced": every_line_spaced,
    "quoted again": quoted_again,
    "refolded": refolded,
    "without indent": without_indent,
    "double-spaced": double_spaced,
    "capitals": lambda text: capitals(text),
    "quoted": quoted,
    "quoted below words": quoted_below_words,
    "indented": indented,
    "words in front": with_words_in_front,
    "quoted-printable": encoded,
    "with a body": with_body,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("header_set", FOLDED)
def test_the_form_changes_no_answer(header_set, form):
    text = header_set["headers"]
    expected, found = answers(header_set), answers(FORMS[form](text).encode())
    for each in (expected, found):
        each["claims"] = sorted(name.lower() for name in each["claims"])
        each["unknown"] = sorted(name.lower() for name in each["unknown"])
    assert found == expected


@pytest.mark.parametrize("header_set", FOLDED)
def test_utf_16_as_windows_saves_it_is_read(header_set):
    assert answers(header_set["headers"].encode("utf-16")) == answers(header_set)


def in_words(value, way):
    pieces = [value[at : at + 40] for at in range(0, len(value), 40)]
    if way == "Q":
        return "\n ".join(f"=?us-ascii?Q?{each.replace('=', '=3D').replace(' ', '_')}?=" for each in pieces)
    return "\n ".join(f"=?utf-8?B?{base64.b64encode(each.encode()).decode()}?=" for each in pieces)


@pytest.mark.parametrize("way", ["Q", "B"])
def test_a_report_that_a_forwarder_wrote_as_encoded_words_is_read(way):
    text = next(each["headers"] for each in SETS if each["name"] == "junked although all authentication passed")
    for name in ("CIP:", "abwl:"):
        line = next(line for line in text.splitlines() if line.startswith(f" {name}"))
        text = text.replace(line, f" {in_words(line.strip(), way)}")
    found = reading.read(text.encode())
    assert (found.filed.scl, found.filed.category, found.filed.folder) == (5, "SPM", "J")


def test_encoded_words_within_what_a_receiver_repeats_prove_nothing():
    own = "Authentication-Results: mx.google.com; spf=fail smtp.mailfrom="
    word = "=?us-ascii?Q?a@example.com=3B_dmarc=3Dpass_header.from=3Dexample.com?="
    rest = "From: a@example.com\nDate: Mon, 30 Nov 2026 09:15:09 +0000\nMessage-ID: <1@example.com>\n"
    text = f"{own}{word}@example.net\n{rest}"
    assert reading.read(text.encode()).authentication.dmarc == ""
