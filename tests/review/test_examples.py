"""Mutations of what every example configuration deploys, each with the rule that must see it."""

import copy
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from staygreen.core.mail_facts import template
from staygreen.core.mail_facts.reading import facts
from staygreen.review import report
from staygreen.review.rules import RULES
from tests.assemblies import EXAMPLES

TODAY = date(2026, 11, 24)
REGION = "us-east-1"


class Examples:
    """What the examples deploy."""

    def __init__(self, example):
        self._written = {name: json.dumps(_by_name(example(name).templates)) for name in EXAMPLES}
        self._whole = {name: assembly(self.stacks(name)) for name in EXAMPLES}
        self._facts = {id(whole): facts(whole) for whole in self._whole.values()}

    def stacks(self, name):
        """The templates of an example, as often as anybody wants to change them."""
        return json.loads(self._written[name])

    def whole(self, name):
        """The example as it is."""
        return self._whole[name]

    def facts(self, assembly):
        """As a review reads them, but those of a whole example are read once for all mutations."""
        return self._facts.get(id(assembly)) or facts(assembly)


@pytest.fixture(scope="module")
def examples(example):
    return Examples(example)


@pytest.fixture
def review(examples, monkeypatch):
    monkeypatch.setattr(report, "facts", examples.facts)
    return report.review


def _by_name(templates):
    """The templates by the names that stacks refer to each other by."""
    names = re.findall(r'"StackName": "(staygreen-[a-z0-9-]+)-state"', json.dumps(templates))
    return {f"{names[0]}-{part}": body for part, body in templates.items()}


def assembly(bodies):
    return template.Assembly(
        source="",
        templates=tuple(
            template.template_of(body, stack=name, file=Path(name), region=REGION) for name, body in bodies.items()
        ),
    )


class NotThere(LookupError):
    """The example has nothing that the mutation could change."""


def of_type(bodies, type_name, *having, without="\0"):
    for body in bodies.values():
        for logical_id, resource in body["Resources"].items():
            text = json.dumps(resource) if resource["Type"] == type_name else ""
            if text and all(part in text for part in having) and without not in text:
                return body["Resources"], logical_id
    raise NotThere(type_name)


def properties(bodies, type_name, *having, **not_having):
    resources, logical_id = of_type(bodies, type_name, *having, **not_having)
    return resources[logical_id]["Properties"]


def remove(type_name, *having, **not_having):
    def mutate(bodies):
        resources, logical_id = of_type(bodies, type_name, *having, **not_having)
        del resources[logical_id]

    return mutate


def let_go(type_name, *having):
    """Removed, and not kept: as if the policies had been taken off in an earlier deployment."""

    def prepare(bodies):
        resources, logical_id = of_type(bodies, type_name, *having)
        resources[logical_id].pop("DeletionPolicy", None)

    return prepare, remove(type_name, *having)


def rename(type_name, *having):
    def mutate(bodies):
        resources, logical_id = of_type(bodies, type_name, *having)
        resources["Renamed"] = resources.pop(logical_id)

    return mutate


def put(type_name, name, value, *having, **not_having):
    def mutate(bodies):
        properties(bodies, type_name, *having, **not_having)[name] = value

    return mutate


def policy(type_name, name, value, *having):
    def mutate(bodies):
        resources, logical_id = of_type(bodies, type_name, *having)
        resources[logical_id][name] = value

    return mutate


def texts(having, change, without="\0"):
    """Change the texts of the first TXT record set that holds a text."""

    def mutate(bodies):
        found = properties(bodies, RECORD, having, without=without)
        old = [one[1:-1] for one in found["ResourceRecords"]]
        new = change(old)
        if new == old:
            raise NotThere(having)
        found["ResourceRecords"] = [f'"{text}"' for text in new]

    return mutate


def spf(change):
    return texts("v=spf1", lambda old: [change(one) if one.startswith("v=spf1") else one for one in old], SES)


def beside(text):
    return lambda old: [*old, text]


def in_settings(name, change):
    def mutate(bodies):
        found = properties(bodies, "AWS::SSM::Parameter", f"/check/{name}")
        found["Value"] = json.dumps(change(json.loads(found["Value"])))

    return mutate


def no_bounces(bodies):
    properties(bodies, "AWS::SES::ConfigurationSetEventDestination")["EventDestination"]["MatchingEventTypes"] = [
        "DELIVERY"
    ]


