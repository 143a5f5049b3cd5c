"""What objects to a plan, and how people say yes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from staygreen.core.config.mode import Mode
from staygreen.core.config.parser import parse
from staygreen.core.errors import ActionRefused, SourceUnavailable
from staygreen.core.finding import Severity, SubjectKind
from staygreen.core.incidents.incident import Kind, Status
from staygreen.core.remediations import REMEDIATIONS, by_id
from staygreen.core.remediations.account import Setting
from staygreen.core.remediations.plan import Action, Quiet
from staygreen.core.remediations.settings import person, rules, settings
from staygreen.core.repair import engine, repair
from staygreen.core.repair.guards import Case, Entry, Ledger, objections
from staygreen.core.repair.repair import Stage
from tests.unit.remediations.examples import NOW, World, account, incident

HOUR = timedelta(hours=1)
PLAIN = '[sender]\nname = "example"\naccount = "000000000000"\nregion = "us-east-1"\n'


def judged(world, **of):
    (first,), _ = engine.plan(world.engine, world.call(incident(**of)))
    engine.object_(world.engine, first.measure)
    return world.store.measures[first.measure]


def world(**rules_given):
    return World(off=("open_case",), **rules_given)


@pytest.mark.parametrize(
    ("rules_given", "rule"),
    [
        ({"capacity_floor": 4}, "capacity_floor"),
        ({"pools": ("cold",)}, "scope"),
        ({"domains": ("example.com",)}, "scope"),
        ({"reach": {Setting.IP_POOL: ("quarantine", "cold")}}, "out_of_reach"),
        ({"reach": {Setting.IP_POOL: ("warm",)}}, "out_of_reach"),
    ],
)
def test_a_final_objection_ends_the_plan_and_is_told(rules_given, rule):
    here = world(**rules_given)
    one = judged(here)
    assert (one.stage, one.objections[0].rule) == (Stage.OBJECTED, rule)
    assert here.store.events[-1][1].is_told
    assert here.account.done == []


def test_the_switch_stops_everything():
    here = world()
    here.is_stopped = True
    one = judged(here)
    assert (one.stage, one.objections[0].rule) == (Stage.DELAYED, "stopped")
    here.is_stopped = False
    engine.object_(here.engine, one.id)
    assert here.store.measures[one.id].stage is Stage.APPROVED, "what was stopped goes on"


# --- one guard after the other ---------------------------------------------------------------------------------------


def before_judges(found=None, *entries, at=NOW, remediation="quarantine_ip", **rules_given):
    """A plan of now, what objects to it at `at`, and what the ledger holds by then."""
    here = world(**rules_given)
    found = found or incident()
    planned = by_id(remediation).plan(found, here.rules(remediation), here.account)
    case = Case(
        measure="ffffffffffffffff",
        plan=planned,
        rules=here.rules(remediation),
        ledger=Ledger(entries=entries),
        account=here.account,
        incident=found,
        is_stopped=False,
        now=at,
    )
    return here, case


def objected(case):
    return [each.rule for each in objections(case)]


def taken(ip="198.51.100.2", remediation="quarantine_ip", at=NOW, **of):
    resources = (f"ip_pool:{ip}",)
    entry = Entry(
        measure="eeeeeeeeeeeeeeee",
        remediation=remediation,
        subject=f"ip:{ip}",
        resources=resources,
        takes_from="warm",
        at=at,
    )
    return replace(entry, **of)


@pytest.mark.parametrize(
    ("now", "rule"),
    [
        (None, "over"),
        ({"status": Status.CLOSED}, "over"),
        ({"stale": True}, "stale"),
        ({}, ""),
    ],
)
def test_what_is_over_or_not_known_any_more_is_not_repaired(now, rule):
    _, case = before_judges()
    later = None if now is None else replace(case.incident, **now)
    assert objected(replace(case, incident=later)) == ([rule] if rule else [])


def test_what_makes_sense_only_once_it_is_over_waits_for_no_new_trouble():
    closed = incident(
        check="refusals", cause="blocked_outlook_consumer", data={}, status=Status.CLOSED, clean_since=NOW
    )
    here = world()
    here.account.wronged = {"ip:198.51.100.1": ("a@example.org",)}
    here.account.values[Setting.SUPPRESSION, "a@example.org"] = "BOUNCE"
    planned = by_id("suppression").plan(closed, here.rules("suppression"), here.account)
    _, case = before_judges()
    case = replace(case, plan=planned, account=here.account, incident=closed)
    assert objected(case) == []
    assert objected(replace(case, incident=replace(closed, status=Status.OPEN))) == ["open"]


def test_what_is_gone_is_not_repaired():
    here, case = before_judges(capacity_floor=1)
    del here.account.values[Setting.IP_POOL, "198.51.100.1"]
    assert objected(case) == ["gone"]


@pytest.mark.parametrize(("active", "rule"), [(2, "capacity_floor"), (1, "")])
def test_what_others_are_about_to_take_counts_as_taken(active, rule):
    leaving = [taken(f"198.51.100.{n}", measure=f"{n:016x}") for n in range(2, 2 + active)]
    _, case = before_judges(None, *leaving, capacity_floor=2, moves_a_day=9)
    assert objected(case) == ([rule] if rule else [])


def test_a_measure_does_not_object_to_itself_but_to_what_happens_meanwhile():
    _, case = before_judges(None, taken("198.51.100.1", measure="ffffffffffffffff"), capacity_floor=3)
    assert objected(case) == []
    assert objected(replace(case, is_stopped=True)) == ["stopped"]
    case.account.values[Setting.IP_POOL, "198.51.100.2"] = "elsewhere"
    assert objected(case) == ["capacity_floor"]


@pytest.mark.parametrize(("ago", "rule"), [(23, "moves_a_day"), (24, "")])
def test_moves_are_counted_over_a_day(ago, rule):
    ended = taken(at=NOW - ago * HOUR, ended_at=NOW - ago * HOUR)
    assert objected(before_judges(None, ended)[1]) == ([rule] if rule else [])


@pytest.mark.parametrize(
    "other",
    [
        {"ip": "198.51.100.1", "remediation": "set_reverse_dns", "resources": (), "takes_from": ""},
        {
            "ip": "198.51.100.9",
            "remediation": "set_reverse_dns",
            "resources": ("ip_pool:198.51.100.1",),
            "takes_from": "",
        },
    ],
    ids=["the subject", "what it sets"],
)
def test_one_measure_at_a_time_holds_a_subject_and_what_is_set(other):
    active = taken(**other)
    _, case = before_judges(None, active)
    assert objected(case) == ["busy"]
    assert objected(replace(case, ledger=Ledger(entries=(replace(active, ended_at=NOW),)))) == []


@pytest.mark.parametrize(("ago", "rule"), [(47, "hold_down"), (48, "")])
def test_what_was_repaired_lately_is_left_alone(ago, rule):
    ended = taken("198.51.100.1", at=NOW - 90 * HOUR, ended_at=NOW - ago * HOUR)
    _, case = before_judges(None, ended, hold_down=timedelta(hours=48))
    assert objected(case) == ([rule] if rule else [])


def test_the_ledger_remembers_as_long_as_the_longest_hold_down_and_each_measure_once():
    plan = before_judges()[1].plan
    old = taken("198.51.100.3", ended_at=NOW - timedelta(days=89))
    ledger = Ledger(entries=(old,)).reserved("a", plan, NOW)
    assert old in ledger.entries
    assert ledger.reserved("a", plan, NOW) is ledger
    assert old not in ledger.reserved("b", plan, NOW + timedelta(days=2)).entries


@pytest.mark.parametrize(
    ("at", "seen", "rules"),
    [(59, 0, ["second_look"]), (60, 0, ["second_look"]), (60, 60, []), (59, 59, ["second_look"])],
)
def test_a_second_look_is_one_that_was_taken_late_enough(at, seen, rules):
    minute = timedelta(minutes=1)
    found = incident(
        ip="news",
        kind=SubjectKind.CONFIGURATION_SET,
        check="ses_reputation",
        cause="bounce_rate",
        data={"sent": "9999"},
    )
    here = world()
    here.account.values[Setting.SET_SENDING, "news"] = "sending"
    planned = by_id("pause_sending").plan(found, here.rules("pause_sending"), here.account)
    _, case = before_judges()
    case = replace(case, plan=planned, account=here.account, now=NOW + at * minute)
    assert objected(replace(case, incident=replace(found, last_seen=NOW + seen * minute))) == rules


def test_what_is_switched_off_meanwhile_ends():
    here = world()
    (first,), _ = engine.plan(here.engine, here.call(incident()))
    here.rules_given["mode"] = Mode.OFF
    engine.object_(here.engine, first.measure)
    assert here.store.measures[first.measure].objections[0].rule == "off"


def test_quiet_hours_delay():
    here = world(quiet=(Quiet(start=timedelta(hours=11), end=timedelta(hours=14)),))
    one = judged(here)
    assert (one.stage, one.due) == (Stage.DELAYED, NOW + 2 * HOUR)


@pytest.mark.parametrize(("hour", "ends"), [(21, None), (22, 30), (2, 6), (6, None)])
def test_quiet_hours_go_over_midnight(hour, ends):
    quiet = Quiet(start=timedelta(hours=22), end=timedelta(hours=6))
    midnight = NOW.replace(hour=0)
    assert quiet.ends_at(midnight + hour * HOUR) == (None if ends is None else midnight + ends * HOUR)


def test_suggestions_change_nothing_and_are_told():
    here = world(mode=Mode.SUGGEST)
    assert judged(here).stage is Stage.SUGGESTED
    assert here.store.events[-1][1].is_told
    assert here.account.done == []


def asked(**rules_given):
    here = world(mode=Mode.APPROVE, approvers=("alice", "bob"), **rules_given)
    one = judged(here)
    assert one.stage is Stage.AWAITING
    return here, one


def approve(here, one, by, plan_hash="", at=None):
    given = here.rules("quarantine_ip")
    return repair.approved(one, by, plan_hash or one.plan.hash, given, at or here.account.at)[0]


@pytest.mark.parametrize("mode", [Mode.APPROVE, Mode.AUTO])
def test_beside_another_sender_what_is_the_accounts_is_only_suggested(mode):
    here = world(mode=mode)
    here.account.others = ("bravo (staging)", "charly (production)")
    one = judged(here)
    assert (one.stage, [each.rule for each in one.objections]) == (Stage.SUGGESTED, ["shared_account"])
    assert "bravo (staging), charly (production)" in one.objections[0].text
    assert here.store.events[-1][1].is_told
    assert here.account.done == []


@pytest.mark.parametrize("mode", [Mode.APPROVE, Mode.AUTO])
def test_a_sender_that_comes_before_a_plan_is_carried_out_makes_it_a_suggestion(mode):
    here = world(mode=mode, approvers=("alice",))
    one = judged(here)
    if mode is Mode.APPROVE:
        one = approve(here, one, "alice")
        here.store.measures[one.id] = one
    assert one.stage is Stage.APPROVED
    here.account.others = ("bravo (staging)",)
    engine.apply(here.engine, one.id)
    assert here.store.measures[one.id].stage is Stage.SUGGESTED
    assert here.account.done == []


def test_a_suggestion_beside_another_sender_asks_aws_nothing_and_stays_one():
    here = world(mode=Mode.SUGGEST)
    here.account.others = ("bravo (staging)",)
    one = judged(here)
    assert (one.stage, one.objections) == (Stage.SUGGESTED, ())


@pytest.mark.parametrize("setting", Setting)
def test_what_is_one_senders_alone_is_repaired_beside_another(setting):
    here, case = before_judges()
    here.account.others = ("bravo (staging)",)
    action = Action(setting=setting, resource="r", before="a", after="b")
    planned = replace(case, plan=replace(case.plan, actions=(action,)))
    of_the_account = {Setting.IP_POOL, Setting.IP_WARMUP, Setting.TENANT_SENDING, Setting.SUPPRESSION}
    assert ("shared_account" in objected(planned)) is (setting in of_the_account)


@pytest.mark.parametrize(
    ("by", "plan_hash", "later", "said"),
    [
        ("mallory", "", 0, "not an approver"),
        ("alice", "0" * 64, 0, "not the plan"),
        ("alice", "", 25, "expired"),
    ],
)
def test_what_is_not_an_approval(by, plan_hash, later, said):
    here, one = asked()
    with pytest.raises(ActionRefused, match=said):
        approve(here, one, by, plan_hash, here.account.at + later * HOUR)


def test_two_people_are_two_people():
    here, one = asked(approvers_needed=2)
    once = approve(here, one, "alice")
    assert once.stage is Stage.AWAITING
    with pytest.raises(ActionRefused, match="already"):
        approve(here, once, "alice")
    assert approve(here, once, "bob").stage is Stage.APPROVED


def test_what_is_asked_or_planned_alone_is_never_applied():
    here, one = asked()
    engine.apply(here.engine, one.id)
    assert here.account.done == [] and repair.applying(one, NOW) is None


def test_a_plan_that_waits_too_long_lapses_and_not_before():
    here, one = asked()
    for hours, stage in ((23, Stage.AWAITING), (2, Stage.LAPSED)):
        here.pass_time(hours * HOUR)
        engine.overdue(here.engine, HOUR)
        assert here.store.measures[one.id].stage is stage
    late = world()
    (first,), _ = engine.plan(late.engine, late.call(incident()))
    late.pass_time(25 * HOUR)
    engine.object_(late.engine, first.measure)
    assert late.store.measures[first.measure].stage is Stage.LAPSED


@pytest.mark.parametrize(("within", "stage"), [(2, Stage.OBJECTED), (3, Stage.DELAYED)])
def test_a_plan_does_not_wait_for_what_ends_only_after_it(within, stage):
    quiet = (Quiet(start=timedelta(hours=11), end=timedelta(hours=14)),)
    assert judged(world(quiet=quiet, approval_within=within * HOUR)).stage is stage
    assert judged(world(quiet=quiet, mode=Mode.SUGGEST)).stage is Stage.OBJECTED, "a suggestion is read now"


def test_news_of_an_incident_whose_repair_is_under_way_plans_no_other():
    here, one = asked()
    (again,), _ = engine.plan(here.engine, here.call(incident(), transition="bbbbbbbbbbbbbbbb-2", kind=Kind.REMINDER))
    assert again.measure == one.id and list(here.store.measures) == [one.id]


def test_the_sweep_leaves_alone_what_is_in_time_and_what_a_person_is_asked():
    here, one = asked()
    here.pass_time(2 * HOUR)
    assert engine.overdue(here.engine, HOUR) == ()
    here.store.save(*repair.approved(one, "alice", one.plan.hash, here.rules("quarantine_ip"), here.account.at), None)
    assert engine.overdue(here.engine, HOUR) == ()
    here.pass_time(2 * HOUR)
    assert [each.do for each in engine.overdue(here.engine, HOUR)] == ["apply"]


def test_nothing_is_approved_twice():
    here, one = asked()
    with pytest.raises(ActionRefused, match="approved"):
        approve(here, approve(here, one, "alice"), "bob")


def test_an_approved_plan_is_not_applied_to_a_changed_world():
    here, one = asked()
    step = repair.approved(one, "alice", one.plan.hash, here.rules("quarantine_ip"), NOW)
    here.store.save(*step, None)
    here.account.values[Setting.IP_POOL, "198.51.100.1"] = "cold"
    engine.apply(here.engine, one.id)
    assert here.store.measures[one.id].objections[0].rule == "changed"
    assert here.account.done == []


def pool_that_bounces(**rules_given):
    """A world with two sets in one pool, and the measure that pauses both, free to be applied."""
    made = account()
    made.values |= {(Setting.SET_SENDING, "news"): "sending", (Setting.SET_SENDING, "offers"): "sending"}
    made.sets_by_pool = {"warm": ("news", "offers")}
    here = World(made, **rules_given)
    found = incident(
        ip="warm",
        kind=SubjectKind.POOL,
        check="ses_reputation",
        cause="bounce_rate",
        data={"sent": "9999"},
        severity=Severity.CRITICAL,
    )
    (first,), _ = engine.plan(here.engine, here.call(found))
    engine.object_(here.engine, first.measure)
    return here, first.measure


def test_a_half_applied_measure_is_taken_back():
    here, measure_id = pool_that_bounces()
    here.account.refuses = lambda action: "AccessDenied" if action.resource == "offers" else ""
    for step in (engine.apply, engine.undo):
        step(here.engine, measure_id)
    assert here.account.values[Setting.SET_SENDING, "news"] == "sending"
    assert "AccessDenied" in " ".join(event.text for _, event in here.store.events)


def test_the_switch_is_read_before_every_single_assignment():
    here, measure_id = pool_that_bounces()

    def set_and_stop(action):
        here.account.set(action)
        here.is_stopped = True

    engine.apply(replace(here.engine, hand=set_and_stop), measure_id)
    sending = [here.account.values[Setting.SET_SENDING, name] for name in ("news", "offers")]
    assert (sending, here.store.measures[measure_id].stage) == (["paused", "sending"], Stage.APPLYING)
    here.is_stopped = False
    engine.apply(here.engine, measure_id)
    assert [action.resource for action in here.account.done] == ["news", "offers"], "each is set once"
    assert here.store.measures[measure_id].stage is Stage.APPLIED


def test_throttling_is_let_out_so_that_the_step_is_repeated():
    here, one = asked()
    here.store.save(*repair.approved(one, "alice", one.plan.hash, here.rules("quarantine_ip"), NOW), None)

    def throttled(action):
        raise SourceUnavailable("Rate exceeded")

    with pytest.raises(SourceUnavailable):
        engine.apply(replace(here.engine, hand=throttled), one.id)
    engine.apply(here.engine, one.id)
    assert here.store.measures[one.id].stage is Stage.APPLIED


def test_approvals_for_unknown_plans_are_refused():
    with pytest.raises(ActionRefused, match="no measure"):
        engine.apply(world().engine, "0" * 16)


def test_settings_are_written_and_read_as_the_same_rules():
    text = PLAIN + (
        '[[approver]]\nname = "alice"\nslack = "U0123ABCD"\niam = "arn:aws:iam::000000000000:role/ops/mail"\n'
        '[remediation.open_case]\nmode = "approve"\nquiet_hours = ["22:00-06:00"]\n'
        'limits = { moves_a_day = 7, hold_down = "2d" }\n'
    )
    config = parse(text, "test.toml")
    for entry in REMEDIATIONS:
        assert rules(settings(config, entry.id)).mode is (Mode.APPROVE if entry.id == "open_case" else Mode.SUGGEST)
    given = rules(settings(config, "open_case"))
    assert (given.moves_a_day, given.hold_down, given.approvers) == (7, timedelta(days=2), ("alice",))
    assert given.quiet == (Quiet(start=22 * HOUR, end=6 * HOUR),)
    assert person("U0123ABCD", given) == "alice"
    assert person("arn:aws:sts::000000000000:assumed-role/mail/anybody", given) == "alice"
    for stranger in (
        "U0123ABCE",
        "",
        "arn:aws:sts::111111111111:assumed-role/mail/x",
        "arn:aws:iam::000000000000:user/mail",
    ):
        assert person(stranger, given) == "", stranger


def test_a_member_of_a_group_approves_as_the_group_and_groups_are_asked_only_where_that_decides():
    given = rules(settings(parse(PLAIN + APPROVERS, "x"), "open_case"))
    asked_of = []

    def members(group):
        asked_of.append(group)
        return ("U0000MEMB",)

    assert person("U0123ABCD", given, members) == "alice" and asked_of == []
    assert person("U0000MEMB", given, members) == "postmasters"
    assert person("U0000OTHE", given, members) == ""
    assert person("U0000MEMB", given) == "", "the command knows no groups"


APPROVERS = """
[[approver]]
name = "alice"
slack = "U0123ABCD"

[[approver]]
name = "postmasters"
slack = "S0000GRUP"

[notifications.slack]
token_secret = "staygreen/slack-token"
channel = "C0123456789"
signing_secret = "staygreen/slack-signing"
approvers = ["U0123ABCD", "S0000GRUP"]
"""


@pytest.mark.parametrize("document", [{}, {"mode": "auto"}, {"mode": "everything", "limits": {}, "scope": {}}])
def test_settings_that_cannot_be_read_allow_nothing(document):
    with pytest.raises(SourceUnavailable):
        rules(document)
