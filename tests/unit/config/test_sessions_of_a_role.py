"""Approvers who are known by sessions of one role."""

from pathlib import Path

import pytest

from staygreen.core.config.parser import read_file
from staygreen.core.errors import ConfigError

BROKEN = Path(__file__).parent / "broken" / "62-two-sessions-of-a-role.toml"
TWO_SESSIONS = BROKEN.read_text(encoding="utf-8")


def test_they_may_be_one_person_who_is_wanted_twice():
    with pytest.raises(ConfigError, match=r":23: approver\[1\] \"ben\": iam: .*one person can be both"):
        read_file(TWO_SESSIONS, "mine.toml")


def test_the_role_itself_and_a_session_of_it_may_be_one_person_too():
    text = TWO_SESSIONS.replace("sts::111122223333:assumed-role/Mail/ana", "iam::111122223333:role/team/Mail")

    with pytest.raises(ConfigError, match="one person can be both"):
        read_file(text, "mine.toml")


def test_they_are_worth_a_warning_where_one_approval_is_enough():
    (warning,) = [
        each
        for each in read_file(TWO_SESSIONS.replace("two_people = true", ""), "mine.toml").warnings
        if "Mail" in each
    ]

    assert warning.startswith('mine.toml:23: approver[1] "ben": iam: ') and "two_people" not in warning


@pytest.mark.parametrize(
    "other",
    ["assumed-role/Postmasters/ben", "assumed-role/AWSReservedSSO_Mail_0123456789abcdef/ben"],
)
def test_people_of_two_roles_are_two(other):
    text = TWO_SESSIONS.replace("assumed-role/Mail/ben", other)

    assert not [each for each in read_file(text, "mine.toml").warnings if "session" in each]


def test_identity_center_names_its_sessions_itself():
    text = TWO_SESSIONS.replace("assumed-role/Mail/", "assumed-role/AWSReservedSSO_Mail_0123456789abcdef/")

    assert not [each for each in read_file(text, "mine.toml").warnings if "session" in each]


def test_only_those_who_may_approve_the_repair_count():
    third = '\n[[approver]]\nname = "cy"\niam = "arn:aws:iam::111122223333:user/cy"\n'
    text = TWO_SESSIONS + 'approvers = ["ben", "cy"]\n' + third

    assert any("Mail" in each for each in read_file(text, "mine.toml").warnings)
