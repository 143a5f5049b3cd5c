"""What is mail: decided by connections, told in one line, and never by a type alone."""

from pathlib import Path

import pytest

from staygreen.core.mail_facts import reading, template

MX = {"HostedZoneId": "Z1", "Name": "example.org.", "Type": "MX", "ResourceRecords": ["10 mx1.example.org."]}
HOST = {"HostedZoneId": "Z1", "Name": "mx1.example.org.", "Type": "A", "ResourceRecords": [{"Ref": "Ip"}]}


def resource(kind, **properties):
    return {"Type": f"AWS::{kind}", "Properties": properties}


def reasons(**resources):
    one = template.template_of({"Resources": resources}, stack="app", file=Path("app.json"), region="eu-central-1")
    facts = reading.facts(template.Assembly(source="", templates=(one,)))
    return {fact.resource.logical_id: fact.why for fact in facts.all if fact.why}


def rule(*actions):
    return resource("SES::ReceiptRule", RuleSetName="in", Rule={"Name": "take", "Actions": list(actions)})


SERVER = {
    "Mx": resource("Route53::RecordSet", **MX),
    "Host": resource("Route53::RecordSet", **HOST),
    "Ip": resource("EC2::EIP", InstanceId={"Ref": "Server"}),
    "Server": resource("EC2::Instance", SecurityGroupIds=[{"Fn::GetAtt": ["Door", "GroupId"]}]),
    "Door": resource("EC2::SecurityGroup", GroupDescription="any"),
}


def test_the_way_of_mail_leads_from_the_mx_record_to_the_ports_of_the_machine():
    found = reasons(**SERVER)

    assert found["Server"] == "MX example.org → A mx1.example.org → Elastic IP Ip → mail server Server"
    assert found["Door"].endswith("mail server Server → security group Door")


def test_the_same_machine_without_the_mx_record_is_no_mail():
    found = reasons(**{name: one for name, one in SERVER.items() if name not in ("Mx", "Host")})

    assert set(found) == {"Ip"}  # an address that is let go is lost for ever: it is looked at


def test_inbound_mail_leads_to_the_bucket_its_policy_the_function_and_its_permission():
    found = reasons(
        Take=rule(
            {"S3Action": {"BucketName": {"Ref": "Store"}}},
            {"LambdaAction": {"FunctionArn": {"Fn::GetAtt": ["Fn", "Arn"]}}},
        ),
        Store=resource("S3::Bucket"),
        Fn=resource("Lambda::Function", Role="r"),
        Other=resource("S3::Bucket"),
        Api=resource("Lambda::Function", Role="r"),
    )

    assert set(found) == {"Take", "Store", "Fn"}
    assert found["Fn"] == "receipt rule in/take → function Fn"


@pytest.mark.parametrize("how", ["by reference", "by name", "by import"])
def test_bounces_lead_to_the_topic_and_to_whoever_subscribed(how):
    topic = {"by reference": {"Ref": "T"}, "by name": "arn:aws:sns:eu-central-1:111122223333:bounced"}.get(how)
    body = {
        "Outputs": {"T": {"Value": {"Ref": "T"}, "Export": {"Name": "topic"}}},
        "Resources": {
            "T": resource("SNS::Topic", TopicName="bounced"),
            "S": resource("SNS::Subscription", TopicArn={"Ref": "T"}, Protocol="email", Endpoint="ops@example.org"),
        },
    }
    to = topic or {"Fn::ImportValue": "topic"}
    events = resource(
        "SES::ConfigurationSetEventDestination",
        ConfigurationSetName="c",
        EventDestination={"MatchingEventTypes": ["bounce"], "SnsDestination": {"TopicARN": to}},
    )
    other = {"Resources": {"E": events}}
    if how != "by import":
        body["Resources"]["E"], other = events, {"Resources": {}}
    both = [template.template_of(one, stack=f"s{n}", file=Path("x")) for n, one in enumerate((body, other))]

    facts = reading.facts(template.Assembly(source="", templates=tuple(both)))

    assert {fact.resource.logical_id for fact in facts.all if fact.why} >= {"T", "S", "E"}


NO_MAIL = {
    "a bucket and a table": {"B": resource("S3::Bucket"), "T": resource("DynamoDB::Table", TableName="mail-orders")},
    "a website": {
        "W": resource("Route53::RecordSet", Name="www.example.org.", Type="A", ResourceRecords=["192.0.2.1"]),
        "C": resource(
            "Route53::RecordSet", Name="_x.example.org.", Type="CNAME", ResourceRecords=["_y.acm-validations.aws"]
        ),
    },
    "a topic of alerts about orders": {
        "T": resource("SNS::Topic", TopicName="order-alerts"),
        "S": resource("SNS::Subscription", TopicArn={"Ref": "T"}, Protocol="email", Endpoint="ops@example.org"),
    },
    "an address of a gateway": {
        "E": resource("EC2::EIP"),
        "N": resource("EC2::NatGateway", AllocationId={"Fn::GetAtt": ["E", "AllocationId"]}),
    },
    "rights to everything": {
        "R": resource("IAM::Role", ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
    },
    "a verification of another service": {
        "V": resource(
            "Route53::RecordSet", Name="example.org.", Type="TXT", ResourceRecords=['"google-site-verification=x"']
        ),
    },
}


@pytest.mark.parametrize("what", NO_MAIL)
def test_what_nothing_connects_to_mail_is_no_mail(what):
    assert reasons(**NO_MAIL[what]) == {}
