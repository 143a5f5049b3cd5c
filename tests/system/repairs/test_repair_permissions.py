"""Least privilege of what repairs, action by action: without any one of them a step fails, and with it again it works.

The functions are called as the state machine, IAM's function URL, Slack and the announcer's stream call them. What
they work on is written to the table without an announcement, so that nothing else begins to work on it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from local.slack import SlackMessage
from local.stage import SIGNING_SECRET, SLACK_CHANNEL
from staygreen.adapters.account.hand import AwsHand
from staygreen.adapters.aws.recipient_hash import hasher
from staygreen.adapters.store.items import history_item, to_send
from staygreen.adapters.store.reply_counters import ReplyCounters
from staygreen.core.alerts import alert
from staygreen.core.finding import Severity, Subject, SubjectKind
from staygreen.core.incidents.incident import Incident, Kind, Transition
from staygreen.core.remediations import by_id
from staygreen.core.remediations.plan import NoPlan
from staygreen.core.repair import engine
from staygreen.core.repair import repair as measures
from staygreen.core.repair.repair import Approval, Measure, Stage
from staygreen.core.replies import counters
from staygreen.core.replies.delivery_event import Kind as Said
from staygreen.core.replies.delivery_event import Notice
from tests.system.repairs.played import CONTEXT, HOST, MACHINE, OLGA, S3150, TABLE, Played, engine_here
from tests.system.roles import LOG, PREFIX, Roles, listed, refusal

PLAN, ACT, APPROVALS = "repair-plan", "repair-act", "approvals"
APPROVED = (Stage.APPROVED, Stage.APPLYING)
"""Stages that a plan reaches only with the approvals that it needs."""
CALLBACK, ANNOUNCE, CHECK = "slack-callback", "announce", "check-cases"
OLGA_IAM = "arn:aws:iam::000000000000:user/olga"
ZONE = "Z0EXAMPLECOM00000000"
TENANT = "shop"
STARTS = "StartRepairs"
WRITES = "TransactWriteItems"
"""What puts and deletes items in one transaction; IAM asks for the actions of each."""

NEEDED: Mapping[tuple[str, str, str], tuple[str, str]] = {
    (PLAN, "ReadSes", "ses:GetDedicatedIp"): ("judge a listing", ""),
    (PLAN, "ReadSes", "ses:GetDedicatedIps"): ("plan a listing", ""),
    (PLAN, "ReadSes", "ses:GetSuppressedDestination"): ("plan a complaint", ""),
    (PLAN, "ReadSes", "ses:ListDedicatedIpPools"): ("plan a listing", ""),
    (PLAN, "ReadSets", "ses:GetConfigurationSet"): ("plan bounces", ""),
    (PLAN, "ReadPools", "ses:GetDedicatedIpPool"): ("plan a listing", ""),
    (PLAN, "ReadTenants", "ses:GetReputationEntity"): ("plan bounces", ""),
    (PLAN, "ReadReverseNames", "ec2:DescribeAddressesAttribute"): ("plan a lost name", ""),
    (PLAN, "ReadRecords", "route53:ListResourceRecordSets"): ("plan a drift", ""),
    (PLAN, "FindSets", "ses:ListConfigurationSets"): ("plan bounces", ""),
    (PLAN, "FindSets", "ses:ListResourceTenants"): ("plan bounces", ""),
    (PLAN, "NameTenants", "ses:GetTenant"): ("plan bounces", ""),
    (PLAN, "FindAddresses", "ec2:DescribeAddresses"): ("plan a lost name", ""),
    (PLAN, "FindMeasures", "dynamodb:Query"): ("plan a listing", ""),
    (PLAN, "ListStacks", "cloudformation:DescribeStacks"): ("plan a drift", ""),
    (PLAN, "ReadTemplates", "cloudformation:GetTemplate"): ("plan a drift", ""),
    (PLAN, "FindOtherSenders", "cloudformation:ListStacks"): ("judge a listing", ""),
    (PLAN, "KeepMeasures", "dynamodb:GetItem"): ("judge a listing", ""),
    (PLAN, "KeepMeasures", "dynamodb:PutItem"): ("plan a listing", WRITES),
    (PLAN, "KeepMeasures", "dynamodb:DeleteItem"): ("judge what is over", WRITES),
    (PLAN, "ReadRules", "ssm:GetParameter"): ("plan a listing", ""),
    (PLAN, "ReadSuppressionList", "ses:ListSuppressedDestinations"): ("plan who was suppressed", ""),
    (PLAN, "ReadReplies", "dynamodb:Query"): ("plan who was suppressed", ""),
    (PLAN, "ReadRecipientKey", "secretsmanager:GetSecretValue"): ("plan who was suppressed", ""),
    (ACT, "ReadSes", "ses:GetDedicatedIp"): ("move", ""),
    (ACT, "ReadSes", "ses:GetDedicatedIps"): ("move", ""),
    (ACT, "ReadSes", "ses:GetSuppressedDestination"): ("suppress", ""),
    (ACT, "ReadSes", "ses:ListDedicatedIpPools"): ("move", ""),
    (ACT, "ReadSets", "ses:GetConfigurationSet"): ("pause a set", ""),
    (ACT, "ReadPools", "ses:GetDedicatedIpPool"): ("move", ""),
    (ACT, "ReadTenants", "ses:GetReputationEntity"): ("pause a tenant", ""),
    (ACT, "ReadReverseNames", "ec2:DescribeAddressesAttribute"): ("name", ""),
    (ACT, "ReadRecords", "route53:ListResourceRecordSets"): ("restore", ""),
    (ACT, "FindSets", "ses:ListConfigurationSets"): ("pause a set", ""),
    (ACT, "FindSets", "ses:ListResourceTenants"): ("pause a tenant", ""),
    (ACT, "NameTenants", "ses:GetTenant"): ("pause a tenant", ""),
    (ACT, "FindAddresses", "ec2:DescribeAddresses"): ("name", ""),
    (ACT, "ListStacks", "cloudformation:DescribeStacks"): ("restore", ""),
    (ACT, "ReadTemplates", "cloudformation:GetTemplate"): ("restore", ""),
    (ACT, "ReadSuppressionList", "ses:ListSuppressedDestinations"): ("clear whom we hurt", ""),
    (ACT, "ReadReplies", "dynamodb:Query"): ("clear whom we hurt", ""),
    (ACT, "ReadRecipientKey", "secretsmanager:GetSecretValue"): ("clear whom we hurt", ""),
    (ACT, "ReadEnforcement", "ses:GetAccount"): ("resume", ""),
    (ACT, "FindOtherSenders", "cloudformation:ListStacks"): ("move", ""),
    (ACT, "KeepMeasures", "dynamodb:GetItem"): ("move", ""),
    (ACT, "KeepMeasures", "dynamodb:PutItem"): ("move", WRITES),
    (ACT, "KeepMeasures", "dynamodb:DeleteItem"): ("refuse", WRITES),
    (ACT, "ReadRules", "ssm:GetParameter"): ("move", ""),
    (ACT, "MoveAddresses", "ses:PutDedicatedIpInPool"): ("move", ""),
    (ACT, "WarmAddresses", "ses:PutDedicatedIpWarmupAttributes"): ("move back", ""),
    (ACT, "PauseSets", "ses:PutConfigurationSetSendingOptions"): ("pause a set", ""),
    (ACT, "PauseTenants", "ses:UpdateReputationEntityCustomerManagedStatus"): ("pause a tenant", ""),
    (ACT, "KeepSuppression", "ses:PutSuppressedDestination"): ("suppress", ""),
    (ACT, "KeepSuppression", "ses:DeleteSuppressedDestination"): ("take off the list", ""),
    (ACT, "NameOwnAddresses", "ec2:ModifyAddressAttribute"): ("name", ""),
    (ACT, "NameOwnAddresses", "ec2:ResetAddressAttribute"): ("take the name back", ""),
    (ACT, "RestoreRecords", "route53:ChangeResourceRecordSets"): ("restore", ""),
    (APPROVALS, "KeepMeasures", "dynamodb:GetItem"): ("approve", ""),
    (APPROVALS, "KeepMeasures", "dynamodb:PutItem"): ("approve", WRITES),
    (APPROVALS, "KeepMeasures", "dynamodb:DeleteItem"): ("deny", WRITES),
    (APPROVALS, "ReadRules", "ssm:GetParameter"): ("approve", ""),
    (APPROVALS, "GoAhead", "states:StartExecution"): ("approve", ""),
    (CALLBACK, "ChangeIncidents", "dynamodb:GetItem"): ("approve in Slack", ""),
    (CALLBACK, "ChangeIncidents", "dynamodb:PutItem"): ("approve in Slack", "PutItem"),
    (CALLBACK, "EndMeasures", "dynamodb:DeleteItem"): ("deny in Slack", WRITES),
    (CALLBACK, "ReadRules", "ssm:GetParameter"): ("approve in Slack", ""),
    (CALLBACK, "GoAhead", "states:StartExecution"): ("approve in Slack", ""),
    (ANNOUNCE, STARTS, "states:StartExecution"): ("announce", ""),
    (CHECK, STARTS, "states:StartExecution"): ("sweep up", ""),
}
"""Function, statement and action -> the step that needs it, and the operation where it is called otherwise."""


class Repairs:
    """Incidents to repair, and each function made to do one step."""

    def __init__(self, played: Played) -> None:
        self.played, self.cloud = played, played.cloud
        self.roles = Roles(self.cloud)
        self._numbers = count()
        self._ips = (f"198.51.100.{number}" for number in range(60, 256))

    # --- what is to be repaired ---------------------------------------------------------------------------------------

    def listing(self) -> Incident:
        """A dedicated IP of the pool `warm`, on a list."""
        ip = next(self._ips)
        self.cloud.lease_dedicated_ip(ip, "warm")
        return self._opened(ip, "blocklist", "psbl", HOST)

    def bouncing(self) -> Incident:
        """A configuration set of a tenant whose mail bounces."""
        self._tenant("letters")
        return self._bouncing("letters")

    def bouncing_alone(self) -> Incident:
        """The same of a set that no tenant has."""
        self._tenant("letters")
        return self._bouncing("offers")

    def _bouncing(self, name: str) -> Incident:
        ses = self.cloud.client("sesv2")
        ses.put_configuration_set_sending_options(ConfigurationSetName=name, SendingEnabled=True)
        kind = SubjectKind.CONFIGURATION_SET
        return self._opened(name, "ses_reputation", "bounce_rate", {"sent": "50000"}, kind=kind)

    def _tenant(self, *sets: str) -> None:
        """Have one tenant, sending, with these sets."""
        self.cloud._local("PUT", f"tenants/{TENANT}", {"ConfigurationSets": sets})
        arn = self.cloud.client("sesv2").get_tenant(TenantName=TENANT)["Tenant"]["TenantArn"]
        self.cloud.client("sesv2").update_reputation_entity_customer_managed_status(
            ReputationEntityType="RESOURCE", ReputationEntityReference=arn, SendingStatus="ENABLED"
        )

    def nameless(self) -> Incident:
        """An Elastic IP without its reverse name."""
        (address,) = self.played.stage.addresses()
        ec2, identifier = self.cloud.client("ec2"), address["AllocationId"]
        ec2.reset_address_attribute(AllocationId=identifier, Attribute="domain-name")
        self.cloud.wait_until(lambda: not self.played.stage.ptr(identifier), what="the loss of the name")
        return self._opened(address["PublicIp"], "reverse_dns", "ptr_missing", {}, severity=Severity.WARNING)

    def drifted(self) -> Incident:
        """A record that is not what was deployed."""
        records = [{"Value": '"v=DMARC1; p=x"'}]
        drifted = {"Name": "_dmarc.example.com.", "Type": "TXT", "TTL": 60, "ResourceRecords": records}
        self.cloud.put_back(ZONE, drifted)
        return self._opened("example.com", "auth_records", "dmarc_invalid", {}, kind=SubjectKind.DOMAIN)

    def complaint(self) -> Incident:
        """Somebody complained, as SES tells, and is not suppressed."""
        who = f"reader-{next(self._numbers)}@example.org"
        evidence = {"verified": "ses", "recipient": who}
        return self._opened("example.com", "complaints", "complaint", evidence, kind=SubjectKind.DOMAIN)

    def block_over(self) -> Incident:
        """A block of a dedicated IP that is over; a recipient is suppressed for its sake."""
        ip, who, client = next(self._ips), f"friend-{next(self._numbers)}@hotmail.com", self.cloud.client
        at, hashed = self.cloud.now(), hasher(client("secretsmanager"), "staygreen/example/production/recipient-key")
        notice = Notice(kind=Said.REFUSED, source="ses", text=S3150.format(ip=ip), recipient=who, at=at, message=ip)
        sighting = counters.sighting(notice, Subject(SubjectKind.IP, ip), hashed=hashed, at=at, message=ip)
        ReplyCounters(client=client("dynamodb"), table=f"{PREFIX}replies").count([sighting])
        client("sesv2").put_suppressed_destination(EmailAddress=who, Reason="BOUNCE")
        incident = self._opened(ip, "refusals", "blocked_outlook_consumer", {"cause": "ip_blocked"})
        self.played.closes(incident, is_told=False)
        return incident

    def _opened(self, *about: Any, **of: Any) -> Incident:
        return self.played.opens(*about, is_told=False, **of)

    # --- measures -----------------------------------------------------------------------------------------------------

    def measure(self, incident: Incident, remediation: str, stage: Stage) -> Measure:
        """A measure for an incident that stands at a stage, alone in the table."""
        self.forget()
        works, now = engine_here(self.played), self.cloud.now()
        rules = works.rules(remediation)
        current = works.incident(incident.finding.check, incident.id)
        assert current is not None
        plan = by_id(remediation).plan(current, rules, works.account)
        assert not isinstance(plan, NoPlan), plan.reason
        identifier = measures.measure_id(f"try-{next(self._numbers)}", incident.id, remediation)
        begun, event = measures.begun(plan, rules, identifier, now)
        approvals = tuple(Approval(by=name, at=now) for name in rules.approvers) if stage in APPROVED else ()
        (made,) = works.store.begin([(replace(begun, stage=stage, applied_at=now, approvals=approvals), event)])
        return made

    def forget(self) -> None:
        """Have no measure, no ledger and no group."""
        table = self.cloud.client("dynamodb")
        for item in table.scan(TableName=TABLE, ConsistentRead=True)["Items"]:
            if item["pk"]["S"] in ("repair#open", "repair#ledger", "repair#groups"):
                table.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})

    def stage_of(self, measure: Measure) -> tuple[Stage, int]:
        """Where it stands now, and how many steps of its way back are done."""
        now = engine_here(self.played).store.measure(measure.id)
        assert now is not None
        return now.stage, now.strides

    # --- steps --------------------------------------------------------------------------------------------------------

    def take(self, step: str) -> tuple[bool, str]:
        """Have a function take a step. Gives whether it did, and its answer with all that it told."""
        return STEPS[step](self)

    def invoke(self, function: str, event: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """The function's answer; and as text with the end of its log."""
        reply = self.cloud.client("lambda").invoke(
            FunctionName=PREFIX + function, Payload=json.dumps(event), LogType="Tail"
        )
        answer = reply["Payload"].read().decode()
        return json.loads(answer), f"{answer}\n{base64.b64decode(reply.get('LogResult', '')).decode()}"

    def plans(self, incident: Incident, remediation: str, kind: Kind = Kind.OPENED) -> tuple[bool, str]:
        """Have a transition of the incident planned for."""
        self.forget()
        transition = f"try-{next(self._numbers)}"
        call = {"transition_id": transition, "kind": kind.value, "check": incident.finding.check}
        event = {"do": "plan", "call": {**call, "incidents": [incident.id], "about": incident.id}}
        answer, told = self.invoke(PLAN, event)
        wanted = measures.measure_id(transition, incident.id, remediation)
        return wanted in [each["input"]["measure"] for each in answer.get("measures", [])], told

    def steps(self, function: str, do: str, measure: Measure, *wanted: Any) -> tuple[bool, str]:
        """Have one of the machine's steps taken with a measure, which then stands at a stage and a stride."""
        _, told = self.invoke(function, {"do": do, "measure": measure.id})
        past = engine_here(self.played).store.history(measure.id)  # type: ignore[attr-defined]
        return self.stage_of(measure) == wanted, "\n".join([told, *(text for _, text in past)])

    def judges(self, incident: Incident) -> tuple[bool, str]:
        """Have a plan judged, which then waits for a person."""
        measure = self.measure(incident, "quarantine_ip", Stage.PLANNED)
        return self.steps(PLAN, "object", measure, Stage.AWAITING, 0)

    def applies(self, incident: Incident, remediation: str) -> tuple[bool, str]:
        """Have what was approved done."""
        measure = self.measure(incident, remediation, Stage.APPROVED)
        return self.steps(ACT, "apply", measure, Stage.APPLIED, 0)

    def takes_back(self, incident: Incident, remediation: str, stage: Stage = Stage.UNDOING) -> tuple[bool, str]:
        """Have what is in force taken back, or its first step."""
        measure = self.measure(incident, remediation, Stage.APPLYING)
        in_force = engine_here(self.played, AwsHand(self.cloud.client, TABLE))
        engine.apply(in_force, measure.id)
        applied = in_force.store.measure(measure.id)
        assert applied is not None
        assert applied.stage is Stage.APPLIED
        undoing = replace(applied, stage=Stage.UNDOING, due=self.cloud.now(), version=applied.version + 1)
        undoing = replace(undoing, sequence=applied.sequence + 1)
        in_force.store.save(undoing, measures.Event(kind="undoing", at=self.cloud.now(), text=""), None)
        return self.steps(ACT, "undo", undoing, stage, 1)

    def judges_what_is_over(self) -> tuple[bool, str]:
        """Have a plan ended whose incident is over."""
        incident = self.listing()
        measure = self.measure(incident, "quarantine_ip", Stage.PLANNED)
        self.played.closes(incident, is_told=False)
        return self.steps(PLAN, "object", measure, Stage.OBJECTED, 0)

    def refuses(self) -> tuple[bool, str]:
        """Have a measure ended whose world has changed."""
        incident = self.listing()
        measure = self.measure(incident, "quarantine_ip", Stage.APPROVED)
        self.cloud.lease_dedicated_ip(incident.subject.id, "shared")
        return self.steps(ACT, "apply", measure, Stage.OBJECTED, 0)

    def decides(self, decision: str) -> tuple[bool, str]:
        """Have an approver's decision recorded, and what follows begun."""
        measure = self.measure(self.listing(), "quarantine_ip", Stage.AWAITING)
        context = {"http": {"method": "POST"}, "authorizer": {"iam": {"userArn": OLGA_IAM}}}
        body = {"decision": decision, "measure": measure.id, "plan": measure.plan.hash}
        answer, told = self.invoke(APPROVALS, {"requestContext": context, "body": json.dumps(body)})
        return answer.get("statusCode") == 200 and self.is_decided(decision, measure), told

    def presses(self, decision: str) -> tuple[bool, str]:
        """Have the same done by a button in Slack."""
        measure = self.measure(self.listing(), "quarantine_ip", Stage.AWAITING)
        button = {"action_id": decision, "value": f"{measure.id}:{measure.plan.hash}"}
        asked = SlackMessage(
            channel=SLACK_CHANNEL, ts="1.0", text="", blocks=({"type": "actions", "elements": [button]},)
        )
        pressed = self.cloud.slack.press(asked, decision, OLGA, SIGNING_SECRET, self.cloud.now())
        headers = {name.lower(): value for name, value in pressed.headers.items()}
        event = {"headers": headers, "body": pressed.body, "requestContext": {"http": {"method": "POST"}}}
        answer, told = self.invoke(CALLBACK, event)
        return answer == {"statusCode": 200} and self.is_decided(decision, measure), told

    def is_decided(self, decision: str, measure: Measure) -> bool:
        """Whether it is denied, or approved and gone ahead with; the execution that goes ahead is stopped."""
        if decision == "deny":
            return self.stage_of(measure)[0] is Stage.DENIED
        return self.has_started(f"{measure.id}-approved")

    def has_started(self, name: str) -> bool:
        """Whether the machine was started under that name; it is stopped, so that it disturbs nothing."""
        machines = self.cloud.client("stepfunctions")
        found = machines.list_executions(stateMachineArn=MACHINE)["executions"]
        started = [each for each in found if each["name"] == name]
        for each in started:
            if each["status"] == "RUNNING":
                machines.stop_execution(executionArn=each["executionArn"])
        return bool(started)

    def announces(self, function: str, event: Mapping[str, Any]) -> tuple[bool, str]:
        """Have what the machine of repairs was never told sent up by whoever looks for it."""
        name = self.owe()
        _, told = self.invoke(function, event)
        return self.has_started(name), told

    def owe(self) -> str:
        """Have an announcement that calls for repairs, is owed to the machine alone, and late. Gives its name.

        It becomes owed by a change, which the stream's filter lets pass; its incident is nowhere, so nothing is done.
        """
        table, at = self.cloud.client("dynamodb"), self.cloud.now() - timedelta(days=1)
        name = f"owed-{next(self._numbers)}"
        incident = self.played._incident(next(self._ips), "blocklist", "psbl", HOST)
        told = Transition(id=name, kind=Kind.OPENED, at=at, incident=incident)
        item = history_item(f"history#{name}", "transition#0000001", name, "opened", at)
        table.put_item(TableName=TABLE, Item=item)
        table.put_item(TableName=TABLE, Item={**item, **to_send(alert.alert(told, CONTEXT, 3), at, ["repair"])})
        return name


