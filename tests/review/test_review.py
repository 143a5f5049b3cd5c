import json
import tempfile
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from staygreen.cli.main import app
from staygreen.core.mail_facts import template
from staygreen.core.mail_facts.resolve import Exports, is_known
from staygreen.review import loading, render, replacement, report

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"
TODAY = date(2026, 11, 24)
FIRING = sorted(path for path in CASES.iterdir() if path.name.endswith("-fires"))
RANK = {"none": 3, "fine": 2, "look": 1, "stop": 0}


def assembly(resources, stack="template", **more):
    body = {"Resources": resources, **more}
    one = template.template_of(body, stack=stack, file=Path("t.json"), region="eu-central-1", account="111122223333")
    return template.Assembly(source="", templates=(one,))


def content(case, side):
    return json.loads((case / f"{side}.json").read_text())["Resources"]


def value(expression, **body):
    given = assembly({"Any": {"Type": "A::B::C"}, **body.pop("Resources", {})}, **body)
    return Exports(given).resolver("template").value(expression)


@pytest.mark.parametrize("case", FIRING, ids=lambda case: case.name)
def test_the_order_of_resources_does_not_matter(case):
    turned = [assembly(dict(reversed(content(case, side).items()))) for side in ("base", "head")]
    straight = [assembly(content(case, side)) for side in ("base", "head")]

    assert {one.identity for one in report.review(*turned, TODAY).findings} == {
        one.identity for one in report.review(*straight, TODAY).findings
    }


def test_a_mail_from_record_that_changes_its_region_is_told_where_the_region_is_not_known():
    def side(region):
        body = {
            "Resources": {
                "I": {
                    "Type": "AWS::SES::EmailIdentity",
                    "Properties": {
                        "EmailIdentity": "example.com",
                        "MailFromAttributes": {"MailFromDomain": "bounce.example.com"},
                    },
                },
                "M": {
                    "Type": "AWS::Route53::RecordSet",
                    "Properties": {
                        "HostedZoneId": "Z1",
                        "Name": "bounce.example.com.",
                        "Type": "MX",
                        "TTL": "300",
                        "ResourceRecords": [f"10 feedback-smtp.{region}.amazonses.com"],
                    },
                },
            }
        }
        return template.Assembly(
            source="", templates=(template.template_of(body, stack="template", file=Path("t.json")),)
        )

    (found,) = report.review(side("eu-west-1"), side("us-east-1"), TODAY).findings

    assert (found.rule, found.severity.value) == ("mail-from-region", "look")
    assert "only if that identity is in us-east-1" in found.consequence


@pytest.mark.parametrize("case", FIRING, ids=lambda case: case.name)
def test_an_unrelated_resource_changes_nothing(case):
    base, head = (content(case, side) for side in ("base", "head"))
    more = {"Unrelated": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}}}

    with_more = report.review(assembly(base), assembly(head | more), TODAY)

    assert with_more.findings == report.review(assembly(base), assembly(head), TODAY).findings


@pytest.mark.parametrize(
    ("one", "two"),
    [*zip(FIRING, FIRING[1:] + FIRING[:1], strict=True), *zip(FIRING, FIRING[7:] + FIRING[:7], strict=True)],
    ids=lambda case: case.name.removesuffix("-fires"),
)
def test_the_verdict_never_falls_when_a_change_is_added(one, two):
    def both(side):
        return [
            template.template_of({"Resources": content(case, side)}, stack=case.name, file=case, region="eu-central-1")
            for case in (one, two)
        ]

    base, head = (tuple(both(side)) for side in ("base", "head"))
    alone = report.review(
        template.Assembly(source="", templates=base), template.Assembly(source="", templates=(head[0], base[1])), TODAY
    )
    together = report.review(
        template.Assembly(source="", templates=base), template.Assembly(source="", templates=head), TODAY
    )

    assert RANK[together.verdict] <= RANK[alone.verdict]


