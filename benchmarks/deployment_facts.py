"""What it takes to compare two templates of a stack of 500 resources, as the recorder of deployments does.

    python -m benchmarks.deployment_facts [--resources 500]

In a fresh interpreter that may have 512 MB: time, and the peak of memory with what is imported. CloudFormation lets a
stack have 500 resources and a template 1 MB (CloudFormation User Guide, "Understand CloudFormation quotas").
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

LIMIT = 512 * 1024 * 1024
SECONDS = 10


def template(count: int, *, later: bool) -> dict[str, Any]:
    """Records, identities, functions and their rights; later, one in ten is another."""
    made: dict[str, Any] = {}
    for n in range(count):
        made[f"R{n}"] = (_record, _identity, _function, _policy)[n % 4](n, later=later and n % 10 == 0)
    return {"Resources": made}


def _record(n: int, *, later: bool) -> dict[str, Any]:
    value = f'"v=DKIM1; p={"B" if later else "A"}{n:0380}"'
    properties = {
        "Name": f"s{n}._domainkey.example.com.",
        "Type": "TXT",
        "HostedZoneId": "Z1",
        "ResourceRecords": [value],
    }
    return {"Type": "AWS::Route53::RecordSet", "Properties": properties}


def _identity(n: int, *, later: bool) -> dict[str, Any]:
    properties = {"EmailIdentity": f"d{n}.example.com", "FeedbackAttributes": {"EmailForwardingEnabled": later}}
    return {"Type": "AWS::SES::EmailIdentity", "Properties": properties}


def _function(n: int, *, later: bool) -> dict[str, Any]:
    variables = {f"NAME{key}": f"value {key} {later}" for key in range(20)}
    properties = {
        "FunctionName": f"f{n}",
        "Role": {"Fn::GetAtt": [f"R{n + 1}", "Arn"]},
        "Environment": {"Variables": variables},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def _policy(n: int, *, later: bool) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Action": ["ses:SendEmail", f"s3:{'Get' if later else 'Put'}Object"],
        "Resource": "*",
    }
    document = {"Version": "2012-10-17", "Statement": [statement] * 5}
    return {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": f"p{n}", "PolicyDocument": document}}


def main() -> int:
    """Measure; 1 when it takes more than 10 s or 512 MB."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--resources", type=int, default=500)
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    from staygreen.core.deployments.changes import compare, side

    texts = [json.dumps(template(given.resources, later=later)) for later in (False, True)]
    begin, cpu = time.perf_counter(), time.process_time()
    sides = [
        side(json.loads(text), stack="s", account="111122223333", region="eu-central-1", parameters={})
        for text in texts
    ]
    compared = compare(*sides)
    took, cpu = time.perf_counter() - begin, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = len(texts[0]) / 1e6
    print(
        f"{given.resources} resources, {size:.2f} MB: {took:.2f} s ({cpu:.2f} s CPU), peak {peak:.0f} MB; "
        f"{len(compared.changes)} changes and {compared.left_out} more"
    )
    return 1 if took > SECONDS or peak > LIMIT / 1024 / 1024 else 0


if __name__ == "__main__":
    raise SystemExit(main())
