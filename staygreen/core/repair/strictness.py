"""The stricter of the rules under which a repair was planned and of those of the present.

A configuration that is tightened counts at once, for what was planned before as well; one that is loosened frees
nothing that was planned before. Who may approve is asked of the present alone: who has gone does not count any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from staygreen.core.config.mode import Mode
from staygreen.core.remediations.plan import Rules

_STRICTEST_FIRST = (Mode.OFF, Mode.SUGGEST, Mode.APPROVE, Mode.AUTO)
_WIDENS_BY_FALLING = ("floor", "minimum", "hold", "confirm")
"""Words in the names of a remediation's own numbers whose fall lets it do more (docs/template-contract.md)."""


def kept(rules: Rules) -> Rules:
    """What a repair remembers of the rules that it was planned under: its limits, and no names of people or hosts."""
    return replace(
        rules,
        approvers=(),
        identities=MappingProxyType({}),
        settings=MappingProxyType({key: value for key, value in rules.settings.items() if _is_limit(key, value)}),
    )


def stricter(planned: Rules, present: Rules) -> Rules:
    """The present rules with every limit of the planned ones that is stricter.

    Scope and reach are those of the present: two filters do not add up to one, so guards look at both.
    """
    return replace(
        present,
        mode=min(planned.mode, present.mode, key=_STRICTEST_FIRST.index),
        capacity_floor=max(planned.capacity_floor, present.capacity_floor),
        moves_a_day=min(planned.moves_a_day, present.moves_a_day),
        hold_down=max(planned.hold_down, present.hold_down),
        expiry=min(planned.expiry, present.expiry),
        approval_within=min(planned.approval_within, present.approval_within),
        volume_floor=max(planned.volume_floor, present.volume_floor),
        approvers_needed=max(planned.approvers_needed, present.approvers_needed),
        quiet=tuple(dict.fromkeys((*planned.quiet, *present.quiet))),
        settings=_settings(planned.settings, present.settings),
    )


def shortened(planned: Rules, present: Rules) -> timedelta:
    """By how much less time a plan has than it was given."""
    return max(timedelta(0), planned.approval_within - present.approval_within)


def _settings(planned: Mapping[str, Any], present: Mapping[str, Any]) -> Mapping[str, Any]:
    limits = {
        key: max(value, planned[key])
        for key, value in present.items()
        if _is_limit(key, value) and _is_limit(key, planned.get(key))
    }
    return MappingProxyType({**present, **limits})


def _is_limit(key: str, value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and any(word in key for word in _WIDENS_BY_FALLING)
