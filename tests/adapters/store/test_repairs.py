"""Repairs over the emulator's AWS: every setting is read and set, measures are kept, and only one writer wins."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from local.cloud import LocalCloud
from stacks.constructs.settings import pages
from staygreen.adapters.account.account import AwsAccount
from staygreen.adapters.account.hand import AwsHand
from staygreen.adapters.aws import kill_switch
from staygreen.adapters.aws.settings import rules_of
from staygreen.adapters.memory.world import MemoryLookup
from staygreen.adapters.store.incidents import owed
from staygreen.adapters.store.repairs import RepairTable
from staygreen.core.account_share import DEFAULT_POOL, WHOLE, account_share
from staygreen.core.alerts import repair_alert
from staygreen.core.alerts.alert import Context
from staygreen.core.config.parser import parse
from staygreen.core.delisting import case, storage
from staygreen.core.errors import ActionRefused, OutcomeUnknown, SourceUnavailable
from staygreen.core.naming import ResourceNames
from staygreen.core.remediations import by_id
from staygreen.core.remediations.account import Setting
from staygreen.core.remediations.plan import Action
from staygreen.core.remediations.settings import settings
from staygreen.core.repair import repair
from staygreen.core.repair.engine import Raced
from staygreen.core.repair.guards import Ledger
from staygreen.core.replies.decode import Route
from tests.unit.remediations.examples import World, incident

TABLE = "incidents"
NAMES = ResourceNames(sender="example", environment="production")
TAGS = {"staygreen:sender": "example", "team": "mail"}
CONTEXT = Context(sender="example", environment="production", region="us-east-1", runbook_base="https://docs.example")
PLAIN = '[sender]\nname = "example"\naccount = "000000000000"\nregion = "us-east-1"\n'
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def cloud():
    with LocalCloud(enforce=False, variables={"STAYGREEN_PTR_PENDING_SECONDS": "0"}) as made:
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        names = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
        made.client("dynamodb").create_table(
            TableName=TABLE, KeySchema=keys, AttributeDefinitions=names, BillingMode="PAY_PER_REQUEST"
        )
        ses = made.client("sesv2")
        for pool in ("warm", "resting"):
            ses.create_dedicated_ip_pool(PoolName=pool, ScalingMode="STANDARD")
        made.lease_dedicated_ip("198.51.100.1", "warm")
        ses.create_configuration_set(ConfigurationSetName="news", DeliveryOptions={"SendingPoolName": "warm"})
        made._local("PUT", "tenants/shop", {"ConfigurationSets": ["news"]})
        made.ensure_zone("Z0EXAMPLECOM00000000", "example.com")
        made.ensure_address(
            "eipalloc-0123456789abcdef0", "192.0.2.201", {"staygreen:sender": "example", "team": "mail"}
        )
        yield made


@pytest.fixture
def account(cloud):
    return AwsAccount(
        cloud.client,
        names=NAMES,
        table=TABLE,
        lookup=MemoryLookup(),
    )


@pytest.fixture
def hand(cloud):
    return AwsHand(cloud.client, TABLE)


def test_of_another_sender_nothing_is_found_that_a_repair_could_move(cloud):
    def seen(share):
        found = AwsAccount(cloud.client, names=NAMES, table=TABLE, lookup=MemoryLookup(), share=share)
        return set(found.dedicated_ips()), set(found.pools()), found.sets_of("warm")

    assert seen(WHOLE) == ({"198.51.100.1"}, {DEFAULT_POOL, "warm", "resting"}, ("news",))
    assert seen(account_share(["warm"], ())) == ({"198.51.100.1"}, {"warm"}, ("news",))
    assert seen(account_share(["resting", "example.com"], ())) == (set(), {"resting"}, ())


CASE = storage.text(case.opened(case.Facts(ips=("198.51.100.1",), route=Route.SUPPORT_FORM), NOW))
TENANT = "arn:aws:ses:us-east-1:000000000000:tenant/shop/tn-shop"
RECORD = "Z0EXAMPLECOM00000000|mail.example.com|A"
A_RECORD = json.dumps({"ttl": 60, "values": ["192.0.2.201"]}, sort_keys=True)


OTHER_RECORD = json.dumps({"ttl": 60, "values": ["192.0.2.202"]}, sort_keys=True)


def test_a_record_that_somebody_else_writes_meanwhile_is_not_overwritten(account, hand):
    resource = "Z0EXAMPLECOM00000000|meanwhile.example.com|A"

    def assigned(before, after):
        return Action(setting=Setting.RECORD, resource=resource, before=before, after=after)

    assert hand(assigned("", OTHER_RECORD))
    for before in ("", A_RECORD.replace("60", "61")):
        with pytest.raises(ActionRefused):
            hand(assigned(before, A_RECORD))
        assert account.value(Setting.RECORD, resource) == OTHER_RECORD
        assert hand(assigned(before, OTHER_RECORD)) is False, "it is so by somebody else's hand"
    assert hand(assigned(OTHER_RECORD, A_RECORD))
    assert account.value(Setting.RECORD, resource) == A_RECORD


@pytest.mark.parametrize(
    ("setting", "resource", "values"),
    [
        (Setting.IP_POOL, "198.51.100.1", ("warm", "resting")),
        (Setting.IP_WARMUP, "198.51.100.1", ("100", "10")),
        (Setting.SET_SENDING, "news", ("sending", "paused")),
        (Setting.TENANT_SENDING, TENANT, ("ENABLED", "DISABLED")),
        (Setting.SUPPRESSION, "a@example.org", ("", "COMPLAINT")),
        (Setting.RECORD, RECORD, ("", A_RECORD)),
        (Setting.CASE, "198.51.100.1", ("", CASE)),
    ],
    ids=lambda value: value.value if isinstance(value, Setting) else "",
)
def test_every_setting_is_read_set_and_taken_back(account, hand, setting, resource, values):
    before, after = values
    action = Action(setting=setting, resource=resource, before=before, after=after)
    assert account.value(setting, resource) == before
    hand(action)
    assert account.value(setting, resource) == after
    if setting is Setting.CASE:
        with pytest.raises(SourceUnavailable, match="changed meanwhile"):
            hand(action)
        return
    hand(action)
    hand(action.inverse)
    assert account.value(setting, resource) == before


def test_a_reverse_name_is_set_where_its_record_leads_to_the_address(account, hand):
    record = Action(setting=Setting.RECORD, resource=RECORD, before="", after=A_RECORD)
    name = Action(
        setting=Setting.REVERSE_NAME, resource="eipalloc-0123456789abcdef0", before="", after="mail.example.com"
    )
    with pytest.raises(ActionRefused):
        hand(name)
    hand(record)
    hand(name)
    assert account.value(name.setting, name.resource) == "mail.example.com"


def test_what_is_gone_is_none(account):
    assert account.value(Setting.IP_POOL, "203.0.113.77") is None
    assert account.value(Setting.SET_SENDING, "gone") is None
    assert account.value(Setting.REVERSE_NAME, "eipalloc-00000000000000000") is None


def test_the_account_is_found_out(account):
    assert account.dedicated_ips()["198.51.100.1"].pool == "warm"
    assert account.pools() == {"ses-default-dedicated-pool": True, "warm": True, "resting": True}
    assert account.sets_of("warm") == ("news",)
    assert account.tenants_of("news") == (TENANT,)
    assert account.elastic_ips()["192.0.2.201"].tags["team"] == "mail"
    assert account.has_tenant_lists()


def test_what_aws_holds_is_told(cloud, account):
    assert account.stopped_by_aws(Setting.TENANT_SENDING, TENANT) == ""
    cloud._local("PUT", "tenants/shop", {"AwsStatus": "DISABLED"})
    assert "disabled" in account.stopped_by_aws(Setting.TENANT_SENDING, TENANT)


def test_a_call_that_aws_refuses_names_its_reason(hand):
    with pytest.raises(ActionRefused, match="NotFound"):
        hand(Action(setting=Setting.IP_POOL, resource="198.51.100.1", before="warm", after="deleted"))


CALL = {"operation_name": "PutDedicatedIpInPool"}
UNANSWERED = (ReadTimeoutError(endpoint_url="x"), ClientError({"Error": {"Code": "InternalFailure"}}, **CALL))
NOT_MADE = (EndpointConnectionError(endpoint_url="x"), ClientError({"Error": {"Code": "Throttling"}}, **CALL))


@pytest.mark.parametrize("error", [*UNANSWERED, *NOT_MADE], ids=lambda error: type(error).__name__)
def test_what_may_have_been_made_is_told_from_what_was_not(error):
    class Ses:
        def put_dedicated_ip_in_pool(self, **_):
            raise error

    with pytest.raises(SourceUnavailable) as raised:
        AwsHand(lambda _: Ses(), TABLE)(Action(setting=Setting.IP_POOL, resource="x", before="a", after="b"))
    assert isinstance(raised.value, OutcomeUnknown) is (error in UNANSWERED)


@pytest.fixture
def table(cloud):
    return RepairTable(cloud.client("dynamodb"), TABLE, ("alerts",), repair_alert.Messages(context=CONTEXT))


def begun(number):
    world = World()
    plan = by_id("quarantine_ip").plan(incident(), world.rules("quarantine_ip"), world.account)
    return repair.begun(plan, world.rules("quarantine_ip"), f"{number:016x}", NOW)


def test_a_measure_is_kept_with_its_history_until_its_end(cloud, table):
    one, event = begun(1)
    table.save(one, event, None)
    assert table.measure(one.id) == one
    assert one in list(table.open_measures())
    ended = repair.refused(one, "It is gone.", NOW)
    table.save(*ended, None)
    assert table.measure(one.id) == ended[0]
    assert one.id not in {each.id for each in table.open_measures()}
    told = list(table.history(one.id))
    assert [past.kind for past, _ in told] == ["planned", "refused"]
    key = {"pk": {"S": f"repair#{one.id}"}, "sk": {"S": "event#0000002"}}
    item = cloud.client("dynamodb").get_item(TableName=TABLE, Key=key)["Item"]
    assert owed(item).channels == {"alerts"}
    assert owed(item).message["repair"]["stage"] == "refused"


def test_what_is_told_twice_is_begun_once(table):
    many = [begun(number) for number in range(100, 175)]
    assert table.begin(many[:60]) == [one for one, _ in many[:60]]
    ended = repair.refused(many[0][0], "It is gone.", NOW)
    table.save(*ended, None)
    again = table.begin(many)
    assert again == [ended[0], *(one for one, _ in many[1:])], "what has ended is not begun anew"
    assert len({one.id for one in table.open_measures()} & {one.id for one, _ in many}) == 74
    assert [past.kind for past, _ in table.history(many[0][0].id)] == ["planned", "refused"]


def test_a_group_is_told_once(cloud, table):
    one, _ = begun(400)
    group = repair.Group(id="a" * 16, about="b" * 16 + "-1", at=NOW, measures=(one.id,))
    table.keep_group(group)
    table.keep_group(replace(group, measures=()))
    assert [table.group(group.id), *table.groups()] == [group, group], "what is there stays"
    table.tell_group(group, [one])
    assert table.group(group.id) is None
    table.keep_group(group)
    table.tell_group(group, [one])
    assert list(table.groups()) == []
    key = {"pk": {"S": f"repair#{group.id}"}, "sk": {"S": "event#0000001"}}
    told = owed(cloud.client("dynamodb").get_item(TableName=TABLE, Key=key)["Item"])
    assert [each["measure"] for each in told.message["repairs"]] == [one.id]
    table.keep_group(replace(group, id="c" * 16))
    table.tell_group(replace(group, id="c" * 16), [])
    assert list(table.groups()) == [], "a group of nothing is forgotten"


def test_two_writers_do_not_both_win(table):
    one, event = begun(2)
    table.save(one, event, Ledger(version=1))
    for ledger in (None, Ledger(version=1)):
        with pytest.raises(Raced):
            table.save(*repair.refused(replace(one, version=0, sequence=0), "x", NOW), ledger)
    other, event = begun(3)
    with pytest.raises(Raced):
        table.save(other, event, Ledger(version=1))
    assert table.measure(other.id) is None, "all or nothing"
    table.save(other, event, table.ledger().reserved(other.id, other.plan, NOW))
    assert table.ledger().has(other.id)


def test_settings_that_are_too_long_for_one_parameter_are_read_whole(cloud):
    ssm, name = cloud.client("ssm"), NAMES.remediation_parameter("set_reverse_dns")
    given = settings(parse(PLAIN, "x"), "set_reverse_dns") | {
        "names": {f"eipalloc-{n:017x}": "a.example" for n in range(300)}
    }
    for page, text in pages(name, given).items():
        assert len(text) <= 4096
        ssm.put_parameter(Name=page, Value=text, Type="String")
    assert rules_of(ssm, NAMES)("set_reverse_dns").settings["names"] == given["names"]
    ssm.put_parameter(Name=name, Value="what?", Type="String", Overwrite=True)
    with pytest.raises(SourceUnavailable, match="set_reverse_dns is not JSON"):
        rules_of(ssm, NAMES)("set_reverse_dns")


def test_the_switch_is_off_only_when_it_says_so(cloud):
    ssm, name = cloud.client("ssm"), NAMES.kill_switch
    for stopped in (True, False):
        kill_switch.turn(ssm, name, stopped=stopped, by="olga", reason="why", at=NOW)
        assert kill_switch.is_stopped(ssm, name) is stopped
    for text in ("", "no", "{}", '{"stopped": "false"}'):
        ssm.put_parameter(Name=name, Value=text or " ", Type="String", Overwrite=True)
        assert kill_switch.is_stopped(ssm, name)
