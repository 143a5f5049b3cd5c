"""What is told of our own mail: one finding for each fault of a domain, with every source or key that has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from staygreen.core.dmarc.findings.wording import (
    BY_ITSELF,
    listed,
    messages,
    named,
    of_day,
    percent,
    plain,
    said,
    slug,
    trouble,
)
from staygreen.core.dmarc.judgement.own_mail import OwnFault, OwnResult
from staygreen.core.dmarc.judgement.reading import SES
from staygreen.core.finding import Advice, Evidence, Finding, Severity, State

_MOST_TARGETS = 10
STOPPED_AT = {"Microsoft (Outlook.com)": "stopped_outlook_consumer", "Microsoft 365": "stopped_exchange_online"}
"""Causes of own mail that is stopped, where the verdict knows the receiver."""


def findings(domain: str, policy: str, results: Sequence[OwnResult], now: datetime) -> Iterator[Finding]:
    """One finding for each fault; of mail that is stopped, one for each receiver."""
    for fault in OwnFault:
        of_fault = [each for each in results if each.fault is fault]
        if fault is OwnFault.STOPPED:
            for each in of_fault:
                yield _finding(domain, policy, stopped_cause(each.target), [each], now)
        elif of_fault:
            yield _finding(domain, policy, fault.value, of_fault, now)


def stopped_cause(reporter: str) -> str:
    """The cause of own mail that a receiver stops."""
    return STOPPED_AT.get(reporter, f"stopped_{slug(reporter)}")


def _finding(domain: str, policy: str, cause: str, results: Sequence[OwnResult], now: datetime) -> Finding:
    bad = sorted((each for each in results if each.result.state is State.BAD), key=lambda each: -each.result.faulty)
    if not bad:
        states = {each.result.state for each in results}
        return plain(domain, cause, State.UNKNOWN if State.UNKNOWN in states else State.OK, now)
    first = min(each.result.first for each in bad if each.result.first)
    return trouble(
        domain,
        cause,
        now,
        since=first,
        severity=_severity(bad, policy),
        evidence=tuple(_evidence(bad, now)),
        advice=_advice(domain, policy, bad),
        records=tuple(f"{each.target}._domainkey.{domain}" for each in bad if each.fault is OwnFault.BROKEN_SIGNATURE),
    )


def _severity(bad: Sequence[OwnResult], policy: str) -> Severity:
    fault = bad[0].fault
    if fault is OwnFault.STOPPED:
        return Severity.CRITICAL
    if fault is OwnFault.NOT_LOOKED_UP:
        return Severity.INFO
    if fault is OwnFault.SPF_ALONE:
        return Severity.WARNING
    fails = any(each.result.failing for each in bad)
    return Severity.CRITICAL if fails and policy in ("quarantine", "reject") else Severity.WARNING


def _evidence(bad: Sequence[OwnResult], now: datetime) -> Iterator[Evidence]:
    for each in bad[:_MOST_TARGETS]:
        result, worst = each.result, each.result.worst
        if result.first is None or worst is None:
            continue
        text = (
            f"{_name(each)}: {result.faulty:,} of {messages(result.of)} ({percent(result.faulty, result.of)}) since "
            f"{of_day(result.first)}, by {named(result.reporters)}"
        )
        yield said(text, now, each.target)
        for reporter, number in worst.faulty.most_common(3):
            if number:
                yield said(f"{reporter.name}: {number:,} of {worst.all[reporter]:,} on {of_day(worst.day)}", now)
    if len(bad) > _MOST_TARGETS:
        yield said(f"and {len(bad) - _MOST_TARGETS} more", now)


def _name(result: OwnResult) -> str:
    if result.fault is OwnFault.BROKEN_SIGNATURE:
        return f"selector {result.target}"
    return result.target or "all sources"


def _advice(domain: str, policy: str, bad: Sequence[OwnResult]) -> Advice:
    fault, worst = bad[0].fault, bad[0]
    names = listed(_name(each) for each in bad)
    first = min(each.result.first for each in bad if each.result.first)
    total, of = sum(each.result.faulty for each in bad), sum(each.result.of for each in bad)
    share = f"{total:,} of {messages(of)} since {of_day(first)}"
    consequence, meaning, title, steps = {
        OwnFault.BROKEN_SIGNATURE: _broken_signature,
        OwnFault.UNSIGNED: _unsigned,
        OwnFault.DECLARED_BROKEN: _declared_broken,
        OwnFault.SPF_ALONE: _spf_alone,
        OwnFault.STOPPED: _stopped,
        OwnFault.NOT_LOOKED_UP: _not_looked_up,
    }[fault](domain, names, worst)
    return Advice(
        consequence=f"{consequence}: {share}.{_what_receivers_do(fault, policy)}",
        meaning=meaning,
        title=title,
        title_over=f"Mail of {domain} is in order again in DMARC reports",
        steps=steps,
        runbook=f"dmarc#{_ANCHORS[fault]}",
        by_itself=BY_ITSELF,
    )


_ANCHORS = {
    OwnFault.BROKEN_SIGNATURE: "broken-signature",
    OwnFault.UNSIGNED: "unsigned",
    OwnFault.DECLARED_BROKEN: "declared-sender-broken",
    OwnFault.SPF_ALONE: "spf-alone",
    OwnFault.STOPPED: "own-mail-stopped",
    OwnFault.NOT_LOOKED_UP: "key-not-looked-up",
}


def _what_receivers_do(fault: OwnFault, policy: str) -> str:
    if fault not in (OwnFault.BROKEN_SIGNATURE, OwnFault.UNSIGNED, OwnFault.DECLARED_BROKEN):
        return ""
    if policy in ("quarantine", "reject"):
        return f" Your policy asks receivers to {policy} mail that fails."
    return " Your policy asks receivers to do nothing about it."


_Told = tuple[str, str, str, tuple[str, ...]]


def _broken_signature(domain: str, names: str, worst: OwnResult) -> _Told:
    return (
        f"Signatures of {domain} with {names} do not hold",
        "Receivers found our signature and could not verify it, and SPF does not pass either. Either the published "
        "key is "
        "not the one that signs, or something of ours alters mail after it is signed.",
        f"DKIM signatures of {domain} do not hold",
        (
            f"Compare the record {worst.target}._domainkey.{domain} with the key that signs: "
            f"`staygreen check auth {domain}`.",
            "If they agree, look for a relay, footer or scanner of yours behind the signer.",
        ),
    )


def _unsigned(domain: str, names: str, worst: OwnResult) -> _Told:
    if worst.target == SES:
        act = (
            f"Look whether SES signs: `aws sesv2 get-email-identity --email-identity {domain}` shows SigningEnabled "
            f"and "
            "the state of DKIM."
        )
    else:
        act = f"Look at the signer on {worst.target}: does it run, does it know {domain}, can it read its key?"
    return (
        f"Mail of {domain} from {names} has no signature of ours",
        "The source is ours, and it used to sign. SPF does not pass in your name either, so DMARC fails for this mail.",
        f"Mail of {domain} is no longer signed",
        (act, "Undo what was changed there on the first day that the reports name."),
    )


def _declared_broken(domain: str, names: str, worst: OwnResult) -> _Told:
    return (
        f"Nothing of the mail that {names} sends for {domain} is aligned",
        "You declared this sender, and its mail used to pass. It sends without a signature in your name now, and its "
        "return path is not yours.",
        f"Mail of {worst.target} for {domain} fails DMARC",
        (
            f"Look in the settings of {worst.target} whether your domain is still verified for DKIM there.",
            "See whether the DNS records that it asks for are still published.",
        ),
    )


def _spf_alone(domain: str, names: str, worst: OwnResult) -> _Told:
    return (
        f"Mail of {domain} from {names} passes by SPF alone",
        "It is delivered as long as nobody forwards it: SPF fails behind every forwarder, and then nothing holds. It "
        "also "
        "stands in the way of p=reject, which must not rely on SPF alone (RFC 9989).",
        f"Mail of {domain} passes by SPF alone",
        ("Sign this mail with DKIM in your domain's name.",),
    )


def _stopped(domain: str, names: str, worst: OwnResult) -> _Told:
    return (
        f"{worst.target} quarantined or rejected our own mail of {domain}",
        "The receiver's reports say so of mail that is ours, or of a declared sender. Where it fails DMARC, your own "
        "policy "
        "is why; where it passes, the receiver's opinion of you is.",
        f"{worst.target} stops mail of {domain}",
        (
            "See whether the same mail failed DMARC: `staygreen reports sources`.",
            f"If it passed, look at the verdict: `staygreen verdict {domain}`.",
        ),
    )


def _not_looked_up(domain: str, names: str, worst: OwnResult) -> _Told:
    return (
        f"Receivers could not look up the DKIM keys of {domain}",
        "At least two receivers got no answer from DNS for our keys. That says nothing of the mail; it counts neither "
        "as "
        "signed nor as broken.",
        f"DKIM keys of {domain} could not be looked up",
        (f"Look at the name servers of {domain}, and of the zone that its DKIM records lead to.",),
    )
