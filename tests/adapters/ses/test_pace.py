"""Calls to SES's control plane: as many as it allows, and none lost to "too many"."""

from datetime import timedelta
from itertools import pairwise

import pytest
from botocore.exceptions import ClientError

from staygreen.adapters.ses.pace import Pace


class Clock:
    def __init__(self):
        self.at = 1000.0

    def pause(self, seconds):
        self.at += seconds


@pytest.fixture
def clock():
    return Clock()


def paced(clock, burst=0):
    return Pace(interval=timedelta(seconds=1), burst=burst, pause=clock.pause, now=lambda: clock.at)


def refusal(code):
    return ClientError({"Error": {"Code": code, "Message": ""}}, "GetAccount")


def test_one_call_a_second(clock):
    pace, times = paced(clock), []
    for _ in range(4):
        pace(lambda: times.append(clock.at))
    assert [round(later - earlier, 3) for earlier, later in pairwise(times)] == [1, 1, 1]


def test_the_first_calls_may_come_at_once(clock):
    pace = paced(clock, burst=10)
    for _ in range(10):
        pace(lambda: None)
    assert clock.at == 1000
    pace(lambda: None)
    pace(lambda: None)
    assert clock.at == pytest.approx(1001, abs=1)


def test_what_is_too_much_is_asked_again(clock):
    answers = [refusal("TooManyRequestsException"), refusal("Throttling"), "found"]

    def operation():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert paced(clock, burst=10)(operation) == "found"
    assert clock.at >= 1003


def test_a_refusal_for_another_reason_is_told_at_once(clock):
    calls = []

    def operation():
        calls.append(1)
        raise refusal("AccessDeniedException")

    with pytest.raises(ClientError, match="AccessDenied"):
        paced(clock)(operation)
    assert calls == [1]


def test_who_is_refused_for_ever_is_told_so(clock):
    def operation():
        raise refusal("Throttling")

    with pytest.raises(ClientError, match="Throttling"):
        paced(clock)(operation)
