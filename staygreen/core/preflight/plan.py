"""Which pricing plan SES has for the account, and what the configuration adds to its bill.

Plans exist since 2026-07-21, by account and region. What each includes and costs is AWS's price list of us-east-1 of
2026-07-22 as others read it (github.com/api-evangelist/amazon-ses, looked up 2026-12-01); AWS's own page was not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from staygreen.core.config.config import Config
from staygreen.core.preflight.item import Item, Kind
from staygreen.core.preflight.world import World

_PRICES = "https://aws.amazon.com/ses/pricing/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    includes: str
    vdm: str
    """What a configuration set with `vdm` adds."""


_PLANS: Mapping[str, _Plan] = {
    "NONE": _Plan(includes="every feature is billed by itself", vdm="VDM is billed beside the messages"),
    "ESSENTIALS": _Plan(
        includes="it has no monthly fee, and includes queries of VDM and its reports on engagement",
        vdm="what VDM's queries and reports cost is included",
    ),
    "PRO": _Plan(
        includes="105 USD a month, with VDM, managed dedicated IPs, and one domain and one IP monitored in VDM",
        vdm="VDM is included; each further domain monitored in it is 25.00 USD a month, each further IP 12.50",
    ),
    "ENTERPRISE": _Plan(
        includes="500 USD a month, with what Pro has, 1,000 tenants, and 5 domains and 12 IPs monitored in VDM",
        vdm="VDM is included; each further domain monitored in it is 25.00 USD a month, each further IP 12.50",
    ),
}


def plan(config: Config, world: World) -> Iterator[Item]:
    """What the account's plan includes, and what `vdm` adds to it."""
    if world.sending is None or not world.sending.plan:
        return
    current, following = world.sending.plan, world.sending.next_plan
    known = _PLANS.get(current)
    text = (
        f"the pricing plan is {current}: {known.includes}" if known else f"the pricing plan {current} is not known here"
    )
    if following and following != current:
        text = f"{text}; {following} follows with the next month"
    yield Item(kind=Kind.NOTE, subject="SES plan", text=text, next_step=f"Compare plans: {_PRICES}")
    with_vdm = [each.name for each in config.configuration_sets if each.vdm]
    if with_vdm and known:
        yield Item(
            kind=Kind.NOTE,
            subject="vdm",
            text=f"{', '.join(with_vdm)}: {known.vdm}",
            next_step=f"Leave out vdm where nobody reads it. Prices: {_PRICES}",
        )
