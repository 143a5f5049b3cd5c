from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date

import pytest

from staygreen.core.mail_facts import template
from staygreen.review import loading, report
from tests.assemblies import ROOT


def app(tmp_path, config, **context):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        # what jsii unpacks for a new home would be the same again
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(ROOT / "build" / "jsii"),
        "CDK_OUTDIR": str(tmp_path / "out"),
        "CDK_CONTEXT_JSON": json.dumps({"config": config, **context}),
    }
    command = [sys.executable, str(ROOT / "app.py")]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_broken_configuration_ends_with_every_problem_and_its_place(tmp_path):
    broken = tmp_path / "mine.toml"
    broken.write_text('[sender]\nname = "x"\naccount = "1"\nregion = "nowhere"\n')
    done = app(tmp_path, str(broken))
    assert done.returncode == 1
    assert f"{broken}:3:" in done.stderr
    assert f"{broken}:4:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_configuration_that_cannot_be_read_is_named_with_the_reason(tmp_path):
    done = app(tmp_path, "absent.toml")
    assert (done.returncode, done.stderr.strip()) == (1, "absent.toml: cannot be read: No such file or directory")

    (tmp_path / "mine.toml").write_bytes(b"\xff")
    done = app(tmp_path, str(tmp_path / "mine.toml"))
    assert (done.returncode, done.stderr.strip()) == (1, f"{tmp_path}/mine.toml: cannot be read: not UTF-8 text")


def test_it_synthesises_clean_without_the_flags_of_cdk_json(tmp_path):
    done = app(tmp_path, "config/examples/one-domain.toml", nag="true", validate="true")
    assert done.returncode == 0, done.stderr
    # the review's own report is left out when it has nothing to say
    (rules,) = json.loads((tmp_path / "out" / "validation-report.json").read_text())["pluginReports"]
    assert rules["violations"] == []


DEAR = """
[sender]
name = "x"
account = "111122223333"
region = "eu-central-1"

[[domain]]
name = "example.com"
ses = false
zone = { id = "Z0EXAMPLE", name = "example.com" }

[domain.spf]
mechanisms = [{ value = "include:one.test", reason = "the shop" }]

[domain.dmarc]
policy = "none"
aggregate_reports = ["dmarc@example.com"]
"""
ACCEPTED = """
[[acknowledge]]
rule = "spf-lookups"
subject = "TXT example.com"
reason = "The shop moves to a subdomain of its own."
expires = "2027-01-31"
"""


def dear(tmp_path, config, today="2026-11-24"):
    """A record that looks cheap, and recorded answers that say what its include costs."""
    nested = [f"n{number}.test" for number in range(10)]
    answers = {name: "v=spf1 ip4:192.0.2.1 -all" for name in nested}
    answers["one.test"] = " ".join(["v=spf1", *(f"include:{name}" for name in nested), "-all"])
    entries = [{"name": n, "type": "TXT", "answer": [v], "date": "2026-11-20"} for n, v in answers.items()]
    (tmp_path / "spf-answers.json").write_text(json.dumps({"answers": entries}))
    (tmp_path / "mine.toml").write_text(config)
    context = {"today": today, "aws:cdk:enable-path-metadata": True}
    return app(tmp_path, str(tmp_path / "mine.toml"), **context)


def test_a_stop_fails_the_synthesis_with_construct_path_and_config_line(tmp_path):
    done = dear(tmp_path, DEAR)
    assert done.returncode == 1
    assert f"{tmp_path}/mine.toml:12: SPF of example.com ends in permerror: it needs 11 lookups" in done.stderr
    assert "staygreen-x-production-domain-example-com/RecordApexTxt" in done.stderr


@pytest.mark.parametrize(("today", "status"), [("2027-01-31", 0), ("2027-02-01", 1)])
def test_an_acknowledgement_in_the_config_lets_it_pass_until_its_day(tmp_path, today, status):
    assert dear(tmp_path, DEAR + ACCEPTED, today).returncode == status


def test_a_review_of_the_assembly_reads_its_answers_places_and_acknowledgements(tmp_path):
    dear(tmp_path, DEAR + ACCEPTED)
    head = loading.load(tmp_path / "out")
    found = report.review(template.Assembly(source="", templates=()), head, date(2026, 11, 24))
    (dearest,) = [one for one in found.findings if one.rule == "spf-lookups"]
    assert dearest.place == f"{tmp_path}/mine.toml:12"
    assert dearest.acknowledged.reason == "The shop moves to a subdomain of its own."


def test_all_recommended_feature_flags_are_set():
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    flags = {key: value for key, value in context.items() if key.startswith("@aws-cdk")}
    assert len(flags) > 80
    assert context["config"] == "config/examples/one-domain.toml"
