"""Truth tables of what SES's numbers and decisions mean: fires, does not fire, unknown."""

from datetime import date, timedelta

import pytest

from staygreen.core.ses import reputation
from staygreen.core.ses.reputation import Limits
from staygreen.core.ses.standing import Account, Entity, Rates, Recommendation

TODAY = date(2026, 11, 24)
TENANT = "arn:aws:ses:us-east-1:1:tenant/news/tn-1"


def told(judged):
    """Severity where it is bad, state where it is not."""
    return [each.severity.value if each.state.value == "BAD" else each.state.value for each in judged]


def bad(judged):
    return {each.cause: each.severity.value for each in judged if each.state.value == "BAD"}


@pytest.mark.parametrize(
    ("bounces", "complaints", "expected"),
    [
        (None, None, ["UNKNOWN", "UNKNOWN"]),
        (0.0, 0.0, ["OK", "OK"]),
        (0.0199, 0.00039, ["OK", "OK"]),
        (0.02, 0.0004, ["warning", "warning"]),
        (0.0399, 0.00079, ["warning", "warning"]),
        (0.04, 0.0008, ["critical", "critical"]),
        (0.5, None, ["critical", "UNKNOWN"]),
    ],
)
def test_rates_warn_from_two_fifths_of_the_limit_and_are_critical_from_four(bounces, complaints, expected):
    assert told(reputation.rates(Rates(bounces=bounces, complaints=complaints), Limits(), "the account")) == expected


def test_a_rate_says_how_many_messages_are_under_it_where_they_are_counted():
    counted, _ = reputation.rates(Rates(bounces=0.03, complaints=0, sent=52000), Limits(), "the account")
    assert counted.text == (
        "The bounce rate of the account is 3.000%, 60% of the 5.0% at which AWS reviews accounts; "
        "52,000 messages in a day"
    )
    assert counted.data == {"rate": "0.030000", "sent": "52000"}
    uncounted, _ = reputation.rates(Rates(bounces=0.03, complaints=0), Limits(), "the account")
    assert "sent" not in uncounted.data


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (Account(), {}),
        (Account(sending_enabled=False), {"sending_disabled": "critical"}),
        (Account(enforcement="SHUTDOWN"), {"sending_disabled": "critical"}),
        (Account(enforcement="PROBATION"), {"under_review": "warning"}),
        (
            Account(sending_enabled=False, enforcement="PROBATION"),
            {"sending_disabled": "critical", "under_review": "warning"},
        ),
    ],
)
def test_what_was_decided_about_the_account_is_told_at_once(account, expected):
    judged = tuple(reputation.account(account))
    assert bad(judged) == expected
    assert all(each.is_conclusive for each in judged)


def test_a_configuration_set_that_is_switched_off():
    assert told([reputation.configuration_set("news", is_sending=True)]) == ["OK"]
    assert told([reputation.configuration_set("news", is_sending=False)]) == ["critical"]


@pytest.mark.parametrize(
    ("status", "impact", "expected"),
    [
        ("ENABLED", "", {}),
        ("REINSTATED", "", {}),
        ("ENABLED", "LOW", {"reputation_finding": "info"}),
        ("REINSTATED", "HIGH", {"reputation_finding": "warning"}),
        ("DISABLED", "HIGH", {"sending_disabled": "critical", "reputation_finding": "warning"}),
    ],
)
def test_a_resource_whose_reputation_ses_follows(status, impact, expected):
    judged = tuple(reputation.entity(Entity(arn=TENANT, status=status, cause="bounces", impact=impact)))
    assert bad(judged) == expected
    assert judged[0].text == f"SES lists tenant/news/tn-1 as {status}: bounces"


def test_advice_is_told_by_kind_with_the_resources_that_it_is_about():
    found = [
        Recommendation(kind="IP_LISTING", arn="arn:aws:ses:us-east-1:1:dedicated-ip/192.0.2.1", description="listed"),
        Recommendation(kind="DKIM", arn="arn:aws:ses:us-east-1:1:identity/a.test", description="short", impact="HIGH"),
        Recommendation(kind="DKIM", arn="arn:aws:ses:us-east-1:1:identity/b.test", description="none", impact="LOW"),
        Recommendation(kind="NEW_KIND", arn="arn:aws:ses:us-east-1:1:identity/a.test", description="new"),
    ]
    judged = {each.cause: each for each in reputation.recommendations(tuple(found))}
    assert bad(judged.values()) == {"advice_ip_listing": "info", "advice_dkim": "warning", "advice_other": "info"}
    assert judged["advice_dkim"].text == "identity/a.test: short; identity/b.test: none"
    assert judged["advice_spf"].state.value == "OK"


def test_much_advice_is_counted_beyond_what_one_line_names():
    found = [Recommendation(kind="SPF", arn=f"arn:a:b:c:d:identity/{n}.test", description="none") for n in range(25)]
    (spf,) = (each for each in reputation.recommendations(tuple(found)) if each.state.value == "BAD")
    assert spf.text.endswith("identity/9.test: none; 15 more")


def test_without_virtual_deliverability_manager_there_is_no_word_about_advice():
    assert not list(reputation.recommendations(None))


@pytest.mark.parametrize(
    ("usual", "yesterday", "today", "state"),
    [
        (0, 0, 49, "OK"),
        (0, 0, 50, "BAD"),
        (0, 50, 0, "BAD"),
        (20, 20, 60, "OK"),
        (20, 61, 0, "BAD"),
        (60, 60, 60, "OK"),
    ],
)
def test_the_suppression_list_grows_suddenly(usual, yesterday, today, state):
    days = {TODAY - timedelta(days=back): usual for back in range(2, 9)}
    counted = {**days, TODAY - timedelta(days=1): yesterday, TODAY: today}
    assert reputation.suppression(counted, TODAY).state.value == state


def test_growth_that_nobody_could_count_is_unknown():
    found = reputation.suppression(None, TODAY)
    assert (found.state.value, found.reason) == ("UNKNOWN", "too_many")
