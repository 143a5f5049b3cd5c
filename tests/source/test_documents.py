"""The documents are short, and what of them is generated is what the code says today."""

from __future__ import annotations

import re

import pytest

from tests.source import documents

MOST_WORDS, MOST_OF_YOUNG = 14_000, 3_600
"""Of sentences, tables and headings: generated text, blocks of commands and the rows of the register are left out."""
WITH_BLOCKS = [path for path in documents.DOCUMENTS if "<!-- generated: " in path.read_text()]


def test_the_documents_are_short_enough_to_be_read():
    counted = {path: documents.words(path) for path in documents.DOCUMENTS}
    young = sum(counted.pop(path) for path in documents.YOUNG)
    longest = sorted((number, path.name) for path, number in counted.items())[-5:]
    assert sum(counted.values()) <= MOST_WORDS, f"the longest pages: {longest}"
    assert young <= MOST_OF_YOUNG


@pytest.mark.parametrize("path", WITH_BLOCKS, ids=lambda path: str(path.relative_to(documents.ROOT)))
def test_generated_text_is_what_the_code_says(path):
    for name, text in documents.blocks(path.read_text()):
        if name.split()[0] not in documents.ELSEWHERE:
            assert text == documents.generated(name), "run `python -m tests.source.documents`"


@pytest.mark.parametrize("path", documents.DOCUMENTS, ids=lambda path: str(path.relative_to(documents.ROOT)))
def test_nothing_calls_itself_generated_that_is_not(path):
    page = path.read_text()
    found = [name.split()[0] for name, _ in documents.blocks(page)]
    assert len(found) == len(re.findall("<!-- generated", page)), "a block without its end"
    assert set(found) <= {*documents.GENERATORS, *documents.ELSEWHERE}


def test_each_number_of_the_register_is_there_once():
    rows = re.findall(r"^\| (\d+) \|", documents.REGISTER.read_text(), re.MULTILINE)
    assert len(rows) == len(set(rows)) >= 144
