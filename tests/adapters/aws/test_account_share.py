"""What of SES is a deployed sender's, and which other deployments are in the account."""

import json

import pytest
from botocore.exceptions import ClientError

from staygreen.adapters.account.account import AwsAccount
from staygreen.adapters.aws.account_share import deployed_share, other_deployments
from staygreen.adapters.memory.world import MemoryLookup
from staygreen.core.account_share import WHOLE, account_share, to_document
from staygreen.core.errors import SourceUnavailable
from staygreen.core.naming import ResourceNames
from tests.adapters.stubbed import stubbed

NAMES = ResourceNames(sender="acme", environment="production")
SHARE = account_share(["acme.example", "warm"], ["letters"])


@pytest.fixture
def clients():
    with stubbed("cloudformation", "ssm") as made:
        yield made


def stacks(*named):
    created = "2026-01-01T00:00:00Z"
    return [{"StackName": name, "StackStatus": status, "CreationTime": created} for name, status in named]


def test_other_deployments_are_found_by_the_stacks_that_hold_something(clients):
    made, stubs = clients
    first = stacks(
        ("staygreen-acme-production-state", "CREATE_COMPLETE"),
        ("staygreen-acme-staging-state", "UPDATE_IN_PROGRESS"),
        ("staygreen-bravo-production-state", "DELETE_FAILED"),
        ("staygreen-gone-production-state", "DELETE_COMPLETE"),
        ("staygreen-planned-production-state", "REVIEW_IN_PROGRESS"),
        ("CDKToolkit", "CREATE_COMPLETE"),
    )
    second = stacks(
        ("staygreen-bravo-production-monitoring", "DELETE_COMPLETE"),
        ("staygreen-failed-production-state", "ROLLBACK_COMPLETE"),
    )
    stubs["cloudformation"].add_response("list_stacks", {"StackSummaries": first, "NextToken": "t"}, {})
    stubs["cloudformation"].add_response("list_stacks", {"StackSummaries": second}, {"NextToken": "t"})
    found = other_deployments(made["cloudformation"], NAMES)
    assert [str(names) for names in found] == ["acme (staging)", "bravo (production)"]


def test_the_share_is_what_was_deployed_and_everything_without_a_parameter(clients):
    made, stubs = clients
    parameter = {"Name": "/staygreen/acme/production/only"}
    stubs["ssm"].add_response("get_parameter", {"Parameter": {"Value": json.dumps(to_document(SHARE))}}, parameter)
    assert deployed_share(made["ssm"], NAMES) == SHARE
    stubs["ssm"].add_client_error("get_parameter", "ParameterNotFound", expected_params=parameter)
    assert deployed_share(made["ssm"], NAMES) == WHOLE


def test_a_share_that_must_not_be_read_is_not_taken_for_the_whole(clients):
    made, stubs = clients
    stubs["ssm"].add_client_error("get_parameter", "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDenied"):
        deployed_share(made["ssm"], NAMES)


def account(clients, share):
    made, _ = clients
    return AwsAccount(lambda service: made[service], names=NAMES, table="t", lookup=MemoryLookup(), share=share)


def test_a_repair_asks_once_who_else_is_there_and_not_at_all_once_only_divides_the_account(clients):
    other = stacks(("staygreen-bravo-production-state", "CREATE_COMPLETE"))
    clients[1]["cloudformation"].add_response("list_stacks", {"StackSummaries": other}, {})
    undivided = account(clients, WHOLE)
    assert undivided.undivided_with() == undivided.undivided_with() == ("bravo (production)",)
    assert account(clients, SHARE).undivided_with() == ()


def test_a_repair_does_not_go_on_while_nobody_knows_who_else_is_there(clients):
    clients[1]["cloudformation"].add_client_error("list_stacks", "AccessDenied")
    with pytest.raises(SourceUnavailable):
        account(clients, WHOLE).undivided_with()
