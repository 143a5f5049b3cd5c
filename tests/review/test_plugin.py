import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_route53

from staygreen.review.plugin import MailReview
from tests.review.test_review import TODAY


def synthesised(directory, text):
    app = cdk.App(outdir=str(directory), analytics_reporting=False)
    cdk.Validations.of(app).add_plugins(MailReview(TODAY))
    stack = cdk.Stack(app, "mail")
    aws_route53.CfnRecordSet(
        stack, "Apex", name="example.com", type="TXT", hosted_zone_id="Z0EXAMPLE", ttl="300", resource_records=[text]
    )
    app.synth()


def test_a_stop_fails_the_synthesis_and_names_the_construct(tmp_path):
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        synthesised(tmp_path, '"v=spf1 +all"')

    report = json.loads((tmp_path / "validation-report.json").read_text())
    assert "spf-plus-all" in json.dumps(report)
    assert "mail/Apex" in json.dumps(report)


def test_what_is_in_order_passes(tmp_path):
    synthesised(tmp_path, '"v=spf1 -all"')
