"""Nothing that others wrote becomes markup, steers a reader, or makes a page load or run anything."""

import re
from html.parser import HTMLParser
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.made_up_sender import NOW, facts, incident
from staygreen.core.pictures import page
from staygreen.core.pictures.facts import Doing, Facts
from staygreen.core.pictures.markup import ATTRIBUTES, FORBIDDEN, element, text

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></svg><iframe src=//evil.example>",
    "' onload='x",
    "</style><style>@import url(//evil.example)",
    "invoice\u202egnp.exe",
    "a\u200bb\x1b[31m",
    "]]>&lt;!--",
)


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = set(), set(), []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {(name, value) for name, value in attributes}

    def handle_data(self, data):
        self.text.append(data)


def read(markup):
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader


@given(st.text(), st.text())
def test_a_text_stays_a_text_in_an_element_and_in_an_attribute(said, label):
    reader = read(element("p", said, aria_label=label))
    assert reader.tags == {"p"}
    assert {name for name, _ in reader.attributes} == {"aria-label"}
    assert "<" not in element("p", said)[3:-4]


@pytest.mark.parametrize("tag", sorted(FORBIDDEN))
def test_an_element_that_loads_or_runs_cannot_be_made(tag):
    with pytest.raises(ValueError, match="no picture has the element"):
        element(tag)


@pytest.mark.parametrize("name", ["href", "src", "style", "onload", "xlink:href", "http-equiv", "srcset"])
def test_an_attribute_that_loads_or_runs_cannot_be_made(name):
    with pytest.raises(ValueError, match="no picture has the attribute"):
        element("p", **{name: "x"})


def test_a_long_text_is_cut():
    assert len(text("x" * 5000)) == 300


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_names_and_texts_are_inert_on_the_whole_page(value):
    known = facts(2)
    hostile = Facts(
        sender=value,
        period=known.period,
        now=NOW,
        addresses={ip_address("192.0.2.1"): value},
        incidents=(incident("blocklist", f"host{value}.example", value, known.period.begin, None),),
        doings=(Doing(at=NOW, text=value, kind=value, subject=value),),
        unread=(value,),
    )
    ordinary = read(page.report(known))
    reader = read(page.report(hostile))
    assert reader.tags <= ordinary.tags | {"small", "wbr"}
    assert {name for name, _ in reader.attributes} <= {name.lower() for name in ATTRIBUTES} | {"http-equiv"}
    assert "\u202e" not in "".join(reader.text)
    assert "\x1b" not in "".join(reader.text)


def test_a_page_names_no_outside_resource():
    drawn = page.report(facts(3))
    assert not re.search(r"url\(|@import|https?:|src=|href=|javascript:", drawn)
    assert "default-src 'none'" in drawn
