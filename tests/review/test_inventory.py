"""Facts of templates: what they say, what they leave out, and that nothing that acts is left out."""

import copy
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from staygreen.cli.main import app
from staygreen.core.mail_facts import template
from staygreen.core.naming import ResourceNames
from staygreen.review import inventory, loading
from staygreen.review.inventory.block import TITLE, Block, Line, render, render_difference
from tests.stacks.leaves import places, put

STACK, OTHER_STACK = "staygreen-acme-production-state", "staygreen-acme-production-monitoring"
REGION, ACCOUNT = "eu-west-1", "123456789012"
CASES = sorted((Path(__file__).parent / "cases").glob("*/[bh]*.json"))


def stack(name=STACK, outputs=None, **resources):
    body = {"Resources": resources, "Outputs": outputs or {}}
    return template.template_of(body, stack=name, file=Path(name), region=REGION, account=ACCOUNT)


def assembly(*stacks):
    return template.Assembly(source="", templates=stacks)


def facts(*stacks, **resources):
    return inventory.as_text(assembly(*(stacks or [stack(**resources)])))


def resource(type_name, /, **properties):
    return {"Type": type_name, "Properties": properties}


def role(*statements):
    return {
        "Role": resource("AWS::IAM::Role"),
        "Policy": resource(
            "AWS::IAM::Policy",
            PolicyName="Policy",
            Roles=[{"Ref": "Role"}],
            PolicyDocument={"Version": "2012-10-17", "Statement": list(statements)},
        ),
    }


def function(name, **more):
    variables = {"TABLE": "incidents", "OWN": name}
    return resource("AWS::Lambda::Function", FunctionName=name, Environment={"Variables": variables}, **more)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            {"Effect": "Allow", "Action": ["ses:GetAccount", "ses:GetTenant"], "Resource": "*", "Sid": "Read"},
            "may ses:GetAccount, ses:GetTenant on * (Read)",
        ),
        ({"Effect": "Deny", "Action": "ses:*", "Resource": ["a", "b"]}, "may never ses:* on a, b"),
        ({"Effect": "Allow", "NotAction": "iam:*", "NotResource": "a"}, "may anything but iam:* on everything but a"),
        (
            {
                "Effect": "Allow",
                "Action": "ec2:ResetAddressAttribute",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/sender": ["a", "b"]}, "Bool": {"aws:Secure": "true"}},
            },
            "may ec2:ResetAddressAttribute on * if aws:ResourceTag/sender StringEquals a or b and aws:Secure Bool true",
        ),
        (
            {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}, "Action": "s3:*", "Resource": "a"},
            "denies anybody but AWS arn:aws:iam::1:root s3:* on a",
        ),
    ],
)
def test_a_statement_is_a_sentence(statement, sentence):
    assert f"\n  {sentence}\n" in facts(**role(statement))


def test_a_role_is_described_with_the_function_that_takes_it():
    found = facts(
        Function=function("check", Role={"Fn::GetAtt": ["Role", "Arn"]}, Timeout=300),
        **role({"Effect": "Allow", "Action": "ses:GetAccount", "Resource": "*"}),
    )

    assert "function check (Function): time-out 5 minutes\n" in found
    assert "\n  as ⟨role of check.Arn⟩\n" in found
    assert "\n  role: may ses:GetAccount on *\n" in found
    assert "\nrole " not in found


def test_what_most_functions_have_in_common_is_written_once_and_exceptions_where_they_are():
    found = facts(
        A=function("a", Timeout=60),
        B=function("b", Timeout=60),
        C=function("c", Timeout=5),
        D=resource("AWS::Lambda::Function"),
    )

    assert found.count("variable TABLE = incidents") == 1
    assert "every function, unless it says otherwise: time-out 1 minute\n" in found
    assert "variable OWN = NAME\n" in found
    assert "\nfunction a (A)\n" in found
    assert "\nfunction c (C): time-out 5 s\n" in found


