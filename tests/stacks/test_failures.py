"""Whatever fails for good rings: every function, schedule, rule, machine and subscription has a way to an alarm.

docs/cost.md lists which alarm rings for which fault; this is that table, asked of the templates.
"""

from __future__ import annotations

import json

import pytest

from tests.assemblies import EXAMPLES

WAITED_FOR = ("lambdas.reverse_dns", "lambdas.receipt_rules", "lambdas.first_figures", "lambdas.widget")
"""CloudFormation waits for the first three, whoever looks at the dashboard for the last: each sees what failed."""
LAMBDA, SQS, STATES = "AWS/Lambda", "AWS/SQS", "AWS/States"


def metrics(alarm):
    """Namespace, metric and dimensions, as text, of everything that an alarm looks at."""
    properties = alarm["Properties"]
    named = [each["MetricStat"]["Metric"] for each in properties.get("Metrics", []) if "MetricStat" in each]
    for each in named or [properties]:
        yield each["Namespace"], each["MetricName"], json.dumps(each.get("Dimensions", []))


@pytest.fixture(params=EXAMPLES)
def assembly(request, example):
    return example(request.param)


@pytest.fixture
def watched(assembly):
    return [each for alarm in assembly.every("AWS::CloudWatch::Alarm") for each in metrics(alarm)]


def test_what_fails_for_good_is_kept_in_one_queue_that_rings_for_the_first_and_for_each(assembly, watched):
    (queue,) = (key for key in assembly.resources("state", "AWS::SQS::Queue") if key.startswith("DeadLetters"))
    of_queue = {metric for namespace, metric, where in watched if namespace == SQS and queue in where}
    assert of_queue == {"ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent"}


def fed_by_a_queue_that_rings(resources, watched):
    """Functions that a queue feeds, whose dead letters have an alarm: what they fail at for good waits there."""
    ringing = "".join(where for namespace, metric, where in watched if namespace == SQS and "Visible" in metric)
    queues = {key: each["Properties"] for key, each in resources.items() if each["Type"] == "AWS::SQS::Queue"}
    for each in resources.values():
        if each["Type"] == "AWS::Lambda::EventSourceMapping":
            queue = queues.get(each["Properties"]["EventSourceArn"].get("Fn::GetAtt", [""])[0], {})
            target = queue.get("RedrivePolicy", {}).get("deadLetterTargetArn", {}).get("Fn::GetAtt", ["nowhere"])[0]
            if target in ringing:
                yield each["Properties"]["FunctionName"]["Ref"]


def test_every_function_has_a_way_to_an_alarm(assembly, watched):
    """By its failures' destination, its own alarm or that of its queue's dead letters, or whoever waits for it."""
    for part in assembly.templates:
        destinations = json.dumps(list(assembly.resources(part, "AWS::Lambda::EventInvokeConfig").values()))
        streams = json.dumps(
            [
                each
                for each in assembly.resources(part, "AWS::Lambda::EventSourceMapping").values()
                if "OnFailure" in json.dumps(each)
            ]
        )
        fed = list(fed_by_a_queue_that_rings(assembly.resources(part), watched))
        for key, function in assembly.resources(part, "AWS::Lambda::Function").items():
            handler = function["Properties"]["Handler"]
            if not handler.startswith("lambdas.") or handler.startswith(WAITED_FOR):
                continue
            has_alarm = any(
                namespace == LAMBDA and metric == "Errors" and key in where for namespace, metric, where in watched
            )
            in_machine = any(
                namespace == STATES and metric == "ExecutionsFailed" for namespace, metric, _ in watched
            ) and handler.startswith(("lambdas.repair.", "lambdas.shard."))
            assert has_alarm or in_machine or key in destinations or key in streams or key in fed, (
                f"{part}: {key} fails in silence"
            )


def test_a_check_whose_every_run_fails_rings_by_its_silence_too(assembly, watched):
    for key, function in assembly.resources("monitoring", "AWS::Lambda::Function").items():
        if "STAYGREEN_CHECK" in function["Properties"].get("Environment", {}).get("Variables", {}):
            asked = {metric for namespace, metric, where in watched if namespace == LAMBDA and key in where}
            assert {"Invocations", "Errors"} <= asked or "Shard" in key, key


def test_what_cannot_be_started_or_delivered_is_kept(assembly):
    schedules = [each["Properties"]["Target"] for each in assembly.every("AWS::Scheduler::Schedule")]
    targets = [target for rule in assembly.every("AWS::Events::Rule") for target in rule["Properties"]["Targets"]]
    for each in (*schedules, *targets):
        assert "DeadLetters" in json.dumps(each["DeadLetterConfig"])
    for each in assembly.every("AWS::SNS::Subscription"):
        if each["Properties"]["Protocol"] != "sqs" or "RedrivePolicy" in each["Properties"]:
            assert "DeadLetters" in json.dumps(each["Properties"]["RedrivePolicy"])
