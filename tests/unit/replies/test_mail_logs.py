"""Logs of mail servers are known as logs, and what was delivered is no refusal."""

import pytest

from staygreen.core.replies import input_format
from staygreen.core.replies.decode import Cause
from staygreen.core.replies.delivery_event import Kind, Unreadable
from staygreen.core.replies.input_format import Form
from staygreen.core.replies.mail_log import log

BLOCK = "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent, they are on our block list (S3150)."
HOST = "outlook-com.olc.protection.outlook.com"
POSTFIX_SENT = (
    "to=<a@customer.example>, relay=mx.customer.example[203.0.113.7]:25, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued)"
)
POSTFIX_BOUNCED = (
    f"to=<b@outlook.test>, relay={HOST}[203.0.113.9]:25, dsn=5.7.1, status=bounced "
    f"(host {HOST}[203.0.113.9] said: {BLOCK} (in reply to MAIL FROM command))"
)
EXIM_SENT = (
    "1tF0aA-000000001AA-1abc => a@customer.example R=dnslookup T=remote_smtp H=mx.customer.example [203.0.113.7]"
)
EXIM_BOUNCED = (
    f"1tF0aB-000000001AB-1abc ** b@outlook.test R=dnslookup T=remote_smtp H={HOST} [203.0.113.9]: "
    f"SMTP error from remote mail server after MAIL FROM:<news@shop.example>: {BLOCK}"
)
SENDMAIL_SENT = (
    "5AO50000: to=<a@customer.example>, delay=00:00:01, mailer=esmtp, relay=mx.customer.example. [203.0.113.7], "
    "dsn=2.0.0, stat=Sent (ok)"
)
SENDMAIL_BOUNCED = (
    f"5AO50001: to=<b@outlook.test>, delay=00:00:01, mailer=esmtp, relay={HOST}. [203.0.113.9], dsn=5.7.1, "
    f"reply={BLOCK}, stat=Service unavailable"
)
DOVECOT = "Nov 24 04:59:59 mail dovecot: imap-login: Login: user=<a>, method=PLAIN, rip=198.51.100.3"


def _syslog(program, text):
    return f"Nov 24 05:00:00 mail {program}: {text}"


LOGS = {
    "postfix": (_syslog("postfix/smtp[1]", POSTFIX_SENT), _syslog("postfix/smtp[1]", POSTFIX_BOUNCED)),
    "postfix under another name": (_syslog("out-3/smtp[1]", POSTFIX_SENT), _syslog("out-3/smtp[1]", POSTFIX_BOUNCED)),
    "postfix in a container": (f"mail-1  | {POSTFIX_SENT}", f"mail-1  | {POSTFIX_BOUNCED}"),
    "dovecot first": (DOVECOT, _syslog("postfix/smtp[1]", POSTFIX_SENT), _syslog("postfix/smtp[1]", POSTFIX_BOUNCED)),
    "exim": (f"2026-11-24 05:00:00 {EXIM_SENT}", f"2026-11-24 05:00:01 {EXIM_BOUNCED}"),
    "exim through syslog": (
        _syslog("exim[7]", f"2026-11-24 05:00:00 {EXIM_SENT}"),
        _syslog("exim[7]", f"2026-11-24 05:00:00 {EXIM_BOUNCED}"),
    ),
    "exim through syslog without its own date": (_syslog("exim", EXIM_SENT), _syslog("exim", EXIM_BOUNCED)),
    "sendmail": (_syslog("sendmail[9]", SENDMAIL_SENT), _syslog("sm-mta[9]", SENDMAIL_BOUNCED)),
    "qmail": (
        "@400000006543210f1a2b3c4d starting delivery 7: msg 3 to remote b@outlook.test",
        "@400000006543210f1a2b3c4d delivery 6: success: 203.0.113.7_accepted_message./",
        f"@400000006543210f1a2b3c4d delivery 7: failure: 203.0.113.9_does_not_like_recipient./Remote_host_said:_"
        f"{BLOCK.replace(' ', '_')}/Giving_up_on_203.0.113.9./",
    ),
    "powermta": (
        "type,timeLogged,rcpt,dsnStatus,dsnDiag,dsnMta,dlvSourceIp",
        'd,2026-11-24 05:00:00+0000,a@customer.example,2.0.0,"smtp;250 ok",mx.customer.example (203.0.113.7),x',
        f'b,2026-11-24 05:00:01+0000,b@outlook.test,5.7.1,"smtp;{BLOCK}",{HOST} (203.0.113.9),192.0.2.10',
    ),
    "haraka": (
        _syslog("haraka[5]", "[INFO] [X] [outbound] delivered file=1 response='250 2.0.0 queued'"),
        _syslog("haraka[5]", f"[NOTICE] [X] [outbound] recipient <b@outlook.test> rejected: {BLOCK}"),
    ),
}


