"""What each remediation plans, and when it is content."""

import json
from dataclasses import replace
from datetime import timedelta

from staygreen.core.codec import decoded, encoded
from staygreen.core.config.rules.remediations import CALLED_BY, FILTERS
from staygreen.core.delisting import case, letters, storage
from staygreen.core.finding import Severity, SubjectKind
from staygreen.core.incidents.incident import Kind, Status
from staygreen.core.remediations import REMEDIATIONS, by_id
from staygreen.core.remediations.account import PAUSED, SENDING, DeployedRecord, Elastic, Setting
from staygreen.core.remediations.plan import Action, NoPlan, Plan
from staygreen.core.repair.engine import apply, object_, plan, undo, verify
from staygreen.core.repair.repair import Measure, Stage
from staygreen.core.replies.decode import Route
from tests.unit.remediations.examples import HOST, NOW, RANGE, REFUSAL, World, account, incident

DAY = timedelta(days=1)


def planned(world, remediation, found):
    made = by_id(remediation).plan(found, world.rules(remediation), world.account)
    # what the configuration may narrow it by is what the plan tells
    assert isinstance(made, NoPlan) or set(made.in_scope_of) == FILTERS[remediation]
    return made


def test_what_the_configuration_may_say_of_remediations_is_what_they_are():
    assert list(FILTERS) == [entry.id for entry in REMEDIATIONS]
    causes = ("psbl", "blocked_outlook_consumer", "ptr_missing", "bounce_rate", "complaint")
    for remediation, checks in CALLED_BY.items():
        for check in checks:
            assert any(by_id(remediation).answers(check, cause, kind.value) for cause in causes for kind in SubjectKind)


def run(world, call):
    (first, *_), _ = plan(world.engine, call)
    object_(world.engine, first.measure)
    apply(world.engine, first.measure)
    return first.measure


def stage(world, identifier):
    return world.store.measures[identifier].stage


def over(world, found):
    at = world.account.at
    world.incidents[found.id] = replace(found, status=Status.CLOSED, clean_since=at, closed_at=at)


def test_a_listed_address_goes_to_quarantine_and_returns_warmed_up_after_clean_days():
    world, found = World(off=("open_case",)), incident()
    measure = run(world, world.call(found))
    assert world.pool_of("198.51.100.1") == "quarantine"
    over(world, found)
    world.pass_time(2 * DAY)
    verify(world.engine, measure)
    assert stage(world, measure) is Stage.APPLIED, "clean for two days is not clean for three"
    world.pass_time(DAY)
    verify(world.engine, measure)
    climbed = []
    for _ in range(3):
        for _ in range(2):
            # a second delivery in the same minute climbs no further
            undo(world.engine, measure)
        climbed.append((world.pool_of("198.51.100.1"), world.account.values[Setting.IP_WARMUP, "198.51.100.1"]))
        world.pass_time(DAY)
    assert climbed == [("warm", "10"), ("warm", "50"), ("warm", "100")]
    assert stage(world, measure) is Stage.UNDONE
    assert not any(entry.is_active for entry in world.store.kept.entries)


def test_the_warm_up_is_lowered_before_the_address_returns():
    plan_ = planned(World(), "quarantine_ip", incident())
    assert [action.setting for action in plan_.way_back[0].actions] == [Setting.IP_WARMUP, Setting.IP_POOL]


def test_ses_may_warm_an_address_faster_and_is_not_slowed_down():
    warm = Action(setting=Setting.IP_WARMUP, resource="198.51.100.1", before="10", after="50", rising=True)
    assert [warm.is_done(live) for live in ("49", "50", "60")] == [False, True, True]
    assert not warm.may_apply_to(None), "it is gone"


def test_only_a_listing_or_refusal_of_the_address_itself_moves_it():
    world = World()
    blocked = incident(check="refusals", cause="blocked_outlook_consumer", data={"cause": "ip_blocked"})
    assert isinstance(planned(world, "quarantine_ip", blocked), Plan)
    for data in (RANGE, REFUSAL, {"answer": "NOTED", "scope": "host"}, {"scope": "range"}, {"scope": "unknown"}, {}):
        assert isinstance(planned(world, "quarantine_ip", incident(data=data)), NoPlan), data
    for system, cause in (
        ("gmail", "ip_blocked"),
        ("outlook_consumer", "range_blocked"),
        ("exchange_online", "unknown"),
    ):
        refused = incident(check="refusals", cause=f"blocked_{system}", data={"cause": cause})
        found = by_id("quarantine_ip").answers("refusals", f"blocked_{system}", "ip")
        assert not found or isinstance(planned(world, "quarantine_ip", refused), NoPlan), system


