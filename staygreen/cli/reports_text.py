"""Reports as text for people, for `staygreen reports`."""

from __future__ import annotations

from datetime import date

from staygreen.cli.output import Styled, print_table, print_text
from staygreen.core.reports.advice import NEXT_STEP, TLS_NEXT_STEP
from staygreen.core.reports.report import Item, Quality, Refusal, Rows
from staygreen.core.reports.summary import Source, Summary
from staygreen.core.wording import plural

MOST_SHOWN = 25
_MOST_FAULTS_SHOWN = 20


class FaultyFiles:
    """What could not be read whole, within a bound."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str]] = []
        self.more = 0

    def add(self, file: str, item: Item) -> None:
        """Note what was wrong with a file."""
        if isinstance(item, Rows):
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
        ("source", "class", "first", "last", "messages", "aligned", "why"),
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
        judgement.why if judgement else ", ".join(name for name, _ in source.domains.most_common(3)),
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


def print_tls(summary: Summary) -> None:
    """Print what TLS reports say, and how many failure reports there are."""
    if summary.failure_reports:
        print_text(f"\n{plural(len(summary.failure_reports), 'failure report')}: only machine-readable fields are read")
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
                f"{policy.successful + policy.failed:,}",
                f"{policy.failed:,}",
                ", ".join(f"{each.result} {each.sessions:,}" for each in policy.failures[:5]) or "-",
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
                if each.sessions and each.result in TLS_NEXT_STEP:
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
