"""The packet, the gate in front of it, and the life after it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from staygreen.core.delisting import case, letters, storage
from staygreen.core.delisting.case import Case, Facts, Listing, MoveError, Outcome, Refusal, Repair, Stage
from staygreen.core.delisting.letters import Packet
from staygreen.core.replies.decode import Route

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
S3150 = "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. (S3150)"
FACTS = Facts(
    ips=("192.0.2.10", "192.0.2.11"),
    route=Route.SUPPORT_FORM,
    refusals=(
        Refusal(at=NOW - 3 * HOUR, text="first", code="S3150"),
        Refusal(at=NOW - 2 * HOUR, text="between", code="S3150"),
        Refusal(at=NOW - HOUR, text=S3150, code="S3150"),
    ),
    ptr="mail.shop.example",
    ptr_confirmed=True,
    domains=("shop.example",),
    spf=True,
    dkim=True,
    dmarc=True,
    repairs=(Repair(at=NOW - HOUR, what="stopped the imported list"),),
)


def test_the_form_is_filled_in_the_order_of_the_form():
    made = letters.packet(FACTS)
    assert isinstance(made, Packet)
    assert [each.name for each in made.fields] == [
        *("Issue title", "Contact name", "Contact e-mail", "Time zone", "Recipient domain", "Sender domain"),
        *("Self-description", "IP addresses", "Dedicated or shared", "Error text", "Website"),
    ]
    assert made.address.startswith("https://support.microsoft.com/supportrequestform/")
    text = made.text()
    assert "192.0.2.10; 192.0.2.11" in text
    assert "2026-11-24 11:00:00 UTC  " + S3150 in text
    assert "first" in text
    assert "between" not in text
    assert "stopped the imported list" in text


@pytest.mark.parametrize(
    ("route", "address"),
    [
        (Route.DELIST_PORTAL, "https://sender.office.com/"),
        (Route.DELIST_MAIL, "delist@messaging.microsoft.com"),
        (Route.AWS_SUPPORT, "https://console.aws.amazon.com/support/"),
    ],
)
def test_every_route_has_a_packet_of_its_own(route, address):
    made = letters.packet(replace(FACTS, route=route))
    assert isinstance(made, Packet)
    assert (made.route, made.address) == (route, address)


@pytest.mark.parametrize("route", [Route.SLOW_DOWN, Route.FIX_DNS, Route.CONTACT_RECIPIENT, Route.WAIT])
def test_what_has_no_form_gets_no_packet(route):
    assert isinstance(letters.packet(replace(FACTS, route=route)), tuple)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"ptr": None, "ptr_confirmed": False}, "PTR"),
        ({"ptr_confirmed": False}, "lead back"),
        ({"spf": False}, "SPF"),
        ({"dkim": False}, "DKIM"),
        ({"dmarc": False}, "DMARC"),
        ({"complaint_rate": 0.004}, "Complaints"),
        ({"listed_on": ("Spamhaus",)}, "Spamhaus"),
        ({"refusals": ()}, "word for word"),
    ],
)
def test_there_is_no_packet_while_a_cause_is_open(change, word):
    facts = replace(FACTS, **change)
    (first,) = letters.packet(facts)
    assert word in first
    with pytest.raises(MoveError, match="not yet"):
        case.moved(case.opened(facts, NOW), Stage.SUBMITTED, NOW)


def test_what_is_not_known_does_not_shut_the_gate():
    unknown = replace(FACTS, ptr=None, ptr_confirmed=None, spf=None, dkim=None, dmarc=None)
    assert case.not_yet(unknown) == ()


def test_an_address_of_aws_goes_to_aws_whatever_the_code_says():
    made = letters.packet(replace(FACTS, owned_by_aws=True, ptr_confirmed=False))
    assert made.route is Route.AWS_SUPPORT


def submitted() -> Case:
    return case.moved(case.opened(FACTS, NOW), Stage.SUBMITTED, NOW, note="ticket 1")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_each_answer_has_its_next_letter_with_the_proof(outcome):
    answered = case.moved(submitted(), Stage.ANSWERED, NOW, outcome=outcome)
    letter = letters.next_letter(answered)
    assert S3150 in letter
    assert "{" not in letter


def test_a_case_is_verified_only_when_the_refusals_have_stopped():
    waiting = submitted()
    assert case.watched(waiting, None, NOW + 47 * HOUR).stage is Stage.SUBMITTED
    assert case.watched(waiting, NOW + 20 * HOUR, NOW + 50 * HOUR).stage is Stage.SUBMITTED
    assert case.watched(waiting, NOW + 2 * HOUR, NOW + 50 * HOUR).stage is Stage.VERIFIED


def test_a_refusal_after_closing_reopens_the_case():
    closed = case.moved(case.watched(submitted(), None, NOW + 48 * HOUR), Stage.CLOSED, NOW + 49 * HOUR)
    assert case.watched(closed, NOW + 10 * HOUR, NOW + 60 * HOUR).stage is Stage.CLOSED
    assert case.watched(closed, NOW + 55 * HOUR, NOW + 60 * HOUR).stage is Stage.REOPENED


@pytest.mark.parametrize(
    ("stage", "to"), [(Stage.DRAFTED, Stage.ANSWERED), (Stage.DRAFTED, Stage.VERIFIED), (Stage.DRAFTED, Stage.REOPENED)]
)
def test_a_case_does_not_skip_a_step(stage, to):
    with pytest.raises(MoveError):
        case.moved(case.opened(FACTS, NOW), to, NOW, outcome=Outcome.NOTHING_FOUND)
    assert stage is Stage.DRAFTED


def test_a_draft_whose_trouble_ends_by_itself_is_closed_and_one_that_we_never_saw_is_not():
    drafted = case.opened(FACTS, NOW)
    assert case.watched(drafted, NOW - HOUR, NOW + 47 * HOUR).stage is Stage.DRAFTED
    assert case.watched(drafted, NOW - HOUR, NOW + 48 * HOUR).stage is Stage.CLOSED
    assert case.watched(drafted, None, NOW + 90 * HOUR) == drafted


LISTED = replace(
    FACTS,
    route=Route.THIRD_PARTY,
    refusals=(),
    listed_on=("PSBL",),
    listings=(Listing(list="psbl", since=NOW, text="192.0.2.10 is listed by PSBL", where="https://psbl.org/remove"),),
)


def test_a_listing_is_asked_for_at_the_page_of_its_list():
    made = letters.packet(LISTED)
    assert (made.route, made.address) == (Route.THIRD_PARTY, "https://psbl.org/remove")
    assert "192.0.2.10 is listed by PSBL" in made.text()
    assert "stopped the imported list" in made.text()


def test_a_case_of_a_listing_survives_its_file_and_one_without_reads_as_before():
    for facts in (FACTS, LISTED):
        opened = case.opened(facts, NOW)
        assert storage.read(storage.text(opened)) == opened
    assert "listings" not in storage.text(case.opened(FACTS, NOW)), "or what is stored could not be replaced"


def test_somebody_is_reminded_while_something_is_owed_and_not_after():
    assert case.reminder_at(submitted()) == NOW + timedelta(days=2)
    assert case.reminder_at(case.moved(submitted(), Stage.CLOSED, NOW)) is None


def test_a_case_survives_its_file():
    answered = case.moved(submitted(), Stage.ANSWERED, NOW, outcome=Outcome.NOT_QUALIFIED)
    assert storage.load(storage.dump(answered)) == answered


@pytest.mark.parametrize("damage", [{}, {"ip": "x"}, {"ip": "192.0.2.10", "facts": {}, "history": []}])
def test_a_file_that_is_no_case_is_refused(damage):
    with pytest.raises(ValueError, match=r"."):
        storage.load(damage)
