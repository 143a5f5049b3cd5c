"""How SES sends: configuration sets, dedicated IP pools, and where its events go."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_ses as ses
from constructs import Construct

from lambdas.core.config.model import Config, ConfigurationSet, Pool, PoolKind
from stacks.naming import arn, name
from stacks.retention import keep

EVENTS = ("bounce", "complaint", "deliveryDelay", "reject", "renderingFailure")
"""What is bad news about mail that was sent."""
PRODUCTION_ACCESS = "https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html"


class SendingStack(Stack):
    """Configuration sets, pools and event destinations.

    Sets and pools are kept on deletion: an identity whose default set is gone cannot
    send, and a pool that holds addresses cannot be deleted.
    """

    def __init__(self, scope: Construct, id: str, *, config: Config, **kwargs: Any) -> None:
        super().__init__(scope, id, description="staygreen: how SES sends", **kwargs)
        self._config = config
        pools = {pool.name: self._pool(pool) for pool in config.pools}
        for each in config.configuration_sets:
            made = self._configuration_set(each)
            if each.pool in pools:
                made.add_resource_dependency(pools[each.pool])
        CfnOutput(
            self, "ProductionAccess", value=PRODUCTION_ACCESS, description="A new account: ask to leave the SES sandbox"
        )

    def _pool(self, pool: Pool) -> ses.CfnDedicatedIpPool:
        mode = "MANAGED" if pool.kind is PoolKind.MANAGED else "STANDARD"
        made = ses.CfnDedicatedIpPool(
            Construct(self, f"Pool-{pool.name}"), "Pool", pool_name=pool.name, scaling_mode=mode
        )
        keep(made)
        return made

    def _configuration_set(self, each: ConfigurationSet) -> ses.CfnConfigurationSet:
        scope = Construct(self, f"ConfigurationSet-{each.name}")
        properties = ses.CfnConfigurationSet
        vdm = properties.VdmOptionsProperty(
            dashboard_options=properties.DashboardOptionsProperty(engagement_metrics="ENABLED"),
            guardian_options=properties.GuardianOptionsProperty(optimized_shared_delivery="ENABLED"),
        )
        made = ses.CfnConfigurationSet(
            scope,
            "ConfigurationSet",
            name=each.name,
            delivery_options=properties.DeliveryOptionsProperty(
                sending_pool_name=each.pool or None, tls_policy="REQUIRE" if each.tls_required else "OPTIONAL"
            ),
            reputation_options=properties.ReputationOptionsProperty(reputation_metrics_enabled=each.reputation_metrics),
            suppression_options=properties.SuppressionOptionsProperty(
                suppressed_reasons=[reason.value.upper() for reason in each.suppression]
            ),
            vdm_options=vdm if each.vdm else None,
        )
        keep(made)
        destination = ses.CfnConfigurationSetEventDestination
        destination(
            scope,
            "Events",
            configuration_set_name=made.ref,
            event_destination=destination.EventDestinationProperty(
                name=name(self._config, "events"),
                enabled=True,
                matching_event_types=list(EVENTS),
                # SES delivers to the default bus alone
                event_bridge_destination=destination.EventBridgeDestinationProperty(
                    event_bus_arn=arn(self, "events", "event-bus/default")
                ),
            ),
        )
        return made
