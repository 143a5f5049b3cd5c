"""Records as a zone file that BIND and most providers import (RFC 1035 §5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from staygreen.core.declared.record import Purpose, Record
from staygreen.core.dns.message import RecordType
from staygreen.core.records import txt

_TITLES = {
    Purpose.DKIM: "DKIM: receivers check signatures with this",
    Purpose.MAIL_FROM_MX: "MAIL FROM: bounces and complaints go back to SES",
    Purpose.MAIL_FROM_SPF: "MAIL FROM: SES may use this envelope domain",
    Purpose.APEX_TXT: "SPF and the other texts of the domain: one record set",
    Purpose.DMARC: "DMARC",
    Purpose.MTA_STS: "MTA-STS: there is a policy, and this is its version",
    Purpose.TLS_RPT: "TLS-RPT: reports of mail that could not be encrypted",
    Purpose.REPORT_AUTHORISATION: "DMARC reports about another domain may be sent here",
    Purpose.HOST: "the address behind a reverse name",
    Purpose.MAILBOX_MX: "complaint reports and mail for people: SES receives them",
    Purpose.NULL_MX: "takes no mail",
    Purpose.NO_DKIM: "signs no mail: every selector is revoked",
}


def zone_text(records: Iterable[Record]) -> str:
    """Return the zone file: absolute names, one comment for each purpose, times in seconds.

    A record that is not wholly known stands as a comment, with the output that
    will have the missing part.
    """
    lines: list[str] = []
    heading = ""
    for record in records:
        title = f"; {record.owner}: {_TITLES[record.purpose]}{_elsewhere(record)}"
        if title != heading:
            lines += ["", title]
            heading = title
        lines += _record_lines(record)
    return "\n".join(lines[1:]) + "\n" if lines else ""


def _elsewhere(record: Record) -> str:
    if record.zone:
        return f" (made in {record.zone.name} by deploying)"
    if record.purpose is Purpose.REPORT_AUTHORISATION:
        return " (to be made by whoever runs the receiving domain)"
    return " (not deployed: to be made where the zone is)"


def _record_lines(record: Record) -> Iterator[str]:
    for value in record.values:
        line = f"{record.name}. {int(record.ttl.total_seconds())} IN {record.type.value} {_data(record.type, value)}"
        if record.known:
            yield line
        else:
            yield f"; known after deployment: {line}"


def _data(rtype: RecordType, value: str) -> str:
    if rtype is RecordType.TXT:
        return txt.zone_file_value(value)
    if rtype is RecordType.CNAME or (rtype is RecordType.MX and not value.endswith(".")):
        return f"{value}."
    return value
