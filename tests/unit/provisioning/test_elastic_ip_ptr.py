from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address

import pytest

from staygreen.core.dns.authoritative import ServerAnswer
from staygreen.core.dns.message import Rcode
from staygreen.core.provisioning.elastic_ip_ptr import Decision, Step, Wish, away, is_over, towards
from staygreen.core.provisioning.reverse_name import Present

ADDRESS = IPv4Address("192.0.2.10")
WISH = Wish(name="mail.example.com", release=False, adopted=False)
AGREED = (
    ServerAnswer(server="ns1.example.com", rcode=Rcode.NOERROR, addresses=("192.0.2.10",)),
    ServerAnswer(server="ns2.example.com", rcode=Rcode.NOERROR, addresses=("192.0.2.10", "192.0.2.11")),
)


def never_asked():
    raise AssertionError("DNS was asked although its answer does not matter")


def step(present, answers):
    return towards(WISH, present, ADDRESS, lambda: answers).step


def test_a_name_that_is_there_already_is_adopted_without_asking_anybody():
    assert towards(WISH, Present(name="mail.example.com"), ADDRESS, never_asked).step is Step.DONE


def test_a_name_is_the_same_in_any_case_and_with_a_dot():
    wish = Wish(name="Mail.Example.com.", release=False, adopted=False)
    assert towards(wish, Present(name="mail.example.com."), ADDRESS, never_asked).step is Step.DONE


def test_a_change_that_is_landing_is_waited_for():
    present = Present(name="old.example.com", pending="mail.example.com")
    assert towards(WISH, present, ADDRESS, never_asked).step is Step.WAIT


def test_a_wait_says_what_ec2_says_of_the_change():
    present = Present(pending="mail.example.com", status="FAILED", cause="the A record leads elsewhere")
    reason = towards(WISH, present, ADDRESS, never_asked).reason
    assert reason.endswith("mail.example.com is pending (EC2: FAILED: the A record leads elsewhere)")


def test_a_name_that_is_about_to_be_removed_is_asked_for_again():
    assert step(Present(name="mail.example.com", pending=""), AGREED) is Step.MODIFY


def test_ec2_is_asked_once_every_authoritative_server_agrees():
    assert step(Present(), AGREED) is Step.MODIFY


@pytest.mark.parametrize(
    "answers",
    [
        (),
        (AGREED[0], ServerAnswer(server="ns2.example.com", rcode=Rcode.NXDOMAIN)),
        (AGREED[0], ServerAnswer(server="ns2.example.com", rcode=Rcode.TIMEOUT)),
        (AGREED[0], ServerAnswer(server="ns2.example.com", rcode=Rcode.NOERROR, addresses=("192.0.2.99",))),
    ],
)
def test_one_server_that_does_not_agree_is_enough_to_wait(answers):
    assert step(Present(name="old.example.com"), answers) is Step.WAIT


def test_waiting_says_what_each_server_said():
    answers = (AGREED[0], ServerAnswer(server="ns2.example.com", rcode=Rcode.NXDOMAIN))
    reason = towards(WISH, Present(), ADDRESS, lambda: answers).reason
    assert "ns1.example.com says 192.0.2.10; ns2.example.com says NXDOMAIN" in reason


def test_the_name_of_an_adopted_address_is_left_alone_when_the_resource_goes():
    kept = Wish(name="mail.example.com", release=False, adopted=True)
    assert away(kept, Present(name="mail.example.com")).step is Step.DONE


@pytest.mark.parametrize(
    "wish",
    [
        Wish(name="mail.example.com", release=True, adopted=False),
        Wish(name="mail.example.com", release=True, adopted=True),
        WISH,
    ],
)
def test_an_address_that_goes_loses_its_name_first_and_is_done_when_ec2_no_longer_lists_it(wish):
    assert away(wish, Present(name="mail.example.com")).step is Step.RESET
    assert away(wish, Present(name="mail.example.com", pending="")).step is Step.WAIT
    assert away(wish, Present()).step is Step.DONE


def test_a_name_that_is_still_landing_is_reset_too():
    assert away(WISH, Present(pending="mail.example.com")).step is Step.RESET


@pytest.mark.parametrize(
    ("taken", "minutes", "over"),
    [
        (Step.MODIFY, 40, False),
        (Step.MODIFY, 41, True),
        (Step.RESET, 41, True),
        (Step.WAIT, 41, False),
        (Step.WAIT, 45, True),
        (Step.DONE, 99, False),
    ],
)
def test_changes_are_asked_for_during_forty_minutes_and_waited_for_a_little_longer(taken, minutes, over):
    assert is_over(Decision(step=taken, reason=""), timedelta(minutes=minutes)) is over
