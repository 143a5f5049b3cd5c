"""The page of pictures in a real browser: whole, quiet and readable at every width, light, dark and printed."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from local.cloud import ROOT
from local.made_up_sender import NOW, facts, incident
from staygreen.core.pictures import page
from staygreen.core.pictures.facts import Doing
from tests import browser

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW = 1280, 400
LONG = "mail-" + "very-" * 30 + "long.example.com"
VIEWS = {
    "wide": {"width": WIDE},
    "narrow": {"width": NARROW},
    "dark": {"width": WIDE, "dark": True},
    "narrow and dark": {"width": NARROW, "dark": True},
    "printed": {"width": 760, "printed": True, "dark": True},
}
OUTSIDE = """
[...document.querySelectorAll('main *')].filter(each => {
  const box = each.getBoundingClientRect(), parent = each.parentElement.getBoundingClientRect()
  const isDrawn = each.ownerSVGElement !== null
  const isText = isDrawn && each.tagName === 'text'
  const around = isText ? each.ownerSVGElement.getBoundingClientRect() : parent
  if (isDrawn && !isText) return false
  return box.width > 0 && (box.left < around.left - 1 || box.right > around.right + 1
    || (isText && (box.top < around.top - 2 || box.bottom > around.bottom + 2)))
}).map(each => each.outerHTML.slice(0, 120))
"""
WIDER = """
[document.documentElement, ...document.querySelectorAll('main *')]
  .filter(each => each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1)
  .map(each => each.outerHTML.slice(0, 120))
"""

pytestmark = pytest.mark.skipif(not browser.program(), reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A page with everything on it, and with names longer than anybody's."""
    known = facts(3)
    hostile = incident("blocklist", LONG, "x" * 200, known.period.begin, None)
    said = "</title><script>document.title='run'</script><img src=http://evil.example/>" + LONG
    shown = replace(
        known,
        addresses={**known.addresses, ip_address("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"): LONG},
        incidents=(*known.incidents, hostile),
        doings=(*known.doings, Doing(at=NOW, text=said, kind="repair", subject=LONG)),
        readiness=(*known.readiness, replace(known.readiness[1], domain=LONG)),
    )
    made = tmp_path_factory.mktemp("page") / "page.html"
    made.write_text(page.report(shown), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def shown():
    with browser.browser() as opened:
        yield opened


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_loaded_and_nothing_leaves_its_box(shown, file, view):
    assert shown.show(file, **VIEWS[view]) == [file.as_uri()]
    assert shown.evaluate(WIDER) == []
    assert shown.evaluate(OUTSIDE) == []
    assert shown.evaluate("document.title") == "Mail reputation of acme (production)"


def test_a_print_is_black_on_white_even_for_those_who_read_in_the_dark(shown, file):
    shown.show(file, **VIEWS["printed"])
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_dark_page_is_dark(shown, file):
    shown.show(file, **VIEWS["dark"])
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 23, 29)"


def test_each_table_is_heard_with_its_caption_and_headers(shown, file):
    shown.show(file, **VIEWS["wide"])
    nodes = shown.call("Accessibility.getFullAXTree")["nodes"]
    tables = [each for each in nodes if each.get("role", {}).get("value") == "table"]
    assert len(tables) == shown.evaluate("document.querySelectorAll('table').length") > 5
    assert all(each["name"]["value"] for each in tables)
    heads = [each["name"]["value"] for each in nodes if each.get("role", {}).get("value") == "columnheader"]
    assert {"address", "days", "what", "provider and cause"} <= set(heads)
    assert all(heads)
    rows = [each for each in nodes if each.get("role", {}).get("value") == "rowheader"]
    assert rows
    pictures = [each for each in nodes if each.get("role", {}).get("value") in ("image", "img", "graphics-document")]
    assert pictures
    assert all(each["name"]["value"] for each in pictures if not each.get("ignored"))


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci")
@pytest.mark.parametrize("view", ["wide", "narrow and dark"])
def test_axe_has_nothing_to_report(shown, file, view):
    shown.show(file, **VIEWS[view])
    shown.evaluate(AXE.read_text())
    found = shown.evaluate(
        "axe.run().then(all => all.violations.map(each => [each.id, each.nodes.length, each.nodes[0].html]))"
    )
    assert found == []
