"""What SES's pricing plan includes, and what the configuration adds to it."""

from dataclasses import replace

import pytest

from staygreen.core.config.parser import parse
from staygreen.core.preflight.plan import plan
from staygreen.core.preflight.world import Sending, World

SENDING = Sending(is_production=True, is_paused=False, enforcement="HEALTHY", daily_quota=9.0, sent_in_a_day=0.0)
CONFIG = """
[sender]
name = "example"
account = "000000000000"
region = "eu-west-1"

[[configuration_set]]
name = "main"
vdm = true
"""


def told(current, following="", config=CONFIG):
    world = World(sending=replace(SENDING, plan=current, next_plan=following))
    return {item.subject: item.text for item in plan(parse(config, "test.toml"), world)}


@pytest.mark.parametrize(
    ("current", "includes", "adds"),
    [
        ("NONE", "billed by itself", "billed beside the messages"),
        ("ESSENTIALS", "no monthly fee", "included"),
        ("PRO", "105 USD", "25.00"),
        ("ENTERPRISE", "500 USD", "25.00"),
    ],
)
def test_a_plan_is_told_with_what_it_includes_and_what_vdm_adds(current, includes, adds):
    found = told(current)
    assert includes in found["SES plan"]
    assert adds in found["vdm"]


def test_the_plan_of_the_next_month_is_told():
    assert "PRO follows with the next month" in told("ESSENTIALS", "PRO")["SES plan"]


def test_without_vdm_nothing_is_added_and_an_unknown_plan_promises_nothing():
    assert "vdm" not in told("PRO", config=CONFIG.replace("vdm = true", ""))
    assert told("PLATINUM") == {"SES plan": "the pricing plan PLATINUM is not known here"}


def test_where_aws_says_nothing_nothing_is_said():
    assert told("") == {}
