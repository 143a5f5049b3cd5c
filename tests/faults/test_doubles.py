"""Each limit that AWS and Slack document is one that the doubles enforce."""

import json

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from slack_sdk.errors import SlackApiError

from tests.faults.channels import LARGEST, SlackOverNothing, Topic, Workspace
from tests.faults.dynamodb import LARGEST_ITEM, LARGEST_PAGE, Client, Table, size_of
from tests.faults.expressions import NotUnderstood
from tests.faults.schedule import Schedule

NAME = "incidents"


@pytest.fixture
def client():
    return Client(Table())


def item(n=0, text="", **more):
    return {"pk": {"S": "a"}, "sk": {"S": f"{n:04}"}, "doc": {"S": text}, **more}


def put(n=0, text="", condition=""):
    more = {"ConditionExpression": condition} if condition else {}
    return {"Put": {"TableName": NAME, "Item": item(n, text), **more}}


def code(call, **given):
    with pytest.raises(ClientError) as refused:
        call(**given)
    return refused.value.response["Error"]["Code"], refused.value.response.get("CancellationReasons")


def test_an_item_has_400_kb_with_its_names(client):
    room = LARGEST_ITEM - size_of(item())
    client.put_item(TableName=NAME, Item=item(text="x" * room))
    assert code(client.put_item, TableName=NAME, Item=item(text="x" * (room + 1)))[0] == "ValidationException"
    assert code(client.put_item, TableName=NAME, Item=item(text="é" * (room // 2 + 1)))[0] == "ValidationException"


def test_an_update_that_outgrows_it_changes_nothing(client):
    client.put_item(TableName=NAME, Item=item())
    growing = {
        "TableName": NAME,
        "Key": {"pk": {"S": "a"}, "sk": {"S": "0000"}},
        "UpdateExpression": "SET doc = :doc",
        "ExpressionAttributeValues": {":doc": {"S": "x" * LARGEST_ITEM}},
    }
    assert code(client.update_item, **growing)[0] == "ValidationException"
    assert client.get_item(TableName=NAME, Key=growing["Key"])["Item"]["doc"] == {"S": ""}


def test_a_transaction_has_100_actions_4_mb_and_each_item_once(client):
    client.transact_write_items(TransactItems=[put(n) for n in range(100)])
    too_much = (
        [put(n) for n in range(101)],
        [put(n, "x" * 390_000) for n in range(11)],
        [put(1), put(1)],
    )
    for actions in too_much:
        assert code(client.transact_write_items, TransactItems=actions)[0] == "ValidationException"


def test_a_transaction_is_all_or_nothing_and_says_why(client):
    client.put_item(TableName=NAME, Item=item(1))
    actions = [put(0), put(1, condition="attribute_not_exists(pk)"), put(2, "x" * LARGEST_ITEM)]
    refused, reasons = code(client.transact_write_items, TransactItems=actions[:2])
    assert (refused, [reason["Code"] for reason in reasons]) == (
        "TransactionCanceledException",
        ["None", "ConditionalCheckFailed"],
    )
    _, reasons = code(client.transact_write_items, TransactItems=[put(0), actions[2]])
    assert [reason["Code"] for reason in reasons] == ["None", "ValidationError"]
    assert "Item" not in client.get_item(TableName=NAME, Key={"pk": {"S": "a"}, "sk": {"S": "0000"}})


def test_a_condition_that_does_not_hold_is_refused(client):
    client.put_item(TableName=NAME, Item=item())
    again = {"TableName": NAME, "Item": item(), "ConditionExpression": "attribute_not_exists(pk)"}
    assert code(client.put_item, **again)[0] == "ConditionalCheckFailedException"


def test_a_set_is_never_empty_and_goes_with_its_last_element(client):
    assert code(client.put_item, TableName=NAME, Item=item(owed={"SS": []}))[0] == "ValidationException"
    client.put_item(TableName=NAME, Item=item(owed={"SS": ["alerts"]}))
    client.update_item(
        TableName=NAME,
        Key={"pk": {"S": "a"}, "sk": {"S": "0000"}},
        UpdateExpression="DELETE owed :c",
        ExpressionAttributeValues={":c": {"SS": ["alerts"]}},
    )
    assert "owed" not in client.get_item(TableName=NAME, Key={"pk": {"S": "a"}, "sk": {"S": "0000"}})["Item"]


def test_a_page_has_1_mb_and_the_next_goes_on(client):
    for n in range(9):
        client.put_item(TableName=NAME, Item=item(n, "x" * 200_000))
    asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "a"}}}
    pages = list(client.get_paginator("query").paginate(TableName=NAME, **asked))
    assert len(pages) == 2
    assert all(sum(map(size_of, page["Items"])) <= LARGEST_PAGE for page in pages)
    assert sum(len(page["Items"]) for page in pages) == 9


