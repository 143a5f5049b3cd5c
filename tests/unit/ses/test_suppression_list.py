"""Who is on the suppression list for our address's sake: proven, or left where they are."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.replies.counters import Answered, Combination
from staygreen.core.replies.decode import Cause, System
from staygreen.core.ses.suppression_list import AFTER, BEFORE, Entry, Reason, is_for_our_sake, wronged

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
IP = Subject(SubjectKind.IP, "192.0.2.10")
BOUNCED = Entry(recipient="anna@outlook.test", reason=Reason.BOUNCE, at=NOW)


def answer(cause, at=NOW, *, refused=True):
    combination = Combination(IP, System.OUTLOOK_CONSUMER, cause, "S3150")
    return Answered(combination=combination, at=at, refused=refused)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (Cause.IP_BLOCKED, True),
        (Cause.RANGE_BLOCKED, True),
        (Cause.IP_THROTTLED, True),
        (Cause.CONNECTION_LIMIT, True),
        (Cause.SERVER_BUSY, True),
        (Cause.RECIPIENT_UNKNOWN, False),
        (Cause.MAILBOX_FULL, False),
        (Cause.CONTENT_POLICY, False),
        (Cause.UNKNOWN, False),
    ],
)
def test_only_a_refusal_of_our_address_range_or_pace_wrongs_a_recipient(cause, expected):
    assert (wronged(BOUNCED, [answer(cause)]) is not None) is expected


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [answer(Cause.IP_BLOCKED, refused=False)],
        [answer(Cause.IP_BLOCKED, NOW - BEFORE - AFTER)],
        [answer(Cause.IP_BLOCKED, NOW + 2 * AFTER)],
        [answer(Cause.IP_BLOCKED), answer(Cause.CONTENT_POLICY)],
        [answer(Cause.IP_BLOCKED), answer(Cause.RECIPIENT_UNKNOWN, NOW - timedelta(days=300))],
    ],
    ids=["nothing is known", "only put off", "long before", "long after", "two reasons", "once unknown"],
)
def test_without_proof_a_recipient_stays_on_the_list(answers):
    assert wronged(BOUNCED, answers) is None


def test_a_complainer_stays_on_the_list_whatever_servers_said():
    complained = Entry(recipient="anna@outlook.test", reason=Reason.COMPLAINT, at=NOW)
    assert wronged(complained, [answer(Cause.IP_BLOCKED)]) is None


answers = st.lists(
    st.builds(
        answer,
        st.sampled_from(Cause),
        st.timedeltas(-2 * BEFORE, 2 * BEFORE).map(lambda length: NOW + length),
        refused=st.booleans(),
    )
)


@given(answers)
def test_whatever_was_said_a_wronged_recipient_has_a_refusal_of_ours_and_none_of_its_own(said):
    found = wronged(BOUNCED, said)
    if found is not None:
        assert found.refusal.refused
        assert is_for_our_sake(found.refusal.combination.cause)
        assert not any(each.refused and each.combination.cause is Cause.RECIPIENT_UNKNOWN for each in said)
