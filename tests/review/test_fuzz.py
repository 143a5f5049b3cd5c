"""Whatever a template has become: no review fails, and what it cannot read is named and looked at."""

import json
from datetime import date
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from staygreen.cli.main import app
from staygreen.core.mail_facts import template
from staygreen.review import render, report
from tests.budget import examples
from tests.review.mutation import damaged

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())
TEMPLATES = [json.loads((case / f"{side}.json").read_text()) for case in CASES for side in ("base", "head")]
PAIRS = [json.loads(line) for line in (Path(__file__).parent / "pairs.jsonl").read_text("utf-8").splitlines()]
TEMPLATES += [pair[side] for pair in PAIRS for side in ("base", "head")]
RESOURCES = [one for body in TEMPLATES for one in body["Resources"].values() if isinstance(one, dict)]
TYPES = sorted({one["Type"] for one in RESOURCES if "Type" in one})
TODAY = date(2026, 11, 24)
DAMAGE = st.tuples(st.sampled_from(TEMPLATES), st.integers(0, 2**32))


def side(body):
    try:
        found = template.template_of(body, stack="mail", file=Path("mail.json"), region="eu-central-1")
    except template.Unreadable:  # the file as a whole, which the command reports
        return template.Assembly(source="", templates=())
    return template.Assembly(source="", templates=(found,))


def broken(damage):
    body, seed = damage
    return damaged(body, Random(seed), TYPES)  # noqa: S311 - damage, not secrets


@examples(200)
@given(DAMAGE, DAMAGE)
def test_every_difference_gets_a_review_and_every_rule_judges(before, after):
    found = report.review(side(broken(before)), side(broken(after)), TODAY)

    assert "not-judged" not in {one.rule for one in found.findings}
    assert json.loads(render.as_json(found))["verdict"] == found.verdict
    assert render.as_text(found)
    assert len(render.as_markdown(found)) <= render.MAX_COMMENT


@given(DAMAGE)
def test_a_damaged_template_against_itself_is_silent(damage):
    same = side(broken(damage))

    assert report.review(same, same, TODAY).findings == ()


@given(DAMAGE)
def test_what_cannot_be_read_makes_at_least_a_look(damage):
    body, _ = damage
    head = side(broken(damage))

    found = report.review(side(body), head, TODAY)

    named = {one.subject for one in found.findings if one.rule == "unread"}
    assert all(f"part {part.name}" in named for part in head.unread_parts() if not part.type)
    assert not named or found.verdict in ("stop", "look")


@pytest.mark.parametrize("suffix", ["json", "yaml"])
@given(st.integers(0, len(TEMPLATES) - 1), st.integers(0, 400), st.binary(max_size=6))
def test_a_damaged_file_ends_the_command_with_a_verdict_or_a_message(tmp_path_factory, suffix, number, at, noise):
    directory = tmp_path_factory.mktemp("damaged")
    text = json.dumps(TEMPLATES[number], indent=1).encode()
    (directory / f"base.{suffix}").write_bytes(text)
    (directory / f"head.{suffix}").write_bytes(text[:at] + noise + text[at + len(noise) :])

    given_files = ["--base", str(directory / f"base.{suffix}"), "--head", str(directory / f"head.{suffix}")]
    ended = CliRunner().invoke(app, ["review", *given_files])

    assert ended.exit_code in (0, 1, 3)
    assert ended.exception is None or isinstance(ended.exception, SystemExit)
