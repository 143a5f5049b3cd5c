"""Reports as text for people, for `staygreen reports`."""

from __future__ import annotations

from datetime import UTC, date, datetime

from staygreen.cli.output import Styled, print_table, print_text
from staygreen.core.reports.advice import NEXT_STEP, TLS_NEXT_STEP
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.report import FailureReport, Item, Quality, Refusal, Rows
from staygreen.core.reports.summary import Source, Summary
from staygreen.core.wording import plural

MOST_SHOWN = 25
_MOST_FAULTS_SHOWN = 20
_ADDRESSES_SHOWN = 3
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class FaultyFiles:
    """What could not be read whole, within a bound."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str]] = []
        self.more = 0

    def add(self, file: str, item: Item) -> None:
        """Note what was wrong with a file."""
        if isinstance(item, Rows) or (isinstance(item, Refusal) and item.is_other):
            return
        quality = Quality.REFUSED if isinstance(item, Refusal) else item.quality
        if quality is Quality.WHOLE:
            return
        reasons = (item.reason,) if isinstance(item, Refusal) else item.reasons
        if len(self.lines) >= _MOST_FAULTS_SHOWN:
            self.more += 1
            return
        self.lines.append((quality.value, file, "; ".join(reasons)))


def print_read(summary: Summary, faults: FaultyFiles) -> None:
    """Say how much was read, and what was not read whole."""
    qualities = [(summary.qualities[each.value], each.value) for each in Quality]
    counted = ", ".join(f"{number} {quality}" for number, quality in qualities if number)
    total = sum(summary.qualities.values())
    messages, aligned = summary.messages
    print_text(f"{plural(total, 'report')}: {counted or 'nothing was read'}")
    if summary.others:
        what = "file or mail holds" if summary.others == 1 else "files or mails hold"
        print_text(f"{summary.others:,} {what} no report and counted for nothing")
    if summary.repeated:
        print_text(f"{plural(summary.repeated, 'report')} came again and counted once")
    if messages:
        print_text(f"{plural(messages, 'message')}, {share(aligned, messages)} of them aligned")
    for quality, file, reason in faults.lines:
        print_text(f"  {quality}: {file}: {reason}")
    if faults.more:
        print_text(f"  and {faults.more} more that were not read whole")


def print_sources(summary: Summary, most: int | None, *, is_first: bool = False) -> None:
    """Print the sources, faults of our own mail first; below other text unless it is the first."""
    found = summary.sources
    if not found:
        return
    if not is_first:
        print_text("")
    print_table(
        ("source", "class", "first", "last", "messages", "aligned", "addresses", "why"),
        [_source_cells(source) for source in found[:most]],
    )
    rest = found[most:] if most is not None else []
    if rest:
        messages = sum(source.messages for source in rest)
        print_text(
            f"and {plural(len(rest), 'more source')} with {plural(messages, 'message')}: staygreen reports sources"
        )


def _source_cells(source: Source) -> tuple[str | Styled, ...]:
    judgement = source.judgement
    style = "bold red" if source.is_fault_of_ours else ""
    return (
        source.name,
        Styled(judgement.mail_class.value if judgement else "-", style),
        day_text(source.first) or "-",
        day_text(source.last) or "-",
        f"{source.messages:,}",
        share(source.aligned, source.messages),
        _addresses(source),
        judgement.why if judgement else ", ".join(name for name, _ in source.domains.most_common(3)),
    )


def _addresses(source: Source) -> str:
    """The addresses that sent most."""
    shown = ", ".join(str(address) for address, _ in source.addresses.most_common(_ADDRESSES_SHOWN))
    more = len(source.addresses) - _ADDRESSES_SHOWN
    if more <= 0:
        return shown or "-"
    return f"{shown} and {'over ' if source.has_more_addresses else ''}{more} more"


def print_unlisted(estate: Estate | None) -> None:
    """Say that addresses of ours are known by name only: mail from them looks like somebody else's."""
    if estate is None or not estate.unlisted:
        return
    names = ", ".join(estate.unlisted[:5])
    print_text(
        f"The addresses of {names} are not known here, so mail from them is judged as a stranger's: list them under "
        "[subjects] of the configuration, or in a second file (--config)."
    )