def test_shared_managed_and_quarantined_addresses_stay():
    for pool in ("managed", "quarantine"):
        assert isinstance(planned(World(account(pool=pool)), "quarantine_ip", incident()), NoPlan), pool
    assert isinstance(planned(World(), "quarantine_ip", incident(ip="203.0.113.9")), NoPlan)


def test_an_address_whose_warm_up_is_sess_own_stays_where_its_pool_is_of_an_unknown_kind():
    made = account(pool="unheard")
    made.known_pools.pop("unheard")
    made.values = {key: "-1" if key[0] is Setting.IP_WARMUP else value for key, value in made.values.items()}
    found = planned(World(made), "quarantine_ip", incident())
    assert isinstance(found, NoPlan)
    assert "managed pool" in found.reason, "nothing could set -1 again"


def test_an_address_that_is_still_listed_at_its_expiry_is_handed_to_a_person():
    world = World(off=("open_case",))
    measure = run(world, world.call(incident()))
    for _ in range(31):
        world.pass_time(DAY)
        verify(world.engine, measure)
    kinds = [event.kind for _, event in world.store.events]
    assert stage(world, measure) is Stage.EXPIRED
    assert world.pool_of("198.51.100.1") == "quarantine", "a listed address is not put back by itself"
    assert kinds.count("unproven") == 1, "that it did not help is told once"


def test_a_deleted_pool_is_told_and_moves_nothing():
    made = account()
    made.known_pools = {"warm": True}
    world = World(made, off=("open_case",))
    measure = run(world, world.call(incident()))
    assert "no standard pool quarantine" in world.store.measures[measure].objections[0].text


def test_a_reverse_name_is_set_only_where_the_forward_record_stands():
    made = account()
    made.elastic = {"192.0.2.1": Elastic(allocation_id="eipalloc-1", tags={"team": "mail"})}
    made.values[Setting.REVERSE_NAME, "eipalloc-1"] = ""
    world, found = World(made), incident(ip="192.0.2.1", check="reverse_dns", cause="ptr_missing")
    assert isinstance(planned(world, "set_reverse_dns", found), NoPlan)
    made.forward = {"mail.example.com": ("192.0.2.1",)}
    measure = run(world, world.call(found))
    assert made.values[Setting.REVERSE_NAME, "eipalloc-1"] == "mail.example.com"
    world.pass_time(timedelta(minutes=2))
    verify(world.engine, measure)
    assert stage(world, measure) is Stage.APPLIED, "EC2 took it, DNS does not tell it yet"
    made.pointers = {"192.0.2.1": ("mail.example.com",)}
    world.pass_time(timedelta(minutes=2))
    verify(world.engine, measure)
    assert stage(world, measure) is Stage.KEPT


def bounces(kind=SubjectKind.CONFIGURATION_SET, name="news", volume="5000", **of):
    data = {"sent": volume} if volume else {}
    return incident(ip=name, kind=kind, check="ses_reputation", cause="bounce_rate", data=data, **of)


def pausing(**of):
    made = account()
    made.values |= {(Setting.SET_SENDING, "news"): SENDING, (Setting.SET_SENDING, "offers"): SENDING}
    made.sets_by_pool = {"warm": ("news", "offers")}
    return World(made, **of)


def test_a_pause_names_the_smallest_thing_and_never_the_account():
    world = pausing()
    of_pool = planned(world, "pause_sending", bounces(SubjectKind.POOL, "warm"))
    assert [action.resource for action in of_pool.actions] == ["news", "offers"]
    assert "news" in of_pool.summary and "offers" in of_pool.summary
    world.account.tenants_by_set = {"news": ("arn:tenant-1",)}
    world.account.values[Setting.TENANT_SENDING, "arn:tenant-1"] = "ENABLED"
    (action,) = planned(world, "pause_sending", bounces()).actions
    assert (action.setting, action.after) == (Setting.TENANT_SENDING, "DISABLED")
    assert not by_id("pause_sending").answers("ses_reputation", "bounce_rate", SubjectKind.ACCOUNT.value)