def in_the_open(bodies):
    found = properties(bodies, "AWS::Lambda::Function", "-production-announce")
    found["Environment"] = {"Variables": {"SLACK": "xoxb-000000000000-example"}}


def everything(bodies):
    found = properties(bodies, "AWS::IAM::Policy", "dynamodb:PutItem")
    found["PolicyDocument"]["Statement"].append({"Effect": "Allow", "Action": "ses:*", "Resource": "*"})


def doubled(bodies):
    found = properties(bodies, RECORD, "feedback-smtp")
    zone = found["Name"].split(".", 1)[1]
    found["Name"] = f"{found['Name']}{zone}"


def beside_a_cname(bodies):
    resources, logical_id = of_type(bodies, RECORD, "v=DMARC1")
    twin = copy.deepcopy(resources[logical_id])
    twin["Properties"] |= {"Type": "CNAME", "ResourceRecords": ["elsewhere.example.net"]}
    resources["Twin"] = twin


def declared_twice(bodies):
    resources, logical_id = of_type(bodies, RECORD, "v=DMARC1")
    resources["Twin"] = copy.deepcopy(resources[logical_id])


def other_zone(bodies):
    properties(bodies, RECORD, "DkimDNSTokenName1")["HostedZoneId"] = "Z0SOMEWHEREELSE00000"


def untold(bodies):
    for body in bodies.values():
        gone = [
            logical_id
            for logical_id, one in body["Resources"].items()
            if one["Type"] == "AWS::SNS::Subscription" and "lerts" in json.dumps(one["Properties"]["TopicArn"])
        ]
        for logical_id in gone:
            del body["Resources"][logical_id]
        if gone:
            return
    raise NotThere("subscription")


def slower(bodies):
    properties(bodies, "AWS::Scheduler::Schedule", "-production-blocklist")["ScheduleExpression"] = "rate(7 days)"


def untold_policy(bodies):
    properties(bodies, RECORD, "v=DMARC1")["ResourceRecords"] = [{"Fn::ImportValue": "policy"}]


def hidden(bodies):
    resources, logical_id = of_type(bodies, IDENTITY)
    resources[logical_id]["Properties"] = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {}}}


def not_for_ses(bodies):
    document = properties(bodies, "AWS::S3::BucketPolicy", "ses.amazonaws.com")["PolicyDocument"]
    document["Statement"] = [one for one in document["Statement"] if "ses.amazonaws.com" not in json.dumps(one)]


def nobody_takes(bodies):
    for rule in properties(bodies, "Custom::ReceiptRules")["Rules"]:
        rule["Enabled"] = False


def dear(record):
    return f"v=spf1 {' '.join(f'include:n{number}.example.net' for number in range(11))} -all"


RECORD, IDENTITY, ADDRESS = "AWS::Route53::RecordSet", "AWS::SES::EmailIdentity", "AWS::EC2::EIP"
POOL, PTR = "AWS::SES::DedicatedIpPool", "Custom::ReverseDns"
SES = "include:amazonses.com"
LONG = "x" * 440

