"""What the account says after a deployment: one question each, and a failure of one hides no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from staygreen.cli import aws_errors
from staygreen.core.checks import CHECKS
from staygreen.core.config.config import Config
from staygreen.core.doctor import Account, Alarm, ReverseName, Subscriptions, Wanted
from staygreen.core.naming import ANNOUNCER, INCIDENTS, SENDER_TAG

_Answer = TypeVar("_Answer")
_MOST_READ = 10
"""Messages of the queue that are looked at: what SQS gives in one answer."""


def wanted(config: Config) -> Wanted:
    """What the configuration deploys, as far as it is examined."""
    parts = ["state", "monitoring"]
    parts += ["addresses"] if any(each.manage for each in config.addresses) else []
    parts += ["replies"] if config.monitors.refusals.enabled else []
    return Wanted(
        stacks=tuple(config.names.stack(part) for part in parts),
        checks={each.id: each.schedule(config) for each in CHECKS if each.enabled(config)},
        reverse_names={each.name: each.ptr for each in config.addresses if each.manage and each.ptr},
    )


def survey(config: Config, asked_for: Wanted) -> Account:
    """Ask everything that `staygreen.core.doctor` judges, in the sender's region. Changes nothing."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    session: Any = boto3.Session(region_name=config.sender.region)
    failures: dict[str, str] = {}

    def asked(what: str, question: Callable[[], _Answer]) -> _Answer | None:
        try:
            return question()
        except (BotoCoreError, ClientError) as error:
            failures[what] = aws_errors.reason(error)
            return None

    names, checks = config.names, tuple(asked_for.checks)
    return Account(
        stacks=asked("stacks", lambda: _stacks(session.client("cloudformation"), f"{names.prefix}-")),
        last_runs=asked("runs", lambda: _last_runs(session.client("dynamodb"), names.table(INCIDENTS), checks)),
        schedules=asked("schedules", lambda: _schedules(session.client("scheduler"), config, checks)),
        topics=asked("topics", lambda: _topics(session.client("sns"), config)),
        alarms=asked("alarms", lambda: _alarms(session.client("cloudwatch"), f"{names.prefix}-")),
        dead_letters=asked("dead letters", lambda: _dead_letters(session.client("sqs"), names.dead_letters)),
        reverse_names=asked("reverse names", lambda: _reverse_names(session.client("ec2"), config)),
        denied=asked("permissions", lambda: _denied(session, config, checks)),
        failures=MappingProxyType(failures),
    )


def _stacks(client: Any, prefix: str) -> Mapping[str, str]:
    pages = client.get_paginator("describe_stacks").paginate()
    found = (stack for page in pages for stack in page["Stacks"])
    return {each["StackName"]: each["StackStatus"] for each in found if each["StackName"].startswith(prefix)}


def _last_runs(client: Any, table: str, checks: tuple[str, ...]) -> Mapping[str, datetime]:
    from staygreen.adapters.store.incidents import IncidentTable

    incidents = IncidentTable(client, table)
    found = {check: incidents.heartbeat(check) for check in checks}
    return {check: last.at for check, last in found.items() if last}


def _schedules(client: Any, config: Config, checks: tuple[str, ...]) -> Mapping[str, bool]:
    found = {}
    for check in checks:
        try:
            found[check] = client.get_schedule(Name=config.names.schedule(check)).get("State") == "ENABLED"
        except client.exceptions.ResourceNotFoundException:
            continue
    return found


def _topics(client: Any, config: Config) -> Mapping[str, Subscriptions]:
    found = {}
    for topic in ("alerts", "operations"):
        arn = f"arn:{_partition(client)}:sns:{config.sender.region}:{config.sender.account}:{config.names.topic(topic)}"
        pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
        states = [each["SubscriptionArn"] for page in pages for each in page["Subscriptions"]]
        pending = states.count("PendingConfirmation")
        found[topic] = Subscriptions(confirmed=len(states) - pending, pending=pending)
    return found


def _partition(client: Any) -> str:
    return str(client.meta.partition)


