"""What a deployment would lose, and what is not possible yet: fires, does not fire, unknown."""

from dataclasses import replace

import pytest

from staygreen.adapters.memory.world import MemoryLookup
from staygreen.core.config.parser import parse
from staygreen.core.dns.message import Question, Rcode, RecordType, Reply
from staygreen.core.preflight import judge
from staygreen.core.preflight.world import ElasticIp, Sending, World
from staygreen.core.published.dns_cache import Answers
from staygreen.core.ses.identity import SesIdentity

ZONE = "Z0EXAMPLECOM00000000"
CONFIG = f"""
[sender]
name = "example"
account = "000000000000"
region = "eu-west-1"

[[configuration_set]]
name = "main"

[[domain]]
name = "d.test"
zone = {{ id = "{ZONE}", name = "d.test" }}
spf = {{ mechanisms = [{{ value = "a:mail.d.test", reason = "ours" }}], all = "-all", other_txt = ["verified=1"] }}
dmarc = {{ policy = "reject", aggregate_reports = ["dmarc@d.test"] }}

[[address]]
name = "mail-1"
ptr = "mail.d.test"
allocation_id = "eipalloc-00000000000000001"
zone = {{ id = "{ZONE}", name = "d.test" }}

[[address]]
name = "mail-2"
ptr = "mail-2.d.test"
"""
MAILBOX = f"""
[mailbox]
domain = "reports.d.test"
zone = {{ id = "{ZONE}", name = "d.test" }}
"""
RECEIVES = "inbound-smtp.eu-west-1.amazonaws.com A"
PUBLISHED = {"d.test NS": ("ns-1.awsdns.test",), RECEIVES: ("192.0.2.25",)}
SENDING = Sending(is_production=True, is_paused=False, enforcement="HEALTHY", daily_quota=50000.0, sent_in_a_day=100.0)
OURS = ElasticIp(ip="192.0.2.1", reverse_name="mail.d.test", attached_to="i-1", sender="example")
WORLD = World(
    account_id="000000000000",
    sending=SENDING,
    identities=(),
    zones={ZONE: ("ns-1.awsdns.test.",)},
    addresses={"eipalloc-00000000000000001": OURS},
    address_quota=5,
    active_rule_set="",
)


def told(published=None, config=CONFIG, silent=(), **changed):
    replies = {
        key: Reply(question=Question(key.split()[0], RecordType(key.split()[1])), rcode=Rcode.NOERROR, values=values)
        for key, values in {**PUBLISHED, **(published or {})}.items()
    }
    replies |= {key: Reply(question=Question(key), rcode=Rcode.TIMEOUT) for key in silent}
    items = judge(parse(config, "mine.toml"), replace(WORLD, **changed), Answers(MemoryLookup(replies=replies)))
    assert all(item.text and item.next_step for item in items)
    return [(item.kind.value, item.subject, item.text) for item in items if item.subject != "port 25"]


def test_nothing_is_in_the_way_of_a_fresh_sender():
    assert told() == []


def test_what_is_published_as_declared_is_not_lost():
    assert told({"d.test TXT": ("v=spf1 a:mail.d.test -all", "verified=1"), "mail.d.test A": ("192.0.2.1",)}) == []


@pytest.mark.parametrize(
    ("published", "subject", "words"),
    [
        ({"d.test TXT": ("verified=1", "other=2")}, "d.test", "other=2"),
        ({"d.test TXT": ("v=spf1 include:_spf.other.test ~all",)}, "d.test", "include:_spf.other.test"),
        ({"_dmarc.d.test TXT": ("v=DMARC1; p=none; rua=mailto:a@d.test",)}, "_dmarc.d.test", "p=none"),
        ({"bounce.d.test MX": ("10 feedback-smtp.us-east-1.amazonses.com",)}, "bounce.d.test", "us-east-1"),
        ({"mail.d.test A": ("198.51.100.1",)}, "mail.d.test", "198.51.100.1"),
    ],
)
def test_what_is_published_and_not_declared_is_lost(published, subject, words):
    ((kind, about, text),) = told(published)
    assert (kind, about) == ("lost", subject)
    assert words in text