def test_an_expired_acknowledgement_does_not_count_and_says_so(tmp_path):
    case = CASES / "dmarc-weakened-acknowledged"
    base, head = (loading.load(case / f"{side}.json") for side in ("base", "head"))

    late = report.review(base, head, date(2027, 2, 1))

    assert late.verdict == "stop"
    assert any("expired on 2027-01-31" in note for note in late.notes)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Fn::Join": [".", ["a", {"Ref": "AWS::Region"}]]}, "a.eu-central-1"),
        ({"Fn::Sub": "x.${AWS::AccountId}.${!literal}"}, "x.111122223333.${literal}"),
        ({"Fn::Sub": ["${name}!", {"name": "mail"}]}, "mail!"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::FindInMap": ["M", "a", "b"]}, "found"),
        ({"Ref": "Name"}, "default"),
        ({"Fn::If": ["Yes", "one", "two"]}, "one"),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
    ],
)
def test_expressions_become_what_cloudformation_would_make_of_them(expression, expected):
    found = value(
        expression,
        Parameters={"Name": {"Type": "String", "Default": "default"}},
        Mappings={"M": {"a": {"b": "found"}}},
        Conditions={"Yes": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Name"}, "other"]}]}},
    )

    assert found == expected


@pytest.mark.parametrize(
    "expression",
    [
        {"Fn::GetAtt": ["Server", "PublicIp"]},
        {"Ref": "Nowhere"},
        {"Fn::ImportValue": "elsewhere"},
        {"Fn::Select": [9, ["a"]]},
        {"Fn::Join": "wrong"},
        {"Fn::If": ["Unknown", "one", "two"]},
        {"Fn::GetAZs": ""},
    ],
)
def test_what_only_the_deployment_knows_is_said_and_never_guessed(expression):
    assert not is_known(value(expression))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("bad.json", '{"Resources": {\n "A": ,\n}}', "bad.json:2: is not valid JSON"),
        ("bad.yaml", "Resources:\n  A: [1,\n  B: }", "bad.yaml:3: is not valid YAML"),
        ("list.json", "[]", "list.json:1: is not a template"),
        ("other.json", "{}", "other.json: is not a CloudFormation template"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path, name, text, told):
    (tmp_path / name).write_text(text)

    ended = CliRunner().invoke(
        app, ["review", "--base", str(tmp_path / name), "--head", str(tmp_path / name)], env={"COLUMNS": "200"}
    )

    assert ended.exit_code == 3
    assert told in ended.output


@pytest.mark.parametrize(("fail_on", "status"), [("stop", 1), ("look", 1), ("never", 0)])
def test_the_exit_status_follows_the_verdict(fail_on, status):
    case = CASES / "dkim-gap-fires"
    ended = CliRunner().invoke(
        app, ["review", "--base", f"{case}/base.json", "--head", f"{case}/head.json", "--fail-on", fail_on]
    )

    assert ended.exit_code == status


@pytest.mark.parametrize("options", [("--json",), ("--format", "json")])
def test_a_program_asks_for_json_and_a_person_gets_text(options):
    case = CASES / "dkim-gap-fires"
    command = ["review", "--base", f"{case}/base.json", "--head", f"{case}/head.json", "--fail-on", "never"]
    assert json.loads(CliRunner().invoke(app, [*command, *options]).stdout)["verdict"] == "stop"
    assert CliRunner().invoke(app, command).stdout.startswith("Mail impact: stop")


@pytest.mark.parametrize("format", ["markdown", "text"])
def test_two_formats_at_once_are_refused(format):
    case = CASES / "dkim-gap-fires"
    command = ["review", "--base", f"{case}/base.json", "--head", f"{case}/head.json", "--json", "--format", format]
    ended = CliRunner().invoke(app, command, env={"COLUMNS": "300"})
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert f"--format: {format} contradicts --json: leave one of them out" in ended.output


def test_wrong_usage_is_status_2():
    assert CliRunner().invoke(app, ["review", "--fail-on", "maybe"]).exit_code == 2


@pytest.mark.parametrize("case", FIRING, ids=lambda case: case.name)
def test_the_json_is_what_its_schema_says(case):
    schema = json.loads((ROOT / "docs" / "review.schema.json").read_text())
    found = report.review(*(loading.load(case / f"{side}.json") for side in ("base", "head")), TODAY)

    jsonschema.validate(json.loads(render.as_json(found)), schema)


def test_a_huge_difference_still_fits_into_one_comment():
    records = {
        f"R{n}": {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {
                "Name": f"_dmarc.h{n}.example.com",
                "Type": "TXT",
                "TTL": "60",
                "ResourceRecords": [f'"{"x" * 200}"'],
            },
        }
        for n in range(500)
    }

    comment = render.as_markdown(report.review(assembly({}), assembly(records), TODAY), diff="d" * 100_000)

    assert len(comment) <= render.MAX_COMMENT
    assert "more findings are in the job's artifact" in comment


def test_text_from_a_template_cannot_steer_the_comment():
    hostile = {
        "R": {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {
                "Name": "_dmarc.example.com",
                "Type": "TXT",
                "ResourceRecords": ['"@everyone <img src=x> | [a](https://b.example) </details>"'],
            },
        }
    }

    comment = render.as_markdown(report.review(assembly({}), assembly(hostile), TODAY))

    assert "@everyone" not in comment
    assert "<img" not in comment
    assert comment.count("</details>") == 1


def test_a_secret_is_never_shown():
    case = CASES / "secret-exposed-fires"
    found = report.review(*(loading.load(case / f"{side}.json") for side in ("base", "head")), TODAY)

    assert "xoxb-" not in render.as_markdown(found) + render.as_json(found) + render.as_text(found)


def test_short_form_yaml_is_the_same_template(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text(
        "Resources:\n  A:\n    Type: AWS::Route53::RecordSet\n    Properties:\n"
        "      Name: !Sub 'x.${AWS::Region}.example.com'\n      Type: A\n      ResourceRecords: [!GetAtt Ip.PublicIp]\n"
    )

    resource = loading.load(file).templates[0].resources["A"]

    assert resource.properties["Name"] == {"Fn::Sub": "x.${AWS::Region}.example.com"}
    assert resource.properties["ResourceRecords"] == [{"Fn::GetAtt": ["Ip", "PublicIp"]}]


def test_a_template_of_a_megabyte_is_the_same_in_yaml_and_in_json(tmp_path):
    records = {
        f"R{number}": {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {"Name": f"h{number}.example.com", "Type": "TXT", "ResourceRecords": [f'"{"x" * 1900}"']},
        }
        for number in range(500)
    }
    (tmp_path / "big.json").write_text(json.dumps({"Resources": records}))
    (tmp_path / "big.yaml").write_text(yaml.dump({"Resources": records}, Dumper=yaml.CSafeDumper))
    assert (tmp_path / "big.yaml").stat().st_size > 950_000

    found = report.review(loading.load(tmp_path / "big.json"), loading.load(tmp_path / "big.yaml"), TODAY)

    assert (found.verdict, found.changed_resources) == ("none", 0)


def test_what_cannot_be_read_is_named_and_looked_at_and_unknown_types_are_no_matter():
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://example.com/t"}}
    unknown = {"Type": "Vendor::Thing::Here", "Properties": {"Name": {"Fn::Transform": {"Name": "X"}}}}
    body = {"Resources": {"Nested": nested, "Unknown": unknown, "Broken": {"Type": 5}}}
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "t.json")
        file.write_text(json.dumps(body))
        head = loading.load(file)

    found = report.review(assembly({}), head, TODAY)

    assert found.verdict == "look"
    assert {(one.rule, one.subject) for one in found.findings} == {
        ("unread", "part template/Broken"),
        ("unread", "part template/Nested"),
    }
    assert all("not known before deployment" in one.consequence for one in found.findings)


def test_an_assembly_with_a_nested_stack_is_read_whole(tmp_path):
    (tmp_path / "nested.json").write_text(
        json.dumps(
            {
                "Parameters": {"Domain": {"Type": "String"}},
                "Resources": {
                    "Id": {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": {"Ref": "Domain"}}}
                },
            }
        )
    )
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"Parameters": {"Domain": "example.com"}},
        "Metadata": {"aws:asset:path": "nested.json"},
    }
    (tmp_path / "main.json").write_text(json.dumps({"Resources": {"N": nested}}))
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/eu-west-1",
        "properties": {"templateFile": "main.json", "stackName": "mail"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"mail": stack}}))

    found = report.review(assembly({}), loading.load(tmp_path), TODAY)

    assert any(one.subject == "identity example.com" for one in found.findings)