def test_an_index_holds_what_has_its_keys_and_is_not_read_consistently(client):
    client.put_item(TableName=NAME, Item=item(1))
    client.put_item(TableName=NAME, Item=item(2, outbox_pk={"S": "outbox"}, outbox_at={"S": "1"}))
    asked = {
        "TableName": NAME,
        "IndexName": "outbox",
        "KeyConditionExpression": "outbox_pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "outbox"}},
    }
    assert [each["sk"]["S"] for each in client.query(**asked)["Items"]] == ["0002"]
    assert code(client.query, **asked, ConsistentRead=True)[0] == "ValidationException"
    empty = item(3, outbox_pk={"S": ""}, outbox_at={"S": "1"})
    assert code(client.put_item, TableName=NAME, Item=empty)[0] == "ValidationException"


def test_keys_are_asked_for_a_hundred_at_a_time_and_once_each(client):
    keys = [{"pk": {"S": "a"}, "sk": {"S": f"{n}"}} for n in range(101)]
    for some in (keys, [keys[0], keys[0]]):
        assert code(client.batch_get_item, RequestItems={NAME: {"Keys": some}})[0] == "ValidationException"


def test_what_botocore_or_the_double_does_not_know_is_no_call(client):
    with pytest.raises(ParamValidationError):
        client.put_item(TableName=NAME, Item=item(), Unheard="of")
    with pytest.raises(NotUnderstood):
        client.put_item(TableName=NAME, Item=item(), ConditionExpression="attribute_type(pk, :n)")


def test_the_stream_has_each_change_in_its_order(client):
    client.put_item(TableName=NAME, Item=item())
    client.put_item(TableName=NAME, Item=item(text="x"))
    client.delete_item(TableName=NAME, Key={"pk": {"S": "a"}, "sk": {"S": "0000"}})
    assert [record["eventName"] for record in client._table.stream] == ["INSERT", "MODIFY", "REMOVE"]


def test_a_message_has_262144_bytes_with_its_attributes_and_a_plain_subject():
    topic = Topic(Schedule())
    attributes = {"kind": {"DataType": "String", "StringValue": "opened"}}
    room = LARGEST - len(json.dumps({"default": '""'})) - len("kind" + "String" + "opened")
    topic.publish(Message=json.dumps({"default": '""'}) + " " * room, MessageAttributes=attributes)
    refused = (
        {"Message": json.dumps({"default": '""'}) + " " * (room + 1), "MessageAttributes": attributes},
        {"Message": "{}", "Subject": "x" * 100},
        {"Message": "{}", "Subject": "two\nlines"},
        {"Message": "{}", "MessageAttributes": {"kind": {"DataType": "String", "StringValue": ""}}},
    )
    for given in refused:
        assert code(topic.publish, **given)[0] == "InvalidParameter"


@pytest.mark.parametrize(
    ("blocks", "error"), [(51, "invalid_blocks"), (1, "invalid_blocks"), (0, "thread_not_found")], ids=str
)
def test_slack_refuses_by_name(blocks, error):
    client = SlackOverNothing(Workspace(), Schedule())
    text = "x" * (3001 if blocks == 1 else 10)
    made = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}] * blocks
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel="C1", text="x", blocks=made, thread_ts="9.0")
    assert refused.value.response["error"] == error
