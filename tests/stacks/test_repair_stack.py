"""Who may change what, by itself or with approval; and how a repair's machine is watched."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from staygreen.core.repair.engine import UNDER_WAY
from tests.assemblies import ROOT
from tests.stacks.test_intent import allowed, as_tuple
from tests.stacks.test_roles import text

READS = {
    "WriteLog",
    "ReadSes",
    "ReadSets",
    "ReadPools",
    "ReadTenants",
    "ReadReverseNames",
    "ReadRecords",
    "KeepMeasures",
    "ReadRules",
}
FINDS = {"FindSets", "NameTenants", "FindAddresses", "FindMeasures", "ListStacks", "ReadTemplates"}
RECIPIENTS = {"ReadSuppressionList", "ReadReplies", "ReadRecipientKey"}
"""Who is suppressed for our sake: of no interest to what changes, but where it takes recipients off the list."""
ACTING = '[remediation.set_reverse_dns]\nmode = "auto"\n'


def test_approvers_may_invoke_through_the_url_alone(one_domain):
    policy = one_domain.only("repair", "AWS::IAM::ManagedPolicy")["Properties"]
    assert policy["ManagedPolicyName"] == "staygreen-example-production-approvers-us-east-1", "IAM has no regions"
    statements = {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}
    assert all("*" not in json.dumps(each["Resource"]) for each in statements.values())
    function = "arn:aws:lambda:us-east-1:000000000000:function:staygreen-example-production-approvals"
    assert {sid: statements[sid].get("Condition") for sid in statements} == {
        "FindUrl": None,
        "CallUrl": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
        "InvokeThroughUrl": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
        "ReadPlans": None,
        "Stop": None,
    }
    assert as_tuple(statements["InvokeThroughUrl"]["Action"]) == ("lambda:InvokeFunction",)
    assert text(statements["InvokeThroughUrl"]["Resource"]) == function


def test_what_only_suggests_may_change_nothing(one_domain):
    assert set(allowed(one_domain, "repair", "ActRole")) == {*READS, "ReadEnforcement", "NeverWiden"}


def test_what_acts_may_change_what_it_is_for_and_never_widen_itself(synthesised):
    text = (ROOT / "config/examples/one-domain.toml").read_text()
    assembly = synthesised(text.replace('[remediation.set_reverse_dns]\nmode = "suggest"\n', ACTING))
    found = allowed(assembly, "repair", "ActRole")
    assert set(found) == {*READS, "FindAddresses", "ReadEnforcement", "NeverWiden", "NameOwnAddresses"}
    assert found["NameOwnAddresses"] == ("ec2:ModifyAddressAttribute", "ec2:ResetAddressAttribute")
    assert {"iam:PassRole", "ssm:PutParameter", "ec2:ReleaseAddress", "sts:AssumeRole"} <= set(found["NeverWiden"])
    assert set(allowed(assembly, "repair", "PlanRole")) == {*READS, *FINDS, *RECIPIENTS}


EVIDENCE = {
    "quarantine_ip": set(),
    "pause_sending": {"FindSets", "NameTenants"},
    "suppression": RECIPIENTS,
    "restore_records": {"ListStacks", "ReadTemplates"},
    "open_case": set(),
}


@pytest.mark.parametrize("remediation", EVIDENCE)
def test_what_acts_may_read_again_what_its_plans_rest_on_and_not_what_others_do(synthesised, remediation):
    text = (ROOT / "config/examples/one-domain.toml").read_text()
    text += "".join(f'\n[[pool]]\nname = "{kind}"\nkind = "{kind}"\n' for kind in ("standard", "quarantine"))
    head, table, rest = text.partition(f"[remediation.{remediation}]")
    acting = synthesised(head + table + rest.replace('mode = "suggest"', 'mode = "auto"', 1))
    assert set(allowed(acting, "repair", "ActRole")) & {*FINDS, *RECIPIENTS} == EVIDENCE[remediation]


def test_an_assignment_that_is_under_way_outlives_the_function_that_makes_it(one_domain):
    functions = one_domain.resources("repair", "AWS::Lambda::Function").values()
    (act,) = (f["Properties"] for f in functions if f["Properties"]["FunctionName"].endswith("-repair-act"))
    assert timedelta(seconds=act["Timeout"]) < UNDER_WAY


def test_what_may_be_paused_counts_what_it_sends_though_nobody_watches_the_volume(synthesised):
    text = (ROOT / "config/examples/one-domain.toml").read_text()
    text = text.replace("[monitor.volume]\nenabled = true", "[monitor.volume]\nenabled = false")
    heading = "[remediation.pause_sending]     # pauses a tenant or a configuration set\nmode = "
    acting = synthesised(text.replace(f'{heading}"suggest"', f'{heading}"auto"'))

    def counted(found):
        destinations = found.resources("sending", "AWS::SES::ConfigurationSetEventDestination").values()
        return [each for each in destinations if "CloudWatchDestination" in each["Properties"]["EventDestination"]]

    assert counted(synthesised(text)) == []
    (volume,) = counted(acting)
    (dimension,) = volume["Properties"]["EventDestination"]["CloudWatchDestination"]["DimensionConfigurations"]
    assert (dimension["DimensionName"], dimension["DimensionValueSource"]) == ("ses:configuration-set", "messageTag")


def acting(text, remediation):
    """The configuration with one remediation in `auto`."""
    head, heading, tail = text.partition(f"[remediation.{remediation}]")
    assert heading, "the example has the remediation"
    return head + heading + tail.replace('mode = "suggest"', 'mode = "auto"', 1)


def test_what_changes_what_ses_has_once_for_the_account_looks_for_other_senders(synthesised):
    text = (ROOT / "config/examples/one-domain.toml").read_text()
    for role in ("PlanRole", "ActRole"):
        found = allowed(synthesised(acting(text, "suppression")), "repair", role)
        assert found["FindOtherSenders"] == ("cloudformation:ListStacks",)


def test_once_only_divides_the_account_the_share_is_read_and_nobody_is_looked_for(synthesised):
    text = acting((ROOT / "config/examples/one-domain.toml").read_text(), "suppression")
    assembly = synthesised(text.replace("# only = ", "only = "))
    parameter = "/staygreen/example/production/only"
    values = {
        each["Properties"]["Name"]: json.loads(each["Properties"]["Value"])
        for each in assembly.resources("state", "AWS::SSM::Parameter").values()
    }
    assert values[parameter]["identities"] == ["example.com"]
    for role in ("PlanRole", "ActRole"):
        found = allowed(assembly, "repair", role)
        assert found["ReadShare"] == ("ssm:GetParameter",)
        assert "FindOtherSenders" not in found
    readers = {
        each["Properties"]["FunctionName"].removeprefix("staygreen-example-production-")
        for each in assembly.every("AWS::Lambda::Function")
        if each["Properties"].get("Environment", {}).get("Variables", {}).get("STAYGREEN_ONLY_PARAMETER") == parameter
    }
    finders = {"blocklist", "auth_records", "refusals", "complaints", "ses_reputation", "volume", "reverse_dns"}
    assert readers >= {"repair-plan", "repair-act", "replies", *(f"check-{check}" for check in finders)}


def test_decisions_are_taken_from_callers_that_iam_knows(one_domain):
    assert one_domain.only("repair", "AWS::Lambda::Url")["Properties"]["AuthType"] == "AWS_IAM"


def test_a_machine_that_ends_badly_is_told_and_the_rest_is_swept(one_domain):
    alarms = [a["Properties"] for a in one_domain.resources("repair", "AWS::CloudWatch::Alarm").values()]
    (alarm,) = (a for a in alarms if a.get("AlarmName") == "staygreen-example-production-repair-failed")
    assert alarm["MetricName"] == "ExecutionsFailed", "its definition has no limit of time, and nothing stops it"
    schedule = one_domain.only("repair", "AWS::Scheduler::Schedule")["Properties"]
    assert json.loads(schedule["Target"]["Input"]) == {"do": "sweep"}


def test_remediations_are_parameters_that_a_review_can_read(one_domain):
    parameters = one_domain.resources("repair", "AWS::SSM::Parameter").values()
    values = {p["Properties"]["Name"]: json.loads(p["Properties"]["Value"]) for p in parameters}
    assert values["/staygreen/example/production/remediation/quarantine_ip"]["mode"] == "suggest"
    assert values["/staygreen/example/production/repairs"] == {"stopped": False}


def test_with_every_remediation_off_there_is_no_machine(synthesised):
    text = (ROOT / "config/examples/one-domain.toml").read_text().replace('mode = "suggest"', 'mode = "off"')
    assert "repair" not in synthesised(text).templates
