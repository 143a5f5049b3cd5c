"""What must hold in the templates, above all where the local cloud would not notice its absence."""

from __future__ import annotations

import base64
import json
from collections import Counter

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from stacks.permissions.sources import SOURCES
from staygreen.core.checks import CHECKS
from staygreen.core.checks.world import Source
from staygreen.core.config.parser import parse
from tests.assemblies import EXAMPLES, ROOT, synthesise
from tests.system.test_permissions import KEEP_FAILED

ALERTS = "staygreen-example-production-alerts"
KEPT = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}


def statements(assembly, kind="AWS::IAM::Policy"):
    for policy in assembly.every(kind):
        yield from policy["Properties"]["PolicyDocument"]["Statement"]


def as_tuple(value):
    return tuple(value) if isinstance(value, list) else (value,)


def allowed(assembly, part, role_prefix):
    """Sid -> (actions, resources) of the one role whose logical id begins so."""
    (policy,) = (p for key, p in assembly.resources(part, "AWS::IAM::Policy").items() if key.startswith(role_prefix))
    return {
        s.get("Sid", ",".join(as_tuple(s["Action"]))): as_tuple(s["Action"])
        for s in policy["Properties"]["PolicyDocument"]["Statement"]
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_clean_under_the_aws_solutions_rules(example, name):
    report = json.loads((example(name).directory / "validation-report.json").read_text())
    judged = [each for each in report["pluginReports"] if "nag" in json.dumps(each).lower()]
    assert judged, "the rules did not run"
    assert [violation for each in judged for violation in each["violations"]] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_record_set_is_declared_twice(example, name):
    assembly = example(name)
    records = [
        # names that AWS chooses are of the identity in the same stack
        (r["HostedZoneId"], r["Name"] if isinstance(r["Name"], str) else json.dumps((part, r["Name"])), r["Type"])
        for part in assembly.templates
        for r in (each["Properties"] for each in assembly.resources(part, "AWS::Route53::RecordSet").values())
    ]
    assert [key for key, count in Counter(records).items() if count > 1] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_permission_names_all_actions(example, name):
    assembly = example(name)
    for statement in [*statements(assembly)]:
        assert not [action for action in as_tuple(statement["Action"]) if "*" in action]
    for key in assembly.every("AWS::KMS::Key"):
        for statement in key["Properties"]["KeyPolicy"]["Statement"]:
            assert not [action for action in as_tuple(statement["Action"]) if "*" in action]


@pytest.mark.parametrize("name", EXAMPLES)
def test_domains_share_nothing_through_exports(example, name):
    for part, template in example(name).templates.items():
        if part.startswith("domain-"):
            assert "Fn::ImportValue" not in json.dumps(template)
            assert all("Export" not in output for output in template.get("Outputs", {}).values())


@pytest.mark.parametrize("name", EXAMPLES)
def test_stacks_are_named_after_sender_and_environment_and_none_is_protected_before_it_was_made(example, name):
    assembly = example(name)
    assert protected(assembly.directory).keys() == {f"{assembly.names.prefix}-{part}" for part in assembly.templates}
    assert not any(protected(assembly.directory).values())


def test_a_stack_that_was_made_stays_protected(tmp_path):
    text = (ROOT / "config/examples/watch-only.toml").read_text()
    names = parse(text, "watch-only.toml").names
    made = [names.stack("state"), names.stack("replies")]
    synthesise(text, tmp_path, context={"protected": ",".join(made)})
    assert [name for name, is_protected in protected(tmp_path).items() if is_protected] == sorted(made, reverse=True)


def protected(directory):
    """Whether the CDK's CLI will protect each stack, by name."""
    artifacts = json.loads((directory / "manifest.json").read_text())["artifacts"]
    return {
        key: each["properties"].get("terminationProtection", False)
        for key, each in artifacts.items()
        if each["type"] == "aws:cloudformation:stack"
    }


STATEFUL = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key")


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_kept_goes_again_when_its_creation_fails(example, name):
    assembly = example(name)
    kept = [each for kind in STATEFUL for each in assembly.every(kind)]
    assert kept
    assert all(KEPT.items() <= each.items() for each in kept)
    assert not any("DeletionProtectionEnabled" in each["Properties"] for each in kept), "no rollback could delete it"
    for part in assembly.templates:
        assert not [key for key, each in assembly.resources(part).items() if each.get("DeletionPolicy") == "Retain"]


OUTSIDE = {
    "AWS::SNS::Subscription": "subscriptions",
    "AWS::Logs::SubscriptionFilter": "mail-logs",
    "AWS::Chatbot::SlackChannelConfiguration": "chat",
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": "chat",
}
"""What AWS can refuse for a reason that lies outside, and the stack that has nothing of which others are in need."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_others_can_make_fail_stands_in_stacks_of_its_own_after_all_others(example, name):
    assembly = example(name)
    for part in assembly.templates:
        for kind, own in OUTSIDE.items():
            # these subscribe their own queue to their own topic
            assert part in (own, "mailbox", "reports") or not assembly.resources(part, kind), kind
    manifest = json.loads((assembly.directory / "manifest.json").read_text())["artifacts"]
    for part in set(OUTSIDE.values()) & set(assembly.templates):
        assert assembly.names.stack("monitoring") in manifest[assembly.names.stack(part)]["dependencies"]


def test_every_source_has_its_permissions():
    assert set(SOURCES) == set(Source)


def test_every_enabled_check_is_scheduled_with_retry_window_and_dead_letters(one_domain):
    config = parse((ROOT / "config/examples/one-domain.toml").read_text(), "one-domain.toml")
    enabled = [check for check in CHECKS if check.enabled(config)]
    schedules = {
        each["Properties"]["Name"]: each["Properties"] for each in one_domain.every("AWS::Scheduler::Schedule")
    }
    others = ("digest", "repair-sweep")
    assert set(schedules) == {f"staygreen-example-production-{part}" for part in (*(c.id for c in enabled), *others)}
    for check in enabled:
        schedule = schedules[f"staygreen-example-production-{check.id}"]
        assert schedule["ScheduleExpression"] == f"rate({int(check.schedule(config).total_seconds() // 60)} minutes)"
        assert schedule["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
        assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 3
        assert "DeadLetters" in json.dumps(schedule["Target"]["DeadLetterConfig"]["Arn"])
        assert json.loads(schedule["Target"]["Input"]) == {
            "run_id": "<aws.scheduler.execution-id>",
            "scheduled_at": "<aws.scheduler.scheduled-time>",
        }


def test_settings_of_a_check_are_a_parameter_that_a_review_can_read(one_domain):
    config = parse((ROOT / "config/examples/one-domain.toml").read_text(), "one-domain.toml")
    parameters = {p["Properties"]["Name"]: p["Properties"]["Value"] for p in one_domain.every("AWS::SSM::Parameter")}
    for check in CHECKS:
        if check.enabled(config):
            value = json.loads(parameters[f"/staygreen/example/production/check/{check.id}"])
            assert value == json.loads(json.dumps(check.settings(config)))


def test_silence_of_a_check_is_an_alarm_and_missing_data_is_bad(one_domain):
    alarms = {
        a["Properties"]["AlarmName"]: a["Properties"]
        for a in one_domain.every("AWS::CloudWatch::Alarm")
        if "AlarmName" in a["Properties"]
    }
    silent = alarms["staygreen-example-production-check-blocklist-has-not-run"]
    assert silent["TreatMissingData"] == "breaching"
    assert (silent["ComparisonOperator"], silent["Threshold"]) == ("LessThanThreshold", 1)
    sums = {each["Id"]: each["MetricStat"] for each in silent["Metrics"] if "MetricStat" in each}
    assert {(sum_["Metric"]["Namespace"], sum_["Metric"]["MetricName"]) for sum_ in sums.values()} == {
        ("AWS/Lambda", "Invocations"),
        ("AWS/Lambda", "Errors"),
    }
    (period,) = {sum_["Period"] for sum_ in sums.values()}
    assert period * silent["EvaluationPeriods"] == 2 * 3600


def test_no_check_is_called_silent_before_two_intervals_and_an_hour_have_passed(one_domain):
    config = parse((ROOT / "config/examples/one-domain.toml").read_text(), "one-domain.toml")
    every = {f"{config.names.check_function(each.id)}-has-not-run": each.schedule(config) for each in CHECKS}
    seen = 0
    for alarm in (each["Properties"] for each in one_domain.every("AWS::CloudWatch::Alarm")):
        if interval := every.get(alarm.get("AlarmName", "")):
            (period,) = {each["MetricStat"]["Period"] for each in alarm["Metrics"] if "MetricStat" in each}
            assert period * alarm["EvaluationPeriods"] >= max(2 * interval.total_seconds(), 3600), alarm["AlarmName"]
            seen += 1
    assert seen


def test_every_alarm_tells_operations_of_its_begin_and_end(one_domain):
    for alarm in one_domain.every("AWS::CloudWatch::Alarm"):
        for key in ("AlarmActions", "OKActions"):
            assert "Operations" in json.dumps(alarm["Properties"][key])


def test_every_dead_letter_queue_is_watched_and_takes_only_tls(one_domain):
    queues = [key for part in one_domain.templates for key in one_domain.resources(part, "AWS::SQS::Queue")]
    watched = json.dumps([a["Properties"].get("Dimensions") for a in one_domain.every("AWS::CloudWatch::Alarm")])
    assert queues
    assert all(key in watched for key in queues)
    assert json.dumps([*one_domain.every("AWS::SQS::QueuePolicy")]).count("aws:SecureTransport") == len(queues)


def test_functions_keep_failed_events_and_forget_logs(one_domain):
    function = next(
        f["Properties"]
        for f in one_domain.every("AWS::Lambda::Function")
        if f["Properties"].get("FunctionName", "").endswith("check-blocklist")
    )
    assert function["Architectures"] == ["arm64"]
    assert "ReservedConcurrentExecutions" not in function
    assert all(g["Properties"]["RetentionInDays"] == 90 for g in one_domain.every("AWS::Logs::LogGroup"))


def test_a_check_may_do_exactly_what_its_sources_and_the_incident_table_need(one_domain):
    assert allowed(one_domain, "monitoring", "blocklistCheckRole") == {
        "WriteLog": ("logs:CreateLogStream", "logs:PutLogEvents"),
        "ReadElasticIps": ("ec2:DescribeAddresses",),
        "ReadDedicatedIps": ("ses:GetDedicatedIps",),
        "ListIdentities": ("ses:GetIdentityMailFromDomainAttributes", "ses:ListEmailIdentities"),
        "ReadSettings": ("ssm:GetParameter",),
        "KeepIncidents": ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"),
        "EndRuns": ("dynamodb:DeleteItem",),
        "ReadOutbox": ("dynamodb:Query",),
        "PublishAlerts": ("sns:Publish",),
        "EncryptAlerts": ("kms:Decrypt", "kms:GenerateDataKey"),
        "StartRepairs": ("states:StartExecution",),
        ",".join(KEEP_FAILED): KEEP_FAILED,
    }


def open_urls(assembly):
    return [url for url in assembly.every("AWS::Lambda::Url") if url["Properties"]["AuthType"] == "NONE"]


def test_without_slack_nothing_is_open_to_the_internet(one_domain):
    assert open_urls(one_domain) == []
    assert all(p["Properties"]["Principal"] != "*" for p in one_domain.every("AWS::Lambda::Permission"))


def test_with_buttons_in_slack_exactly_the_callback_is_open_to_the_internet(example):
    assembly = example("ten-domains")
    url = assembly.only("monitoring", "AWS::Lambda::Url")["Properties"]
    assert url["AuthType"] == "NONE"
    assert "Cors" not in url
    assert "SlackCallback" in json.dumps(url["TargetFunctionArn"])
    public = [p["Properties"] for p in assembly.every("AWS::Lambda::Permission") if p["Properties"]["Principal"] == "*"]
    # since October 2025 a URL needs both (AWS Lambda developer guide, "Control access", read 2026-11-24)
    assert {p["Action"] for p in public} == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    for permission in public:
        assert "SlackCallback" in json.dumps(permission["FunctionName"])
        assert permission.get("FunctionUrlAuthType") == "NONE" or permission.get("InvokedViaFunctionUrl") is True
    assert allowed(assembly, "monitoring", "SlackCallbackRole") == {
        "WriteLog": ("logs:CreateLogStream", "logs:PutLogEvents"),
        "ChangeIncidents": ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"),
        "ReadSlackSecrets": ("secretsmanager:GetSecretValue",),
        "EndMeasures": ("dynamodb:DeleteItem",),
        "ReadRules": ("ssm:GetParameter",),
        "GoAhead": ("states:StartExecution",),
    }


def test_a_webhook_without_buttons_opens_nothing_and_keeps_no_threads(synthesised):
    text = (ROOT / "config/examples/one-domain.toml").read_text()
    assembly = synthesised(f'{text}\n[notifications.slack]\nwebhook_secret = "staygreen/slack-webhook"\n')
    assert open_urls(assembly) == []
    announcer = allowed(assembly, "monitoring", "AnnouncerAnnounceRole")
    assert "ReadSlackSecret" in announcer
    assert "KeepThreads" not in announcer


def test_no_secret_of_slack_is_in_a_template_only_names(example):
    variables = [
        f["Properties"]["Environment"]["Variables"]["STAYGREEN_SLACK"]
        for f in example("ten-domains").every("AWS::Lambda::Function")
        if "STAYGREEN_SLACK" in f["Properties"].get("Environment", {}).get("Variables", {})
    ]
    assert variables
    for text in variables:
        assert json.loads(text)["token_secret"] == "staygreen/ten/production/slack-token"


def test_chat_channels_show_and_cannot_act(example):
    assembly = example("ten-domains")
    (role,) = (r for key, r in assembly.resources("chat", "AWS::IAM::Role").items() if key.startswith("Role"))
    assert not {"Policies", "ManagedPolicyArns"} & set(role["Properties"])
    assert not assembly.resources("chat", "AWS::IAM::Policy")
    for kind in ("AWS::Chatbot::SlackChannelConfiguration", "AWS::Chatbot::MicrosoftTeamsChannelConfiguration"):
        channel = assembly.only("chat", kind)["Properties"]
        assert "ReadOnlyAccess" in json.dumps(channel["GuardrailPolicies"])
        assert len(channel["SnsTopicArns"]) == 2, "chat and operations"
    key = assembly.only("state", "AWS::KMS::Key")["Properties"]["KeyPolicy"]
    assert "staygreen-ten-production-chat" in json.dumps(key)


def test_the_digest_comes_when_the_configuration_says_and_may_only_read_and_announce_itself(example):
    assembly = example("ten-domains")
    schedules = {each["Properties"]["Name"]: each["Properties"] for each in assembly.every("AWS::Scheduler::Schedule")}
    schedule = schedules["staygreen-ten-production-digest"]
    assert schedule["ScheduleExpression"] == "cron(0 7 ? * MON *)"
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert allowed(assembly, "monitoring", "DigestMakeRole") == {
        "WriteLog": ("logs:CreateLogStream", "logs:PutLogEvents"),
        "ReadIncidents": ("dynamodb:GetItem", "dynamodb:Query"),
        "Announce": ("dynamodb:PutItem",),
        ",".join(KEEP_FAILED): KEEP_FAILED,
    }


def test_the_dashboard_is_drawn_by_one_function_that_only_reads_and_follows_time_and_refresh(example):
    assembly = example("ten-domains")
    assert allowed(assembly, "monitoring", "DashboardDrawRole") == {
        "WriteLog": ("logs:CreateLogStream", "logs:PutLogEvents"),
        "ReadIncidents": ("dynamodb:GetItem", "dynamodb:Query"),
        "ReadHistory": ("dynamodb:Query",),
        "ReadMetrics": ("cloudwatch:GetMetricData",),
    }
    dashboard = assembly.only("monitoring", "AWS::CloudWatch::Dashboard")["Properties"]
    assert dashboard["DashboardName"] == "staygreen-ten-production-dashboard"
    (strings,) = dashboard["DashboardBody"].values()
    body = json.loads("".join(part if isinstance(part, str) else "ARN" for part in strings[1]))
    drawn = [each["properties"] for each in body["widgets"] if each["type"] == "custom"]
    assert [each["params"]["widget"] for each in drawn] == ["calendar", "timeline", "refusals", "coverage"]
    assert all(each["endpoint"] == "ARN" for each in drawn)
    assert all(each["updateOn"]["refresh"] and each["updateOn"]["timeRange"] for each in drawn)


def test_a_dashboard_is_made_only_where_the_configuration_says_so(one_domain):
    assert list(one_domain.every("AWS::CloudWatch::Dashboard")) == []


def test_only_the_completing_function_changes_addresses_and_only_tagged_ones(one_domain):
    begin = allowed(one_domain, "addresses", "ReverseDnsBeginRole")
    assert set(begin) == {"WriteLog", "FindAddresses"}
    (policy,) = (
        p
        for key, p in one_domain.resources("addresses", "AWS::IAM::Policy").items()
        if key.startswith("ReverseDnsCompleteRole")
    )
    (change,) = (s for s in policy["Properties"]["PolicyDocument"]["Statement"] if s.get("Sid") == "ChangeOwnAddresses")
    assert change["Condition"] == {
        "StringEquals": {"aws:ResourceTag/staygreen:sender": "example"},
        "StringEqualsIfExists": {"aws:ResourceTag/staygreen:environment": "production"},
    }


def test_the_incident_table_survives_and_can_be_restored(one_domain):
    table = one_domain.only("state", "AWS::DynamoDB::Table")
    assert KEPT.items() <= table.items()
    properties = table["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert properties["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert [index["IndexName"] for index in properties["GlobalSecondaryIndexes"]] == ["outbox"]


def test_topics_are_encrypted_with_a_key_of_the_customer_and_take_only_tls(one_domain):
    topics = one_domain.resources("state", "AWS::SNS::Topic")
    assert len(topics) == 2
    assert all("Fn::GetAtt" in topic["Properties"]["KmsMasterKeyId"] for topic in topics.values())
    denied = [
        s
        for p in one_domain.every("AWS::SNS::TopicPolicy")
        for s in p["Properties"]["PolicyDocument"]["Statement"]
        if s["Effect"] == "Deny"
    ]
    assert [s["Condition"] for s in denied] == [{"Bool": {"aws:SecureTransport": "false"}}] * 2


def test_the_key_is_of_use_only_for_alerts_through_sns_and_for_alarms(one_domain):
    key = one_domain.only("state", "AWS::KMS::Key")["Properties"]
    assert key["EnableKeyRotation"] is True
    by_sid = {s["Sid"]: s for s in key["KeyPolicy"]["Statement"]}
    assert set(by_sid) == {"Administer", "PublishAlerts", "PublishAlarms"}
    assert not {"kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt"} & set(by_sid["Administer"]["Action"])
    assert by_sid["PublishAlerts"]["Condition"] == {
        "StringEquals": {
            "kms:ViaService": "sns.us-east-1.amazonaws.com",
            "kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:us-east-1:000000000000:{ALERTS}",
        }
    }
    assert by_sid["PublishAlarms"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}


def test_a_key_that_exists_is_used_instead_of_a_new_one(synthesised):
    mine = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"
    text = (ROOT / "config/examples/one-domain.toml").read_text()
    assembly = synthesised(text.replace("[notifications]\n", f'[notifications]\nkey_arn = "{mine}"\n', 1))
    assert not list(assembly.every("AWS::KMS::Key"))
    encrypted = [topic["Properties"].get("KmsMasterKeyId") for topic in assembly.every("AWS::SNS::Topic")]
    assert encrypted == [mine] * len(encrypted)
    uses = [each["Resource"] for each in statements(assembly) if each.get("Sid") == "EncryptAlerts"]
    assert uses and set(uses) == {mine}


def test_without_encryption_there_is_no_key_and_no_permission_for_one(synthesised):
    text = (
        (ROOT / "config/examples/one-domain.toml").read_text().replace('encryption = "customer"', 'encryption = "none"')
    )
    assembly = synthesised(text)
    assert [*assembly.every("AWS::KMS::Key")] == []
    assert all("KmsMasterKeyId" not in topic["Properties"] for topic in assembly.every("AWS::SNS::Topic"))
    assert "kms:" not in json.dumps([*statements(assembly)])


def test_what_subscribers_do_not_take_is_kept_and_watched(one_domain):
    for subscription in one_domain.every("AWS::SNS::Subscription"):
        assert "DeadLetters" in json.dumps(subscription["Properties"]["RedrivePolicy"])


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::SES::EmailIdentity",
        "AWS::SES::ConfigurationSet",
        "AWS::Route53::RecordSet",
        "AWS::EC2::EIP",
        "Custom::ReverseDns",
    ],
)
def test_what_a_live_sender_needs_outlives_its_stack(one_domain, kind):
    found = [*one_domain.every(kind)]
    assert found
    for resource in found:
        assert {key: resource[key] for key in KEPT} == KEPT


def test_a_released_address_goes_with_its_stack(synthesised):
    text = (ROOT / "config/examples/one-domain.toml").read_text().replace("release = false", "release = true")
    assembly = synthesised(text)
    for kind in ("AWS::EC2::EIP", "Custom::ReverseDns", "AWS::Route53::RecordSet"):
        for resource in assembly.resources("addresses", kind).values():
            assert resource.get("DeletionPolicy", "Delete") == "Delete"
    assert assembly.only("addresses", "Custom::ReverseDns")["Properties"]["Release"] == "true"


def test_a_reverse_name_waits_for_its_forward_record(one_domain):
    reverse = one_domain.only("addresses", "Custom::ReverseDns")
    assert "RecordMail1Host" in reverse["DependsOn"]
    assert reverse["Properties"]["PtrName"] == "mail.example.com"


def test_an_adopted_address_is_looked_up_and_no_second_one_is_made(synthesised):
    text = (ROOT / "config/examples/one-domain.toml").read_text()
    assembly = synthesised(text.replace('allocation_id = "" ', 'allocation_id = "eipalloc-0123456789abcdef0" '))
    assert [*assembly.every("AWS::EC2::EIP")] == []
    found = assembly.only("addresses", "Custom::ElasticIp")
    assert found["Properties"]["AllocationId"] == "eipalloc-0123456789abcdef0"
    record = assembly.only("addresses", "AWS::Route53::RecordSet")
    assert "PublicIp" in json.dumps(record["Properties"]["ResourceRecords"])


def test_an_own_dkim_key_is_referred_to_and_never_held(synthesised):
    text = (ROOT / "config/examples/one-domain.toml").read_text().replace('mode = "easy"', 'mode = "byodkim"')
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    public = base64.b64encode(der).decode()
    selectors = (
        f'selectors = [{{ name = "s1", public_key = "{public}", secret = "staygreen/dkim/s1", signing = true }}]'
    )
    assembly = synthesised(text.replace("# With byodkim: the", f"{selectors}\n# With byodkim: the"))
    signing = assembly.only("domain-example-com", "AWS::SES::EmailIdentity")["Properties"]["DkimSigningAttributes"]
    assert signing["DomainSigningSelector"] == "s1"
    assert "resolve:secretsmanager:staygreen/dkim/s1" in json.dumps(signing["DomainSigningPrivateKey"])


def test_txt_records_are_cut_at_255_octets(example):
    for record in example("ten-domains").every("AWS::Route53::RecordSet"):
        if record["Properties"]["Type"] == "TXT":
            for value in record["Properties"]["ResourceRecords"]:
                assert all(len(part.encode()) <= 255 for part in value[1:-1].split('" "'))


def test_a_zone_elsewhere_gets_its_records_as_outputs(example):
    assembly = example("zone-elsewhere")
    assert [*assembly.every("AWS::Route53::RecordSet")] == []
    outputs = assembly.templates["domain-example-com"]["Outputs"]
    assert outputs["RecordDmarc"]["Value"].startswith("_dmarc.example.com. 3600 IN TXT")
    assert outputs["RecordMailFromMx"]["Value"].endswith("feedback-smtp.us-east-1.amazonses.com.")


def test_watching_alone_provisions_nothing_of_the_sender(example):
    assert set(example("watch-only").templates) == {"state", "replies", "monitoring", "repair", "subscriptions"}


def test_every_resource_that_takes_tags_has_the_senders(one_domain):
    for part in one_domain.templates:
        for key, resource in one_domain.resources(part).items():
            tags = resource["Properties"].get("Tags") if "Properties" in resource else None
            if isinstance(tags, list):
                assert {"Key": "staygreen:sender", "Value": "example"} in tags, key


def test_only_pull_requests_of_the_one_repository_may_read_templates_and_nothing_else(example):
    ten = example("ten-domains")
    role = ten.only("github", "AWS::IAM::Role")["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    policy = ten.only("github", "AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]
    issuer = "token.actions.githubusercontent.com"
    assert [each["Condition"] for each in role] == [
        {
            "StringEquals": {
                f"{issuer}:aud": "sts.amazonaws.com",
                f"{issuer}:sub": [
                    "repo:example/mail:pull_request",
                    "repo:example@123456/mail@456789:pull_request",
                ],
                f"{issuer}:repository_id": "456789",
                f"{issuer}:job_workflow_ref": "example/mail/.github/workflows/deployed.yml@refs/heads/main",
            }
        }
    ]
    assert [each["Action"] for each in policy] == [["cloudformation:DescribeStacks", "cloudformation:GetTemplate"]]
    assert "stack/staygreen-ten-production-*/*" in json.dumps(policy[0]["Resource"])


def test_without_numbers_the_old_subject_alone_is_known_and_the_workflow_is_bound_all_the_same(synthesised):
    text = (ROOT / "config/examples/one-domain.toml").read_text()
    assembly = synthesised(f'{text}\n[github]\nrepository = "example/mail"\nbranch = "trunk"\n')
    (statement,) = assembly.only("github", "AWS::IAM::Role")["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    claims = {key.partition(":")[2]: value for key, value in statement["Condition"]["StringEquals"].items()}
    assert claims == {
        "aud": "sts.amazonaws.com",
        "sub": "repo:example/mail:pull_request",
        "job_workflow_ref": "example/mail/.github/workflows/deployed.yml@refs/heads/trunk",
    }


def test_only_events_that_hold_a_reply_reach_the_queue(one_domain):
    rule = one_domain.only("replies", "AWS::Events::Rule")["Properties"]
    pattern = rule["EventPattern"]
    assert pattern["source"] == ["aws.ses"]
    assert set(pattern["detail-type"]) == {
        "Email Bounced",
        "Email Complaint Received",
        "Email Delivery Delayed",
        "Email Rejected",
        "Email Rendering Failed",
    }, "with a trail, every write call to SES arrives from aws.ses too"
    assert "EventBusName" not in rule, "SES delivers to the default bus alone"


def test_a_batch_of_replies_fails_in_part_and_what_fails_for_good_is_kept(one_domain):
    mapping = one_domain.only("replies", "AWS::Lambda::EventSourceMapping")["Properties"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 5}
    queues = one_domain.resources("replies", "AWS::SQS::Queue")
    redriven = [queue for queue in queues.values() if "RedrivePolicy" in queue["Properties"]]
    assert len(redriven) == 1
    target = one_domain.only("replies", "AWS::Events::Rule")["Properties"]["Targets"][0]
    assert "DeadLetters" in json.dumps(target["DeadLetterConfig"])


def test_many_unreadable_events_are_an_alarm(one_domain):
    alarms = one_domain.resources("replies", "AWS::CloudWatch::Alarm").values()
    (alarm,) = (a["Properties"] for a in alarms if a["Properties"].get("MetricName") == "Unreadable")
    assert (alarm["Threshold"], alarm["Period"], alarm["Statistic"]) == (10, 3600, "Sum")


def test_counters_and_what_could_not_be_read_outlive_their_stack(one_domain):
    for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket"):
        resource = one_domain.only("replies", kind)
        assert KEPT.items() <= resource.items()
    # a kept secret could not be adopted, and its name would be taken
    assert one_domain.only("replies", "AWS::SecretsManager::Secret")["DeletionPolicy"] == "Delete"
    table = one_domain.only("replies", "AWS::DynamoDB::Table")["Properties"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_counting_function_may_count_keep_and_wake_and_nothing_else(one_domain):
    assert allowed(one_domain, "replies", "RepliesRole") == {
        "WriteLog": ("logs:CreateLogStream", "logs:PutLogEvents"),
        "CountReplies": ("dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
        "KeepComplaints": ("dynamodb:PutItem",),
        "KeepUnread": ("s3:PutObject",),
        "ReadRecipientKey": ("secretsmanager:GetSecretValue",),
        "ReadDedicatedIps": ("ses:GetDedicatedIps",),
        "WakeCheck": ("lambda:InvokeFunction",),
        "sqs:ChangeMessageVisibility,sqs:DeleteMessage,sqs:GetQueueAttributes,sqs:GetQueueUrl,sqs:ReceiveMessage": (
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
        ),
    }


def test_the_logs_of_mail_servers_are_subscribed_to_and_only_they_may_call(example):
    assembly = example("ec2-only")
    subscription = assembly.only("mail-logs", "AWS::Logs::SubscriptionFilter")
    assert subscription["Properties"]["LogGroupName"] == "/mail/postfix"
    assert any("Permission" in each for each in subscription["DependsOn"])
    permission = assembly.only("mail-logs", "AWS::Lambda::Permission")["Properties"]
    assert permission["Principal"] == "logs.amazonaws.com"
    assert permission["SourceArn"].endswith(":log-group:/mail/postfix:*")
    assert permission["SourceAccount"] == "000000000000"
