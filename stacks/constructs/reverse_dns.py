"""What owns reverse DNS: a custom resource that waits, since neither CloudFormation nor the CDK knows it."""

from __future__ import annotations

from datetime import timedelta

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources as cr
from constructs import Construct

from stacks.constructs.acknowledgement import acknowledge
from stacks.constructs.function import Deployed, Function
from stacks.constructs.naming import arn
from stacks.constructs.statement import acknowledge_framework, allow, explain, of_sender
from staygreen.core.config.config import Config

QUERY_INTERVAL = Duration.seconds(5)
_CHANGES = ("ec2:ModifyAddressAttribute", "ec2:ResetAddressAttribute")
TOTAL_TIMEOUT = Duration.minutes(45)


class ReverseDnsProvider(Construct):
    """The provider of `Custom::ReverseDns` and `Custom::ElasticIp`."""

    def __init__(self, scope: Construct, id: str, *, config: Config, adopted: tuple[str, ...]) -> None:
        super().__init__(scope, id)
        begin = self._begin(config)
        complete = self._complete(config, adopted)
        provider = cr.Provider(
            self,
            "Provider",
            on_event_handler=begin.function,
            is_complete_handler=complete.function,
            query_interval=QUERY_INTERVAL,
            total_timeout=TOTAL_TIMEOUT,
            log_group=logs.LogGroup(
                self, "Logs", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=RemovalPolicy.DESTROY
            ),
        )
        self.service_token = provider.service_token
        acknowledge_framework(provider, (begin, complete))
        acknowledge(provider, "SF1", "Each step is a function call, and the functions log every answer.")
        acknowledge(provider, "SF2", "The framework's waiting loop cannot be traced; its functions log each answer.")

    def _begin(self, config: Config) -> Function:
        """Looks an address up; changes nothing."""
        return self._function(config, "begin", (allow("FindAddresses", ("ec2:DescribeAddresses",), "*"),))

    def _complete(self, config: Config, adopted: tuple[str, ...]) -> Function:
        stack = Stack.of(self)
        read = ("ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute")
        ours = allow("ChangeOwnAddresses", _CHANGES, arn(stack, "ec2", "elastic-ip/*"))
        # by tag, not by id: an address that has left the configuration has to be reset before it can go
        of_sender(ours, config)
        theirs = [arn(stack, "ec2", f"elastic-ip/{allocation_id}") for allocation_id in adopted]
        reasons = {arn(stack, "ec2", "elastic-ip/*"): "A condition narrows it to addresses with the sender's tag."}
        allowed = [allow("ReadAddresses", read, "*"), ours]
        if theirs:
            allowed.append(allow("ChangeAdoptedAddresses", _CHANGES, *theirs))
        function = self._function(config, "complete", tuple(allowed))
        explain(function, reasons)
        return function

    def _function(self, config: Config, part: str, allowed: tuple[iam.PolicyStatement, ...]) -> Function:
        function = Function(
            self,
            part.capitalize(),
            deployed=Deployed(
                name=config.names.function(f"reverse-dns-{part}"),
                handler=f"lambdas.reverse_dns.{part}",
                description="staygreen: reverse DNS names of Elastic IPs",
                timeout=timedelta(minutes=1),
                memory_mb=256,
                environment={
                    "STAYGREEN_ENVIRONMENT": config.sender.environment.value,
                    "STAYGREEN_SENDER": config.sender.name,
                },
                allowed=allowed,
            ),
        )
        explain(function, {"*": "Describing addresses has no resource-level permissions."})
        return function
