"""Repairs, deployed for real with IAM enforced: each remediation, the ways to say yes, the switch, and crashes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import jsonschema
import pytest
from boto3 import Session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from local.cloud import ROOT
from local.patience import PATIENCE
from local.slack import SignedPress
from local.stage import SIGNING_SECRET
from local.stories.repair import pool
from staygreen.adapters.account.hand import AwsHand
from staygreen.adapters.store.complaints import ComplaintBook
from staygreen.core.finding import Severity, SubjectKind
from staygreen.core.incidents.incident import Incident, Kind
from staygreen.core.remediations.plan import Action
from staygreen.core.repair import engine
from staygreen.core.repair import repair as measures
from staygreen.core.repair.decision import decide
from staygreen.core.repair.engine import Call
from staygreen.core.repair.repair import Measure
from tests.system.repairs.played import (
    DAY,
    HOST,
    HOUR,
    MACHINE,
    OLGA,
    PRESSER,
    S3150,
    STRANGER,
    TABLE,
    Played,
    engine_here,
)

APPROVALS = "staygreen-example-production-approvals"
SCHEMA = json.loads((ROOT / "docs" / "alert.schema.json").read_text())


def test_a_lost_reverse_name_is_set_again_by_itself(played):
    (address,) = played.stage.addresses()
    ec2 = played.cloud.client("ec2")
    ec2.reset_address_attribute(AllocationId=address["AllocationId"], Attribute="domain-name")
    played.cloud.wait_until(lambda: not played.stage.ptr(address["AllocationId"]), what="the loss of the name")
    incident = played.opens(address["PublicIp"], "reverse_dns", "ptr_missing", {}, severity=Severity.WARNING)
    played.waits_for("set_reverse_dns", address["PublicIp"], "applied")
    assert played.stage.ptr(address["AllocationId"])["PtrRecord"] == "mail.example.com."
    played.cloud.advance(timedelta(minutes=2))
    played.waits_for("set_reverse_dns", address["PublicIp"], "kept", passing=timedelta(minutes=2))
    played.closes(incident)


def test_only_the_right_person_with_the_plan_in_hand_can_approve(played):
    measure = played.listed("198.51.100.21")
    assert pool(played.stage, "198.51.100.21") == "warm"
    status, told = played.says("mallory", "approvals", "approve", measure)
    assert (status, "not an approver" in told) == (1, True), told
    status, told = played.says("olga", "approvals", "approve", "0" * 16)
    assert status == 2, told
    assert "olga" not in played.says("olga", "approvals", "list")[1]
    assert forged(played, {"decision": "approve", "measure": measure, "plan": "x" * 64}) == 403
    status, told = played.says("olga", "approvals", "approve", measure)
    assert status == 0, told
    played.waits_for("quarantine_ip", "198.51.100.21", "applied")
    assert pool(played.stage, "198.51.100.21") == "resting"
    status, told = played.says("olga", "approvals", "approve", measure)
    assert (status, "nothing to decide" in told) == (1, True), told


def test_an_approver_cannot_speak_to_the_function_directly_as_somebody_else(played):
    piet = {"requestContext": {"http": {"method": "POST"}, "authorizer": {"iam": {"userArn": "user/piet"}}}}
    olga = session(played, played.people["olga"]).client("lambda", endpoint_url=played.cloud.endpoint)
    with pytest.raises(ClientError) as refused:
        olga.invoke(FunctionName=APPROVALS, Payload=json.dumps(piet))
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_the_url_needs_both_rights_to_invoke_that_the_policy_for_approvers_gives(played):
    iam = played.cloud.client("iam")
    policy = f"arn:aws:iam::{played.cloud.account}:policy/staygreen-example-production-approvers-us-east-1"
    whole = iam.get_policy_version(PolicyArn=policy, VersionId="v1")["PolicyVersion"]["Document"]
    assert signed(played, played.people["olga"]) == 409, "she gets through, and has decided nothing"
    for missing in ("CallUrl", "InvokeThroughUrl"):
        rest = [each for each in whole["Statement"] if each["Sid"] != missing]
        assert len(rest) == len(whole["Statement"]) - 1
        iam.create_user(UserName=missing)
        document = json.dumps({**whole, "Statement": rest})
        iam.put_user_policy(UserName=missing, PolicyName="rest", PolicyDocument=document)
        key = iam.create_access_key(UserName=missing)["AccessKey"]
        who = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        assert signed(played, who) == 403, missing


def session(played: Played, who: dict[str, str]) -> Session:
    """A session of one of the people."""
    named = {name.lower(): value for name, value in who.items()}
    return Session(region_name=played.cloud.region, **named)


def signed(played: Played, who: dict[str, str]) -> int:
    """The status for an empty request that the person signed."""
    request = AWSRequest("POST", url_of(played), {"Content-Type": "application/json"}, "{}")
    SigV4Auth(session(played, who).get_credentials(), "lambda", played.cloud.region).add_auth(request)
    return int(URLLib3Session(timeout=PATIENCE).send(request.prepare()).status_code)


def url_of(played: Played) -> str:
    """Where the local cloud serves the function URL of approvals."""
    url = played.cloud.client("lambda").get_function_url_config(FunctionName=APPROVALS)["FunctionUrl"]
    return f"{played.cloud.endpoint}/_aws/lambda-url/{url.removeprefix('https://').partition('.')[0]}/"


def forged(played: Played, body: dict[str, str]) -> int:
    """The status for a request that nobody signed."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    request = Request(url_of(played), json.dumps(body).encode(), method="POST")  # noqa: S310 - loopback
    try:
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_in_slack_only_the_right_person_with_a_fresh_press_that_slack_signed_can_approve(played):
    measure = played.listed("198.51.100.24")
    message, now = played.asked(measure), played.now()

    def press(secret: str = SIGNING_SECRET, at: datetime = now) -> SignedPress:
        return played.cloud.slack.press(message, "approve", OLGA, secret, at)

    call, good = played.stage.call, press()
    assert call(good, method="GET") == 405, "nothing is decided by following a link"
    assert call(press(secret="guessed")) == 401
    assert call(press(at=now - timedelta(minutes=6))) == 401
    assert call(replace(good, body=good.body.replace(measure, "0" * 16))) == 401
    assert "not among the approvers" in played.answer(message, "approve", STRANGER)
    assert f"{PRESSER} is not an approver of quarantine_ip" in played.answer(message, "approve", PRESSER)
    assert "olga" not in played.says("olga", "approvals", "show", measure)[1]
    assert call(good) == 200
    played.waits_for("quarantine_ip", "198.51.100.24", "applied")
    assert pool(played.stage, "198.51.100.24") == "resting"
    assert call(good) == 409, "a press counts once"
    assert "nothing to decide" in played.answer(message, "approve", OLGA)


