"""A report as one comment, as plain text and as JSON (docs/review.schema.json)."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from staygreen.core.mail_facts.severity import Severity
from staygreen.core.visible import escaped_json, visible, visible_line
from staygreen.core.wording import utc_time
from staygreen.review.causes import roots_first
from staygreen.review.finding import Finding
from staygreen.review.report import Report

MARKER = "<!-- staygreen-review -->"
MAX_COMMENT = 65_000
"""Characters in a comment: GitHub refuses more than 65,536, and how it counts them is not documented."""
BAD = {"stop": ("stop",), "look": ("stop", "look"), "never": ()}
"""The verdicts that fail a command, by where it is told to fail."""
_ROOM_FOR_NOTE = 400
_SIGNS = {"stop": "🛑", "look": "👀", "fine": "✅"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a comment says of itself."""

    configuration: str = ""
    """The configuration, environment or app that was reviewed; each has a comment of its own."""
    commit: str = ""
    at: datetime | None = None
    """Aware; when the review was made."""

    @property
    def marker(self) -> str:
        """The first line of the comment, by which the next review finds it."""
        name = re.sub(r"[^A-Za-z0-9._/ -]", "", self.configuration)
        return MARKER.replace(" -->", f": {name} -->") if name else MARKER


def headline(report: Report) -> str:
    """The verdict in one line; what follows from another finding is not counted."""
    if report.verdict == "none":
        resources = f"{report.changed_resources} resource{'' if report.changed_resources == 1 else 's'} changed"
        return f"No mail impact: {resources}"
    roots = [one for one, _ in roots_first(list(report.findings))]
    counts = Counter(one.severity.value for one in roots if one.acknowledged is None)
    parts = [f"{counts[word]} {word}" for word in ("stop", "look", "fine") if counts[word]]
    accepted = sum(one.acknowledged is not None for one in roots)
    if accepted:
        parts.append(f"{accepted} acknowledged")
    worst = next((one for one in roots if one.acknowledged is None), None)
    lead = f" {worst.consequence}" if worst and report.verdict != "fine" else ""
    return f"Mail impact: {report.verdict} ({', '.join(parts)}).{lead}"


def as_json(report: Report) -> str:
    """The report for programs, on one line; characters that mislead a reader are escapes in it."""
    document = {
        "schema": "staygreen.review/1",
        "verdict": report.verdict,
        "changed_resources": report.changed_resources,
        "notes": list(report.notes),
        "findings": [_json(one) for one in report.findings],
    }
    return escaped_json(json.dumps(document, ensure_ascii=False))


def _json(finding: Finding) -> dict[str, object]:
    names = ("rule", "subject", "before", "after", "consequence", "reason", "remedy", "reference", "path", "place")
    beside = ("why", "cause")
    accepted = finding.acknowledged
    return {
        **{name: getattr(finding, name) for name in (*names, *beside)},
        "severity": finding.severity.value,
        "acknowledged": {"reason": accepted.reason, "expires": accepted.expires.isoformat()} if accepted else None,
    }


def as_text(report: Report) -> str:
    """The report for a terminal."""
    lines = [headline(report)]
    for root, following in roots_first(list(report.findings)):
        lines += _text(root)
        lines += [f"      follows from it: {one.rule}: {one.consequence}" for one in following]
    lines += ["", *(f"note  {note}" for note in report.notes)] if report.notes else []
    return "\n".join(_one_line(line) for line in lines) + "\n"


def _text(one: Finding) -> list[str]:
    accepted = (
        f" (acknowledged until {one.acknowledged.expires}: {one.acknowledged.reason})" if one.acknowledged else ""
    )
    lines = ["", f"{one.severity.value:4}  {one.rule}: {one.consequence}{accepted}"]
    lines += [f"      {word}: {value}" for word, value in _sides(one)]
    if one.severity is not Severity.FINE:
        lines += [f"      {one.reason}", f"      Do: {one.remedy}", f"      {one.reference}"]
    if one.why:
        lines.append(f"      mail because: {one.why}")
    return [*lines, f"      {one.path}{f' from {one.place}' if one.place else ''}"]


def _sides(one: Finding) -> list[tuple[str, str]]:
    return [(word, value) for word, value in (("before", one.before), ("after", one.after)) if value]


def _one_line(line: str) -> str:
    """Templates are written by others: nothing in them may steer a terminal, or begin a line of its own."""
    return re.sub(r"[\n\t]", "�", visible(line))


