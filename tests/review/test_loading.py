"""What is to be deployed, however it lies on the disk or in the account: one part never hides the rest."""

import json
from datetime import date
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from staygreen.cli.main import app
from staygreen.core.mail_facts import template
from staygreen.core.mail_facts.resolve import Exports
from staygreen.review import deployed, loading, report, template_text

TODAY = date(2026, 11, 24)
MX = {
    "Type": "AWS::Route53::RecordSet",
    "Properties": {
        "HostedZoneId": "Z1",
        "Name": "example.org.",
        "Type": "MX",
        "TTL": "300",
        "ResourceRecords": ["10 mx.example.net."],
    },
}


def write(file, resources, **more):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"Resources": resources, **more}))
    return file


def stacks(found):
    return sorted(one.stack for one in found.templates)


def test_a_directory_is_read_with_its_sub_directories_and_other_files_are_passed_over(tmp_path):
    write(tmp_path / "mail.json", {"Mx": MX})
    write(tmp_path / "more" / "site.template", {"T": {"Type": "AWS::SNS::Topic"}})
    (tmp_path / "tsconfig.json").write_text("{ // not JSON\n}")
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "notes.yaml").write_text("- a\n- b\n")
    (tmp_path / "values.yaml").write_text("a: {{ template }}\n")
    write(tmp_path / ".git" / "old.json", {"Mx": MX})
    write(tmp_path / "node_modules" / "x" / "sample.json", {"Mx": MX})

    found = loading.load(tmp_path)

    assert stacks(found) == ["mail", "more/site"]
    assert found.unread == ()


def test_one_template_that_cannot_be_read_is_named_and_looked_at_beside_the_others(tmp_path):
    for side in ("base", "head"):
        write(tmp_path / side / "mail.json", {"Mx": MX})
        (tmp_path / side / "broken.yaml").write_text("Resources:\n  A: [1,\n  B: }")

    found = report.review(loading.load(tmp_path / "base"), loading.load(tmp_path / "head"), TODAY)

    (unread,) = found.findings
    assert (found.verdict, unread.rule) == ("look", "unread")
    assert "broken.yaml:3: is not valid YAML" in unread.consequence


def test_what_was_read_before_and_cannot_be_read_now_has_not_gone(tmp_path):
    write(tmp_path / "base" / "mail.json", {"Mx": MX})
    (tmp_path / "head").mkdir()
    (tmp_path / "head" / "mail.json").write_text('{"Resources": {')

    found = report.review(loading.load(tmp_path / "base"), loading.load(tmp_path / "head"), TODAY)

    assert [one.rule for one in found.findings] == ["unread"]


def test_templates_of_one_name_in_several_directories_are_several_stacks(tmp_path):
    for place in ("dev/mail.yaml", "live/mail.yaml", "live/mail.json"):
        write(tmp_path / place, {"Mx": MX})

    assert stacks(loading.load(tmp_path)) == ["dev/mail", "live/mail.json", "live/mail.yaml"]


def test_one_stack_name_in_several_regions_is_several_stacks(tmp_path):
    write(tmp_path / "mail.json", {"Mx": MX})
    artifacts = {
        region: {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://111122223333/{region}",
            "properties": {"templateFile": "mail.json", "stackName": "mail"},
        }
        for region in ("eu-west-1", "us-east-1")
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))

    found = loading.load(tmp_path)

    assert stacks(found) == ["mail (111122223333/eu-west-1)", "mail (111122223333/us-east-1)"]
    assert {one.stack for one in found.resources()} == {*stacks(found)}
    assert {one.name for one in found.templates} == {"mail"}


@pytest.mark.parametrize("nothing", ["file", "object", "directory"])
def test_before_the_first_deployment_there_is_an_empty_base(tmp_path, nothing):
    head = write(tmp_path / "head.json", {"Mx": MX})
    base = tmp_path / "base"
    if nothing == "directory":
        base.mkdir()
    else:
        base.write_text("" if nothing == "file" else "{}")

    ended = CliRunner().invoke(app, ["review", "--base", str(base), "--head", str(head)])

    assert ended.exit_code == 0
    assert "MX example.org is new" in ended.output


def test_a_base_that_is_not_there_is_an_error_all_the_same(tmp_path):
    head = write(tmp_path / "head.json", {"Mx": MX})

    ended = CliRunner().invoke(app, ["review", "--base", str(tmp_path / "typo"), "--head", str(head)])

    assert ended.exit_code == 3


