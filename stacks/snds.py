"""What the check `snds` keeps: the history table, and bodies that it could not read."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from stacks.constructs.stores import kept_bucket, kept_table
from staygreen.core.checks import snds
from staygreen.core.config.config import Config


class SndsStack(Stack):
    """A table of (report date, address), 400 days deep, and a bucket. Both outlive the stack."""

    def __init__(self, scope: Construct, id: str, *, config: Config, **kwargs: Any) -> None:
        super().__init__(scope, id, description="staygreen: what SNDS said", **kwargs)
        settings = snds.settings(config)
        kept_table(self, "History", table_name=settings["table"])
        drift = kept_bucket(
            self,
            "Drift",
            bucket_name=settings["bucket"],
            days=400,
            unlogged="A handful of objects a year, written by one function whose log names each.",
        )
        CfnOutput(self, "DriftBucket", value=drift.bucket_name)