def test_what_is_denied_in_slack_is_not_done(played):
    measure = played.listed("198.51.100.25")
    assert played.stage.press(played.asked(measure), "deny", OLGA) == 200
    played.waits_for("quarantine_ip", "198.51.100.25", "denied")
    assert pool(played.stage, "198.51.100.25") == "warm"


def test_a_plan_that_nobody_decides_on_lapses(played):
    measure = played.listed("198.51.100.22")
    message = played.asked(measure)
    played.cloud.advance(DAY + HOUR)
    told = played.answer(message, "approve", OLGA)
    assert "expired" in told or "lapsed" in told, told
    status, told = played.says("olga", "approvals", "approve", measure)
    assert status == 1 and ("expired" in told or "lapsed" in told), told
    played.waits_for("quarantine_ip", "198.51.100.22", "lapsed")
    assert pool(played.stage, "198.51.100.22") == "warm"


def test_the_switch_holds_what_is_approved(played):
    measure = played.listed("198.51.100.23")
    assert played.says("olga", "stop", "--reason", "a test")[0] == 0
    try:
        assert played.says("olga", "approvals", "approve", measure)[0] == 0
        played.waits_for("quarantine_ip", "198.51.100.23", "delayed")
        assert pool(played.stage, "198.51.100.23") == "warm"
    finally:
        assert played.says("olga", "start")[0] == 0
    played.cloud.advance(HOUR)
    played.waits_for("quarantine_ip", "198.51.100.23", "applied", passing=HOUR)
    assert pool(played.stage, "198.51.100.23") == "resting", "it was approved, and nothing stops it any more"