def test_an_assembly_cannot_name_files_outside_itself(tmp_path):
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "../outside.json"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"s": stack}}))

    with pytest.raises(template.Unreadable, match="outside the assembly"):
        loading.load(tmp_path)


def test_the_replacement_table_agrees_with_the_database_of_the_cdk_command():
    database = ROOT / "node_modules" / "aws-cdk" / "db.json.gz"
    if not database.is_file():
        pytest.skip("the CDK CLI is not installed: make setup")
    theirs = replacement.from_database(database)
    rank = {"yes": 2, "maybe": 1}

    for type_name, ours in replacement.table().items():
        for name, word in theirs[type_name].items():
            assert rank[ours[name]] >= rank[word], (type_name, name)
    assert replacement.table()["AWS::Route53::RecordSet"]["Name"] == "yes"


def test_a_stack_that_leaves_the_app_loses_nothing_before_somebody_deletes_it():
    mx = {"HostedZoneId": "Z1", "Name": "example.org.", "Type": "MX", "ResourceRecords": ["10 mx1.example.net."]}
    base = template.template_of(
        {"Resources": {"Mx": {"Type": "AWS::Route53::RecordSet", "Properties": mx}}}, stack="mail", file=Path("mail")
    )
    other = template.template_of({"Resources": {}}, stack="web", file=Path("web"))
    sides = [template.Assembly(source="", templates=found) for found in ((base, other), (other,))]

    found = report.review(*sides, TODAY)

    assert [(one.rule, one.severity.value) for one in found.findings] == [("mx-removed", "look")]
    assert "when somebody deletes the stack mail" in found.findings[0].consequence
    assert found.notes[0].startswith("The stack mail is no longer in the app")


