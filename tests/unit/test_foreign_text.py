"""Bytes of others become text that can be stored and sent, whatever charset they are said to be in."""

import encodings.aliases

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from staygreen.core import foreign_json, foreign_text
from staygreen.core.reports.aggregate_xml.charset import Transcoder

CHARSETS = sorted({*encodings.aliases.aliases, *encodings.aliases.aliases.values(), "no-such", "", "a\0b", "é"})


@given(st.binary(), st.sampled_from(CHARSETS))
@example(b"+2AA-", "utf-7")
@example(b"\\ud800", "unicode_escape")
@example(b"\\ud800", "raw_unicode_escape")
def test_whatever_is_read_can_be_encoded(raw, charset):
    foreign_text.decoded(raw, charset).encode()


@given(st.text(), st.sampled_from(["utf-8", "utf-16", "utf-7", "gb18030"]))
def test_what_is_written_in_a_charset_is_read_as_it_was(text, charset):
    assert foreign_text.decoded(text.encode(charset), charset) == text


@given(st.text(st.characters(codec=None) | st.characters(categories=["Cs"])))
def test_a_whole_text_has_no_half(text):
    assert foreign_text.whole(foreign_text.whole(text)) == foreign_text.whole(text)
    foreign_text.whole(text).encode()


def test_halves_that_make_a_pair_are_its_character():
    assert foreign_text.whole("\ud83d\ude00") == "😀"


@pytest.mark.parametrize("charset", sorted(foreign_text.OF_PYTHON))
def test_what_python_alone_calls_a_charset_is_none(charset):
    assert foreign_text.decoded(b"a-kva \\u00e9", charset) == "a-kva \\u00e9"
    reader = Transcoder()
    reader.begin(f'<?xml version="1.0" encoding="{charset.replace("-", "_")}"?>'.encode())
    assert reader.fault.startswith("unknown charset")


@pytest.mark.parametrize("lenient", [False, True])
def test_the_first_value_is_read_and_where_it_ends(lenient):
    assert foreign_json.first('["\\ud800"] rest', lenient=lenient) == (["�"], 10)


def test_a_line_feed_in_a_string_is_for_the_lenient_alone():
    assert foreign_json.first('"a\nb"', lenient=True) == ("a\nb", 5)
    with pytest.raises(ValueError, match="control"):
        foreign_json.first('"a\nb"')
