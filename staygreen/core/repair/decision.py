"""A person's yes or no to a plan, wherever it comes from."""

from __future__ import annotations

from staygreen.core.approvers import Members
from staygreen.core.errors import ActionRefused
from staygreen.core.remediations.settings import person
from staygreen.core.repair import repair
from staygreen.core.repair.engine import Engine, Next, Raced, following, saved
from staygreen.core.repair.repair import Measure

DECISIONS = ("approve", "deny")


def decide(
    engine: Engine, decision: str, identifier: str, plan_hash: str, identity: str, *, members: Members = lambda _: ()
) -> tuple[Measure, Next]:
    """Record a decision.

    Args:
        engine: Where measures are.
        decision: `approve` or `deny`.
        identifier: The measure.
        plan_hash: Of the plan that the person was shown, or its first 16 digits or more.
        identity: A Slack user id or an IAM ARN, as whoever authenticated the person gives it.
        members: Who is in a user group of Slack; asked only where that decides.

    Raises:
        ActionRefused: There is nothing to decide, or not for this person, or not any more.
    """
    for _ in range(3):
        one = engine.store.measure(identifier)
        if one is None:
            raise ActionRefused(f"there is no plan {identifier}")
        rules, now = engine.rules(one.plan.remediation), engine.account.now()
        by = person(identity, rules, members)
        if not by:
            raise ActionRefused(f"{identity} is not an approver of {one.plan.remediation}")
        whole = one.plan.hash
        shown = whole if len(plan_hash) >= 16 and whole.startswith(plan_hash) else plan_hash
        step = (repair.approved if decision == "approve" else repair.denied)(one, by, shown, rules, now)
        try:
            saved(engine, step)
        except Raced:
            continue
        return step[0], following(step[0], now)
    raise ActionRefused("somebody else decides at this moment; look again")
