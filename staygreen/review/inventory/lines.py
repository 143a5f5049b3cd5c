"""The lines about one resource: phrases for what has words, a property's own name for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from staygreen.review.inventory import machinery, mail, policies, wording
from staygreen.review.inventory.block import TITLE, TITLE_IF_SHORT, Line
from staygreen.review.inventory.properties import Properties

SILENT = ("Description", "AlarmDescription")
"""Texts for people, on which nothing acts."""
_POLICIES = ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument")


def of(properties: Properties) -> Iterator[Line]:
    """Every property of a resource; nothing is left of them afterwards."""
    type_name = properties.resource.type
    words = wording.of(type_name)
    for name in (*SILENT, words.name):
        properties.take(name)
    reader = _READERS.get(type_name)
    if reader is not None:
        yield from reader(properties)
    for phrase in words.phrases:
        value = properties.take(phrase.path)
        if value is not None:
            yield Line(phrase.path, phrase.of(value), phrase.row)
    yield from _policies(properties)
    for path, value in properties.left():
        yield Line(path, f"{path} {value}", TITLE_IF_SHORT)


def _policies(properties: Properties) -> Iterator[Line]:
    for name in _POLICIES:
        document = properties.take(name)
        if document is None:
            continue
        trusted = policies.trust(document) if name == "AssumeRolePolicyDocument" else ""
        if trusted:
            yield Line(name, f"taken by {trusted}", TITLE)
        else:
            yield from (Line(f"{name} {key}", sentence) for key, sentence in policies.sentences(document))


_READERS: Mapping[str, Callable[[Properties], Iterator[Line]]] = {
    "AWS::CloudWatch::Alarm": machinery.alarm,
    "AWS::DynamoDB::Table": machinery.table,
    "AWS::Events::Rule": machinery.event_rule,
    "AWS::Lambda::EventSourceMapping": machinery.stream_filters,
    "AWS::Lambda::Function": machinery.variables,
    "AWS::Route53::RecordSet": mail.record,
    "AWS::S3::Bucket": machinery.bucket,
    "AWS::SES::EmailIdentity": mail.identity,
    "AWS::SSM::Parameter": machinery.settings,
    "AWS::StepFunctions::StateMachine": machinery.definition,
}