def test_a_type_without_words_shows_every_property_under_its_own_name():
    found = facts(Thing=resource("AWS::New::Thing", Depth={"Inner": [{"A": 1}, {"A": 2}]}, Empty="", On=True))

    assert 'AWS::New::Thing Thing: Depth.Inner[1].A 1, Depth.Inner[2].A 2, Empty "", On true\n' in found


def test_secrets_are_not_shown():
    token, key = "xoxb-000000000000-example", "-----BEGIN PRIVATE KEY-----"
    found = facts(
        Function=resource("AWS::Lambda::Function", Environment={"Variables": {"SLACK": token}}),
        Identity=resource(
            "AWS::SES::EmailIdentity",
            EmailIdentity="example.com",
            DkimSigningAttributes={"DomainSigningPrivateKey": key, "DomainSigningSelector": "s1"},
        ),
    )

    assert "variable SLACK" in found
    assert "selector s1" in found
    assert token not in found
    assert "PRIVATE KEY" not in found


def test_what_a_template_holds_cannot_steer_a_terminal_or_end_a_line():
    found = facts(Thing=resource("AWS::New::Thing", Text="\x1b[2J\n\nrole x: may *"))

    assert "\x1b" not in found
    assert "\nrole x" not in found


def test_values_of_other_stacks_are_read_where_they_are():
    def topic(region):
        value = {"Fn::GetStackOutput": {"StackName": STACK, "OutputName": "Topic", "Region": region}}
        state = stack(
            outputs={"Topic": {"Value": {"Ref": "Topic"}}}, Topic=resource("AWS::SNS::Topic", TopicName="alerts")
        )
        return facts(state, stack(OTHER_STACK, Thing=resource("AWS::New::Thing", Topic=value)))

    assert "Thing: Topic sns:alerts\n" in topic(REGION)
    assert "Topic sns:alerts\n" not in topic("us-east-1").partition(OTHER_STACK)[2]


def deployed_as(sender, environment, account, code):
    """One thing with everything in it that depends on who deploys it where, and which code."""
    names = ResourceNames(sender=sender, environment=environment)
    letters = f"staygreen{sender}{environment}"
    thing = resource(
        "AWS::New::Thing",
        Tags=[{"Key": key, "Value": value} for key, value in names.tags.items()],
        Name=names.function("check"),
        Parameter=names.check_parameter("blocklist"),
        Arn=f"arn:aws:sns:{REGION}:{account}:{names.topic('alerts')}",
        Bucket=names.bucket("mail", account, REGION),
        Assets=f"cdk-{account}-{REGION}",
        Code=f"{code}.zip",
        Sid=f"Allow{letters}Rule{code[:8].upper()}",
        Variables={"SENDER": sender},
    )
    name = names.stack("state")
    body = {"Resources": {"Thing": thing}}
    return assembly(template.template_of(body, stack=name, file=Path(name), region=REGION, account=account))


def test_facts_are_the_same_whoever_deploys_the_same_in_whichever_account():
    ours, theirs = (
        render(*inventory.describe(deployed_as(sender, "production", account, code)).values())
        for sender, account, code in (("acme", ACCOUNT, "0" * 64), ("example", "210987654321", "f" * 64))
    )

    assert ours == theirs
    assert "Name …-check, Parameter /…/check/blocklist, Arn sns:…-alerts, Bucket staygreen-mail-…" in ours
    assert "Assets cdk-<account>-eu-west-1, Code <asset 1>.zip, Sid Allow…Rule, Variables.SENDER <sender>" in ours


@pytest.mark.parametrize(
    "foreign",
    [
        {"Name": "staygreen-other-production-check"},
        {"Parameter": "/staygreen/acme/staging/check/blocklist"},
        {"Arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:staygreen-acme-production-alerts"},
        {"Arn": f"arn:aws:sns:{REGION}:210987654321:staygreen-acme-production-alerts"},
        {"Bucket": "staygreen-mail-0123456789ab"},
        {"Variables": {"SENDER": "other"}},
    ],
    ids=str,
)
def test_what_belongs_to_another_deployment_is_seen(foreign):
    ours = deployed_as("acme", "production", ACCOUNT, "0" * 64)
    (stack_of_ours,) = ours.templates
    body = copy.deepcopy(stack_of_ours.body)
    body["Resources"]["Thing"]["Properties"].update(foreign)
    changed = template.template_of(
        body, stack=stack_of_ours.stack, file=Path("changed"), region=REGION, account=ACCOUNT
    )

    assert inventory.as_text(assembly(changed)) != inventory.as_text(ours)


