"""How SES sends: configuration sets, dedicated IP pools, and where its events go."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_ses as ses
from constructs import Construct

from stacks.constructs.naming import arn
from stacks.constructs.retention import keep
from staygreen.core.checks import volume
from staygreen.core.config.config import Config
from staygreen.core.config.mode import ACTS
from staygreen.core.config.tables.pool import ConfigurationSet, Pool, PoolKind
from staygreen.core.ses.standing import SET_DIMENSION

EVENTS = ("bounce", "complaint", "deliveryDelay", "reject", "renderingFailure")
"""What is bad news about mail that was sent."""
_Destination = ses.CfnConfigurationSetEventDestination
PRODUCTION_ACCESS = "https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html"


class SendingStack(Stack):
    """Configuration sets, pools and event destinations.

    Sets and pools are kept on deletion: an identity whose default set is gone cannot
    send, and a pool that holds addresses cannot be deleted.
    """

    def __init__(self, scope: Construct, id: str, *, config: Config, **kwargs: Any) -> None:
        super().__init__(scope, id, description="staygreen: how SES sends", **kwargs)
        self._config = config
        pools = {pool.name: self._pool(pool) for pool in config.pools if pool.manage}
        for each in config.configuration_sets:
            if not each.manage:
                continue
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
            suppression_options=None
            if each.account_suppression
            else properties.SuppressionOptionsProperty(
                suppressed_reasons=[reason.value.upper() for reason in each.suppression]
            ),
            tracking_options=properties.TrackingOptionsProperty(custom_redirect_domain=each.tracking_domain)
            if each.tracking_domain
            else None,
            vdm_options=vdm if each.vdm else None,
        )
        keep(made)
        self._events(scope, made)
        # nothing is paused on a rate of a handful of messages
        if volume.is_deployed(self._config) or self._config.remediations.pause_sending.mode in ACTS:
            self._volume(scope, made, each.name)
        return made

    def _events(self, scope: Construct, made: ses.CfnConfigurationSet) -> None:
        """Send what is bad news to the default event bus."""
        _Destination(
            scope,
            "Events",
            configuration_set_name=made.ref,
            event_destination=_Destination.EventDestinationProperty(
                name=self._config.names.event_destination("events"),
                enabled=True,
                matching_event_types=list(EVENTS),
                # SES delivers to the default bus alone
                event_bridge_destination=_Destination.EventBridgeDestinationProperty(
                    event_bus_arn=arn(self, "events", "event-bus/default")
                ),
            ),
        )

    def _volume(self, scope: Construct, made: ses.CfnConfigurationSet, set_name: str) -> None:
        """Count its messages in CloudWatch: SES by itself counts those of the account alone."""
        dimension = _Destination.DimensionConfigurationProperty(
            dimension_name=SET_DIMENSION, dimension_value_source="messageTag", default_dimension_value=set_name
        )
        _Destination(
            scope,
            "Volume",
            configuration_set_name=made.ref,
            event_destination=_Destination.EventDestinationProperty(
                name=self._config.names.event_destination("volume"),
                enabled=True,
                matching_event_types=["send"],
                cloud_watch_destination=_Destination.CloudWatchDestinationProperty(
                    dimension_configurations=[dimension]
                ),
            ),
        )
