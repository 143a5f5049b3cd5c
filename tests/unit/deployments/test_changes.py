"""Which mail facts differ between two templates, as a deployment is told by them."""

from __future__ import annotations

from staygreen.core.deployments.changes import MOST, compare, side
from staygreen.core.deployments.deployment import Aspect, Direction
from staygreen.core.mail_facts.facts import NONE

SPF, SPF_WIDER = '"v=spf1 include:amazonses.com -all"', '"v=spf1 include:amazonses.com include:x.example ~all"'


def facts(**resources):
    return side({"Resources": resources}, stack="s", account="111122223333", region="eu-central-1", parameters={})


def record(name, rtype, *values, **more):
    properties = {"Name": name, "Type": rtype, "HostedZoneId": "Z1", "TTL": "300", "ResourceRecords": list(values)}
    return {"Type": "AWS::Route53::RecordSet", "Properties": properties, **more}


def changes(base, head):
    return compare(base, head).changes


KEY = record("s1._domainkey.example.com.", "TXT", '"v=DKIM1; p=MIGf"')
KEPT = {**KEY, "DeletionPolicy": "RetainExceptOnCreate"}


def test_a_removed_dkim_record_is_told_with_its_name():
    (found,) = changes(facts(Key=KEY), facts())
    assert found.sentence == "DKIM record of example.com (s1) removed"
    assert (found.name, found.aspect) == ("s1._domainkey.example.com", Aspect.DKIM)


def test_a_record_that_stays_in_its_zone_is_not_removed():
    (found,) = changes(facts(Key=KEPT), facts())
    assert found.direction is Direction.LEFT


def test_in_a_record_set_only_what_differs_has_changed():
    base = facts(Apex=record("example.com.", "TXT", SPF, '"site=1"'))
    (found,) = changes(base, facts(Apex=record("example.com.", "TXT", SPF_WIDER, '"site=1"')))
    assert found.sentence == "SPF record of example.com changed"
    (found,) = changes(base, facts(Apex=record("example.com.", "TXT", SPF, '"site=2"')))
    assert found.aspect is Aspect.OTHER
    (found,) = changes(base, facts(Apex=record("example.com.", "TXT", '"site=1"')))
    assert (found.aspect, found.direction) == (Aspect.SPF, Direction.REMOVED)


def test_the_same_template_in_another_order_changes_nothing():
    one = facts(A=KEY, B=record("example.com.", "TXT", SPF))
    assert changes(one, facts(B=record("EXAMPLE.com", "TXT", SPF), A=KEY)) == ()


def test_a_first_deployment_adds_all_of_its_facts():
    assert [each.direction for each in changes(NONE, facts(Key=KEY))] == [Direction.ADDED]


def test_more_than_can_be_kept_is_counted():
    many = {f"R{n}": record(f"s{n}._domainkey.example.com.", "TXT", f'"v=DKIM1; p={n}"') for n in range(MOST + 20)}
    compared = compare(facts(**many), facts())
    assert (len(compared.changes), compared.left_out) == (MOST, 20)


def test_a_secret_is_not_kept():
    def identity(key):
        attributes = {"DomainSigningPrivateKey": key, "DomainSigningSelector": "s1"}
        properties = {"EmailIdentity": "example.com", "DkimSigningAttributes": attributes}
        return {"Type": "AWS::SES::EmailIdentity", "Properties": properties}

    found = changes(facts(I=identity("first-private-key")), facts(I=identity("second-private-key")))
    assert [each.thing for each in found] == ["identity example.com"]
    assert "private-key" not in str(found).replace("private_key", "")
