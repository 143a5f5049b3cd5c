"""MAIL FROM, MTA-STS, TLS-RPT and the null MX: fires, does not fire, unknown."""

import pytest

from staygreen.core.dns.message import Rcode
from staygreen.core.published import mail_from, null_mx, tls
from tests.unit.published.dns_world import answers, states

SES = {"amazonses.com TXT": "v=spf1 ip4:198.51.100.0/24 -all"}
RIGHT_MX, RIGHT_SPF = "10 feedback-smtp.eu-west-1.amazonses.com", "v=spf1 include:amazonses.com ~all"


@pytest.mark.parametrize(
    ("mx", "text", "found"),
    [
        (RIGHT_MX, RIGHT_SPF, {}),
        (f"{RIGHT_MX}.", "v=spf1 ip4:192.0.2.1 include:amazonses.com -all", {}),
        (None, RIGHT_SPF, {"mail_from_mx": "BAD"}),
        ("10 feedback-smtp.us-east-1.amazonses.com", RIGHT_SPF, {"mail_from_mx": "BAD"}),
        ([RIGHT_MX, "20 mx.d.test"], RIGHT_SPF, {"mail_from_mx": "BAD"}),
        ("10 mx.d.test", RIGHT_SPF, {"mail_from_mx": "BAD"}),
        (RIGHT_MX, None, {"mail_from_spf": "BAD"}),
        (RIGHT_MX, "v=spf1 -all", {"mail_from_spf": "BAD"}),
        (RIGHT_MX, "v=spf1 ?include:amazonses.com -all", {"mail_from_spf": "BAD"}),
        (RIGHT_MX, [RIGHT_SPF, RIGHT_SPF], {"mail_from_spf": "BAD"}),
        (RIGHT_MX, "v=spf1 include:amazonses.com include:gone.test ~all", {"mail_from_spf": "BAD"}),
        (Rcode.TIMEOUT, RIGHT_SPF, {"mail_from_mx": "UNKNOWN"}),
        (RIGHT_MX, Rcode.SERVFAIL, {"mail_from_spf": "UNKNOWN"}),
    ],
)
def test_mail_from(mx, text, found):
    table = {**SES, "b.d.test MX": mx, "b.d.test TXT": text}
    table = {key: value for key, value in table.items() if value is not None}
    assert states(mail_from.judge("b.d.test", "eu-west-1", answers(table))) == found


@pytest.mark.parametrize(
    ("live", "state"),
    [
        ("v=STSv1; id=1;", "OK"),
        ("v=STSv1;id=1", "OK"),
        (None, "BAD"),
        ("v=STSv1; id=2;", "BAD"),
        (["v=STSv1; id=1;"] * 2, "BAD"),
        (Rcode.REFUSED, "UNKNOWN"),
    ],
)
def test_a_declared_mta_sts_record(live, state):
    table = {"_mta-sts.d.test TXT": live} if live is not None else {}
    (judged,) = tls.judge("d.test", {"mta_sts": "v=STSv1; id=1;"}, answers(table))
    assert judged.state.value == state
    assert tls.judge("d.test", {}, answers(table)) == ()


@pytest.mark.parametrize(
    ("live", "state"),
    [
        ("0 .", "OK"),
        (None, "BAD"),
        ("10 mx.d.test", "BAD"),
        (["0 .", "10 mx.d.test"], "BAD"),
        (Rcode.TIMEOUT, "UNKNOWN"),
    ],
)
def test_a_parked_domain_takes_no_mail(live, state):
    (judged,) = null_mx.judge("d.test", answers({"d.test MX": live} if live is not None else {}))
    assert judged.state.value == state