def test_a_set_that_bounces_is_paused_for_a_while(played):
    ses = played.cloud.client("sesv2")
    played.runs("ses_reputation")
    played.measured("news", {"Reputation.BounceRate": 0.06, "Send": 50_000.0})
    for _ in range(2):
        played.runs("ses_reputation")
    played.waits_for("pause_sending", "news", "applied")
    assert not sends(played, "news")
    assert ses.get_account()["SendingEnabled"], "the account is never paused"
    played.cloud.advance(DAY + HOUR)
    played.waits_for("pause_sending", "news", "undoing", passing=HOUR)
    played.cloud.wait_until(lambda: sends(played, "news"), what="sending again")
    played.cloud.advance(DAY + HOUR)
    played.waits_for("pause_sending", "news", "undone", passing=DAY + HOUR)


def test_a_rate_of_a_handful_pauses_nobody(played):
    played.measured("letters", {"Reputation.BounceRate": 0.06, "Send": 13.0})
    for _ in range(2):
        played.runs("ses_reputation")
    played.waits_for("pause_sending", "letters", "objected")
    (told,) = [each for each in played.repairs("pause_sending", "letters") if each["stage"] == "objected"]
    assert [each["rule"] for each in told["objections"]] == ["volume_floor"]
    assert sends(played, "letters")


def test_a_complainer_whom_ses_told_is_suppressed_and_no_chat_learns_who(played):
    who = "reader@example.org"
    played.runs("complaints")
    played.cloud.publish_ses_event("news", "Complaint", Source="shop@example.com", Recipient=who)
    book = ComplaintBook(client=played.cloud.client("dynamodb"), table=TABLE)
    played.cloud.wait_until(lambda: book.complainers(played.now() - HOUR), what="the complaint")
    # SES itself has an hour to put them on the list
    played.cloud.advance(HOUR)
    played.runs("complaints")
    played.waits_for("suppression", "example.com", "applied")
    assert reason_of(played, who) == "COMPLAINT"
    assert who not in json.dumps(played.stage.alerts())


UNKNOWN = "550 5.5.0 Requested action not taken: mailbox unavailable"


def test_whom_ses_suppressed_for_our_sake_comes_off_the_list_once_the_block_is_over(played):
    ip, friend, gone = "198.51.100.2", "friend@hotmail.com", "gone@hotmail.com"
    ses = played.cloud.client("sesv2")
    for recipient, said in ((friend, S3150.format(ip=ip)), (gone, UNKNOWN)):
        played.cloud.publish_ses_event("news", "Bounce", Ip=ip, Recipient=recipient, Diagnostic=said)
        ses.put_suppressed_destination(EmailAddress=recipient, Reason="BOUNCE")
    played.waits_for("quarantine_ip", ip, "awaiting")
    (incident,) = [i for i in played.table.load("refusals")[0].values() if i.subject.id == ip]
    assert reason_of(played, friend) == "BOUNCE", "the block is not over"
    played.closes(incident)
    played.waits_for("suppression", ip, "applied")
    assert reason_of(played, friend) == ""
    assert reason_of(played, gone) == "BOUNCE", "there is no such mailbox, whoever asks"
    assert friend not in json.dumps(played.stage.alerts())