def _chosen(condition, values, *, on_resource):
    record = {
        "Type": "AWS::Route53::RecordSet",
        "Properties": {
            "HostedZoneId": "Z1",
            "Name": "example.com",
            "Type": "MX",
            "TTL": "300",
            "ResourceRecords": ["10 mx.example.com"] if on_resource else [{"Fn::If": ["Wanted", *values]}],
        },
    }
    more = {"Condition": "Wanted"} if on_resource else {}
    return assembly(
        {"M": {**record, **more}}, Parameters={"Stage": {"Type": "String"}}, Conditions={"Wanted": condition}
    )


LIVE = {"Fn::Equals": [{"Ref": "Stage"}, "live"]}
NEVER = {"Fn::Equals": [{"Ref": "Stage"}, "never"]}
VALUES = ("10 mx.example.com", "20 mx.example.com")


@pytest.mark.parametrize("on_resource", [True, False])
def test_a_condition_that_asks_something_else_is_a_change_of_what_depends_on_it(on_resource):
    sides = [_chosen(condition, VALUES, on_resource=on_resource) for condition in (LIVE, NEVER)]
    found = report.review(*sides, TODAY)
    assert found.verdict == "look"
    assert "Stage = never" in render.as_text(found)
    assert report.review(sides[0], sides[0], TODAY).verdict == "none"


def test_a_choice_between_something_else_is_a_change():
    base, head = (_chosen(LIVE, values, on_resource=False) for values in (VALUES, ("10 mx.example.net", VALUES[1])))
    found = report.review(base, head, TODAY)
    assert found.verdict == "look"
    assert "mx.example.net" in render.as_text(found)


def test_a_long_choice_is_told_by_a_digest_since_it_may_be_a_secret():
    key = "M" * 900
    shown = value({"Fn::If": ["Wanted", key, ""]}, Conditions={"Wanted": LIVE}, Parameters={"Stage": {}})
    other = value({"Fn::If": ["Wanted", f"{key}x", ""]}, Conditions={"Wanted": LIVE}, Parameters={"Stage": {}})
    assert "MMM" not in shown
    assert shown != other


def test_conditions_upon_conditions_take_the_time_of_their_number():
    upon = {f"C{n}": {"Fn::And": [{"Condition": f"C{n - 1}"}, {"Condition": f"C{n - 1}"}]} for n in range(1, 200)}
    shown = value(
        {"Fn::If": ["C199", "a", "b"]}, Conditions={"C0": LIVE, **upon}, Parameters={"Stage": {"Type": "String"}}
    )
    assert not is_known(shown)
    itself = {"Wanted": {"Fn::Not": [{"Condition": "Wanted"}]}}
    assert not is_known(value({"Fn::If": ["Wanted", "a", "b"]}, Conditions=itself))


def _record(rtype, name, *values, alias=""):
    answer = {"AliasTarget": {"DNSName": alias, "HostedZoneId": "Z1"}} if alias else {"TTL": "300"}
    more = {} if alias else {"ResourceRecords": list(values)}
    return {
        "Type": "AWS::Route53::RecordSet",
        "Properties": {"HostedZoneId": "Z1", "Name": name, "Type": rtype, **answer, **more},
    }