def test_one_bounce_of_thirteen_pauses_nobody():
    for volume in ("13", ""):
        world = pausing()
        measure = run(world, world.call(bounces(volume=volume, severity=Severity.CRITICAL)))
        assert world.store.measures[measure].objections[0].rule == "volume_floor"
        assert world.account.done == []


def test_a_pause_that_is_not_critical_waits_for_a_second_look():
    world, found = pausing(), bounces()
    measure = run(world, world.call(found))
    assert stage(world, measure) is Stage.DELAYED
    world.pass_time(timedelta(hours=1))
    object_(world.engine, measure)
    assert stage(world, measure) is Stage.DELAYED, "nobody has looked again"
    world.incidents[found.id] = replace(found, last_seen=world.account.at)
    object_(world.engine, measure)
    apply(world.engine, measure)
    assert world.account.values[Setting.SET_SENDING, "news"] == PAUSED


def test_a_pause_ends_by_itself_but_not_while_aws_holds_it():
    world = pausing()
    measure = run(world, world.call(bounces(severity=Severity.CRITICAL)))
    world.account.held_by_aws = {"news": "DISABLED by AWS"}
    for _ in range(28):
        world.pass_time(timedelta(hours=1))
        verify(world.engine, measure)
        undo(world.engine, measure)
    assert world.account.values[Setting.SET_SENDING, "news"] == PAUSED
    told = [event.kind for _, event in world.store.events if event.is_told]
    assert told.count("held_up") == 1, "it is told once"
    world.account.held_by_aws = {}
    world.pass_time(timedelta(hours=1))
    verify(world.engine, measure)
    undo(world.engine, measure)
    assert world.account.values[Setting.SET_SENDING, "news"] == SENDING
    assert stage(world, measure) is Stage.UNDOING, "it is on probation"
    world.pass_time(DAY)
    undo(world.engine, measure)
    assert stage(world, measure) is Stage.UNDONE
    assert "still reported" in world.store.events[-1][1].text


def complainer(verified="ses", **data):
    said = {"recipient": "a@example.org", "verified": verified} | data
    return incident(check="complaints", cause="complaint", ip="example.com", kind=SubjectKind.DOMAIN, data=said)


def test_only_whom_ses_named_is_suppressed_and_while_it_lasts():
    world, found = World(), complainer()
    assert isinstance(planned(world, "suppression", complainer(verified="")), NoPlan)
    assert isinstance(planned(world, "suppression", replace(found, status=Status.CLOSED)), NoPlan)
    measure = run(world, world.call(found))
    assert world.account.values[Setting.SUPPRESSION, "a@example.org"] == "COMPLAINT"
    assert isinstance(planned(world, "suppression", found), NoPlan), "they are on the list"
    over(world, found)
    world.pass_time(DAY)
    verify(world.engine, measure)
    assert stage(world, measure) is Stage.KEPT


def test_without_lists_of_tenants_the_account_list_is_used_and_that_is_said():
    world = World()
    assert planned(world, "suppression", complainer(tenant="t1")).actions[0].resource == "t1#a@example.org"
    world.account.tenant_lists = False
    fallback = planned(world, "suppression", complainer(tenant="t1"))
    assert fallback.actions[0].resource == "a@example.org"
    assert "list of the account" in fallback.summary


def test_recipients_come_off_the_list_once_the_block_is_over_though_the_address_still_rests():
    world = World(off=("open_case",))
    world.account.wronged = {"ip:198.51.100.1": ("b@example.org", "c@example.org")}
    world.account.values[Setting.SUPPRESSION, "b@example.org"] = "BOUNCE"
    world.account.values[Setting.SUPPRESSION, "c@example.org"] = "COMPLAINT"
    blocked = incident(check="refusals", cause="blocked_outlook_consumer", data={"cause": "ip_blocked"})
    assert isinstance(planned(world, "suppression", blocked), NoPlan)
    run(world, world.call(blocked))
    assert world.pool_of("198.51.100.1") == "quarantine"
    closed = replace(blocked, status=Status.CLOSED, closed_at=NOW, clean_since=NOW)
    measure = run(world, world.call(closed, transition="bbbbbbbbbbbbbbbb-1", kind=Kind.CLEARED))
    assert world.account.values[Setting.SUPPRESSION, "b@example.org"] == ""
    assert world.account.values[Setting.SUPPRESSION, "c@example.org"] == "COMPLAINT", "who complained stays"
    world.pass_time(DAY)
    verify(world.engine, measure)
    assert stage(world, measure) is Stage.KEPT


