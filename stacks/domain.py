"""One domain: its SES identity and the DNS records that make its mail believed.

Records whose zone is not in this account become outputs, one line of a BIND zone
file each, to be entered where the zone is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import aws_cdk as cdk
from aws_cdk import CfnOutput, SecretValue, Stack
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_ses as ses
from constructs import Construct

from stacks.constructs.naming import camel
from stacks.constructs.retention import keep, keep_always
from staygreen.core.config.config import Config
from staygreen.core.config.tables.domain import DkimMode, Domain
from staygreen.core.declared.identity import EASY_KEY_LENGTH, ON_MX_FAILURE, has_identity
from staygreen.core.declared.record import Record
from staygreen.core.declared.zone import EASY_DKIM_NAMES, domain_records, filled
from staygreen.core.dns.message import RecordType
from staygreen.core.naming import dkim_name_output, dkim_value_output, domain_stack

_QUOTED = "CloudFormation-Validate::E3023"


def has_resources(domain: Domain, records: Iterable[Record]) -> bool:
    """Whether anything of the domain is deployed."""
    return has_identity(domain) or any(record.zone for record in records)


class DomainStack(Stack):
    """The identity and records of one domain."""

    def __init__(self, scope: Construct, id: str, *, config: Config, domain: Domain, **kwargs: Any) -> None:
        super().__init__(scope, id, description=f"staygreen: {domain.name}, its identity and records", **kwargs)
        live = self._identity(domain) if has_identity(domain) else {}
        for record in domain_records(config, domain):
            add_record(self, filled(record, live))

    def _identity(self, domain: Domain) -> dict[str, str]:
        given = domain.identity
        identity = ses.CfnEmailIdentity(
            self,
            "Identity",
            email_identity=domain.name,
            dkim_attributes=ses.CfnEmailIdentity.DkimAttributesProperty(signing_enabled=given.signing),
            dkim_signing_attributes=None if given.keep_signing_key else _signing(domain),
            configuration_set_attributes=ses.CfnEmailIdentity.ConfigurationSetAttributesProperty(
                configuration_set_name=domain.configuration_set
            )
            if domain.configuration_set
            else None,
            # SES mails bounces and complaints unless it is told not to
            feedback_attributes=None
            if given.feedback_forwarding
            else ses.CfnEmailIdentity.FeedbackAttributesProperty(email_forwarding_enabled=False),
            mail_from_attributes=ses.CfnEmailIdentity.MailFromAttributesProperty(
                mail_from_domain=domain.mail_from_name, behavior_on_mx_failure=ON_MX_FAILURE[given.mail_from_failure]
            )
            if domain.mail_from_name
            else None,
        )
        keep(identity)
        return self._easy_dkim(domain, identity) if domain.dkim.mode is DkimMode.EASY else {}

    def _easy_dkim(self, domain: Domain, identity: ses.CfnEmailIdentity) -> dict[str, str]:
        tokens = (
            (identity.attr_dkim_dns_token_name1, identity.attr_dkim_dns_token_value1),
            (identity.attr_dkim_dns_token_name2, identity.attr_dkim_dns_token_value2),
            (identity.attr_dkim_dns_token_name3, identity.attr_dkim_dns_token_value3),
        )
        live = {}
        for number, (owner, target) in zip(range(1, EASY_DKIM_NAMES + 1), tokens, strict=True):
            for output, value in ((dkim_name_output(number), owner), (dkim_value_output(number), target)):
                CfnOutput(self, output, value=value)
                live[f"{domain_stack(domain.name)}.{output}"] = value
        return live


def add_record(stack: Stack, record: Record, id: str = "") -> route53.CfnRecordSet | None:
    """Add one record set, or an output with its zone file lines when its zone is elsewhere."""
    logical = f"Record{id or camel(record.key)}"
    if record.zone is None:
        lines = "\n".join(_zone_file_line(record, value) for value in record.route53_values)
        CfnOutput(stack, logical, value=lines, description="Enter this where the zone is")
        return None
    record_set = route53.CfnRecordSet(
        stack,
        logical,
        hosted_zone_id=record.zone.id,
        name=f"{record.name}.",
        type=record.type.value,
        ttl=str(int(record.ttl.total_seconds())),
        resource_records=list(record.route53_values),
    )
    if any('\\"' in value for value in record.route53_values):
        reason = "Route 53 takes quotation marks that a backslash escapes; the rule looks for the bare mark."
        cdk.Validations.of(record_set).acknowledge(cdk.Acknowledgment(id=_QUOTED, reason=reason))
    if record.verbatim:
        keep_always(record_set)
    else:
        keep(record_set)
    return record_set


def _zone_file_line(record: Record, value: str) -> str:
    is_name = record.type in (RecordType.CNAME, RecordType.MX) and not value.endswith(".")
    return f"{record.name}. {int(record.ttl.total_seconds())} IN {record.type.value} {value}{'.' if is_name else ''}"


def _signing(domain: Domain) -> ses.CfnEmailIdentity.DkimSigningAttributesProperty:
    """Easy DKIM: 2048-bit keys of AWS. BYODKIM: our key, which the template refers to and never holds."""
    signing = next((selector for selector in domain.dkim.selectors if selector.signing), None)
    if domain.dkim.mode is DkimMode.EASY or signing is None:
        return ses.CfnEmailIdentity.DkimSigningAttributesProperty(next_signing_key_length=EASY_KEY_LENGTH)
    key = SecretValue.secrets_manager(signing.secret)
    return ses.CfnEmailIdentity.DkimSigningAttributesProperty(
        domain_signing_selector=signing.name, domain_signing_private_key=key.unsafe_unwrap()
    )