def _alarms(client: Any, prefix: str) -> Mapping[str, Alarm]:
    pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm"])
    return {
        each["AlarmName"].removeprefix(prefix): Alarm(
            state=each["StateValue"], tells=bool(each.get("ActionsEnabled", True) and each.get("AlarmActions"))
        )
        for page in pages
        for each in page["MetricAlarms"]
    }


def _dead_letters(client: Any, queue: str) -> tuple[str, ...]:
    """Who what waits is from. Reading hides nothing: messages are visible again at once."""
    url = client.get_queue_url(QueueName=queue)["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    numbers = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    if not sum(map(int, numbers.values())):
        return ()
    got = client.receive_message(QueueUrl=url, MaxNumberOfMessages=_MOST_READ, VisibilityTimeout=0)
    return tuple(_source(each["Body"]) for each in got.get("Messages", ())) or ("unknown",)


def _source(body: str) -> str:
    """The function that a record is of, as Lambda writes it (Lambda Developer Guide, "Retaining records")."""
    try:
        record = json.loads(body)
        arn = str(record["requestContext"]["functionArn"])
    except (ValueError, KeyError, TypeError):
        return "a delivery"
    return arn.split(":function:")[-1].partition(":")[0]


def _reverse_names(client: Any, config: Config) -> Mapping[str, ReverseName]:
    own = client.describe_addresses(Filters=[{"Name": f"tag:{SENDER_TAG}", "Values": [config.sender.name]}])
    pages = client.get_paginator("describe_addresses_attribute").paginate(Attribute="domain-name")
    told = {each["AllocationId"]: each for page in pages for each in page["Addresses"]}
    return {
        name: _reverse_name(told.get(each["AllocationId"], {}))
        for each in own["Addresses"]
        for name in _names_of(each, config)
    }


def _names_of(address: Mapping[str, Any], config: Config) -> Iterator[str]:
    """Which address of the configuration it is: by its allocation id, or by its tag `Name`."""
    tags = {tag["Key"]: tag["Value"] for tag in address.get("Tags", [])}
    for each in config.addresses:
        is_named = tags.get("Name", "") == config.names.address(each.name)
        if each.allocation_id == address["AllocationId"] or (not each.allocation_id and is_named):
            yield each.name


def _reverse_name(told: Mapping[str, Any]) -> ReverseName:
    update = told.get("PtrRecordUpdate") or {}
    return ReverseName(
        name=str(told.get("PtrRecord", "")).rstrip("."),
        pending=str(update.get("Value", "")).rstrip("."),
        reason=str(update.get("Reason", "")),
    )


def _denied(session: Any, config: Config, checks: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Of each function, what IAM's simulation denies of what all like it need."""
    functions, iam = session.client("lambda"), session.client("iam")
    region, account, names = config.sender.region, config.sender.account, config.names
    aws = f"arn:{_partition(iam)}"
    table = f"{aws}:dynamodb:{region}:{account}:table/{names.table(INCIDENTS)}"
    topic = f"{aws}:sns:{region}:{account}:{names.topic('alerts')}"
    queue = f"{aws}:sqs:{region}:{account}:{names.dead_letters}"
    keep, tell, bury = ("dynamodb:PutItem", table), ("sns:Publish", topic), ("sqs:SendMessage", queue)
    needed: dict[str, tuple[tuple[str, str], ...]] = {
        **{names.check_function(check): (keep, tell, bury) for check in checks},
        names.function(ANNOUNCER): (tell, bury),
    }
    found = {}
    for function, rights in needed.items():
        role = functions.get_function_configuration(FunctionName=function)["Role"]
        found[function.removeprefix(f"{names.prefix}-")] = tuple(
            action for action, resource in rights if not _is_allowed(iam, role, action, resource)
        )
    return found


def _is_allowed(iam: Any, role: str, action: str, resource: str) -> bool:
    asked = {"PolicySourceArn": role, "ActionNames": [action], "ResourceArns": [resource]}
    results = iam.simulate_principal_policy(**asked)["EvaluationResults"]
    return all(each["EvalDecision"] == "allowed" for each in results)
