"""Two assemblies of 50 stacks and 5,000 resources, reviewed on one core: seconds and peak memory.

Beside it, where the CDK CLI is installed, `cdk diff --template` on the same pairs.
``python -m benchmarks.review_large [--json] [--cdk STACKS]``
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STACKS, EACH = 50, 100
CDK = Path(__file__).parents[1] / "node_modules" / ".bin" / "cdk"
_CHILD = """
import resource, sys, time
start = time.perf_counter()
from datetime import date
from pathlib import Path
from staygreen.review import loading
from staygreen.review import render, report
found = report.review(loading.load(Path(sys.argv[1])), loading.load(Path(sys.argv[2])), date(2026, 11, 24))
render.as_markdown(found)
used = resource.getrusage(resource.RUSAGE_SELF)
print(time.perf_counter() - start, used.ru_maxrss // 1024, len(found.findings), time.process_time())
"""


def template(stack: int, changed: bool) -> dict[str, object]:
    """One stack: a sender with records, addresses, inbound mail and rights, and as much that is no mail."""
    domain = f"d{stack}.example.com"
    resources: dict[str, object] = {
        "Identity": _resource(stack, "Identity", "SES::EmailIdentity", EmailIdentity=domain)
    }
    makers = (_record, _host_record, _address, _topic, _subscription, _bucket, _function, _role, _rule, _table)
    for number in range(EACH - 1):
        name = f"Part{number:02}A1B2C3D4"
        resources[name] = makers[number % len(makers)](stack, name, number, domain, changed)
    return {"Resources": resources}


def _resource(stack: int, name: str, kind: str, **properties: object) -> dict[str, object]:
    return {
        "Type": f"AWS::{kind}",
        "Properties": properties,
        "Metadata": {"aws:cdk:path": f"stack{stack}/{name}/Resource"},
    }


def _record(stack: int, name: str, number: int, domain: str, changed: bool) -> dict[str, object]:
    policy = "none" if changed and number % 20 == 0 else "reject"
    return _resource(
        stack,
        name,
        "Route53::RecordSet",
        Name=f"_dmarc.h{number}.{domain}.",
        Type="TXT",
        TTL="300",
        HostedZoneId={"Fn::ImportValue": "zone"},
        ResourceRecords=[f'"v=DMARC1; p={policy}"'],
    )


def _host_record(stack: int, name: str, number: int, domain: str, changed: bool) -> dict[str, object]:
    return _resource(
        stack,
        name,
        "Route53::RecordSet",
        Name=f"mail{number}.{domain}.",
        Type="A",
        TTL="300",
        HostedZoneId={"Fn::ImportValue": "zone"},
        ResourceRecords=[{"Ref": f"Part{number + 1:02}A1B2C3D4"}],
    )


def _address(stack: int, name: str, number: int, domain: str, changed: bool) -> dict[str, object]:
    return _resource(stack, name, "EC2::EIP", Domain="vpc")


def _topic(stack: int, name: str, number: int, domain: str, changed: bool) -> dict[str, object]:
    return _resource(stack, name, "SNS::Topic", DisplayName=f"{changed}")


def _subscription(stack: int, name: str, number: int, domain: str, changed: bool) -> dict[str, object]:
    topic = {"Ref": f"Part{number - 1:02}A1B2C3D4"}
    return _resource(stack, name, "SNS::Subscription", TopicArn=topic, Protocol="email", Endpoint=f"ops@{domain}")


def _bucket(stack: int, name: str, number: int, domain: str, changed: bool) -> dict[str, object]:
    return _resource(stack, name, "S3::Bucket", BucketName=f"inbound-{stack}-{number}")


def _function(stack: int, name: str, number: int, domain: str, changed: bool) -> dict[str, object]:
    code = {"S3Bucket": "code", "S3Key": f"{changed}.zip"}
    return _resource(stack, name, "Lambda::Function", Handler="a.b", Runtime="python3.13", Role="r", Code=code)


def _role(stack: int, name: str, number: int, domain: str, changed: bool) -> dict[str, object]:
    allowed = {"Effect": "Allow", "Action": ["ses:SendEmail", "s3:GetObject"], "Resource": "*"}
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": [allowed]}}]
    return _resource(stack, name, "IAM::Role", AssumeRolePolicyDocument={"Statement": []}, Policies=policies)


def _rule(stack: int, name: str, number: int, domain: str, changed: bool) -> dict[str, object]:
    actions = [
        {"S3Action": {"BucketName": {"Ref": f"Part{number - 3:02}A1B2C3D4"}}},
        {"LambdaAction": {"FunctionArn": {"Fn::GetAtt": [f"Part{number - 2:02}A1B2C3D4", "Arn"]}}},
    ]
    rule = {"Name": f"r{number}", "Enabled": True, "Recipients": [f"r{number}@{domain}"], "Actions": actions}
    return _resource(stack, name, "SES::ReceiptRule", RuleSetName="in", Rule=rule)


def _table(stack: int, name: str, number: int, domain: str, changed: bool) -> dict[str, object]:
    return _resource(stack, name, "DynamoDB::Table", TableName=f"orders-{stack}-{number}-{changed}")


def assembly(directory: Path, changed: bool) -> Path:
    directory.mkdir()
    artifacts = {}
    for stack in range(STACKS):
        name = f"stack{stack}.template.json"
        (directory / name).write_text(json.dumps(template(stack, changed)))
        artifacts[f"stack{stack}"] = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://111122223333/eu-central-1",
            "properties": {"templateFile": name},
        }
    (directory / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": artifacts}))
    return directory


def cdk_seconds(base: Path, head: Path, stacks: int) -> float:
    start = time.perf_counter()
    for stack in range(stacks):
        command = [str(CDK), "diff", "--app", str(head), "--template", str(base / f"stack{stack}.template.json")]
        subprocess.run([*command, f"stack{stack}"], capture_output=True, check=False)
    return time.perf_counter() - start


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--cdk", type=int, default=0, help="how many of the stacks `cdk diff` is run on")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        base, head = (assembly(Path(directory) / side, side == "head") for side in ("base", "head"))
        told = subprocess.run(
            [sys.executable, "-c", _CHILD, str(base), str(head)], capture_output=True, text=True, check=True
        ).stdout.split()
        result: dict[str, object] = {
            "benchmark": "review_large",
            "resources": STACKS * EACH,
            "seconds": round(float(told[0]), 2),
            "cpu_seconds": round(float(told[3]), 2),
            "peak_megabytes": int(told[1]),
            "findings": int(told[2]),
        }
        if given.cdk and CDK.exists():
            result["cdk_diff_stacks"] = given.cdk
            result["cdk_diff_seconds"] = round(cdk_seconds(base, head, given.cdk), 2)
    print(json.dumps(result) if given.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
