"""The law of taking over: what an estate has is what its file says, to the letter, and nothing is lost on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from staygreen.core.config.parser import parse
from staygreen.core.declared.identity import identity_properties
from staygreen.core.declared.zone import domain_records
from staygreen.core.estate.description import describe
from staygreen.core.estate.difference import differences, identity_declared, identity_found
from staygreen.core.estate.file import text
from staygreen.core.estate.found import Subscription
from tests.budget import is_thorough
from tests.unit.estate.estates import SENDER, estate

COUNT = 1500 if is_thorough() else 120
STEP = 30


@cache
def described(number):
    """An estate, and its description."""
    made = estate(number)
    return made, describe(made.estate, SENDER, made.answers)


def managed(config, name):
    """The configuration with one domain managed."""
    domains = tuple(replace(each, manage=True) if each.name == name else each for each in config.domains)
    return replace(config, domains=domains)


@pytest.mark.parametrize("first", range(0, COUNT, STEP))
def test_a_file_is_read_back_as_what_was_described(first):
    for number in range(first, first + STEP):
        _, description = described(number)
        assert parse(text(description), "found.toml") == description.config, number


@pytest.mark.parametrize("first", range(0, COUNT, STEP))
def test_what_can_be_taken_over_would_be_written_as_it_is(first):
    for number in range(first, first + STEP):
        made, description = described(number)
        for domain in description.config.domains:
            if ("domain", domain.name) in description.obstacles:
                continue
            config = parse(text(replace(description, config=managed(description.config, domain.name))), "found.toml")
            found = next(each for each in config.domains if each.name == domain.name)
            for record in domain_records(config, found):
                if record.zone is None:
                    continue
                zone = next(each for each in made.estate.zones if each.id == record.zone.id)
                (stands,) = zone.sets(record.name, record.type.value)
                assert (record.route53_values, record.ttl) == (stands.values, stands.ttl), (number, record)
            identity = made.estate.identity(domain.name)
            if identity:
                assert not differences(identity_found(identity), identity_declared(identity_properties(found))), number


def test_estates_have_every_peculiarity_and_most_domains_can_be_taken_over():
    seen, domains, hindered = Counter(), 0, Counter()
    for number in range(COUNT):
        made, description = described(number)
        seen += Counter(made.peculiarities.keys())
        domains += len(description.config.domains)
        hindered.update(part[0] for part in description.obstacles)
        seen.update(f"{name}!" for name, count in made.peculiarities.items() if count)
    never = [name for name in seen if not name.endswith("!") and not seen[f"{name}!"]]
    assert never == []
    assert hindered["domain"] < domains / 2


def test_what_others_wrote_makes_no_line_of_its_own_in_the_file():
    made = estate(7)
    found = replace(
        made.estate, subscriptions=(Subscription(topic="t", protocol="email", endpoint="a@b\n[evil]\x1b[31m"),)
    )
    written = text(describe(found, SENDER, made.answers))
    assert "\x1b" not in written
    assert parse(written, "found.toml").sender == SENDER