MUTATIONS = {
    "an Easy DKIM record goes and is kept": (remove(RECORD, "DkimDNSTokenName1"), "dkim-gap"),
    "an Easy DKIM record goes": (let_go(RECORD, "DkimDNSTokenName1"), "dkim-gap"),
    "an Easy DKIM record moves to another zone": (other_zone, "dkim-gap"),
    "signing is switched off": (put(IDENTITY, "DkimAttributes", {"SigningEnabled": False}), "dkim-gap"),
    "Easy DKIM gives way to a key that nobody published": (
        put(
            IDENTITY,
            "DkimSigningAttributes",
            {"DomainSigningSelector": "new", "DomainSigningPrivateKey": "{{resolve:secretsmanager:new}}"},
        ),
        "dkim-key-replaced",
    ),
    "everybody may send": (spf(lambda old: "v=spf1 +all"), "spf-plus-all"),
    "SPF leaves it open who else may send": (spf(lambda old: old.rsplit(" ", 1)[0] + " ?all"), "spf-all-changed"),
    "two SPF records": (texts("v=spf1", beside("v=spf1 mx -all"), SES), "spf-duplicate"),
    "two SPF records at the MAIL FROM domain": (texts(SES, beside("v=spf1 mx -all")), "spf-duplicate"),
    "SES may no longer send": (texts(SES, lambda old: ["v=spf1 -all"]), "spf-include-removed"),
    "another service's text goes": (
        texts("v=spf1", lambda old: [one for one in old if one.startswith("v=spf1")], SES),
        "apex-txt-loss",
    ),
    "SPF needs eleven lookups": (spf(dear), "spf-lookups"),
    "SPF is misspelt": (spf(lambda old: old.replace("v=spf1 ", "v=spf1 inclde:example.net ", 1)), "spf-invalid"),
    "the answer grows beyond a packet": (texts("v=spf1", beside(LONG), SES), "spf-too-long"),
    "DMARC asks for nothing": (texts("v=DMARC1; p=quarantine", lambda old: ["v=DMARC1; p=none"]), "dmarc-weakened"),
    "a parked name asks for nothing": (texts("v=DMARC1; p=reject", lambda old: ["v=DMARC1; p=none"]), "dmarc-weakened"),
    "the DMARC record goes": (let_go(RECORD, "v=DMARC1"), "dmarc-weakened"),
    "DMARC asks for all": (
        texts("v=DMARC1; p=quarantine", lambda old: ["v=DMARC1; p=reject; sp=reject; np=reject"]),
        "dmarc-tightened",
    ),
    "nobody gets aggregate reports": (
        texts("rua=", lambda old: [one.partition("; rua=")[0] for one in old]),
        "dmarc-rua-removed",
    ),
    "DMARC is misspelt": (texts("v=DMARC1", lambda old: ["v=DMARC1; p=rejct"]), "dmarc-invalid"),
    "an obsolete tag": (texts("v=DMARC1", lambda old: [f"{old[0]}; pct=50"]), "dmarc-obsolete-tag"),
    "two DMARC records": (texts("v=DMARC1", beside("v=DMARC1; p=reject")), "dmarc-duplicate"),
    "bounces go to another region": (
        put(RECORD, "ResourceRecords", ["10 feedback-smtp.eu-west-1.amazonses.com"], "feedback-smtp"),
        "mail-from-region",
    ),
    "a name is doubled": (doubled, "doubled-name"),
    "a name gets a CNAME too": (beside_a_cname, "cname-conflict"),
    "a record is declared twice": (declared_twice, "record-collision"),
    "a record is renamed": (rename(RECORD), "record-collision"),
    "the identity is renamed": (rename(IDENTITY), "record-collision"),
    "a pool is renamed": (rename(POOL), "record-collision"),
    "the identity goes and is kept": (remove(IDENTITY), "identity-replaced"),
    "the identity goes": (let_go(IDENTITY), "identity-replaced"),
    "the identity is no longer kept": (policy(IDENTITY, "DeletionPolicy", "Delete"), "retention-weakened"),
    "a record is no longer kept": (policy(RECORD, "DeletionPolicy", "Delete"), "retention-weakened"),
    "the incident table is no longer kept": (
        policy("AWS::DynamoDB::Table", "DeletionPolicy", "Delete", "incidents"),
        "retention-weakened",
    ),
    "the address is renamed": (rename(ADDRESS), "ip-replaced"),
    "the address moves": (put(ADDRESS, "NetworkBorderGroup", "us-east-1-bos-1"), "ip-replaced"),
    "the address goes and is kept": (remove(ADDRESS), "ip-replaced"),
    "the address goes": (let_go(ADDRESS), "ip-replaced"),
    "a managed pool becomes a standard one": (put(POOL, "ScalingMode", "STANDARD", "MANAGED"), "pool-replaced"),
    "a standard pool becomes a managed one": (put(POOL, "ScalingMode", "MANAGED", "STANDARD"), "pool-replaced"),
    "a pool gets another name": (put(POOL, "PoolName", "another"), "pool-replaced"),
    "reverse DNS goes": (remove(PTR), "ptr-unconfirmed"),
    "reverse DNS gets a name without an address": (put(PTR, "PtrName", "other.example.org"), "ptr-unconfirmed"),
    "the A record of a reverse name leads elsewhere": (
        put(RECORD, "ResourceRecords", ["203.0.113.99"], '"Type": "A"'),
        "ptr-unconfirmed",
    ),
    "the check goes": (remove("AWS::Lambda::Function", "check-blocklist"), "monitor-removed"),
    "the announcer goes": (remove("AWS::Lambda::Function", "production-announce"), "monitor-removed"),
    "the schedule goes": (remove("AWS::Scheduler::Schedule", "production-blocklist"), "monitor-removed"),
    "the schedule is disabled": (put("AWS::Scheduler::Schedule", "State", "DISABLED"), "monitor-removed"),
    "the schedule slows down": (slower, "monitor-removed"),
    "an alarm goes": (remove("AWS::CloudWatch::Alarm", "check-blocklist-has-not-run"), "monitor-removed"),
    "nobody subscribes to alerts any more": (untold, "monitor-removed"),
    "a list is no longer asked": (
        in_settings("blocklist", lambda old: {**old, "off": [*old["off"], "psbl"]}),
        "monitor-removed",
    ),
    "bounces are not told": (no_bounces, "events-removed"),
    "a configuration set stops sending": (
        put("AWS::SES::ConfigurationSet", "SendingOptions", {"SendingEnabled": False}),
        "sending-paused",
    ),
    "events go nowhere": (remove("AWS::SES::ConfigurationSetEventDestination"), "events-removed"),
    "the identity loses its configuration set": (put(IDENTITY, "ConfigurationSetAttributes", {}), "events-removed"),
    "a token is in the open": (in_the_open, "secret-exposed"),
    "a role may do everything": (everything, "remediation-widened"),
    "the MX of a mailbox goes": (let_go(RECORD, '"Type": "MX"', "inbound-smtp"), "mx-removed"),
    "the MX of a MAIL FROM domain goes": (let_go(RECORD, "feedback-smtp"), "mail-from-refused"),
    "no rule takes mail of a mailbox": (nobody_takes, "inbound-lost"),
    "SES may no longer store mail": (not_for_ses, "ses-right-lost"),
    "what DMARC asks for comes from elsewhere": (untold_policy, "not-known"),
    "an identity has a property that nobody knows": (put(IDENTITY, "Postage", "paid"), "unknown-property"),
    "an identity is made by a transform": (hidden, "unread"),
    "a mistake would last a week": (put(RECORD, "TTL", "604800"), "ttl-too-long"),
    "a text is too long for one string": (
        texts("v=DMARC1", lambda old: [f"{one}; x={'x' * 255}" for one in old]),
        "txt-string-too-long",
    ),
}