def reason_of(played: Played, recipient: str) -> str:
    """Why a recipient is on the suppression list; empty: it is not."""
    ses = played.cloud.client("sesv2")
    try:
        return str(ses.get_suppressed_destination(EmailAddress=recipient)["SuppressedDestination"]["Reason"])
    except ses.exceptions.NotFoundException:
        return ""


def test_a_drifted_record_is_restored_once_two_people_agree(played):
    route53 = played.cloud.client("route53")
    zone = "Z0EXAMPLECOM00000000"
    drifted = {
        "Name": "_dmarc.example.com.",
        "Type": "TXT",
        "TTL": 60,
        "ResourceRecords": [{"Value": '"v=DMARC1; p=x"'}],
    }
    change = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": drifted}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)
    played.opens("example.com", "auth_records", "dmarc_invalid", {}, kind=SubjectKind.DOMAIN)
    measure = played.waits_for("restore_records", "example.com", "awaiting")
    assert "p=x" in played.says("olga", "approvals", "show", measure)[1]
    assert "1 more needed" in played.says("olga", "approvals", "approve", measure)[1]
    assert "already" in played.says("olga", "approvals", "approve", measure)[1]
    assert played.says("piet", "approvals", "approve", measure)[0] == 0
    played.waits_for("restore_records", "example.com", "applied")
    (answer,) = [r.to_text() for rrset in played.stage.ask("_dmarc.example.com", "TXT") for r in rrset]
    assert "p=none" in answer


def test_a_listing_opens_a_case_that_people_see_beside_the_quarantine(played):
    ip = "198.51.100.26"
    with played.in_mode("open_case", "auto"):
        played.listed(ip)
        played.waits_for("open_case", ip, "applied")
    status, told = played.says("olga", "case", "show", ip, "-e", "production")
    assert (status, "drafted" in told) == (0, True), told
    status, told = played.says("olga", "case", "export", ip, "-e", "production")
    assert (status, f"{ip}: psbl" in told) == (3, True), told
    assert told.startswith("DNS was not asked"), "the engine drafts without looking at DNS, and the packet says so"


def test_plans_that_are_made_at_once_are_told_at_once(played):
    ips = [f"198.51.100.{n}" for n in (51, 52, 53)]
    with played.in_mode("quarantine_ip", "suggest"):
        played.opens_together(*ips)
        told = played.cloud.wait_until(lambda: [a for a in played.stage.alerts() if "repairs" in a], what="the plans")
    (alert,) = told
    jsonschema.validate(alert, SCHEMA)
    assert [each["id"] for each in alert["subjects"]] == ips
    suggested = [each for each in alert["repairs"] if each["stage"] == "suggested"]
    assert [each["remediation"] for each in suggested] == ["quarantine_ip"] * 3
    assert not [each for ip in ips for each in played.repairs("quarantine_ip", ip)], "not one by one as well"


# --- what dies ------------------------------------------------------------------------------------------------------


class Died(Exception):
    """The function is gone, between any two of its calls."""


def begun(played: Played, incident: Incident, remediation: str) -> str:
    """A measure is planned, and the machine dies before it starts anything; gives the measure."""
    works = engine_here(played)
    engine.plan(works, Call(transition_id=f"{incident.id}-1", kind=Kind.OPENED, incidents=[incident]))
    (found,) = (
        each.id
        for each in works.store.open_measures()
        if (each.plan.incident_id, each.plan.remediation) == (incident.id, remediation)
    )
    return found


