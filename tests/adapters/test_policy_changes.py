"""When a policy last changed is read from what was deployed: reports of the days around it are not held against it."""

from datetime import UTC, datetime

from staygreen.adapters.sources.reports import policy_changes
from staygreen.core.deployments.deployment import Aspect, Deployment, Direction, FactChange, Outcome


def deployment(day: int, name: str, outcome: Outcome = Outcome.DONE, aspect: Aspect = Aspect.DMARC) -> Deployment:
    change = FactChange(kind="record", name=name, direction=Direction.CHANGED, aspect=aspect, rtype="TXT")
    return Deployment(stack="domain", at=datetime(2026, 3, day, tzinfo=UTC), outcome=outcome, changes=(change,))


def test_the_last_deployment_that_took_effect_counts() -> None:
    found = policy_changes(
        [
            deployment(1, "_dmarc.brand.example"),
            deployment(2, "_dmarc.brand.example"),
            deployment(3, "_dmarc.brand.example", Outcome.ROLLED_BACK),
            deployment(4, "brand.example", aspect=Aspect.SPF),
        ]
    )
    assert found == {"brand.example": datetime(2026, 3, 2, tzinfo=UTC)}
