"""One state, one ranking and one next step: the truth table."""

from datetime import UTC, datetime, timedelta

import pytest

from staygreen.core.finding import State, Subject, SubjectKind
from staygreen.core.verdict.verdict import Claim, Exhibit, Reach, Realm, Standing, Witness, judge

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
IP = Subject(SubjectKind.IP, "192.0.2.10")


def exhibit(witness, state, *, realm=Realm.CONSUMER, standing=Standing.BLOCKED, days=0, **more):
    return Exhibit(
        witness=witness,
        realm=realm,
        state=state,
        standing=standing,
        cause=more.pop("cause", witness.value),
        text=witness.value,
        observed_at=NOW - timedelta(days=days),
        **more,
    )


REFUSED = exhibit(Witness.REPLY, State.BAD, cause="ip_blocked", next_step="file the form")
THROTTLED = exhibit(Witness.REPLY, State.BAD, cause="ip_throttled", standing=Standing.THROTTLED, next_step="slow down")
REFUSED_M365 = exhibit(Witness.REPLY, State.BAD, realm=Realm.MICROSOFT_365, cause="ip_blocked")
OLD_REFUSAL = exhibit(Witness.REPLY, State.BAD, days=3)
GREEN = exhibit(Witness.SNDS, State.OK)
NO_SNDS = exhibit(Witness.SNDS, State.UNKNOWN)
SNDS_BLOCKED = exhibit(Witness.SNDS, State.BAD)
LISTED = exhibit(Witness.BLOCKLIST, State.BAD, realm=Realm.EVERYWHERE, standing=Standing.BLOCKED)
NOT_LISTED = exhibit(Witness.BLOCKLIST, State.OK, realm=Realm.EVERYWHERE)
RANGE_LISTED = exhibit(
    Witness.BLOCKLIST, State.BAD, realm=Realm.EVERYWHERE, standing=Standing.BLOCKED, reach=Reach.RANGE
)
RANGE_CONTEXT = exhibit(Witness.BLOCKLIST, State.OK, realm=Realm.EVERYWHERE, reach=Reach.RANGE)
NO_PTR = exhibit(
    Witness.REVERSE_DNS, State.BAD, realm=Realm.EVERYWHERE, standing=Standing.AT_RISK, next_step="add the PTR record"
)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ([], Standing.UNKNOWN),
        ([NO_SNDS], Standing.UNKNOWN),
        ([GREEN], Standing.GOOD),
        ([NOT_LISTED], Standing.NOTHING_FOUND),
        ([NOT_LISTED, NO_SNDS], Standing.NOTHING_FOUND),
        ([NOT_LISTED, GREEN], Standing.GOOD),
        ([REFUSED], Standing.BLOCKED),
        ([REFUSED, GREEN], Standing.BLOCKED),
        ([REFUSED, NO_SNDS], Standing.BLOCKED),
        ([REFUSED, GREEN, NOT_LISTED], Standing.BLOCKED),
        ([THROTTLED, GREEN], Standing.THROTTLED),
        ([THROTTLED, REFUSED], Standing.BLOCKED),
        ([SNDS_BLOCKED, NOT_LISTED], Standing.BLOCKED),
        ([LISTED, GREEN], Standing.AT_RISK),
        ([RANGE_LISTED, GREEN], Standing.AT_RISK),
        ([RANGE_CONTEXT], Standing.UNKNOWN),
        ([RANGE_CONTEXT, NOT_LISTED], Standing.NOTHING_FOUND),
        ([RANGE_CONTEXT, LISTED], Standing.AT_RISK),
        ([RANGE_CONTEXT, REFUSED, GREEN], Standing.BLOCKED),
        ([NO_PTR], Standing.AT_RISK),
        ([OLD_REFUSAL], Standing.UNKNOWN),
        ([OLD_REFUSAL, GREEN], Standing.UNKNOWN),
        ([OLD_REFUSAL, NOT_LISTED], Standing.NOTHING_FOUND),
    ],
)
def test_the_standing_follows_the_strongest_fresh_evidence(evidence, expected):
    assert judge(IP, evidence, NOW).standing is expected
    assert judge(IP, reversed(evidence), NOW).standing is expected


def test_consumer_mail_and_microsoft_365_are_judged_apart():
    found = {each.realm: each.standing for each in judge(IP, [REFUSED_M365, GREEN], NOW).by_realm}
    assert found[Realm.MICROSOFT_365] is Standing.BLOCKED
    assert found[Realm.CONSUMER] is Standing.GOOD


def test_no_data_about_a_realm_is_not_good():
    found = {each.realm: each.standing for each in judge(IP, [GREEN], NOW).by_realm}
    assert found[Realm.MICROSOFT_365] is Standing.UNKNOWN


def test_replies_outrank_portals_in_the_ranking():
    causes = judge(IP, [SNDS_BLOCKED, REFUSED, LISTED], NOW).causes
    assert [each.word for each in causes] == ["ip_blocked", "snds", "blocklist"]


def test_stale_evidence_is_shown_and_decides_nothing():
    found = judge(IP, [OLD_REFUSAL, GREEN], NOW)
    assert found.stale == (OLD_REFUSAL,)
    assert found.exhibits[-1] is OLD_REFUSAL
    assert found.causes == ()


def test_a_root_that_keeps_the_block_in_place_comes_before_the_form():
    assert judge(IP, [REFUSED, NO_PTR], NOW).next_step == "Before any request for delisting: add the PTR record"


def test_a_listed_range_never_comes_before_the_form():
    assert judge(IP, [REFUSED, RANGE_LISTED], NOW).next_step == "file the form"


def test_context_is_shown_and_is_no_cause():
    found = judge(IP, [RANGE_CONTEXT, REFUSED], NOW)
    assert RANGE_CONTEXT in found.exhibits
    assert [each.word for each in found.causes] == ["ip_blocked"]


def test_throttling_is_slowed_down_for_whatever_else_is_wrong():
    assert judge(IP, [THROTTLED, NO_PTR], NOW).next_step == "slow down"


def test_the_surer_of_two_claims_leads():
    guess = exhibit(Witness.REPLY, State.BAD, cause="ip_blocked", claim=Claim.INFERRED, next_step="guess")
    assert judge(IP, [guess, REFUSED], NOW).next_step == "file the form"