def test_what_died_planned_or_approved_or_half_applied_is_gone_on_with(played):
    ip = "198.51.100.41"
    played.cloud.lease_dedicated_ip(ip, "warm")
    listed = begun(played, played.opens(ip, "blocklist", "psbl", HOST, is_told=False), "quarantine_ip")
    sends_badly = played.opens(
        "shared", "ses_reputation", "bounce_rate", {"sent": "50000"}, kind=SubjectKind.POOL, is_told=False
    )
    paused = begun(played, sends_badly, "pause_sending")
    real = AwsHand(played.cloud.client, TABLE)

    def dying(action: Action) -> None:
        real(action)
        raise Died

    engine.object_(engine_here(played), paused)
    with pytest.raises(Died):
        engine.apply(engine_here(played, dying), paused)
    assert [sends(played, name) for name in ("letters", "offers")] == [False, True], "half applied"

    # stopped in the middle: nothing more is done, and the sweep begins nothing, until somebody lets it go on
    assert played.says("olga", "stop", "--reason", "a test")[0] == 0
    sweeps = executions(played)
    played.cloud.advance(HOUR)
    played.cloud.wait_until(lambda: executions(played) > sweeps, what="the sweep")
    assert not is_at_work(played, paused)
    assert sends(played, "offers")
    assert played.says("olga", "start")[0] == 0
    played.cloud.advance(HOUR)
    played.waits_for("pause_sending", "shared", "applied", passing=HOUR)
    assert not sends(played, "offers")

    one = engine_here(played).store.measure(listed)
    played.waits_for("quarantine_ip", ip, "awaiting")
    decide(engine_here(played), "approve", listed, one.plan.hash, "arn:aws:iam::000000000000:user/olga")
    assert pool(played.stage, ip) == "warm", "who decided died before anything began"
    played.cloud.advance(HOUR)
    played.waits_for("quarantine_ip", ip, "applied", passing=HOUR)
    assert pool(played.stage, ip) == "resting"


def sends(played: Played, name: str) -> bool:
    found = played.cloud.client("sesv2").get_configuration_set(ConfigurationSetName=name)
    return bool(found["SendingOptions"]["SendingEnabled"])


def executions(played: Played) -> int:
    """How many executions of the machine, those of the sweep among them, have come to their end."""
    machines = played.cloud.client("stepfunctions")
    return len(machines.list_executions(stateMachineArn=MACHINE, statusFilter="SUCCEEDED")["executions"])


def is_at_work(played: Played, measure: str) -> bool:
    """Whether an execution of the machine has come to the wait in front of the next step of a measure."""
    machines = played.cloud.client("stepfunctions")
    for each in machines.list_executions(stateMachineArn=MACHINE)["executions"]:
        if each["name"].startswith(measure):
            events = machines.get_execution_history(executionArn=each["executionArn"])["events"]
            entered = [e["stateEnteredEventDetails"]["name"] for e in events if "stateEnteredEventDetails" in e]
            if entered.count("Wait") > 1:
                return True
    return False


def test_what_dies_in_force_and_on_the_way_back_ends_well(played):
    ip = "198.51.100.31"
    measure = played.listed(ip)
    assert played.says("olga", "approvals", "approve", measure)[0] == 0
    played.waits_for("quarantine_ip", ip, "applied")
    (incident,) = [i for i in played.table.load("blocklist")[0].values() if i.subject.id == ip]
    played.closes(incident)
    kill_machines(played)
    played.cloud.advance(3 * DAY + HOUR)
    played.waits_for("quarantine_ip", ip, "undoing")
    kill_machines(played)
    while not (one := kept(played, measure)).is_over:
        # the sweep comes every half hour, and each step of the way back takes a day
        played.cloud.advance(DAY + HOUR)
        played.cloud.wait_until(
            lambda before=one: kept(played, measure).version > before.version, what=f"the next step back of {ip}"
        )
    assert one.stage is measures.Stage.UNDONE
    assert pool(played.stage, ip) == "warm"


def kept(played: Played, measure: str) -> Measure:
    found = engine_here(played).store.measure(measure)
    assert found is not None
    return found


def kill_machines(played: Played) -> None:
    machines = played.cloud.client("stepfunctions")
    for each in machines.list_executions(stateMachineArn=MACHINE, statusFilter="RUNNING")["executions"]:
        machines.stop_execution(executionArn=each["executionArn"])


def test_a_replay_tells_what_would_have_been_done(played):
    done = played.run({}, "replay", "--since", "30d", "--json")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert any(each["remediation"] == "quarantine_ip" for each in told)
