"""Which lines a subscription lets pass, as AWS documents its patterns."""

import pytest

from local.aws.log_subscriptions import lets_pass


@pytest.mark.parametrize(
    ("pattern", "line", "expected"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR", True),
        ("ERROR Exception", "an ERROR", False),
        ("?ERROR ?Exception", "an ERROR", True),
        ("?ERROR ?Exception", "all is well", False),
        ("-ERROR", "an ERROR", False),
        ('"two words"', "two other words", False),
    ],
)
def test_patterns_of_plain_terms(pattern, line, expected):
    assert lets_pass(pattern, line) is expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("postfix/smtp[1]: A1: to=<a@b.example>, status=bounced (said: 550)", True),
        ("2026-11-24 11:58:00 1tF0aB-000001-Xy == b@c.example R=dnslookup defer", True),
        ("postfix/smtp[1]: A1: to=<a@b.example>, status=sent (250 ok)", False),
    ],
)
def test_the_pattern_of_the_stack_of_mail_logs(line, expected):
    # imported here: it takes the CDK
    from stacks.mail_logs import TELLING_LINES

    assert lets_pass(TELLING_LINES, line) is expected
