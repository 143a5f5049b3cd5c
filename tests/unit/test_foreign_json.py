"""Texts of others can be stored and sent, whatever halves of surrogate pairs they spell."""

import json

from hypothesis import given
from hypothesis import strategies as st

from staygreen.core import foreign_json

TEXTS = st.text(st.characters(codec=None) | st.characters(categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.integers() | TEXTS, lambda part: st.lists(part) | st.dictionaries(TEXTS, part), max_leaves=10
)


@given(VALUES, st.booleans())
def test_whatever_is_read_can_be_encoded(value, escaped):
    text = json.dumps(value, ensure_ascii=escaped)
    json.dumps(foreign_json.loads(text), ensure_ascii=False).encode()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_whole_text_stays_as_it_is(text):
    assert foreign_json.loads(json.dumps(text)) == text
