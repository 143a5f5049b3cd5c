"""The law of taking over, in real templates; and a plan says what a review says."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from staygreen.core.config.parser import parse
from staygreen.core.declared.identity import identity_properties, set_properties
from staygreen.core.estate.comparison.beside import State
from staygreen.core.estate.comparison.plan import plan
from staygreen.core.estate.comparison.resources import resources
from staygreen.core.estate.description import describe
from staygreen.core.estate.file import text
from staygreen.core.estate.found import Estate, HostedZone, Identity, IdentityDetails, OwnedKind, RecordSet
from staygreen.review import loading as templates
from staygreen.review import planned
from staygreen.review.report import review
from tests.assemblies import CONTEXT, ROOT
from tests.unit.estate.estates import SENDER, estate

ESTATES = int(os.environ.get("ESTATES", "3"))
FEW = 3
MANY = ESTATES > FEW
TODAY = date(2026, 12, 1)


def taken_over(description):
    """The configuration with everything managed that can be."""
    config = description.config

    def able(part, each):
        name = getattr(each, "allocation_id", "") or each.name
        return replace(each, manage=(part, name) not in description.obstacles)

    return replace(
        config,
        domains=tuple(able("domain", each) for each in config.domains),
        addresses=tuple(able("address", each) for each in config.addresses),
        pools=tuple(able("pool", each) for each in config.pools),
        configuration_sets=tuple(able("configuration_set", each) for each in config.configuration_sets),
    )


def mail_templates(config, directory, *, with_addresses):
    """The templates of mail alone: the monitors, and the functions of addresses, are the same for every estate."""
    import aws_cdk as cdk

    from stacks.addresses import AddressesStack
    from stacks.domain import DomainStack, has_resources
    from stacks.sending import SendingStack
    from staygreen.core.declared.zone import domain_records

    app = cdk.App(
        context=CONTEXT,
        outdir=str(directory),
        analytics_reporting=False,
        builtin_cloud_formation_validation=with_addresses,
    )
    env = cdk.Environment(account=config.sender.account, region=config.sender.region)
    if any(each.manage for each in (*config.pools, *config.configuration_sets)):
        SendingStack(app, config.names.stack("sending"), config=config, env=env)
    if with_addresses and any(each.manage for each in config.addresses):
        AddressesStack(app, config.names.stack("addresses"), config=config, env=env)
    for domain in config.domains:
        if has_resources(domain, domain_records(config, domain)):
            name = config.names.stack(f"domain-{domain.name.replace('.', '-')}")
            DomainStack(app, name, config=config, domain=domain, env=env)
    app.synth()
    found = []
    for path in sorted(Path(directory).glob("*.template.json")):
        found += json.loads(path.read_text()).get("Resources", {}).values()
    return found


@pytest.mark.parametrize("number", range(ESTATES))
def test_templates_of_what_was_taken_over_have_the_values_that_were_found(number, tmp_path):
    made = estate(number)
    description = describe(made.estate, SENDER, made.answers)
    config = parse(text(replace(description, config=taken_over(description))), "found.toml")

    found = mail_templates(config, tmp_path, with_addresses=number < FEW)

    for each in found:
        given = each["Properties"]
        if each["Type"] == "AWS::Route53::RecordSet" and isinstance(given["ResourceRecords"][0], str):
            zone = next(one for one in made.estate.zones if one.id == given["HostedZoneId"])
            (stands,) = zone.sets(given["Name"].removesuffix("."), given["Type"])
            assert tuple(given["ResourceRecords"]) == stands.values
            assert timedelta(seconds=int(given["TTL"])) == stands.ttl
            assert each["DeletionPolicy"] == "Retain"
        elif each["Type"] == "AWS::SES::EmailIdentity":
            domain = next(one for one in config.domains if one.name == given["EmailIdentity"])
            assert {key: value for key, value in given.items() if key != "Tags"} == identity_properties(domain)
            assert "DomainSigningPrivateKey" not in json.dumps(given)
        elif each["Type"] == "AWS::SES::ConfigurationSet":
            declared = next(one for one in config.configuration_sets if one.name == given["Name"])
            assert given == set_properties(declared)
    managed = [each for each in config.domains if each.manage and each.ses]
    assert len([each for each in found if each["Type"] == "AWS::SES::EmailIdentity"]) == len(managed)


@pytest.mark.parametrize("first", range(0, ESTATES if MANY else 40, 40))
def test_a_plan_says_that_nothing_differs_before_and_after(first):
    for number in range(first, first + 40):
        made = estate(number)
        description = describe(made.estate, SENDER, made.answers)
        before = plan(description.config, made.estate)
        assert before.changes_nothing, number
        assert before.resources == ()
        after = plan(taken_over(description), made.estate)
        assert {each.state for each in after.resources} <= {State.ADOPT}, (number, after.resources)
        base = planned.found(after.resources, "found", SENDER.region)
        head = planned.declared(taken_over(description), after.resources, "file")
        assert review(base, head, TODAY).verdict in ("none", "fine", "look"), number
        moved = [one for one in review(base, head, TODAY).findings if one.before != one.after and one.before]
        assert moved == [], number


def estate_of(assembly, deployed):
    """What would be found where an assembly is deployed."""
    records, identities, sets = {}, [], []
    for part, body in assembly.templates.items():
        for logical_id, each in body.get("Resources", {}).items():
            given = each.get("Properties", {})
            if each["Type"] == "AWS::Route53::RecordSet":
                _add_record(records, given, part)
            elif each["Type"] == "AWS::SES::EmailIdentity":
                identities.append(_identity_of(given))
            deployed.add((f"{assembly.names.prefix}-{part}", logical_id))
    zones = [HostedZone(id=key, name=key, records=tuple(found)) for key, found in records.items()]
    return Estate(
        account="000000000000",
        region="us-east-1",
        identities=tuple(identities),
        configuration_sets=tuple(sets),
        pools=(),
        addresses=(),
        zones=tuple(zones),
        deployed=frozenset(deployed),
    )


def _add_record(records, given, part):
    name, values = given["Name"], given["ResourceRecords"]
    if not isinstance(name, str):  # Easy DKIM: what AWS chose
        number = json.dumps(name).partition("DkimDNSTokenName")[2][0]
        name, values = f"t{number}._domainkey.example.com.", [f"t{number}.dkim.amazonses.com"]
    if isinstance(values[0], str):
        ttl = timedelta(seconds=int(given["TTL"]))
        found = RecordSet(name=name.removesuffix("."), type=given["Type"], ttl=ttl, values=tuple(values))
        records.setdefault(given["HostedZoneId"], []).append(found)


def _identity_of(given):
    mail_from = given.get("MailFromAttributes", {})
    return Identity(
        name=given["EmailIdentity"],
        is_domain=True,
        verification="SUCCESS",
        is_signing=given["DkimAttributes"]["SigningEnabled"],
        dkim_tokens=("t1", "t2", "t3"),
        mail_from=mail_from.get("MailFromDomain", ""),
        rejects_on_mx_failure=mail_from.get("BehaviorOnMxFailure") == "REJECT_MESSAGE",
        forwards_feedback=given.get("FeedbackAttributes", {}).get("EmailForwardingEnabled", True),
        details=IdentityDetails(
            key_length=given.get("DkimSigningAttributes", {}).get("NextSigningKeyLength", ""),
            configuration_set=given.get("ConfigurationSetAttributes", {}).get("ConfigurationSetName", ""),
        ),
    )


FILE = """
[sender]
name = "example"
account = "000000000000"
region = "us-east-1"