STEPS: Mapping[str, Callable[[Repairs], tuple[bool, str]]] = {
    "plan a listing": lambda it: it.plans(it.listing(), "quarantine_ip"),
    "plan bounces": lambda it: it.plans(it.bouncing(), "pause_sending"),
    "plan a lost name": lambda it: it.plans(it.nameless(), "set_reverse_dns"),
    "plan a drift": lambda it: it.plans(it.drifted(), "restore_records"),
    "plan a complaint": lambda it: it.plans(it.complaint(), "suppression"),
    "plan who was suppressed": lambda it: it.plans(it.block_over(), "suppression", Kind.CLEARED),
    "judge a listing": lambda it: it.judges(it.listing()),
    "judge what is over": Repairs.judges_what_is_over,
    "move": lambda it: it.applies(it.listing(), "quarantine_ip"),
    "move back": lambda it: it.takes_back(it.listing(), "quarantine_ip"),
    "pause a set": lambda it: it.applies(it.bouncing_alone(), "pause_sending"),
    "pause a tenant": lambda it: it.applies(it.bouncing(), "pause_sending"),
    "resume": lambda it: it.takes_back(it.bouncing(), "pause_sending"),
    "suppress": lambda it: it.applies(it.complaint(), "suppression"),
    "take off the list": lambda it: it.takes_back(it.complaint(), "suppression", Stage.UNDONE),
    "clear whom we hurt": lambda it: it.applies(it.block_over(), "suppression"),
    "name": lambda it: it.applies(it.nameless(), "set_reverse_dns"),
    "take the name back": lambda it: it.takes_back(it.nameless(), "set_reverse_dns", Stage.UNDONE),
    "restore": lambda it: it.applies(it.drifted(), "restore_records"),
    "refuse": Repairs.refuses,
    "approve": lambda it: it.decides("approve"),
    "deny": lambda it: it.decides("deny"),
    "approve in Slack": lambda it: it.presses("approve"),
    "deny in Slack": lambda it: it.presses("deny"),
    "announce": lambda it: it.announces(ANNOUNCE, {"redrive": True}),
    "sweep up": lambda it: it.announces(CHECK, {"run_id": f"run-{next(it._numbers)}", "scheduled_at": ""}),
}


