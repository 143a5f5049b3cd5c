"""Our receipt rules join what is there, and leave nothing behind."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.provisioning.receipt_rules import (
    Activate,
    CreateSet,
    DeleteRule,
    DeleteSet,
    PutRule,
    RuleSet,
    away,
    towards,
)

OWN = "staygreen-example-production"
OURS = [{"Name": f"{OWN}-jmrp"}, {"Name": f"{OWN}-contact"}]
NAMES = [rule["Name"] for rule in OURS]


@dataclass
class World:
    """SES, as far as rule sets go; refuses what SES refuses."""

    sets: dict[str, list[str]] = field(default_factory=dict)
    active: str = ""

    def seen(self):
        return tuple(RuleSet(name=name, rules=tuple(rules)) for name, rules in self.sets.items())

    def take(self, steps):
        for step in list(steps):
            match step:
                case CreateSet(name):
                    assert name not in self.sets
                    self.sets[name] = []
                case Activate(name):
                    assert not name or name in self.sets
                    self.active = name
                case PutRule(rule_set, rule, exists):
                    assert exists == (rule["Name"] in self.sets[rule_set])
                    if not exists:
                        self.sets[rule_set].insert(0, rule["Name"])
                case DeleteRule(rule_set, name):
                    self.sets[rule_set].remove(name)
                case DeleteSet(name):
                    assert name != self.active, "SES does not delete the active set"
                    assert not self.sets.pop(name)

    def deploy(self):
        self.take(towards(OURS, self.seen(), self.active, OWN))
        return self

    def remove(self):
        self.take(away(self.seen(), self.active, OWN))
        return self


def test_where_no_set_runs_ours_is_made_and_activated_once_it_is_whole():
    steps = list(towards(OURS, (), "", OWN))
    assert isinstance(steps[-1], Activate)
    world = World().deploy()
    assert (world.sets, world.active) == ({OWN: NAMES}, OWN)


def test_where_a_set_runs_our_rules_join_it_before_the_others():
    world = World(sets={"theirs": ["catch-all"]}, active="theirs").deploy()
    assert (world.sets, world.active) == ({"theirs": [*NAMES, "catch-all"]}, "theirs")


def test_deploying_again_makes_nothing_twice():
    world = World(sets={"theirs": ["catch-all"]}, active="theirs").deploy().deploy()
    assert world.sets == {"theirs": [*NAMES, "catch-all"]}


def test_our_rules_move_to_the_set_that_was_activated_meanwhile():
    world = World().deploy()
    world.sets["theirs"], world.active = ["catch-all"], "theirs"
    world.deploy()
    assert (world.sets, world.active) == ({"theirs": [*NAMES, "catch-all"]}, "theirs")


def test_rules_that_are_no_longer_wanted_go():
    world = World().deploy()
    world.take(towards(OURS[:1], world.seen(), world.active, OWN))
    assert world.sets == {OWN: NAMES[:1]}


def test_another_environments_rules_are_not_ours():
    world = World(sets={"theirs": ["staygreen-example-production2-jmrp"]}, active="theirs").deploy().remove()
    assert world.sets == {"theirs": ["staygreen-example-production2-jmrp"]}


SETS = st.dictionaries(
    st.sampled_from(["theirs", "older", OWN]), st.lists(st.sampled_from(["a", "b", "c"]), unique=True)
)


@given(SETS, st.data())
def test_removal_leaves_every_rule_of_others_where_it_was(sets, data):
    active = data.draw(st.sampled_from(["", *sets]))
    before = {name: list(rules) for name, rules in sets.items()}
    world = World(sets={name: list(rules) for name, rules in sets.items()}, active=active).deploy()
    assert set(NAMES) <= set(world.sets[world.active])
    world.remove()
    others = {name: rules for name, rules in before.items() if rules or name != OWN}
    assert {name: rules for name, rules in world.sets.items() if name != OWN or rules} == others
    assert world.active == active or active in ("", OWN)