def test_a_stack_without_resources_is_a_stack():
    body = {"Parameters": {"BootstrapVersion": {"Type": "String"}}, "Rules": {}}

    assert template.template_of(body, stack="s", file=Path("s.json")).resources == {}


def test_a_missing_template_of_an_assembly_is_named_and_the_other_stacks_are_read(tmp_path):
    write(tmp_path / "one.json", {"Mx": MX})
    artifacts = {
        name: {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.json"}}
        for name in ("one", "two")
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {**artifacts, "odd": None, "tree": []}}))

    found = loading.load(tmp_path)

    assert stacks(found) == ["one"]
    assert [part.name for part in found.unread] == ["two"]


@pytest.mark.parametrize("where", ["aws:asset:path", "TemplateURL"])
def test_a_nested_template_beside_its_parent_is_read(tmp_path, where):
    write(tmp_path / "child.json", {"Mx": MX})
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://b.s3.amazonaws.com/x"}}
    if where == "TemplateURL":
        nested["Properties"]["TemplateURL"] = "./child.json"
    else:
        nested["Metadata"] = {where: "child.json"}

    found = loading.load(write(tmp_path / "parent.json", {"N": nested}))

    assert stacks(found) == ["template", "template/N"]


def test_a_nested_template_cannot_lead_out_of_its_directory(tmp_path):
    write(tmp_path / "secret.json", {"Mx": MX})
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "../secret.json"}}

    found = loading.load(write(tmp_path / "in" / "parent.json", {"N": nested}))

    assert stacks(found) == ["template"]
    assert "outside the assembly" in found.unread[0].why


@pytest.mark.parametrize(
    "text",
    [
        "Resources: {P: {Type: AWS::SSM::Parameter, Properties: {Value: =}}}",
        "Resources: {P: {Type: AWS::SSM::Parameter, Properties: {Value: 2026-11-24}}}",
        "Resources: {P: {Type: AWS::SSM::Parameter, Properties: {1: a, true: b, ~: c}}}",
        "Resources: {P: {Type: AWS::SSM::Parameter, Properties: {Value: !!binary aGk=}}}",
        "Resources:\n  P:\n    Type: AWS::SSM::Parameter\n    Properties: ~\nParameters:\nMappings: ~\n",
    ],
)
def test_every_scalar_that_yaml_has_is_read(tmp_path, text):
    (tmp_path / "t.yaml").write_text(text)

    assert loading.load(tmp_path / "t.yaml").templates[0].resources["P"].type == "AWS::SSM::Parameter"


