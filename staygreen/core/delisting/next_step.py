"""What a person does next with a delisting case, by where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from staygreen.core.delisting.case import Case, Stage

_STEPS: Mapping[Stage, str] = MappingProxyType(
    {
        Stage.DRAFTED: "File the packet (`staygreen case export {ip}` prints it), then say so: "
        "`staygreen case submitted {ip}`.",
        Stage.SUBMITTED: "Wait for the answer and say what it was (`staygreen case replied {ip} OUTCOME`). Where the "
        "refusals stop without one, close the case: `staygreen case close {ip}`.",
        Stage.ANSWERED: "Take the step that the letter below asks for.",
        Stage.VERIFIED: "Nothing is to be filed: close the case (`staygreen case close {ip}`).",
        Stage.CLOSED: "Nothing is to be filed. Where the address is refused again: "
        "`staygreen case open {ip} --reply FILE` reopens it.",
    }
)


def next_step(case: Case) -> str:
    """One sentence or two, with the commands; a case that is back asks for the same as a new one."""
    stage = Stage.DRAFTED if case.stage is Stage.REOPENED else case.stage
    return _STEPS[stage].format(ip=case.ip)