[[domain]]
name = "example.com"
zone = { id = "Z0EXAMPLECOM00000000", name = "example.com" }
mail_from = "bounce"

[domain.spf]
mechanisms = [{ value = "include:spf.example.net", reason = "shop" }, { value = "ip4:192.0.2.0/24", reason = "us" }]
all = "-all"
other_txt = ['a "quoted" text']

[domain.dmarc]
policy = "quarantine"
aggregate_reports = ["dmarc@example.com"]

[[configuration_set]]
name = "news"
manage = false
"""
CHANGES = {
    "nothing": ("", ""),
    "DMARC weakened": ('policy = "quarantine"', 'policy = "none"'),
    "DMARC tightened": ('policy = "quarantine"', 'policy = "reject"'),
    "reports dropped": ('aggregate_reports = ["dmarc@example.com"]', ""),
    "an include less": ('{ value = "include:spf.example.net", reason = "shop" }, ', ""),
    "SPF softer": ('all = "-all"', 'all = "~all"'),
    "a text lost": ("other_txt = ['a \"quoted\" text']", ""),
    "another MAIL FROM": ('mail_from = "bounce"', 'mail_from = "return"'),
    "no MAIL FROM": ('mail_from = "bounce"', 'mail_from = ""'),
    "DMARC out of the file": ('[domain.dmarc]\npolicy = "quarantine"\naggregate_reports = ["dmarc@example.com"]\n', ""),
    "no signature": ('mail_from = "bounce"', 'mail_from = "bounce"\nidentity = { signing = false }'),
}


QUICK = ("DMARC weakened", "SPF softer")
"""Each takes a synthesis; the others are tried with the many estates."""


@pytest.mark.parametrize("what", CHANGES if MANY else QUICK)
def test_a_plan_has_the_verdict_of_a_review_of_the_same_pair(what, synthesised):
    before, after = synthesised(FILE), synthesised(FILE.replace(*CHANGES[what]))
    whole = review(templates.load(before.directory), templates.load(after.directory), TODAY)
    config = parse(FILE.replace(*CHANGES[what]), "mine.toml")
    found = plan(config, estate_of(before, set()))

    deployed = templates.load(before.directory)
    base = planned.found(found.resources, "account", "us-east-1", deployed)
    told = review(base, planned.declared(config, found.resources, "mine.toml", deployed), TODAY)

    ours = {(one.rule, one.subject, one.severity) for one in told.findings}
    theirs = {(one.rule, one.subject, one.severity) for one in whole.findings}
    assert told.verdict == whole.verdict
    assert ours == theirs


def test_a_plan_names_each_setting_that_a_deployment_would_change(synthesised):
    config = parse(FILE.replace(*CHANGES["DMARC weakened"]), "mine.toml")
    found = plan(config, estate_of(synthesised(FILE), set()))
    (changed,) = found.of(State.CHANGE)
    assert (changed.kind, changed.name) == (OwnedKind.RECORD, "_dmarc.example.com TXT")
    assert "p=quarantine" in changed.differences[0].found
    assert "p=none" in changed.differences[0].declared
    assert len(found.of(State.KEEP)) == len(list(resources(config, estate_of(synthesised(FILE), set())))) - 1


def test_examples_synthesise_to_the_resources_that_a_plan_compares(synthesised):
    file = (ROOT / "config" / "examples" / "ten-domains.toml").read_text()
    config = parse(file, "ten-domains.toml")
    assembly = synthesised(file)
    for each in resources(config, Estate()):
        if each.kind not in (OwnedKind.RECORD, OwnedKind.IDENTITY):
            continue
        part = each.stack.removeprefix(f"{config.names.prefix}-")
        made = assembly.templates[part]["Resources"][each.logical_id]["Properties"]
        if isinstance(made.get("Name"), str) or each.kind is OwnedKind.IDENTITY:
            shown = {key: value for key, value in made.items() if key != "Tags"}
            if "DomainSigningPrivateKey" not in json.dumps(shown) and isinstance(
                (shown.get("ResourceRecords") or [""])[0], str
            ):
                assert shown == each.properties, each.name
