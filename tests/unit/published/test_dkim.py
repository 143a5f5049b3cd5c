"""DKIM keys: fires, does not fire, unknown."""

import pytest

from staygreen.core.dns.message import Rcode
from staygreen.core.published import dkim
from tests.unit.published.dns_world import SILENT, answers, states
from tests.unit.published.keys import rsa_key

GOOD, WEAK, SHORT, OTHER = rsa_key(2048), rsa_key(1024), rsa_key(512), rsa_key(1024, 3)
NAME = "s1._domainkey.d.test"


@pytest.mark.parametrize(
    ("table", "selector", "found"),
    [
        ({}, dkim.Selector(name="s1"), {"dkim_missing": "BAD"}),
        ({f"{NAME} TXT": f"v=DKIM1; k=rsa; p={GOOD}"}, dkim.Selector(name="s1"), {}),
        ({f"{NAME} TXT": f"v=DKIM1; k=rsa; p={GOOD}"}, dkim.Selector(name="s1", public_key=GOOD), {}),
        ({f"{NAME} TXT": f"p={OTHER}"}, dkim.Selector(name="s1", public_key=GOOD), {"dkim_differs": "BAD"}),
        ({f"{NAME} TXT": f"p={WEAK}"}, dkim.Selector(name="s1"), {"dkim_weak": "BAD"}),
        ({f"{NAME} TXT": f"p={SHORT}"}, dkim.Selector(name="s1"), {"dkim_short": "BAD"}),
        ({f"{NAME} TXT": "v=DKIM1; p="}, dkim.Selector(name="s1"), {"dkim_revoked": "BAD"}),
        ({f"{NAME} TXT": f"v=DKIM1; p={GOOD[:200]}"}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": f"p={GOOD}; v=DKIM1"}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": [f"p={GOOD}"] * 2}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": f"v=DKIM1; s=email:web; h=sha1:sha256; p={GOOD}"}, dkim.Selector(name="s1"), {}),
        ({f"{NAME} TXT": f"v=DKIM1; s=web; p={GOOD}"}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": f"v=DKIM1; h=sha1; p={GOOD}"}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": "k=rot13; p=AAAA"}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": "k=ed25519; p=AAAA"}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": "v=DKIM1; " + "a" * 64_000}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": ["x"] * 200}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": "v=DKIM1; p=\ufffd\ufffd"}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({}, dkim.Selector(name="s1", target="s1.dkim.test"), {"dkim_missing": "BAD"}),
        ({f"{NAME} CNAME": "s1.dkim.test."}, dkim.Selector(name="s1", target="s1.dkim.test"), {"dkim_missing": "BAD"}),
        (
            {f"{NAME} CNAME": "s1.dkim.test", f"{NAME} TXT": f"p={GOOD}"},
            dkim.Selector(name="s1", target="s1.dkim.test"),
            {},
        ),
        ({f"{NAME} CNAME": "s2.dkim.test"}, dkim.Selector(name="s1", target="s1.dkim.test"), {"dkim_differs": "BAD"}),
    ],
)
def test_dkim(table, selector, found):
    assert states(dkim.judge("d.test", (selector,), answers(table))) == found


@pytest.mark.parametrize("failure", SILENT)
def test_a_resolver_that_fails_says_nothing_about_keys(failure):
    for table, selector in (
        ({f"{NAME} TXT": failure}, dkim.Selector(name="s1")),
        ({f"{NAME} CNAME": failure}, dkim.Selector(name="s1", target="s1.dkim.test")),
    ):
        assert states(dkim.judge("d.test", (selector,), answers(table))) == dict.fromkeys(dkim.CAUSES, "UNKNOWN")


def test_one_silent_selector_hides_no_other():
    table = {f"{NAME} TXT": Rcode.TIMEOUT, "s2._domainkey.d.test TXT": "p="}
    found = states(dkim.judge("d.test", (dkim.Selector(name="s1"), dkim.Selector(name="s2")), answers(table)))
    assert found["dkim_revoked"] == "BAD"
    assert found["dkim_missing"] == "UNKNOWN"


def easy(*behind):
    """Three names of Easy DKIM that lead where they should, with what is behind them."""
    names = [f"t{n}._domainkey.d.test" for n in (1, 2, 3)]
    table = {f"{name} CNAME": f"t{n}.dkim.test" for n, name in enumerate(names, 1)}
    table |= {f"{name} TXT": value for name, value in zip(names, behind, strict=False) if value is not None}
    selectors = tuple(dkim.Selector(name=f"t{n}", target=f"t{n}.dkim.test") for n in (1, 2, 3))
    return states(dkim.judge("d.test", selectors, answers(table)))


@pytest.mark.parametrize(
    ("behind", "found"),
    [
        ((f"p={GOOD}",) * 3, {}),
        ((f"p={GOOD}", None, None), {}),
        ((f"p={GOOD}", "p=", None), {}),
        ((None, None, None), {"dkim_missing": "BAD"}),
        (("p=", "p=", None), {"dkim_revoked": "BAD"}),
        ((f"p={WEAK}", None, None), {"dkim_weak": "BAD"}),
        ((f"p={SHORT}", None, None), {"dkim_short": "BAD"}),
        ((f"p={GOOD}", Rcode.TIMEOUT, None), {"dkim_missing": "UNKNOWN", "dkim_invalid": "UNKNOWN"}),
    ],
)
def test_one_usable_key_behind_the_names_of_easy_dkim_is_enough(behind, found):
    assert easy(*behind) == found