@pytest.mark.parametrize("lines", LOGS.values(), ids=LOGS.keys())
def test_a_log_is_known_whoever_wrote_it_and_only_the_refusal_is_read(lines):
    assert input_format.form("\n".join(lines).encode()) is Form.LOG
    (found,) = input_format.log(lines)
    decoded = found.decoded()
    assert (found.kind, found.recipient) == (Kind.REFUSED, "b@outlook.test")
    assert (decoded.cause, decoded.ip, decoded.code) == (Cause.IP_BLOCKED, "192.0.2.10", "S3150")


def test_a_deferral_of_sendmail_is_a_delay_of_each_recipient():
    line = _syslog(
        "sendmail[9]",
        "5AO50001: to=<b@outlook.test>,<c@outlook.test>, delay=1, mailer=esmtp, relay=mx.x.example. [203.0.113.9], "
        "dsn=4.7.0, stat=Deferred: 421 4.7.0 later",
    )
    found = list(input_format.log([line]))
    assert [(each.kind, each.recipient, each.text) for each in found] == [
        (Kind.DELAYED, "b@outlook.test", "421 4.7.0 later"),
        (Kind.DELAYED, "c@outlook.test", "421 4.7.0 later"),
    ]


def test_a_host_that_refuses_to_talk_is_not_part_of_what_it_says():
    line = _syslog(
        "postfix/smtp[1]",
        "to=<b@x.example>, relay=none, status=deferred (delivery temporarily suspended: host mx.x.example[203.0.113.9] "
        "refused to talk to me: 421 4.7.0 192.0.2.10 wait)",
    )
    found = log.notice(line)
    assert (found.text, found.host) == ("421 4.7.0 192.0.2.10 wait", "mx.x.example")


ERROR = (
    "2026-11-24 05:00:00 1tF0aB-0005Xy-2k SMTP error from remote mail server after MAIL FROM:<n@shop.example>: "
    "421 4.7.0 [TSS04] Messages from 192.0.2.10 temporarily deferred"
)


def test_an_error_of_exim_alone_does_not_vanish():
    (found,) = input_format.log([ERROR])
    assert (found.kind, found.message) == (Kind.DELAYED, "1tF0aB-0005Xy-2k")


def test_an_error_that_exim_repeats_when_it_defers_is_one_delay():
    deferred = ERROR.replace(" SMTP error", " == b@yahoo.test R=dnslookup T=remote_smtp defer (0): SMTP error")
    (found,) = input_format.log([ERROR, deferred])
    assert found.recipient == "b@yahoo.test"


@pytest.mark.parametrize(
    "line",
    [
        _syslog("postfix/smtpd[1]", "NOQUEUE: reject: RCPT from x[198.51.100.3]: 554 5.7.1 <x>: Relay access denied"),
        _syslog("sendmail[9]", "ruleset=check_rcpt, arg1=<a@b.example>, reject=550 5.7.1 Relaying denied"),
        _syslog(
            "exim[1]", "2026-11-24 05:00:00 H=(x) [198.51.100.3] F=<a@b.example> rejected RCPT <c@d.example>: 550 no"
        ),
        DOVECOT,
    ],
)
def test_what_our_own_server_refuses_of_others_is_no_refusal_of_ours_and_is_not_passed_over_in_silence(line):
    (found,) = input_format.log([line])
    assert isinstance(found, Unreadable)
    assert found.reason == "no_delivery_in_log"


def test_a_log_of_deliveries_alone_holds_nothing_refused():
    assert list(input_format.log([DOVECOT, _syslog("postfix/smtp[1]", POSTFIX_SENT)])) == []


@pytest.mark.parametrize("text", ["550 5.7.1 See RFC 5321: no", "421 mx.x.example Service: not available", "a: b: c"])
def test_a_reply_is_not_taken_for_a_log(text):
    assert input_format.form(text.encode()) is Form.REPLIES


def test_a_mail_that_quotes_a_log_is_a_mail():
    mail = f"From: a@shop.example\nSubject: help\nMessage-ID: <1@x>\n\n{_syslog('postfix/smtp[1]', POSTFIX_SENT)}\n"
    assert input_format.form(mail.encode()) is Form.MAIL


def test_the_lines_of_a_reply_in_exims_log_are_joined():
    (found,) = input_format.log(
        [
            "2026-11-04 07:00:00 1tXyz2-0001Ab-CE ** reader@customer.example R=dnslookup T=remote_smtp "
            "H=mx.customer.example [203.0.113.9]: SMTP error from remote mail server after end of data: "
            "550-5.7.1 Mail of yours is\\n550-5.7.1 suspicious here,\\n550 5.7.1 good-bye"
        ]
    )
    assert found.decoded().text == "550-5.7.1 Mail of yours is suspicious here, good-bye"