def test_a_drifted_record_gets_its_exact_deployed_value_and_the_command_says_so():
    value = json.dumps({"ttl": 300, "values": ['"v=spf1 -all"']})
    record = DeployedRecord(zone_id="Z1", name="example.com", type="TXT", value=value, stack="domain-example-com")
    made = account()
    made.deployed = (record, replace(record, name="other.example", zone_id="Z2"))
    made.values[Setting.RECORD, record.resource] = json.dumps({"ttl": 300, "values": ['"v=spf1 +all"']})
    world = World(made)
    found = incident(ip="example.com", kind=SubjectKind.DOMAIN, check="auth_records", cause="spf_drifted")
    drafted = planned(world, "restore_records", found)
    assert "+all" in drafted.actions[0].before
    assert "aws route53 change-resource-record-sets --hosted-zone-id Z1" in drafted.command
    run(world, world.call(found))
    assert made.values[Setting.RECORD, record.resource] == value
    assert isinstance(planned(world, "restore_records", found), NoPlan), "nothing differs any more"
    made.deployed = ()
    assert isinstance(planned(world, "restore_records", found), NoPlan), "nothing is invented"


def drafted(world, ip="198.51.100.1"):
    return storage.read(world.account.values[Setting.CASE, ip])


def test_a_case_is_drafted_never_sent_and_kept_once_the_listing_is_over():
    world, found = World(off=("quarantine_ip",)), incident()
    measure = run(world, world.call(found))
    one = drafted(world)
    assert (one.stage, one.facts.dedicated, one.facts.listings[0].list) == (case.Stage.DRAFTED, True, "psbl")
    packet = letters.packet(one.facts)
    assert packet.route is Route.THIRD_PARTY and "198.51.100.1 is listed" in packet.text()
    # a person goes on with it: that is no other world
    filed = case.moved(one, case.Stage.SUBMITTED, world.account.at)
    world.account.values[Setting.CASE, "198.51.100.1"] = storage.text(filed)
    world.pass_time(DAY)
    verify(world.engine, measure)
    assert stage(world, measure) is Stage.APPLIED
    assert "is submitted" in world.store.events[-1][1].text
    over(world, found)
    world.pass_time(DAY)
    verify(world.engine, measure)
    assert stage(world, measure) is Stage.KEPT
    assert drafted(world) == filed, "nothing was done to it"


def test_a_case_of_a_refusal_quotes_the_replies_and_an_open_one_is_left_alone():
    world = World(off=("quarantine_ip",))
    refused = incident(
        check="refusals", cause="blocked_outlook_consumer", data={"cause": "ip_blocked", "code": "S3150"}
    )
    run(world, world.call(refused))
    assert [each.code for each in drafted(world).facts.refusals] == ["S3150"]
    assert isinstance(planned(world, "open_case", incident()), NoPlan)


def test_a_case_that_was_over_is_reopened_with_what_a_person_wrote_into_it():
    world = World(off=("quarantine_ip",))
    old = case.opened(case.Facts(ips=("198.51.100.1",), route=Route.SUPPORT_FORM, company="a shop"), NOW - 90 * DAY)
    closed = case.moved(old, case.Stage.CLOSED, NOW - 80 * DAY)
    world.account.values[Setting.CASE, "198.51.100.1"] = storage.text(closed)
    run(world, world.call(incident()))
    one = drafted(world)
    assert (one.stage, one.facts.company, one.history[:2]) == (case.Stage.REOPENED, "a shop", closed.history)


def test_a_case_is_opened_beside_the_quarantine_of_the_same_address():
    world = World()
    measures, _ = plan(world.engine, world.call(incident()))
    for each in measures:
        object_(world.engine, each.measure)
        apply(world.engine, each.measure)
    assert set(world.stages().values()) == {Stage.APPLIED}


def test_measures_survive_being_written_and_read():
    world = World()
    run(world, world.call(incident(data=HOST)))
    for one in world.store.measures.values():
        again = decoded(Measure, json.loads(json.dumps(encoded(one))))
        assert again == one
        assert again.plan.hash == one.plan.hash
