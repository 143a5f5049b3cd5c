"""The rules at synth, as a policy-validation plug-in of the CDK.

Only the rules that judge one side alone can speak here, unless `base` is given:
an assembly of what was there before. A `stop` fails `cdk synth`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import (
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from review.finding import Finding
from review.report import Report, judge_state, review
from review.rules import RULES
from review.template import Assembly, Template, load, read, template_of


@jsii.implements(IPolicyValidationPlugin)
class MailReview:
    """Pass it in ``App(policy_validation=[...])`` or to ``Validations.of(app).add_plugins``."""

    def __init__(self, today: date, base: Path | None = None) -> None:
        self._today = today
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
        """Judge the templates that the synthesis has just written."""
        files = [Path(file) for file in context.template_paths]
        templates = {template.stack: template for template in map(_template, files)}
        head = Assembly(source="synth", templates=tuple(templates.values()))
        report = review(load(self._base), head, self._today) if self._base else judge_state(head, self._today)
        stops = [one for one in report.findings if one.severity.value == "stop" and one.acknowledged is None]
        return PolicyValidationPluginReport(
            success=not stops, violations=[_violation(one, templates) for one in _told(report)]
        )


def _told(report: Report) -> list[Finding]:
    return [one for one in report.findings if one.severity.value == "stop" and one.acknowledged is None]


def _template(file: Path) -> Template:
    return template_of(read(file), stack=file.name.split(".", 1)[0], file=file)


def _violation(finding: Finding, templates: Mapping[str, Template]) -> PolicyViolation:
    template = templates.get(finding.stack)
    return PolicyViolation(
        rule_name=finding.rule,
        description=finding.consequence,
        severity=finding.severity.value,
        fix=f"{finding.remedy} {finding.reference}",
        rule_metadata={"path": finding.path, **({"config": finding.place} if finding.place else {})},
        violating_resources=[
            PolicyViolatingResource(
                resource_logical_id=finding.logical_id,
                template_path=template.file if template else "",
                locations=[finding.place or finding.path],
            )
        ],
    )