def test_aliases_that_multiply_end_in_a_message_and_not_in_an_exhausted_machine(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (tmp_path / "t.yaml").write_text("\n".join(lines))

    with pytest.raises(template.Unreadable, match="more than"):
        loading.load(tmp_path / "t.yaml")


@pytest.mark.parametrize("merged", [False, True])
def test_a_small_text_of_aliases_is_refused_before_it_is_written_out(monkeypatch, merged):
    def never(*_arguments):
        pytest.fail("the aliases were written out")

    lines = ["a0: &a0 {x: 1}" if merged else "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 10):
        nine = "[" + ", ".join([f"*a{level - 1}"] * 9) + "]"
        lines.append(f"a{level}: &a{level} " + (f"{{<<: {nine}}}" if merged else nine))
    monkeypatch.setattr(template_text._loader(), "construct_document", never)
    with pytest.raises(template_text.Unreadable, match="more than"):
        template_text.parse(Path("template.yaml"), "\n".join(lines))


@pytest.mark.parametrize("name", ["template.json", "template.yaml"])
def test_deep_nesting_ends_in_a_message(name):
    for opening, closing in (("[", "]"), ('{"a": ', "}")):
        with pytest.raises(template_text.Unreadable, match="nested"):
            template_text.parse(Path(name), opening * 900 + "1" + closing * 900)


def test_expressions_that_lead_in_circles_or_multiply_end():
    parameters = {f"P{n}": {"Type": "String", "Default": "x" * 50} for n in range(3)}
    resources = {"R0": {"Type": "AWS::SES::ConfigurationSet", "Properties": {"Name": {"Ref": "R29"}}}}
    for n in range(1, 30):
        twice = {"Fn::Join": ["", [{"Ref": f"R{n - 1}"}, {"Ref": f"R{n - 1}"}, "x" * 1000]]}
        resources[f"R{n}"] = {"Type": "AWS::SES::ConfigurationSet", "Properties": {"Name": twice}}
    body = {"Resources": resources, "Parameters": parameters}
    one = template.template_of(body, stack="s", file=Path("s.json"))

    value = Exports(template.Assembly(source="", templates=(one,))).resolver("s").string({"Ref": "R29"})

    assert len(value) < 1_000_000


def test_stacks_that_import_from_each_other_in_a_circle_are_not_known():
    def stack(name, other):
        body = {
            "Resources": {
                "C": {"Type": "AWS::SES::ConfigurationSet", "Properties": {"Name": {"Fn::ImportValue": other}}}
            },
            "Outputs": {"O": {"Value": {"Fn::ImportValue": other}, "Export": {"Name": name}}},
        }
        return template.template_of(body, stack=name, file=Path(name))

    both = template.Assembly(source="", templates=(stack("a", "b"), stack("b", "a")))

    assert report.review(template.Assembly(source="", templates=()), both, TODAY).verdict in ("fine", "look")


class CloudFormation:
    """As much of CloudFormation as the review asks: stacks by name, with their template as JSON or as YAML text."""

    def __init__(self, stacks, denied=()):
        self.stacks, self.denied, self.stages = stacks, denied, []

    def _check(self, name, operation):
        if operation in self.denied:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)
        if name not in self.stacks:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": f"{name} does not exist"}}, operation)

    def describe_stacks(self, StackName):
        self._check(StackName, "DescribeStacks")
        return {"Stacks": [{"Parameters": self.stacks[StackName].get("parameters", [])}]}

    def get_template(self, StackName, TemplateStage):
        self._check(StackName, "GetTemplate")
        self.stages.append(TemplateStage)
        return {"TemplateBody": self.stacks[StackName]["body"]}

    def describe_stack_resource(self, StackName, LogicalResourceId):
        self._check(StackName, "DescribeStackResource")
        return {"StackResourceDetail": {"PhysicalResourceId": f"{StackName}-{LogicalResourceId}-AB12"}}


NESTED = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child.json"}}
YAML = """
Resources:
  Mx:
    Type: AWS::Route53::RecordSet
    Properties: {Name: !Sub '${Domain}.', Type: MX}
"""


def head(tmp_path, **more):
    write(tmp_path / "child.json", {"Mx": MX})
    return loading.load(write(tmp_path / "template.json", {"N": NESTED}, **more))


def test_deployed_templates_are_read_as_yaml_too_and_nested_stacks_by_their_physical_name(tmp_path):
    parameters = [{"ParameterKey": "Domain", "ParameterValue": "example.org"}]
    account = {
        "template": {"body": {"Resources": {"N": NESTED}}},
        "template-N-AB12": {"body": YAML, "parameters": parameters},
    }

    found = deployed.deployed(head(tmp_path), CloudFormation(account))

    assert stacks(found) == ["template", "template/N"]
    assert Exports(found).resolver("template/N").value({"Ref": "Domain"}) == "⟨Domain⟩"  # not declared, so not known
    assert found.templates[1].parameters["Domain"] == "example.org"


def test_a_nested_stack_that_may_not_be_asked_for_is_named_and_its_records_have_not_come_or_gone(tmp_path):
    account = {"template": {"body": {"Resources": {"N": NESTED}}}}
    now = head(tmp_path)

    before = deployed.deployed(now, CloudFormation(account, denied=("DescribeStackResource",)))
    found = report.review(before, now, TODAY)

    assert found.verdict == "look"
    assert "AccessDenied" in next(one.consequence for one in found.findings if one.rule == "unread")


def test_a_template_with_transforms_is_compared_with_what_was_written_and_not_with_what_became_of_it(tmp_path):
    client = CloudFormation({"template": {"body": {"Resources": {}}}})

    deployed.deployed(head(tmp_path, Transform="AWS::Serverless-2016-10-31"), client)

    assert client.stages == ["Original"]


def test_a_stack_that_is_not_deployed_yet_is_new(tmp_path):
    now = head(tmp_path)

    assert deployed.deployed(now, CloudFormation({})).templates == ()
