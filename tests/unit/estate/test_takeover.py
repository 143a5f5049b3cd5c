"""Taking over: the switch in the text, the proof, and what a verification sees."""

from dataclasses import replace
from datetime import timedelta

import pytest

from staygreen.core.config.parser import read_file
from staygreen.core.errors import StaygreenError
from staygreen.core.estate.comparison.plan import plan
from staygreen.core.estate.description import describe
from staygreen.core.estate.file import text
from staygreen.core.estate.found import RecordSet
from staygreen.core.estate.takeover.imports import identifiers
from staygreen.core.estate.takeover.proof import changes, proof, snapshot
from staygreen.core.estate.takeover.switch import find, part, switch, switched
from tests.unit.estate.estates import SENDER, estate

FILE = """# mine
[sender]
name = "example"  # us
account = "000000000000"
region = "us-east-1"

[[domain]]  # first
name = "example.com"
manage   =  false   # not yet
ses = false

[[domain]]
name = "example.org"
ses = false
manage = false

[[address]]
name = "mail-1"
manage = false
allocation_id = "eipalloc-0123456789abcdef0"
"""


def turned(name, *, manage=True, given=FILE):
    reading = read_file(given, "mine.toml")
    return switch(given, reading.places, find(reading.config, name), manage=manage)


def test_one_word_changes_and_nothing_else():
    changed = turned("example.com")
    assert changed == FILE.replace("manage   =  false   # not yet", "manage   =  true   # not yet")
    assert turned("example.com", manage=False, given=changed) == FILE


def test_an_address_is_found_by_its_allocation_id():
    assert turned("eipalloc-0123456789abcdef0") == turned("mail-1")


def test_a_table_that_says_nothing_of_manage_gets_a_line():
    given = FILE.replace("manage   =  false   # not yet\n", "")
    changed = turned("example.com", manage=False, given=given)
    assert 'name = "example.com"\nmanage = false\n' in changed
    assert changed.replace('name = "example.com"\nmanage = false\n', 'name = "example.com"\n') == given


def test_windows_line_ends_stay():
    given = FILE.replace("\n", "\r\n")
    assert turned("example.com", given=given) == turned("example.com").replace("\n", "\r\n")


@pytest.mark.parametrize("name", ["nobody.example", "mail-2", ""])
def test_what_is_not_in_the_file_is_told(name):
    with pytest.raises(StaygreenError, match="the file has no"):
        turned(name)


def test_a_table_on_one_line_is_left_to_the_person():
    given = FILE.partition("[[domain]]")[0]
    given = f'domain = [{{ name = "example.com", manage = false }}]\n{given}'
    with pytest.raises(StaygreenError, match="line 1: write manage = true there yourself"):
        turned("example.com", given=given)


def able():
    """An estate and a domain in it that can be taken over, with records of its own."""
    for number in range(100):
        made = estate(number)
        description = describe(made.estate, SENDER, made.answers)
        for domain in description.config.domains:
            if ("domain", domain.name) not in description.obstacles and len(domain.verbatim) > 3 and domain.ses:
                return made, read_file(text(description), "found.toml"), domain.name
    raise AssertionError


def judged(made, reading, name, found=None):
    path = find(reading.config, name)
    config = switched(reading.config, path, manage=True)
    return proof(config, path, plan(config, found or made.estate))


def changed(made, kind, name):
    """The estate with another time to live of one record set."""

    def other(each):
        is_it = (each.name, each.type) == (name, kind)
        return replace(each, ttl=each.ttl + timedelta(seconds=1)) if is_it else each

    zones = tuple(replace(zone, records=tuple(map(other, zone.records or ()))) for zone in made.estate.zones)
    return replace(made.estate, zones=zones)


def test_what_is_as_the_file_says_can_be_taken_over():
    made, reading, name = able()
    found = judged(made, reading, name)
    assert found.obstacles == ()
    assert {each.name for each in found.same} >= {name}


def test_a_record_that_changed_since_is_an_obstacle():
    made, reading, name = able()
    first = part(reading.config, find(reading.config, name)).verbatim[0]
    (told,) = judged(made, reading, name, changed(made, first.type, first.name)).obstacles
    assert f"record {first.name} {first.type} would change: time to live" in told


def test_a_record_without_its_own_entry_is_an_obstacle_with_the_line_to_add():
    made, reading, name = able()
    path = find(reading.config, name)
    domain = part(reading.config, path)
    one = domain.verbatim[0]
    standard = replace(domain, manage=True, verbatim=domain.verbatim[1:])
    domains = tuple(standard if each.name == name else each for each in reading.config.domains)
    config = replace(reading.config, domains=domains)
    told = proof(config, path, plan(config, made.estate)).obstacles
    assert any(one.name in each for each in told)


def test_a_verification_names_what_is_not_as_it_was():
    made, reading, name = able()
    path = find(reading.config, name)
    first = part(reading.config, path).verbatim[0]
    before = snapshot(made.estate, reading.config, path)
    assert list(changes(before, before)) == []
    (told,) = changes(before, snapshot(changed(made, first.type, first.name), reading.config, path))
    assert told.startswith(f"{first.name} {first.type} in ")


def test_only_what_exists_and_is_not_deployed_is_imported():
    made, _, name = able()
    template = {
        "Resources": {
            "Identity": {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": name}},
            "New": {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "new.example"}},
            "Record": {"Type": "AWS::Route53::RecordSet", "Properties": {"Name": name}},
        }
    }
    assert identifiers("s", template, made.estate) == {"Identity": {"EmailIdentity": name}}
    deployed = replace(made.estate, deployed=frozenset({("s", "Identity")}))
    assert identifiers("s", template, deployed) == {}


def test_a_weighted_record_is_no_record_set_of_its_own():
    assert RecordSet(name="a.example", type="TXT", routing="weighted").peculiarity == "is one of several, weighted"
