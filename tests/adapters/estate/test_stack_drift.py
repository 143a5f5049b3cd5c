"""What CloudFormation answers about drift, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime

from staygreen.adapters.estate.stack_drift import compare
from tests.adapters.stubbed import stubbed

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def summary(number):
    return {
        "LogicalResourceId": f"R{number}",
        "ResourceType": "AWS::SES::EmailIdentity",
        "LastUpdatedTimestamp": NOW,
        "ResourceStatus": "CREATE_COMPLETE",
    }


def result(status, name="example.com", *differences):
    return {
        "StackId": "stack",
        "LogicalResourceId": "R1",
        "PhysicalResourceId": name,
        "ResourceType": "AWS::SES::EmailIdentity",
        "StackResourceDriftStatus": status,
        "Timestamp": NOW,
        "PropertyDifferences": [
            {"PropertyPath": path, "ExpectedValue": expected, "ActualValue": actual, "DifferenceType": "NOT_EQUAL"}
            for path, expected, actual in differences
        ],
    }


def ask(stub, results, *states, resources=3):
    stub.add_response("detect_stack_drift", {"StackDriftDetectionId": "d-1"}, {"StackName": "domain"})
    for state, reason in states:
        answer = {"StackId": "s", "StackDriftDetectionId": "d-1", "DetectionStatus": state, "Timestamp": NOW}
        stub.add_response(
            "describe_stack_drift_detection_status", {**answer, **({"DetectionStatusReason": reason} if reason else {})}
        )
    stub.add_response("list_stack_resources", {"StackResourceSummaries": [summary(n) for n in range(resources)]})
    for page in results:
        stub.add_response("describe_stack_resource_drifts", page)


def compared(clients):
    (found,) = compare(clients["cloudformation"], ["domain"], pause=lambda _: None)
    return found


def test_it_waits_and_reads_every_page_and_counts_what_was_not_compared():
    moved = ("/MailFromAttributes/MailFromDomain", "bounce.example.com", "null")
    pages = [
        {"StackResourceDrifts": [result("MODIFIED", "example.com", moved)], "NextToken": "more"},
        {"StackResourceDrifts": [result("IN_SYNC"), result("NOT_CHECKED")]},
    ]
    with stubbed("cloudformation") as (clients, stubs):
        ask(
            stubs["cloudformation"],
            pages,
            ("DETECTION_IN_PROGRESS", ""),
            ("DETECTION_COMPLETE", ""),
        )
        found = compared(clients)
    assert (found.resources, found.compared, found.failure) == (3, 2, "")
    assert [str(each) for each in found.drifted] == ["the identity example.com: MAIL FROM: none → bounce.example.com"]


def test_a_stack_that_could_not_be_compared_is_not_called_clean():
    with stubbed("cloudformation") as (clients, stubs):
        ask(stubs["cloudformation"], [], ("DETECTION_FAILED", "no right to read the identity"))
        found = compared(clients)
    assert (found.compared, found.drifted, found.failure) == (0, (), "no right to read the identity")