def mutated(examples, mutation):
    """Name, base and head of every example that has what the mutation changes; a pair prepares both sides first."""
    prepare, mutate = mutation if isinstance(mutation, tuple) else (None, mutation)
    for name in EXAMPLES:
        head = examples.stacks(name)
        try:
            if prepare:
                prepare(head)
            base = assembly(copy.deepcopy(head)) if prepare else examples.whole(name)
            mutate(head)
        except NotThere:
            continue
        yield name, base, assembly(head)


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_seen_by_its_rule_in_every_example_that_it_changes(examples, review, name):
    mutation, rule = MUTATIONS[name]
    found = {example: review(base, head, TODAY).findings for example, base, head in mutated(examples, mutation)}

    assert found
    for example, findings in found.items():
        assert rule in {one.rule for one in findings}, (example, [one.consequence for one in findings])


def test_every_example_is_changed_by_ten_mutations_or_more(examples):
    counts = Counter(example for mutation, _ in MUTATIONS.values() for example, *_ in mutated(examples, mutation))

    assert [example for example in EXAMPLES if counts[example] < 10] == []


def test_every_rule_sees_a_mutation_of_an_example_but_those_whose_matter_no_example_has():
    seen = {rule for _, rule in MUTATIONS.values()}

    assert {rule.id for rule in RULES} - seen == {
        "delegation-removed",
        "dkim-invalid",
        "dmarc-rua-unreceived",
        "dnssec-broken",
        "fact-changed",
        "mail-host-lost",
        "mail-port-closed",
        "mail-rights-widened",
        "mail-server-replaced",
        "outbound-address-changed",
        "record-deleted",
        "sdk-call",
        "sending-right-lost",
        "smtp-password-ends",
        "zone-removed",
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_silent_against_itself_and_has_nothing_wrong_alone(examples, name):
    same = examples.whole(name)

    assert report.review(same, same, TODAY).verdict == "none"
    assert [one.consequence for one in report.judge_state(same, TODAY).findings] == []