def test_another_asset_than_that_of_the_other_functions_is_seen():
    same, different = "a" * 64, "b" * 64
    both = facts(A=function("a", Code={"S3Key": same}), B=function("b", Code={"S3Key": same}))

    assert both != facts(A=function("a", Code={"S3Key": same}), B=function("b", Code={"S3Key": different}))


LINES = st.builds(
    Line, st.sampled_from("abc"), st.sampled_from(["a 1", "a 2", "b 1", "x a"]), st.sampled_from(["", TITLE])
)
BLOCKS = st.lists(
    st.builds(
        lambda name, lines, parts: Block(
            kind="thing", noun="thing", name=name, logical_ids=(name, *parts), lines=tuple(lines)
        ),
        st.sampled_from("abcde"),
        st.lists(LINES, max_size=4),
        st.lists(st.sampled_from("XY"), max_size=2, unique=True),
    ),
    max_size=5,
    unique_by=lambda block: block.title,
)


def content(blocks):
    return {block.title: sorted(line.text for line in block.all_lines) for block in blocks}


@given(BLOCKS, BLOCKS, BLOCKS)
def test_with_its_base_a_difference_tells_all_but_the_order(base, blocks, others):
    if content(blocks) != content(others):
        assert render_difference(base, blocks) != render_difference(base, others)
    assert (render_difference(base, blocks) == "") == (content(base) == content(blocks))


@given(BLOCKS, BLOCKS)
def test_two_blocks_that_say_different_things_are_printed_differently(blocks, others):
    def rows(found):
        return {block.title: sorted((line.text, line.row) for line in block.all_lines) for block in found}

    if rows(blocks) != rows(others):
        assert render(blocks) != render(others)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_templates_of_other_apps_are_described_too_whatever_their_form(path):
    chance = random.Random(path.parent.name)  # noqa: S311
    read = loading.load(path)
    (main, *_) = read.templates
    assert inventory.as_text(read).count("\n") >= len(main.resources)
    everywhere = [*places(main.body)]
    for place in chance.sample(everywhere, min(len(everywhere), 10)):
        inner = place[: chance.randint(1, len(place))]
        odd = chance.choice(["x", 3, [], {}, None, [{}], {"a": [["b"]]}, {"Ref": ["a"]}, {"Fn::GetAtt": "a"}])
        changed = put(main.body, inner, odd)
        if isinstance(changed.get("Resources"), dict):
            inventory.as_text(assembly(template.template_of(changed, stack="x", file=path)))


def run(*words):
    return CliRunner().invoke(app, ["facts", *map(str, words)])


@pytest.fixture
def written(tmp_path):
    def write(name, **resources):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"Resources": resources}))
        return path

    return write


def test_the_command_prints_facts_or_what_differs(written):
    before = written("before", Function=function("check", Timeout=60), Gone=resource("AWS::SNS::Topic"))
    after = written("after", Function=function("check", Timeout=5), New=resource("AWS::SNS::Topic", TopicName="alerts"))

    found, changed, same = run(after), run(after, "--base", before), run(after, "--base", after)

    assert "function check (Function): time-out 5 s\n" in found.output
    assert "function check (Function)\n  - time-out 1 minute\n  + time-out 5 s\n" in changed.output
    assert "gone: topic Gone\n" in changed.output
    assert "new: topic alerts (New)\n" in changed.output
    assert [result.exit_code for result in (found, changed, same)] == [0, 0, 0]
    assert not same.output


def test_the_command_names_a_file_that_it_cannot_read(tmp_path):
    result = run(tmp_path / "nothing.json")

    assert result.exit_code == 3
    assert "nothing.json: there is no such file or directory" in result.output
