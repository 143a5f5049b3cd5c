"""The rules at synth, as a policy-validation plug-in of the CDK.

Only the rules that judge one side alone can speak here, unless `base` is given:
an assembly of what was there before. A `stop` fails `cdk synth`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records.spf_answers import NONE, Answers
from staygreen.review.finding import Finding
from staygreen.review.loading import load
from staygreen.review.report import judge_state, review
from staygreen.review.rules import RULES

try:
    import jsii
    from aws_cdk import (
        IPolicyValidationPlugin,
        PolicyValidationPluginReport,
        PolicyViolatingResource,
        PolicyViolation,
    )
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"staygreen.review.plugin needs the AWS CDK: install aws-cdk-lib, or staygreen's extra `deploy` ({error})",
        name=error.name,
    ) from error


@jsii.implements(IPolicyValidationPlugin)
class MailReview:
    """Hand it to ``Validations.of(app).add_plugins``."""

    def __init__(self, today: date, answers: Answers = NONE, base: Path | None = None) -> None:
        self._today = today
        self._answers = answers
        self._base = base

    @property
    def name(self) -> str:
        return "staygreen"

    @property
    def version(self) -> str:
        return "1"

    @property
    def rule_ids(self) -> list[str]:
        return [rule.id for rule in RULES]

    def validate(self, context: Any) -> PolicyValidationPluginReport:
        """Judge the assembly that the synthesis has just written."""
        files = {Path(file).name.split(".", 1)[0]: file for file in context.template_paths}
        directory = Path(next(iter(files.values()))).parent
        head = replace(load(directory), spf_answers=self._answers)
        report = review(load(self._base), head, self._today) if self._base else judge_state(head, self._today)
        stops = [one for one in report.findings if one.severity is Severity.STOP and one.acknowledged is None]
        return PolicyValidationPluginReport(
            success=not stops, violations=[_violation(one, files.get(one.stack, "")) for one in stops]
        )


def _violation(finding: Finding, template: str) -> PolicyViolation:
    return PolicyViolation(
        rule_name=finding.rule,
        description=f"{finding.place}: {finding.consequence}" if finding.place else finding.consequence,
        severity=finding.severity.value,
        fix=f"{finding.remedy} {finding.reference}",
        rule_metadata={"path": finding.path, **({"config": finding.place} if finding.place else {})},
        violating_resources=[
            PolicyViolatingResource(
                resource_logical_id=finding.logical_id,
                template_path=template,
                locations=[finding.place or finding.path],
            )
        ],
    )
