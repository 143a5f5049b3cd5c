"""The function that makes the digest, and when it does."""

from __future__ import annotations

from datetime import timedelta

from aws_cdk import Stack
from constructs import Construct

from stacks.constructs.function import Deployed, Function
from stacks.constructs.schedule import add_schedule
from stacks.parts.announcing import environment
from stacks.permissions import sources
from stacks.state import StateStack
from staygreen.core.checks import snds
from staygreen.core.config.config import Config
from staygreen.core.config.tables.notifications import Digest, Every


class DigestMaker(Construct):
    """Writes a digest into the outbox; the announcer tells it."""

    def __init__(self, scope: Construct, id: str, *, config: Config, digest: Digest, state: StateStack) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        history = str(snds.settings(config)["table"]) if config.monitors.snds.enabled else ""
        function = Function(
            self,
            "Make",
            deployed=Deployed(
                name=config.names.function("digest"),
                handler="lambdas.digest.handler",
                description="staygreen: makes the digest",
                timeout=timedelta(minutes=2),
                memory_mb=256,
                environment={
                    **environment(config, state),
                    "STAYGREEN_DIGEST_EVERY": digest.every.value,
                    **({"STAYGREEN_SNDS_TABLE": history} if history else {}),
                    **({"STAYGREEN_DASHBOARD": config.names.dashboard} if config.notifications.dashboard else {}),
                },
                allowed=sources.of_digest(stack, state, history),
            ),
            dead_letters=state.dead_letters.queue,
        )
        day = "* * ?" if digest.every is Every.DAY else "? * MON"
        add_schedule(
            self,
            name=config.names.schedule("digest"),
            what="the digest",
            expression=f"cron(0 {digest.hour} {day} *)",
            timezone=digest.timezone,
            function=function,
            dead_letters=state.dead_letters.queue,
        )
