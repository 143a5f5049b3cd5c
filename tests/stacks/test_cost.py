"""What a deployment costs is computed from its templates, and the README says the same."""

from __future__ import annotations

from dataclasses import replace

from typer.testing import CliRunner

from staygreen.cli.main import app
from staygreen.review import cost, loading, report_cost
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


RECEIVING = """
[mailbox]
domain = "reports.example.com"
zone = { id = "Z0EXAMPLECOM00000000", name = "example.com" }

[reports]
"""
MOST_USD_MORE = 1.50


def test_a_mailbox_with_reports_adds_no_more_than_promised(one_domain, synthesised):
    text = (ROOT / "config" / "examples" / "one-domain.toml").read_text() + RECEIVING
    with_reports, without = (
        cost.total(cost.bill(loading.load(each.directory), cost.prices(), cost.usage()))
        for each in (synthesised(text), one_domain)
    )
    assert 0 < with_reports - without < MOST_USD_MORE


def test_what_reports_cost_grows_with_them_and_the_page_has_the_tables():
    bills = {}
    for number in (50, 5_000, 500_000):
        bills[number] = report_cost.bill(number, cost.prices(), cost.usage())
        printed = cost.table(bills[number])
        command = CliRunner().invoke(app, ["cost", "--reports", str(number)])
        assert command.exit_code == 0, command.output
        assert printed in command.output
        assert printed in (ROOT / "docs" / "dmarc.md").read_text(), f"put this into docs/dmarc.md:\n{printed}"
    receiving = next(line for line in bills[500_000] if line.what == "SES receives")
    assert receiving.usd > 0.8 * cost.total(bills[500_000]), "no store matters beside it"


def test_a_bill_is_for_templates_or_for_reports():
    assert CliRunner().invoke(app, ["cost"]).exit_code == 2
    assert CliRunner().invoke(app, ["cost", ".", "--reports", "5"]).exit_code == 2


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
