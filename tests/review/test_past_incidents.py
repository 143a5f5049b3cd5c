"""A review names the incidents that a changed record was part of, from a file: it needs no AWS."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from typer.testing import CliRunner

from staygreen.cli.main import app
from staygreen.core.deployments.deployment import Aspect
from staygreen.core.deployments.past import PastTrouble, written

BEGAN = datetime(2026, 11, 12, 14, 5, tzinfo=UTC)
TROUBLE = PastTrouble(
    records=("s1._domainkey.example.com",),
    aspect=Aspect.DKIM,
    cause="dkim_missing",
    since=BEGAN,
    until=BEGAN + timedelta(hours=3),
    consequence="Mail of example.com was not signed.",
)


def template(key: str) -> str:
    properties = {"HostedZoneId": "Z1", "Name": "s1._domainkey.example.com.", "Type": "TXT", "ResourceRecords": [key]}
    return json.dumps({"Resources": {"Key": {"Type": "AWS::Route53::RecordSet", "Properties": properties}}})


def reviewed(tmp_path, head: str, incidents: str, *options: str):
    for name, text in {"base.json": template('"v=DKIM1; p=QUJD"'), "head.json": head, "past.json": incidents}.items():
        (tmp_path / name).write_text(text)
    files = [f"--{option}={tmp_path / file}" for option, file in zip(("base", "head", "incidents"), FILES, strict=True)]
    return CliRunner().invoke(app, ["review", *files, "--today", "2026-11-20", "--fail-on", "never", *options])


FILES = ("base.json", "head.json", "past.json")
NAMED = "which was part of an incident (dkim_missing) from 14:05 UTC on 12 November 2026 on, for 3 hours."


def test_the_comment_names_the_incident_that_the_record_was_part_of(tmp_path):
    changed = template('"v=DKIM1; p=REVG"')
    text = reviewed(tmp_path, changed, written([TROUBLE]), "--format", "text")
    comment = reviewed(tmp_path, changed, written([TROUBLE]), "--format", "markdown")
    assert f"This changes the DKIM record of example.com (s1), {NAMED}" in text.output
    assert "12 November 2026 on, for 3 hours" in comment.output


def test_what_changes_nothing_names_nothing(tmp_path):
    assert "incident" not in reviewed(tmp_path, template('"v=DKIM1; p=QUJD"'), written([TROUBLE])).output


def test_a_file_that_cannot_be_read_ends_the_review(tmp_path):
    assert reviewed(tmp_path, template("x"), "no json").exit_code == 3