def test_a_mailbox_takes_no_name_that_receives_mail_already():
    published = {"reports.d.test MX": ("10 mx.d.test.",)}
    assert told(published, CONFIG + MAILBOX) == [
        ("lost", "reports.d.test", "published as MX and not in the configuration: 10 mx.d.test.")
    ]


def test_a_long_text_is_cut_and_a_name_in_capitals_is_the_same():
    ((_, _, text),) = told({"d.test TXT": ("x" * 5000,)})
    assert len(text) < 200
    published = {"bounce.d.test MX": ("10 FEEDBACK-SMTP.eu-west-1.amazonses.com.",)}
    assert told(published) == []


def test_silence_of_dns_is_never_nothing_to_lose():
    assert told(silent=("d.test TXT",)) == [("unknown", "d.test", "DNS did not answer for d.test TXT")]


@pytest.mark.parametrize(
    ("changed", "kind", "subject", "words"),
    [
        ({"account_id": "1"}, "impossible", "credentials", "the configuration says 000000000000"),
        ({"zones": {}}, "impossible", "d.test", "not in this account"),
        ({"zones": {ZONE: ("ns-9.awsdns.test",)}}, "impossible", "d.test", "DNS asks ns-1.awsdns.test"),
        ({"sending": replace(SENDING, is_production=False)}, "impossible", "SES", "sandbox"),
        ({"sending": replace(SENDING, is_paused=True, enforcement="SHUTDOWN")}, "impossible", "SES", "SHUTDOWN"),
        ({"sending": replace(SENDING, sent_in_a_day=50000.0)}, "impossible", "SES", "quota of 50,000"),
        ({"addresses": {}}, "impossible", "mail-1", "no Elastic IP"),
        ({"address_quota": 0}, "impossible", "Elastic IPs", "the region allows 0"),
        ({"concurrent_runs": 10}, "note", "Lambda", "10 functions may run at once"),
        (
            {"identities": (SesIdentity(name="d.test", is_verified=True, verification="SUCCESS"),)},
            "note",
            "d.test",
            "exists already",
        ),
        (
            {"identities": (SesIdentity(name="other.test", is_verified=True, verification="SUCCESS"),)},
            "note",
            "other.test",
            "no default configuration set",
        ),
        ({"failures": {"SES": "AccessDenied"}, "sending": None}, "unknown", "SES", "AccessDenied"),
    ],
)
def test_the_account(changed, kind, subject, words):
    ((found, about, text),) = told(**changed)
    assert (found, about) == (kind, subject)
    assert words in text


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (OURS, []),
        (replace(OURS, sender="", attached_to=""), []),
        (replace(OURS, sender="", reverse_name=""), ["note"]),
        (replace(OURS, sender=""), ["lost"]),
        (replace(OURS, sender="another"), ["lost"]),
        (replace(OURS, reverse_name="old.d.test"), ["lost"]),
        (replace(OURS, sender="", attached_to="", reverse_name="old.d.test"), ["lost"]),
    ],
)
def test_an_address_that_is_adopted(found, expected):
    assert [kind for kind, *_ in told(addresses={"eipalloc-00000000000000001": found})] == expected


def test_a_mailbox_needs_a_region_in_which_ses_receives():
    assert told({RECEIVES: ()}) == []
    ((kind, subject, text),) = told({RECEIVES: ()}, CONFIG + MAILBOX)
    assert (kind, subject) == ("impossible", "mailbox")
    assert "eu-west-1" in text
    ((kind, subject, _),) = told(config=CONFIG + MAILBOX, silent=(RECEIVES,))
    assert kind == "unknown"