@pytest.mark.parametrize(
    "way",
    [
        {"Way": _record("A", "mail.example.com", alias="host.example.com")},
        {"Way": _record("CNAME", "mail.example.com", "host.example.com")},
    ],
)
def test_a_mail_host_behind_an_alias_is_lost_with_its_address(way):
    mx, end = _record("MX", "example.com", "10 mail.example.com"), _record("A", "host.example.com", "192.0.2.1")
    base, head = {"M": mx, **way, "End": end}, {"M": mx, **way}
    assert report.review(assembly(base), assembly(head), TODAY).verdict == "stop"
    other = {"Other": _record("AAAA", "host.example.com", "2001:db8::1")}
    kept = report.review(assembly({**base, **other}), assembly({**head, **other}), TODAY)
    assert kept.verdict == "look"


def test_a_reverse_name_of_a_mail_host_is_mail_and_another_is_not():
    def side(target):
        return assembly(
            {
                "M": _record("MX", "example.com", "10 post.example.com"),
                "P": _record("PTR", "1.2.0.192.in-addr.arpa", target),
            }
        )

    assert report.review(side("post.example.com"), side("www.example.com"), TODAY).verdict == "look"
    assert report.review(side("www.example.com"), side("web.example.com"), TODAY).verdict == "none"


def test_a_zone_of_mail_that_becomes_private_and_a_record_of_an_unknown_type_are_looked_at():
    def side(zone, name):
        return assembly(
            {
                "Z": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "example.com", **zone}},
                "M": _record("MX", "example.com", "10 mx.example.com"),
                "U": _record({"Ref": "Type"}, name, "10 mx.example.com"),
            },
            Parameters={"Type": {"Type": "String"}},
        )

    base = side({}, "a.example.com")
    private = side({"VPCs": [{"VPCId": "vpc-1", "VPCRegion": "eu-central-1"}]}, "a.example.com")
    assert report.review(base, private, TODAY).verdict == "look"
    assert report.review(base, side({}, "b.example.com"), TODAY).verdict == "look"


def told(base, head):
    """Each finding's rule and sentence, by severity."""
    made = report.review(assembly(base), assembly(head), TODAY)
    return [(finding.severity.value, finding.rule, finding.consequence) for finding in made.findings]


def mx(**more):
    given = {"HostedZoneId": "Z1", "Name": "example.com.", "Type": "MX", "ResourceRecords": ["10 mx.example.com."]}
    return {"M": {"Type": "AWS::Route53::RecordSet", "Properties": {**given, "TTL": "300", **more}}}


def everything_but(action):
    statement = {"Effect": "Allow", "NotAction": action, "Resource": "*"}
    properties = {"PolicyName": "p", "Roles": ["mailer"], "PolicyDocument": {"Statement": [statement]}}
    return {"P": {"Type": "AWS::IAM::Policy", "Properties": properties}}


def test_a_policy_that_allows_all_but_ses_from_now_on_stops_whoever_sends_with_it():
    found = told(everything_but("iam:*"), everything_but("ses:*"))
    assert ("stop", "sending-right-lost") in [each[:2] for each in found]
    assert told(everything_but("iam:*"), everything_but("ec2:*")) == []


def test_a_port_of_mail_that_closes_on_a_machine_that_only_sends_is_told():
    def side(*ports):
        rules = [{"IpProtocol": "tcp", "FromPort": p, "ToPort": p, "CidrIp": "0.0.0.0/0"} for p in ports]
        group = {"GroupDescription": "x", "SecurityGroupEgress": rules}
        machine = {"SecurityGroupIds": [{"Fn::GetAtt": ["G", "GroupId"]}]}
        return {
            "G": {"Type": "AWS::EC2::SecurityGroup", "Properties": group},
            "I": {"Type": "AWS::EC2::Instance", "Properties": machine},
        }

    ((severity, rule, _),) = told(side(443, 25), side(443))
    assert (severity, rule) == ("stop", "mail-port-closed")


def test_a_record_that_loses_its_ttl_is_told_in_words():
    ((_, _, sentence),) = told(mx(), mx(TTL={"Ref": "AWS::NoValue"}))
    assert "says no longer how long resolvers keep it (so far 300 s)" in sentence


def test_a_record_that_becomes_one_of_several_is_not_called_deleted():
    for base, head in ((mx(), mx(SetIdentifier="a", Weight=10)), (mx(SetIdentifier="a", Weight=10), mx())):
        sentences = [each[2] for each in told(base, head)]
        assert not any("deleted" in each for each in sentences)
        assert any("is answered by another record set: 10 mx.example.com" in each for each in sentences)
