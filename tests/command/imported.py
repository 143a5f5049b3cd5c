"""What every call of the command begins with: its modules, and the descriptions of the services that most ask."""

import gc
from importlib import import_module

import boto3
import botocore.handlers  # noqa: F401

from local import service_descriptions
from staygreen.cli import main

for name in dict.fromkeys(main.MODULES.values()):
    import_module(f"staygreen.cli.{name}")
service_descriptions.read_once()
session = boto3.Session("none", "none", region_name="us-east-1")
for service in ("dynamodb", "ssm", "sts", "sesv2", "ec2", "cloudformation"):
    session.client(service)
del session
gc.collect()
gc.freeze()
