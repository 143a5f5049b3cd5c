"""What the rules say of replies, and what no rule may say."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.replies.decode import Cause, Certainty, Route, Scope, System, decode, rules
from staygreen.core.replies.delivery_event import redacted
from staygreen.core.replies.reply import normalise
from tests.budget import examples

S3150 = (
    "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. Please contact your Internet service provider "
    "since part of their network is on our block list (S3150)."
)
THROTTLED = (
    "451 4.7.651 The mail server [192.0.2.10] has been temporarily rate limited due to IP reputation. "
    "For e-mail delivery information, see https://postmaster.live.com (S844)"
)
EXAMPLES = [rule.example for rule in rules()]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_every_rule_decides_its_own_example(rule):
    assert decode(rule.example).rule == rule.id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (S3150, "outlook_consumer ip_blocked ip support_form S3150"),
        (S3150.replace("S3150", "S3140"), "outlook_consumer ip_blocked ip support_form S3140"),
        (S3150.replace("S3150", "AS3140"), "outlook_consumer ip_blocked ip support_form AS3140"),
        (THROTTLED, "outlook_consumer ip_throttled ip slow_down S844"),
        (THROTTLED.replace("4.7.651", "4.7.650"), "outlook_consumer ip_throttled ip slow_down S844"),
        (
            "451 4.7.500 Server busy. Please try again later from [192.0.2.10]. (S77714)",
            "outlook_consumer ip_throttled ip slow_down S77714",
        ),
        (
            "550 5.7.649 Access denied, banned sending IP [192.0.2.10].",
            "exchange_online ip_blocked ip delist_portal 5.7.649",
        ),
        (
            "550 5.7.511 Access denied, banned sender[192.0.2.10]. AS(508)",
            "exchange_online sender_banned ip delist_mail 5.7.511",
        ),
        ("450 4.7.850 Access denied, please try again later", "exchange_online ip_throttled ip wait 4.7.850"),
        ("550 OU-001 Mail rejected", "outlook_consumer third_party_list ip third_party OU-001"),
        ("421 RP-003 limit", "outlook_consumer connection_limit ip slow_down RP-003"),
    ],
)
def test_each_family_of_microsoft_codes_leads_to_its_own_route(text, expected):
    found = decode(text)
    assert (
        " ".join((found.system.value, found.cause.value, found.scope.value, found.route.value, found.code)) == expected
    )


@pytest.mark.parametrize(
    "text",
    [
        "550 5.7.1 Message rejected",
        "550 5.7.1 <reader@customer.example>... Access denied",
        "550 5.7.1 [192.0.2.10] refused [AM7EUR03FT001.eop-EUR03.prod.protection.outlook.com]",
        "550 5.7.650 something new",
        "550 5.7.1 trouble (S9999)",
        "550 5.7.60 Access denied",
        "550 5.7.605 not from the series",
    ],
)
def test_what_no_rule_knows_is_unknown(text):
    found = decode(text)
    assert found.cause is Cause.UNKNOWN
    assert found.scope is Scope.UNKNOWN
    assert found.route is Route.NONE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("550 5.4.312 Message expired, DNS query failed", "exchange_online server_busy wait"),
        ("554 5.4.14 Hop count exceeded - possible mail loop ATTR34", "other unknown contact_recipient"),
        ("550 domain [shop.example] mismatches client ip 192.0.2.10.", "other authentication fix_dns"),
        ("501 5.1.8 Sender address rejected", "other authentication fix_dns"),
        ("550 5.1.8 Access denied, bad outbound sender", "exchange_online sender_banned none"),
        ("554 5.7.1 <reader@customer.example>: Relay access denied", "other recipient_unknown contact_recipient"),
        ("550 5.2.2 STOREDRV.Submit; submission quota exceeded", "exchange_online ip_throttled slow_down"),
        ("552 sorry, that mailbox is over quota temporarily (#5.1.1)", "other mailbox_full contact_recipient"),
        ("451 4.7.1 Greylisting in action, please come back later", "other server_busy wait"),
        ("550 5.7.1 Local Policy Violation", "other content_policy none"),
        ("450 4.1.8 <n@shop.example>: Sender address rejected: Domain not found", "other authentication fix_dns"),
        ("Host or domain name not found. Name service error: Host not found, try again", "other server_busy wait"),
    ],
)
def test_what_a_reply_is_about_tells_standing_from_the_recipients_and_the_servers_own_trouble(text, expected):
    found = decode(text)
    assert " ".join((found.system.value, found.cause.value, found.route.value)) == expected


def test_a_message_that_expired_alone_names_no_cause():
    found = decode("4.4.7")
    assert (found.cause, found.rule) == (Cause.UNKNOWN, "generic.expired")
    assert decode("554 4.4.7 Message expired<550 something new>").rule == ""


@pytest.mark.parametrize("text", ["550 5.2.1", "554 5.2.1", "550 5.7.23", "451 4.4.6", "550 5.1.8"])
def test_a_code_that_may_be_cut_off_or_has_lost_its_words_is_not_read(text):
    assert decode(text).cause is Cause.UNKNOWN


def test_a_status_field_is_a_code_and_nothing_more():
    assert decode("5.2.2").cause is Cause.MAILBOX_FULL


def test_a_plain_571_is_never_a_block_of_an_address_even_from_microsoft():
    assert decode("550 5.7.1 no", "mx.olc.protection.outlook.com").cause is Cause.UNKNOWN


def test_what_was_taken_well_after_a_refusal_is_not_its_code():
    found = decode("451 4.3.0 Error: queue file write error In: QUIT Out: 221 2.0.0 Bye")
    assert (found.code, found.permanent) == ("4.3.0", False)


def test_the_reply_inside_another_servers_words_is_the_one_that_counts():
    wrapped = f"554 4.4.7 Message expired: unable to deliver in 840 minutes.<{THROTTLED}>"
    found = decode(wrapped)
    assert (found.cause, found.permanent, found.code) == (Cause.IP_THROTTLED, False, "S844")


def test_an_address_of_the_answering_host_is_not_taken_for_ours():
    found = decode(f"host mx.olc.protection.outlook.com[198.51.100.7] said: {S3150}")
    assert found.ip == "192.0.2.10"


def test_a_range_in_the_reply_is_a_blocked_range():
    found = decode(S3150.replace("192.0.2.10", "192.0.2.0/24"))
    assert (found.cause, found.scope, found.ip) == (Cause.RANGE_BLOCKED, Scope.RANGE, "192.0.2.0/24")


def test_translated_words_with_a_known_code_are_marked_as_inferred():
    found = decode("550 5.7.1 Messages de [192.0.2.10] non remis (S3150)")
    assert (found.system, found.cause, found.certainty) == (
        *(System.OUTLOOK_CONSUMER, Cause.IP_BLOCKED),
        Certainty.INFERRED,
    )


def test_the_domain_that_fails_authentication_is_named():
    found = decode("550; 5.7.515 Access denied, sending domain [Shop.Example] does not meet the required level")
    assert (found.domain, found.route) == ("shop.example", Route.FIX_DNS)


def test_apples_code_is_not_taken_for_microsofts():
    assert decode("550 5.7.1 [CS01] Message rejected due to local policy").system is System.APPLE


def test_a_host_of_another_provider_outweighs_words_that_look_like_microsofts():
    assert decode("550 5.7.606 no", "mx.l.google.com").cause is Cause.UNKNOWN


def test_redaction_keeps_the_domain_and_drops_the_local_part():
    assert redacted("550 <anna.b@customer.example>: gone") == "550 <***@customer.example>: gone"


@pytest.mark.parametrize(
    "local", ["jürgen", "用户", '"anna b"', '"anna@b"', "o'brien", "b+anna=customer.example", "a" * 400, "anna\u200b"]
)
@pytest.mark.parametrize("domain", ["customer.example", "пример.example", "[192.0.2.1]", "localhost"])
def test_a_local_part_of_any_form_is_dropped_whole(local, domain):
    told = redacted(f"550 <{local}@{domain}>: gone")
    assert told.endswith(f"***@{domain}>: gone")
    assert not set(re.findall(r"\w{2,}", local.partition("=")[0])) & set(re.findall(r"\w{2,}", told))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("header.i=@shop.example", "header.i=@shop.example"),
        ("smtp.mailfrom=anna@shop.example", "smtp.mailfrom=***@shop.example"),
        ("to anna(of sales)@shop.example", "to ***@shop.example"),
        ("to anna(of (north) sales)@shop.example", "to ***@shop.example"),
        ("to anna@(home)shop.example", "to ***@(home)shop.example"),
        ("to anna=40shop.example", "to ***=40shop.example"),
        ("https://shop.example/leave?u=o'anna%40shop.example&x=1", "https://shop.example/leave?***%40shop.example&x=1"),
        ("header.i=anna=40shop.example", "header.i=***=40shop.example"),
        ("timeout=40s, size=40", "timeout=40s, size=40"),
    ],
)
def test_a_local_part_is_dropped_however_the_address_is_written_and_nothing_else(text, shown):
    assert redacted(text) == shown


def test_continuation_lines_are_one_reply():
    assert normalise("550-5.7.26 first\r\n550-5.7.26 second\r\n550 5.7.26 third") == "550-5.7.26 first second third"


@given(text=st.sampled_from(EXAMPLES), end=st.integers(0, 400))
def test_a_cut_reply_never_says_something_else_than_the_whole(text, end):
    part, whole = decode(text[:end]), decode(text)
    assert part.cause in (Cause.UNKNOWN, whole.cause)
    assert part.ip in (None, whole.ip)
    assert part.domain in (None, whole.domain)
    assert part.scope in (Scope.UNKNOWN, whole.scope)
    assert part.route in (Route.NONE, whole.route)


FROM_THE_CLOUD = [
    f"{example.rstrip(' #')} [VI1PR0501MB1234.eurprd05.prod.outlook.com]"
    for example in EXAMPLES
    if "resolver." in example.lower() or "storedrv" in example.lower()
]


@given(text=st.sampled_from([*EXAMPLES, *FROM_THE_CLOUD]), end=st.integers(0, 400))
def test_a_cut_reply_never_names_another_system_than_the_whole(text, end):
    part, whole = decode(text[:end]), decode(text)
    assert part.system in (System.OTHER, whole.system)


def test_exchange_is_an_organisations_own_only_where_its_host_or_its_end_says_so():
    text = "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found"
    assert decode(text).system is System.OTHER
    assert decode(f"#{text} ##").system is System.ON_PREMISES
    assert decode(text, "mail.customer.example").system is System.ON_PREMISES
    assert decode(text, "x.prod.outlook.com").system is System.EXCHANGE_ONLINE


def test_a_client_that_postfix_names_is_ours():
    text = "554 5.7.1 <mail.shop.example[192.0.2.10]>: Client host rejected: blocked using bl.customer.example; no"
    assert (decode(text).cause, decode(text).ip) == (Cause.THIRD_PARTY_LIST, "192.0.2.10")


@given(text=st.sampled_from(EXAMPLES), data=st.data())
def test_folding_changes_nothing(text, data):
    spaces = [at for at, char in enumerate(text) if char == " "]
    chosen = set(data.draw(st.lists(st.sampled_from(spaces), max_size=8)))
    fold = data.draw(st.sampled_from(["\r\n ", "\n\t", "\n  ", " \r\n"]))
    folded = "".join(fold if at in chosen else char for at, char in enumerate(text))
    assert decode(folded) == decode(text)


@given(text=st.sampled_from(EXAMPLES))
def test_wrapping_keeps_the_cause(text):
    wrapped = f"554 4.4.7 Message expired: unable to deliver in 840 minutes.<{text}>"
    assert decode(wrapped).cause is decode(text).cause


@given(st.text(max_size=400))
@examples(60)
def test_no_text_makes_it_fail(text):
    assert decode(text).text is not None


def test_every_rule_is_written_in_lower_case_and_means_something():
    for rule in rules():
        phrases = (*rule.all, *rule.any, *rule.none, *rule.zone_after, *rule.without, *sum(rule.words, ()))
        assert all(phrase == phrase.lower() for phrase in phrases), rule.id
        assert rule.all or rule.any or rule.codes or rule.markers or rule.zone_after or rule.words, rule.id
        assert rule.meaning.endswith("."), rule.id


def test_a_provider_is_a_file():
    folder = Path(__file__).parents[3] / "staygreen" / "core" / "data" / "replies"
    assert {rule.file for rule in rules()} == {file.stem for file in folder.glob("*.toml")}


def test_a_quote_of_a_line_before_opens_no_local_part():
    told = 'He said "yes".\nThen came odd"@shop.example'
    assert redacted(told) == 'He said "yes".\nThen came ***@shop.example'
    assert redacted('"anna b"@shop.example') == "***@shop.example"
    assert redacted('"@shop.example') == "***@shop.example"
