"""What holds for all judges of records."""

from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.dns.message import Rcode, Reply
from staygreen.core.finding import State
from staygreen.core.published import causes, dkim, dmarc, mail_from, null_mx, ptr, ses_identity, spf, tls
from staygreen.core.published.dns_cache import Answers
from tests.budget import examples


def test_every_cause_has_its_words():
    auth = {
        *spf.CAUSES,
        *dkim.CAUSES,
        *dmarc.CAUSES,
        *mail_from.CAUSES,
        *tls.CAUSES,
        *ses_identity.CAUSES,
        null_mx.NULL_MX,
    }
    assert set(causes.AUTH_RECORDS) == auth
    assert set(causes.REVERSE_DNS) == set(ptr.CAUSES)


@examples(20)
@given(st.text(max_size=200), st.sampled_from(["v=spf1 ", "v=DMARC1; p=none; ", "v=DKIM1; p=", ""]))
def test_nothing_that_is_published_breaks_a_judge(text, start):
    def everything(questions):
        for question in questions:
            yield Reply(question=question, rcode=Rcode.NOERROR, values=(start + text,))

    found = Answers(everything)
    judged = [
        *spf.judge("d.test", found, spf.Expected(hosts=(ip_address("192.0.2.10"),))),
        *dmarc.judge("d.test", found, declared="v=DMARC1; p=none"),
        *dkim.judge("d.test", (dkim.Selector(name="s"), dkim.Selector(name="t", target="t.test")), found),
        *mail_from.judge("b.d.test", "eu-west-1", found),
        *null_mx.judge("d.test", found),
        *tls.judge("d.test", {"tls_rpt": "v=TLSRPTv1; rua=mailto:a@d.test"}, found),
        *ptr.judge(ptr.Expected(address=ip_address("192.0.2.10")), ptr.Views(resolvers={"one": found})),
    ]
    assert all(each.text and each.state in State for each in judged if each.state is not State.OK)
