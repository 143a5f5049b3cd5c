"""The address that a reply names is the sender's, never that of the server that answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.replies.decode import Cause, decode
from staygreen.core.replies.reply import address

OURS, THEIRS = "192.0.2.10", "203.0.113.9"
BLOCK = f"550 5.7.1 Unfortunately, messages from [{OURS}] weren't sent, they are on our block list (S3140)."

WAYS_TO_NAME_A_HOST = [
    "host mx.customer.example [{}]: {}",
    "host mx.customer.example[{}] said: {}",
    "relay=mx.customer.example. [{}], dsn=5.7.1, stat={}",
    "H=mx.customer.example [{}]: SMTP error from remote mail server after end of data: {}",
    "while talking to mx.customer.example. [{}]: {}",
    "SMTP error from mx.customer.example[{}]:25: {}",
    "connected to {} but the sender was refused. Remote host said: {}",
    "{} does not like recipient. Remote host said: {}",
    "Receiving server: mx.customer.example ({}) answered {}",
]


@pytest.mark.parametrize("form", WAYS_TO_NAME_A_HOST)
def test_the_address_of_the_answering_server_is_not_ours(form):
    assert address(form.format(THEIRS, BLOCK)) == OURS
    assert address(form.format(THEIRS, "550 5.7.1 no")) is None


@given(form=st.sampled_from(WAYS_TO_NAME_A_HOST), theirs=st.ip_addresses(v=4).map(str))
def test_whoever_answers_the_block_is_of_our_address(form, theirs):
    found = decode(form.format(theirs, BLOCK))
    assert (found.cause, found.ip) == (Cause.IP_BLOCKED, OURS)


@pytest.mark.parametrize(
    "text",
    [
        f"554 5.7.1 <mail.shop.example[{OURS}]>: Client host rejected: Access denied",
        f"550 Client host mail.shop.example [{OURS}] blocked",
        f"550 5.7.1 Client host [{OURS} <-- mail.shop.example] refused",
        f"421 4.7.0 [{OURS}  15] too fast",
        f"554 IP={OURS} - no",
        f"550 no, see http://lists.invalid/lookup?ip={OURS} for why",
        f"550 see https://lists.invalid/query/ip/{OURS}, please",
        f"554 {OURS}: Sender IP rejected",
        f"421 too many sessions from {OURS}. Close some",
        f"{OURS} was refused by us",
    ],
)
def test_our_address_is_found_in_each_of_its_forms(text):
    assert address(text) == OURS


def test_an_ipv6_address_may_carry_its_mark():
    assert address("550 5.7.1 Client host [IPv6:2001:db8::10] blocked") == "2001:db8::10"


@pytest.mark.parametrize(
    "text",
    [
        "550 blocked; https://check.spamhaus.org/returnc/pub/203.0.113.53/ tells more",
        "554 blocked: open resolver; https://www.spamhaus.org/returnc/vol/2001:db8::53/ tells more",
    ],
)
def test_the_resolver_of_the_receiving_side_is_not_our_address(text):
    assert address(text) is None