@pytest.fixture(scope="module")
def repairs(played: Played) -> Repairs:
    return Repairs(played)


@pytest.mark.parametrize("function", [PLAN, ACT, APPROVALS])
def test_every_action_that_a_function_of_repairs_is_allowed_is_tried(repairs, function):
    allowed = {
        (owner, name, action)
        for (owner, name), statement in repairs.roles.statements().items()
        for action in listed(statement["Action"])
        if owner == function and name != LOG and statement["Effect"] == "Allow"
    }
    assert allowed == {each for each in NEEDED if each[0] == function}


def test_what_every_check_starts_is_tried_with_one_of_them(repairs):
    starts = {owner: each for (owner, name), each in repairs.roles.statements().items() if name == STARTS}
    assert {ANNOUNCE, CHECK} < set(starts)
    assert all(each == starts[CHECK] for each in starts.values())


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_taken_with_all_that_is_allowed(repairs, step):
    is_taken, told = repairs.take(step)
    assert is_taken, told


@pytest.mark.parametrize(("function", "statement", "action"), NEEDED, ids=map(" ".join, NEEDED))
def test_a_step_fails_without_one_of_the_actions_that_it_needs(repairs, function, statement, action):
    step, operation = NEEDED[function, statement, action]
    with repairs.roles.without(function, statement, action):
        is_taken, told = repairs.take(step)
    assert not is_taken
    assert refusal(operation or action.partition(":")[2]).search(told), told
