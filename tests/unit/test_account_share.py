"""What of SES is one sender's: what `only` names belongs to it, and without `only` everything does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.account_share import DEFAULT_POOL, WHOLE, account_share, from_document, to_document

ARN = "arn:aws:ses:eu-west-1:111122223333:"
ACME = account_share(["acme.example", "mail.bravo.example", "acme-warm"], ["letters"])
names = st.sets(st.sampled_from(("a.example", "b.a.example", "main", "warm", DEFAULT_POOL)))


@pytest.mark.parametrize("name", ["acme.example", "news@acme.example", "News@ACME.example", "mail.bravo.example"])
def test_identities_are_named_by_their_domain(name):
    assert ACME.has_identity(name)


@pytest.mark.parametrize("name", ["bravo.example", "sub.acme.example", "news@bravo.example", "acme-warm", ""])
def test_an_identity_below_or_above_a_named_one_is_anothers(name):
    assert not ACME.has_identity(name)


@pytest.mark.parametrize(
    ("domain", "is_own"),
    [("acme.example", True), ("a.b.acme.example", True), ("bravo.example", False), ("notacme.example", False)],
)
def test_an_identity_sends_for_every_domain_below_it(domain, is_own):
    assert ACME.has_domain(domain) is is_own


def test_a_configuration_set_is_the_senders_when_declared_or_when_it_sends_from_its_pool():
    assert ACME.has_configuration_set("letters")
    assert ACME.has_configuration_set("made-by-hand", "acme-warm")
    assert not ACME.has_configuration_set("made-by-hand")
    assert not ACME.has_configuration_set("made-by-hand", "bravo-warm")


@pytest.mark.parametrize(
    ("resource", "is_own"),
    [
        ("identity/acme.example", True),
        ("identity/bravo.example", False),
        ("configuration-set/letters", True),
        ("configuration-set/theirs", False),
        ("tenant/shop/tn-1", True),
    ],
)
def test_what_cannot_be_named_in_only_is_every_senders(resource, is_own):
    assert ACME.has_resource(ARN + resource) is is_own


@given(names)
def test_without_only_everything_is_the_senders(every):
    assert account_share(None, every) == WHOLE
    for name in every:
        assert all((WHOLE.has_identity(name), WHOLE.has_domain(name), WHOLE.has_pool(name)))
        assert WHOLE.has_configuration_set(name, name)


@given(names, names)
def test_two_senders_that_name_different_things_have_nothing_in_common(first, second):
    one, other = account_share(first, ()), account_share(second - first, ())
    for name in first | second:
        assert not (one.has_identity(name) and other.has_identity(name))
        assert not (one.has_pool(name) and other.has_pool(name))


@given(names, names)
def test_a_share_is_read_as_it_was_written(only, sets):
    share = account_share(only, sets)
    assert from_document(json.loads(json.dumps(to_document(share)))) == share