def print_totals(summary: Summary) -> None:
    """Print the messages of each class, and of each reporter."""
    totals = summary.totals()
    if totals:
        print_text("")
        print_table(
            ("class", "messages", "aligned"),
            [(each.value, f"{messages:,}", share(aligned, messages)) for each, messages, aligned in totals],
        )
    if summary.reporters:
        print_text("")
        print_table(
            ("reporter", "messages"),
            [(name, f"{messages:,}") for name, messages in summary.reporters.most_common(MOST_SHOWN)],
        )


def print_failure_reports(summary: Summary) -> None:
    """Print what failure reports say, the newest first; of the messages nothing is read."""
    if not summary.failure_reports:
        return
    newest = sorted(summary.failure_reports, key=lambda each: each.arrival or _LONG_AGO, reverse=True)
    print_text(f"\n{plural(len(newest), 'failure report')}: only machine-readable fields are read")
    print_table(
        ("arrived", "reporter", "domain", "address", "failed", "DKIM", "MAIL FROM", "delivery", "messages"),
        [_failure_cells(each) for each in newest[:MOST_SHOWN]],
    )
    if len(newest) > MOST_SHOWN:
        print_text(f"and {len(newest) - MOST_SHOWN:,} more: --json has them all")


def _failure_cells(report: FailureReport) -> tuple[str, ...]:
    key = f"{report.dkim_selector or 'no selector'} of {report.dkim_domain}" if report.dkim_domain else ""
    cells = (
        f"{report.arrival:%Y-%m-%d %H:%M} UTC" if report.arrival else "",
        report.reporter,
        report.reported_domain,
        str(report.source_ip) if report.source_ip else "",
        report.auth_failure,
        key,
        report.mail_from_domain,
        report.delivery_result,
        f"{report.incidents:,}",
    )
    return tuple(each or "-" for each in cells)


def _number(count: int | None) -> str:
    """A count; one that could not be read is not 0."""
    return "not known" if count is None else f"{count:,}"


def print_tls(summary: Summary) -> None:
    """Print what TLS reports say."""
    if not summary.tls_reports:
        return
    print_text("")
    print_table(
        ("TLS reporter", "to", "policy", "sessions", "failed", "failures"),
        [
            (
                report.org,
                policy.domain or "-",
                policy.type or "-",
                _number(policy.sessions),
                _number(policy.failed),
                ", ".join(f"{each.result} {_number(each.sessions)}" for each in policy.failures[:5]) or "-",
            )
            for report in summary.tls_reports
            for policy in report.policies
        ],
    )


def print_steps(summary: Summary, *, has_estate: bool) -> None:
    """What to do, for each class and each failure of TLS that asks for something."""
    found = dict.fromkeys(source.judgement.mail_class for source in summary.sources if source.judgement)
    steps = [f"{each.value}: {NEXT_STEP[each]}" for each in found if each in NEXT_STEP]
    steps += _tls_steps(summary)
    if steps:
        print_text("\nWhat to do")
        for step in steps:
            print_text(f"  {step}")
    if summary.sources and not has_estate:
        print_text("\nWho these sources are is not known: name what is yours with --config FILE.")


def _tls_steps(summary: Summary) -> list[str]:
    """One step for each result of TLS, with the mail exchangers that the reports name for it."""
    exchangers: dict[str, dict[str, None]] = {}
    for report in summary.tls_reports:
        for policy in report.policies:
            for each in policy.failures:
                if each.sessions != 0 and each.result in TLS_NEXT_STEP:
                    exchangers.setdefault(each.result, {}).update({each.receiving_mx or policy.domain: None})
    return [
        f"{result} ({', '.join(filter(None, list(names)[:5])) or 'no exchanger is named'}): {TLS_NEXT_STEP[result]}"
        for result, names in exchangers.items()
    ]


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def day_text(at: date | None) -> str | None:
    """A day as it is written; None where there is none."""
    return at.isoformat() if at else None
