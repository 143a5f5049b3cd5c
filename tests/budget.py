"""How many examples a law is tried with: few in a run that people wait for, many with `make thorough`."""

from typing import Any

from hypothesis import settings

THOROUGH = "thorough"
_EXAMPLES = 30
_TIMES = 20


def register() -> None:
    """Have both profiles.

    How long an example takes is the machine's affair: a busy one must not turn a true property into a failure. For the
    same reason everyone meets the same examples by default; new ones are looked for by the thorough profile.
    """
    settings.register_profile("staygreen", deadline=None, max_examples=_EXAMPLES, derandomize=True, database=None)
    settings.register_profile(THOROUGH, deadline=None, max_examples=_EXAMPLES * _TIMES)
    settings.load_profile("staygreen")


def is_thorough() -> bool:
    """Whether the run may take minutes."""
    return settings.get_current_profile_name() == THOROUGH


def examples(count: int, thorough: int = 0, **more: Any) -> settings:
    """Settings of a law that takes another number of examples than most, and other settings of Hypothesis.

    Args:
        count: Examples of a usual run.
        thorough: Those of a thorough run; 0: twenty times as many.
        more: As `hypothesis.settings` takes them.
    """
    return settings(max_examples=(thorough or count * _TIMES) if is_thorough() else count, **more)
