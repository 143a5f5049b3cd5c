"""What a deployment costs is computed from its templates, and the README says the same."""

from __future__ import annotations

from dataclasses import replace

from typer.testing import CliRunner

from staygreen.cli.main import app
from staygreen.review import cost, loading
from tests.assemblies import ROOT

MOST_USD = 6.00


def test_one_domain_costs_no_more_than_promised_and_the_readme_has_the_table(one_domain):
    lines = cost.bill(loading.load(one_domain.directory), cost.prices(), cost.usage())
    assert cost.total(lines) <= MOST_USD
    printed = cost.table(lines)
    command = CliRunner().invoke(app, ["cost", str(one_domain.directory)])
    assert command.exit_code == 0, command.output
    assert printed in command.output
    assert printed in (ROOT / "README.md").read_text(), f"put this into README.md:\n{printed}"


def test_each_metric_of_an_alarm_is_billed_and_no_expression(one_domain):
    found = loading.load(one_domain.directory)
    (alarms,) = (each for each in cost.bill(found, cost.prices(), cost.usage()) if each.what == "CloudWatch alarms")
    metrics = cost.prices()["alarm_metric_month"]
    only_silence = replace(
        found,
        templates=tuple(
            replace(each, resources={key: one for key, one in each.resources.items() if "hasnotrun" in key})
            for each in found.templates
        ),
    )
    (fewer,) = (each for each in cost.bill(only_silence, cost.prices(), cost.usage()) if "alarms" in each.what)
    assert fewer.basis == "16 metrics in 8 alarms"
    assert round(fewer.usd / metrics) == 16 < round(alarms.usd / metrics)


def test_every_price_has_a_source_and_a_date_or_says_that_it_is_recalled():
    import tomllib

    for name, each in tomllib.loads((cost.DATA / "prices.toml").read_text()).items():
        assert "2026-" in each["source"] or "recalled" in each["source"], name