def test_another_receipt_rule_set_concerns_a_mailbox_alone():
    assert told(active_rule_set="theirs") == []
    ((kind, subject, text),) = told(config=CONFIG + MAILBOX, active_rule_set="theirs")
    assert (kind, subject) == ("note", "receipt rules")
    assert "theirs" in text
    assert told(config=CONFIG + MAILBOX, active_rule_set="staygreen-example-production") == []


def test_a_provider_for_github_that_exists_is_named_with_what_to_write():
    arn = "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com"
    wanted = CONFIG + '\n[github]\nrepository = "example/mail"\n'
    assert told(github_provider=arn) == told(config=wanted, github_provider="") == []
    assert told(config=f'{wanted}provider = "{arn}"\n', github_provider=arn) == []
    items = judge(parse(wanted, "mine.toml"), replace(WORLD, github_provider=arn), Answers(MemoryLookup(replies={})))
    (step,) = (item.next_step for item in items if item.subject == "GitHub")
    assert step.endswith(f'provider = "{arn}"')


FUNCTION = "arn:aws:lambda:eu-west-1:000000000000:function:pager"
OUTSIDE = f"""
[monitor.refusals]
log_groups = ["/mail/postfix"]

[[notifications.subscriptions]]
topic = "alerts"
protocol = "lambda"
endpoint = "{FUNCTION}"

[[notifications.chat.slack]]
workspace = "T0123456789"
channel = "C0123456789"
"""


@pytest.mark.parametrize(
    ("asked", "subject"),
    [
        ("log_groups", "/mail/postfix"),
        ("subscribers", FUNCTION),
        ("chat_clients", "T0123456789"),
    ],
)
def test_what_others_have_to_make_first_is_named_before_a_deployment_fails_on_it(asked, subject):
    config = CONFIG + OUTSIDE
    ((kind, named, text),) = told(config=config, **{asked: frozenset()})
    assert (kind, named) == ("impossible", subject)
    assert "fails on it" in text
    assert told(config=config, **{asked: frozenset({subject})}) == []


def test_a_secret_that_stands_in_the_way_is_named():
    ((kind, subject, _),) = told(recipient_key="staygreen/example/production/recipient-key")
    assert (kind, subject) == ("impossible", "staygreen/example/production/recipient-key")


def with_only(*names):
    return CONFIG.replace('region = "eu-west-1"\n', f'region = "eu-west-1"\nonly = {list(names)}\n')


def test_another_sender_in_the_account_is_named_until_only_divides_it():
    ((kind, subject, text),) = told(other_deployments=("bravo (production)", "example (staging)"))
    assert (kind, subject) == ("note", "other senders")
    assert "bravo (production), example (staging)" in text
    assert told(other_deployments=()) == []
    assert told(config=with_only("d.test"), other_deployments=("bravo (production)",)) == []


def test_a_name_in_only_that_nothing_has_is_told_with_the_nearest():
    config = with_only("d.test", "elsewhere.test", "warm-1")
    assert told(config=config, ses_names=frozenset({"elsewhere.test", "warm-1", "theirs"})) == []
    found = told(config=config, ses_names=frozenset({"elsewere.test", "cold"}))
    assert [(kind, subject) for kind, subject, _ in found] == [
        ("impossible", "elsewhere.test"),
        ("impossible", "warm-1"),
    ]
    assert "no such identity; did you mean elsewere.test?" in found[0][2]
    assert found[1][2].endswith("no such dedicated IP pool")


def test_without_an_account_dns_alone_is_judged():
    config = parse(CONFIG, "mine.toml")
    items = judge(config, World(), Answers(MemoryLookup()))
    assert {item.kind.value for item in items} <= {"note"}


def test_what_would_be_lost_comes_first():
    kinds = [kind for kind, *_ in told({"d.test TXT": ("x",)}, address_quota=0, failures={"SES": "no"})]
    assert kinds == ["lost", "impossible", "unknown"]
