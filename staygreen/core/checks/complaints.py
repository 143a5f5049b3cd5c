"""Whether recipients mark our mail as spam, and whether we would hear of it; and mail that is for a person.

Counts, never rates: nobody tells us how much was delivered to those who may
complain. The limits are the configuration's. A report that is not proven
genuine is shown and counts nothing (docs/complaints.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from staygreen.core.checks.check import Check
from staygreen.core.checks.world import Ask, Source
from staygreen.core.confirmation import Confirmation
from staygreen.core.declared.receiving import receipt_rules
from staygreen.core.finding import Advice, Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.report import Coverage, Metric, Report
from staygreen.core.naming import INCIDENTS, PEOPLE_PREFIX, REPORTS_PREFIX
from staygreen.core.records.name import is_within
from staygreen.core.replies.complaints import MOST, Complaint, Mail, Question, Reading
from staygreen.core.ses.suppression_list import Reason
from staygreen.core.wording import named

if TYPE_CHECKING:
    from staygreen.core.config.config import Config

ID = "complaints"
COUNT = "complaints"
"""The cause of a count over a limit."""
MAILBOX = Subject(SubjectKind.SOURCE, "mailbox")
COMPLAINER = "complaint"
"""The cause of complainers who are not on the suppression list."""
LISTED_WITHIN = timedelta(hours=1)
_REMEMBERED = timedelta(days=1)
"""How far back mail for a person is looked for; what was told is not told again."""
_MOST_MAILS = 10


def settings(config: Config) -> Mapping[str, Any]:
    """What the function reads at run time."""
    given = config.monitors.complaints
    return {
        "table": config.names.table(INCIDENTS),
        "ips": [str(each) for each in config.subjects.ips],
        "domains": list(config.subjects.domains),
        "window_seconds": int(given.window.total_seconds()),
        "warning": given.warning,
        "critical": given.critical,
        "rules": list(rule_names(config)),
        "jmrp": config.mailbox.jmrp_address if config.mailbox else "",
        "confirmation": {
            "sightings": given.confirmation.sightings,
            "spacing_seconds": int(given.confirmation.spacing.total_seconds()),
            "clears": given.confirmation.clears,
            "coverage_runs": given.confirmation.coverage_runs,
        },
    }


def rule_names(config: Config) -> tuple[str, ...]:
    """The receipt rules of the mailbox: for reports, and for people."""
    return tuple(rule.name for rule in receipt_rules(config) if rule.prefix in (REPORTS_PREFIX, PEOPLE_PREFIX))


def confirmation(settings: Mapping[str, Any]) -> Confirmation:
    """The incident rules, from the settings."""
    given = settings["confirmation"]
    return Confirmation(
        sightings=given["sightings"],
        spacing=timedelta(seconds=given["spacing_seconds"]),
        clears=given["clears"],
        coverage_runs=given["coverage_runs"],
    )


def run(settings: Mapping[str, Any], ask: Ask) -> Report:
    """Count the complaints of every address and domain, and tell of mail that came for a person."""
    now = ask.now()
    window = timedelta(seconds=settings["window_seconds"])
    ips = _unique([*ask.elastic_ips(), *ask.dedicated_ips()], SubjectKind.IP, settings["ips"])
    domains = _unique(ask.identities(), SubjectKind.DOMAIN, settings["domains"])
    reading = ask.received(
        Question(
            table=settings["table"],
            subjects=(*ips.values(), *domains.values()),
            since=now - max(window, _REMEMBERED),
            now=now,
            rules=tuple(settings["rules"]),
        )
    )
    recent = [each for each in reading.complaints if each.at >= now - window]
    counts = {
        **{subject: [each for each in recent if each.ip == ip] for ip, subject in ips.items()},
        # what an address of ours is charged with is told once, there
        **{
            subject: [each for each in recent if each.ip not in ips and _closest(each.domain, domains) == name]
            for name, subject in domains.items()
        },
    }
    findings = [_counted(subject, group, settings, window, now) for subject, group in counts.items()]
    findings.extend(_complainers(reading.complainers, domains, ask, now))
    findings.extend(_mails(reading.mails))
    if settings["rules"]:
        findings.append(_receiving(reading, settings["jmrp"], now))
    return Report(findings=tuple(findings), coverage=(_coverage(settings, reading),), metrics=tuple(_metrics(recent)))


def _closest(domain: str, names: Iterable[str]) -> str:
    """The name that a domain is, or is below: SES sends for every name below an identity. Empty: none."""
    return max((name for name in names if is_within(domain, name)), key=len, default="")


def is_fed(config: Config) -> bool:
    """Whether complaints can come: by mail to a mailbox, or in the events of SES."""
    sends = bool(config.configuration_sets) or any(each.ses and not each.parked for each in config.domains)
    return config.mailbox is not None or (config.monitors.refusals.enabled and sends)


def _unique(found: Iterable[Subject], kind: SubjectKind, named: Iterable[str]) -> dict[str, Subject]:
    return {each.id: each for each in (*(Subject(kind, name) for name in named), *found)}


def _counted(
    subject: Subject, group: Sequence[Complaint], settings: Mapping[str, Any], window: timedelta, now: datetime
) -> Finding:
    proven = [each for each in group if each.is_proven]
    is_bad = len(proven) >= settings["warning"]
    is_critical = len(proven) >= settings["critical"]
    name = named(subject.id, subject.label)
    return Finding(
        check=ID,
        subject=subject,
        cause=COUNT,
        state=State.BAD if is_bad else State.OK,
        severity=Severity.CRITICAL if is_critical else Severity.WARNING,
        observed_at=now,
        evidence=tuple(_evidence(group, window, now)) if is_bad else (),
        advice=_advice(name, subject, len(proven), window) if is_bad else None,
    )


def _evidence(group: Sequence[Complaint], window: timedelta, now: datetime) -> Iterator[Evidence]:
    by_reporter = Counter(each.reporter for each in group if each.is_proven)
    for reporter, number in by_reporter.most_common(10):
        newest = max(each.at for each in group if each.reporter == reporter and each.is_proven)
        yield Evidence(
            source=reporter,
            text=f"{_complaints(number)} in {_length(window)}, the last at {newest:%Y-%m-%d %H:%M} UTC",
            observed_at=newest,
            data={"name": "feedback of recipients", "count": str(number)},
        )
    unproven = sum(not each.is_proven for each in group)
    if unproven:
        text = f"{_complaints(unproven)} more could not be proven genuine and count nothing"
        yield Evidence(source="unproven", text=text, observed_at=now, data={"count": str(unproven)})


def _advice(name: str, subject: Subject, number: int, window: timedelta) -> Advice:
    what = "address" if subject.kind is SubjectKind.IP else "domain"
    return Advice(
        consequence=f"Mail from {name} will be junked or blocked: recipients marked it as spam, "
        f"{_complaints(number)} in {_length(window)}.",
        meaning=f"Each complaint charges the {what}. Providers junk, slow down and then block senders whose mail is "
        "complained about; 3 in 1,000 delivered is the most that they bear. Who complained is not told here; "
        "the repair `suppression` can suppress those whom SES names.",
        title=f"{subject.id} draws complaints: {_complaints(number)} in {_length(window)}",
        steps=(
            "Find the mailing that the complaints follow (its time, its domain), and stop it.",
            "Ask whether its recipients wanted it.",
            "Make unsubscribing one click.",
        ),
        runbook="complaints#complaints",
    )


def _complainers(
    complaints: Sequence[Complaint], domains: Mapping[str, Subject], ask: Ask, now: datetime
) -> Iterator[Finding]:
    """Whether those who complained are on the suppression list, domain by domain; SES has an hour to put them there."""
    due = [each for each in complaints if now - each.at >= LISTED_WITHIN]
    since = min((each.at for each in due), default=now) - _REMEMBERED
    listed = {each.recipient for each in ask.suppressed(Reason.COMPLAINT, since)} if due else set()
    missing: dict[str, dict[str, Complaint]] = {name: {} for name in domains}
    for each in due:
        name = _closest(each.domain, domains)
        if name and each.recipient.lower() not in listed:
            missing[name].setdefault(each.recipient.lower(), each)
    for name, group in missing.items():
        yield _unsuppressed(domains[name], group, now)


def _unsuppressed(subject: Subject, group: Mapping[str, Complaint], now: datetime) -> Finding:
    number = "1 recipient" if len(group) == 1 else f"{len(group)} recipients"
    return Finding(
        check=ID,
        subject=subject,
        cause=COMPLAINER,
        state=State.BAD if group else State.OK,
        severity=Severity.WARNING,
        observed_at=now,
        evidence=tuple(_complainer(recipient, each) for recipient, each in group.items()),
        advice=Advice(
            consequence=f"{number} marked mail from {subject.id} as spam and will be sent to again: they are not on "
            "the suppression list.",
            meaning="SES puts whoever complains on the account's suppression list only where COMPLAINT is among its "
            "reasons. Here it did not, and a second complaint weighs more than the first. SES itself told who "
            "complained; reports by mail, which anybody can forge, are not considered.",
            title=f"Complainers about {subject.id} are not suppressed: {number}",
            steps=(
                "Have SES do it from now on: `aws sesv2 put-account-suppression-attributes --suppressed-reasons "
                "BOUNCE COMPLAINT`, or the same for the configuration set.",
                "Leave these to the repair `suppression`, or put them on the list by hand.",
            ),
            runbook="complaints#complaint",
        )
        if group
        else None,
    )


def _complainer(recipient: str, complaint: Complaint) -> Evidence:
    """Who complained, in full for the repair alone: alerts show the text."""
    return Evidence(
        source="ses",
        text=f"a recipient at {recipient.rpartition('@')[2]} complained at {complaint.at:%Y-%m-%d %H:%M} UTC",
        observed_at=complaint.at,
        data={"name": "Amazon SES", "recipient": recipient, "verified": "ses"},
    )


def _mails(mails: Sequence[Mail]) -> Iterator[Finding]:
    by_recipient: dict[str, list[Mail]] = {}
    for mail in sorted(mails, key=lambda each: each.at, reverse=True):
        by_recipient.setdefault(mail.recipient, []).append(mail)
    for recipient, group in by_recipient.items():
        newest = group[0]
        yield Finding(
            check=ID,
            subject=Subject(SubjectKind.DOMAIN, recipient.rpartition("@")[2]),
            cause=f"mail_{recipient.partition('@')[0]}",
            state=State.BAD,
            severity=Severity.INFO,
            observed_at=newest.at,
            evidence=tuple(
                Evidence(source=mail.sender or "nobody named", text=_described(mail), observed_at=mail.at)
                for mail in group[:_MOST_MAILS]
            ),
            advice=Advice(
                consequence=f"A mail for {recipient} waits for a person: “{newest.subject}” from {newest.sender}.",
                meaning="Receivers and blocklists write to this address; SNDS and other programmes ask for consent by "
                "mail to it, and some requests end after days. Anybody can write to it: trust no link in it that you "
                "did not ask for.",
                title=f"Mail for {recipient} waits for a person",
                steps=("Read it where it is stored.", "Answer from your own mailbox."),
                link=newest.link,
                runbook="complaints#mail-for-a-person",
                by_itself="Nothing: it is told once.",
            ),
            is_event=True,
        )


def _described(mail: Mail) -> str:
    return f"“{mail.subject}” at {mail.at:%Y-%m-%d %H:%M} UTC, kept at {mail.link}"


def _receiving(reading: Reading, address: str, now: datetime) -> Finding:
    missing = reading.missing_rules
    text = f"not in the active receipt rule set, or switched off: {', '.join(missing)}"
    return Finding(
        check=ID,
        subject=MAILBOX,
        cause="not_receiving",
        state=State.BAD if missing else State.OK,
        severity=Severity.WARNING,
        observed_at=now,
        evidence=(Evidence(source="ses", text=text, observed_at=now, data={"name": "Amazon SES"}),) if missing else (),
        advice=Advice(
            consequence=f"No complaint report can arrive at {address}: silence there says nothing now.",
            meaning="SES runs one receipt rule set at a time, and the active one does not hold our rules: somebody "
            "activated another set, or took them out.",
            title=f"Complaint reports do not arrive at {address}",
            steps=("Put our rules into the set that runs now: the runbook has the command.",),
            runbook="complaints#not-receiving",
        )
        if missing
        else None,
    )


def _coverage(settings: Mapping[str, Any], reading: Reading) -> Coverage:
    asked = len(settings["rules"])
    missing = len(reading.missing_rules)
    return Coverage(source="mailbox", asked=asked, answered=asked - missing, reason="not_receiving" if missing else "")


def _metrics(recent: Sequence[Complaint]) -> Iterator[Metric]:
    yield Metric(name="Complaints", value=sum(each.is_proven for each in recent))
    yield Metric(name="ComplaintsUnproven", value=sum(not each.is_proven for each in recent))


def _complaints(number: int) -> str:
    if number >= MOST:
        return f"at least {MOST} complaints"
    return "1 complaint" if number == 1 else f"{number} complaints"


def _length(window: timedelta) -> str:
    hours = int(window.total_seconds() // 3600)
    return f"{hours // 24} days" if hours % 24 == 0 and hours > 24 else f"{hours} hours"


CHECK = Check(
    id=ID,
    title="Recipients' complaints",
    sources=frozenset(
        {
            Source.SES_IDENTITIES,
            Source.SES_DEDICATED_IPS,
            Source.ELASTIC_IPS,
            Source.COMPLAINTS,
            Source.RECEIPT_RULES,
            Source.SUPPRESSION_LIST,
        }
    ),
    timeout=timedelta(minutes=2),
    memory_mb=256,
    enabled=lambda config: config.monitors.complaints.enabled and is_fed(config),
    schedule=lambda config: config.monitors.complaints.schedule,
    settings=settings,
    secrets=lambda config: (),
    confirmation=confirmation,
    run=run,
)