def as_markdown(report: Report, diff: str = "", limit: int = MAX_COMMENT, context: Context = Context()) -> str:
    """One comment: verdict, one table, details folded.

    Args:
        report: What was found.
        diff: Raw `cdk diff` output, folded under the rest where it fits.
        limit: Characters that the comment may have.
        context: What the comment says of itself.
    """
    name = f"{_escape(context.configuration)}: " if context.configuration else ""
    head = f"{context.marker}\n**{name}{_escape(headline(report))}**\n"
    tail = "".join(f"\n> {_escape(note)}\n" for note in report.notes[:20]) + _footer(report, context)
    if report.verdict == "none":
        return f"{head}{tail}"
    rows, details = "\n| | subject | what happens | rule |\n|---|---|---|---|\n", ""
    left = 0
    for root, following in roots_first(list(report.findings)):
        row, detail = _row(root, len(following)), _detail(root, following)
        if len(head) + len(rows) + len(row) + len(details) + len(detail) + len(tail) + _ROOM_FOR_NOTE > limit:
            left += 1
        else:
            rows, details = rows + row, details + detail
    cut = f"\n{left} more findings are in the job's artifact.\n" if left else ""
    body = f"{head}{rows}{cut}\n<details><summary>Details</summary>\n{details}\n</details>\n{tail}"
    return body + _folded(diff, limit - len(body))


def _footer(report: Report, context: Context) -> str:
    """What was reviewed, and when: a comment may be older than the last commit."""
    if not context.commit and context.at is None:
        return ""
    parts = [f"{number} {word}" for word, number in report.counts if number]
    resources = f"Resources: {', '.join(parts)}" if parts else "No resource changed"
    commit = f" · commit `{re.sub('[^0-9A-Za-z]', '', context.commit)[:12]}`" if context.commit else ""
    at = f" · {utc_time(context.at)}" if context.at else ""
    return f"\n<sub>{resources}{commit}{at}</sub>\n"


def _folded(diff: str, room: int) -> str:
    """The raw diff, as many of its lines as there is room for."""
    around = "\n<details><summary>cdk diff</summary>\n\n<pre>{}</pre>\n</details>\n"
    kept: list[str] = []
    left = room - len(around) - len(_CUT)
    for line in html.escape(visible(diff)).splitlines():
        left -= len(line) + 1
        if left < 0:
            kept.append(_CUT)
            break
        kept.append(line)
    return around.format("\n".join(kept)) if diff and kept != [_CUT] else ""


_CUT = "… the rest is in the job's artifact"


def _row(one: Finding, following: int) -> str:
    sign = "☑️" if one.acknowledged else _SIGNS[one.severity.value]
    accepted = f" *acknowledged until {one.acknowledged.expires}*" if one.acknowledged else ""
    more = f"<br>↳ {following} more follow{'s' if following == 1 else ''} from it" if following else ""
    return (
        f"| {sign} {one.severity.value} | {_code(one.subject)} | {_cell(one.consequence)}{accepted}{more} "
        f"| `{one.rule}` |\n"
    )


def _detail(one: Finding, following: list[Finding]) -> str:
    lines = [f"\n**{one.rule}** · {_code(one.subject)}\n"]
    lines += [f"- {word}: {_code(value)}" for word, value in _sides(one)]
    if one.severity is not Severity.FINE:
        lines += [f"- why: {_escape(one.reason)} ([reference]({one.reference}))", f"- do: {_escape(one.remedy)}"]
    if one.why:
        lines.append(f"- mail because: {_escape(one.why)}")
    lines.append(f"- where: {_code(one.path)}{f' from {_code(one.place)}' if one.place else ''}")
    if one.acknowledged:
        lines.append(f"- acknowledged until {one.acknowledged.expires}: {_escape(one.acknowledged.reason)}")
    lines += [f"- follows from it: {_code(other.subject)}: {_cell(other.consequence)}" for other in following]
    return "\n".join(lines) + "\n"


def _escape(value: str) -> str:
    """Text from a template as text: no mentions, references, links, images or HTML.

    GitHub looks for mentions and references in what markdown has become, so an escape alone does not stop them:
    a character without width in between does, written as an entity, which everybody sees in the source.
    """
    safe = re.sub(r"([\\`*_\[\]|~#!])", r"\\\1", html.escape(visible_line(value), quote=False))
    return _LINKING.sub(r"\g<0>&#8203;", safe)


def _cell(value: str, most: int = 300) -> str:
    return _escape(value if len(value) <= most else f"{value[:most]}…")


_LINKING = re.compile(r"@|#(?=\d)|\b(?:GH-(?=\d)|www(?=\.)|(?:https?|ftp)(?=://)|(?:mailto|xmpp)(?=:))", re.IGNORECASE)
"""What a mention, a reference or a link begins with (GitHub Flavored Markdown §6.9, and "Autolinked references")."""
_SPECIAL = re.compile(r"[\\`*_\[\]|~#!@<>&]|:(?=//)|(?<=mailto):|(?<=xmpp):|(?<=www)\.", re.IGNORECASE)


def _code(value: str, most: int = 600) -> str:
    """Text from a template to copy: what GitHub could read as markdown, a mention or a link is written as entities."""
    shown = visible_line(value if len(value) <= most else f"{value[:most]}…")
    return f"<code>{_SPECIAL.sub(lambda found: f'&#{ord(found[0])};', shown)}</code>"
