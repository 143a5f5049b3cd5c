"""Who may approve: users, and user groups of Slack."""

from __future__ import annotations

from collections.abc import Callable, Collection

Members = Callable[[str], Collection[str]]
"""Ids of the users in a user group, by the group's id."""


def is_group(approver: str) -> bool:
    """Whether an id is that of a user group, such as S0123456789; users have U or W."""
    return approver.startswith("S")


def is_approver(user_id: str, approvers: Collection[str], members: Members) -> bool:
    """Whether a user is named, or is in a user group that is named; groups are asked for only where that decides.

    Args:
        user_id: Who wants to.
        approvers: Ids of users (U…, W…) and of user groups (S…).
        members: Who is in a group.
    """
    if user_id in approvers:
        return True
    return any(user_id in members(each) for each in approvers if is_group(each))
