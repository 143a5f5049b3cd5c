"""Settings of any length: parts that fit a parameter, in order, all of which the function knows and may read."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from stacks.constructs.settings import LIMIT, pages

MANY = """
[sender]
name = "many"
account = "000000000000"
region = "us-east-1"

[subjects]
domains = [{domains}]

[monitor.auth_records]
enabled = false

[[notifications.subscriptions]]
protocol = "email"
endpoint = "postmaster@example.com"
"""
NAME = "/staygreen/many/production/check/blocklist"


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=3 * LIMIT), max_size=3))
def test_the_parts_are_the_whole_in_order_and_each_fits(document):
    made = pages("/name", document)
    assert json.loads("".join(made.values())) == document
    assert all(len(text) <= LIMIT for text in made.values())
    assert list(made) == ["/name", *(f"/name/{n}" for n in range(2, len(made) + 1))]


def test_a_function_knows_and_may_read_every_part(synthesised):
    domains = ", ".join(f'"d{number}.example.com"' for number in range(600))
    found = synthesised(MANY.format(domains=domains))
    parameters = {
        each["Properties"]["Name"]: each["Properties"]["Value"]
        for each in found.resources("monitoring", "AWS::SSM::Parameter").values()
        if each["Properties"]["Name"].startswith(NAME)
    }
    names = [NAME, f"{NAME}/2", f"{NAME}/3", f"{NAME}/4"][: len(parameters)]
    assert set(parameters) == set(names)
    assert len(names) > 2
    assert len(json.loads("".join(parameters[name] for name in names))["domains"]) == 600
    (function,) = (
        each["Properties"]
        for each in found.resources("monitoring", "AWS::Lambda::Function").values()
        if each["Properties"].get("FunctionName") == "staygreen-many-production-check-blocklist"
    )
    assert function["Environment"]["Variables"]["STAYGREEN_SETTINGS_PARAMETER"] == ",".join(names)
    readable = [
        statement["Resource"]
        for policy in found.resources("monitoring", "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement.get("Sid") == "ReadSettings" and NAME in json.dumps(statement)
    ]
    (resources,) = readable
    assert [json.dumps(each).rpartition("parameter")[2].rstrip('"]}') for each in resources] == names
