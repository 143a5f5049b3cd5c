"""Reads TLS reports (RFC 8460 section 4.4): JSON that reporters write in many ways.

What is null, missing or an empty string says nothing; a number that is none makes the report partial.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from staygreen.core import foreign_json
from staygreen.core.finding import IPAddress
from staygreen.core.reports import values
from staygreen.core.reports.faults import Faults
from staygreen.core.reports.limits import LONGEST_LEAF, MOST_MESSAGES
from staygreen.core.reports.report import Quality, TlsFailure, TlsPolicy, TlsReport
from staygreen.core.reports.values import ValueFault

_BLANK = " \t\r\n\0"
_MOST_REPORTS = 200
_MOST_POLICIES = 1_000
_MOST_FAILURES = 10_000
_MOST_TABLES, _MOST_COMMAS = 100_000, 500_000
"""In one document: each takes memory of many times its size."""


def read(data: bytes, submitter: str = "", container: Faults | None = None) -> Iterator[TlsReport]:
    """The reports that JSON holds: one, an array, or several behind each other.

    `container` has what was wrong with what they came in.
    """
    faults = container or Faults()
    documents = _documents(data, faults)
    if isinstance(documents, str):
        yield TlsReport(quality=Quality.REFUSED, reasons=(documents,), submitter=submitter)
        return
    for document in documents:
        own = Faults()
        own.include(faults)
        yield _report(document, submitter, own)


def _report(document: Any, submitter: str, faults: Faults) -> TlsReport:
    if not isinstance(document, Mapping) or not ("policies" in document or "organization-name" in document):
        reason = "the JSON is no TLS report"
        return TlsReport(quality=Quality.REFUSED, reasons=(reason,), submitter=submitter)
    dates = _mapping(document.get("date-range"))
    policies = _policies(document, faults)
    made = TlsReport(
        quality=Quality.REFUSED,
        org=_text(document.get("organization-name")),
        contact=_text(document.get("contact-info")),
        report_id=_text(document.get("report-id")),
        submitter=submitter,
    )
    try:
        begin, end, mended = values.period(_text(dates.get("start-datetime")), _text(dates.get("end-datetime")))
    except ValueFault as error:
        return replace(made, reasons=(f"its period cannot be used: {error}",))
    for fault in mended:
        if fault != "times as dates":
            faults.note(fault)
    return replace(made, quality=faults.quality, reasons=faults.reasons, begin=begin, end=end, policies=policies)


def _documents(data: bytes, faults: Faults) -> list[Any] | str:
    """The JSON values, or why there is none."""
    if data.count(b"{") + data.count(b"[") > _MOST_TABLES or data.count(b",") > _MOST_COMMAS:
        return "the JSON has more values than any report"
    text = data.decode("utf-8-sig", "replace")
    if "\ufffd" in text:
        faults.note("bytes that are no UTF-8")
    rest = text.strip(_BLANK)
    found: list[Any] = []
    while rest[:1] in ("{", "["):
        try:
            document, end = foreign_json.first(rest, lenient=True)
        except (ValueError, RecursionError):
            if not found:
                return "the JSON cannot be read"
            break
        found += document if isinstance(document, list) else [document]
        rest = rest[end:].strip(_BLANK)
        if len(found) > _MOST_REPORTS:
            faults.note(f"more than {_MOST_REPORTS} reports: the first are read", True)
            return found[:_MOST_REPORTS]
    if rest:
        faults.note("other bytes after the end of the report are ignored", rest[:1] in ("{", "["))
    return found or "the JSON holds no report"


def _policies(document: Mapping[str, Any], faults: Faults) -> tuple[TlsPolicy, ...]:
    listed = _list(document.get("policies"))
    if len(listed) > _MOST_POLICIES:
        faults.note(f"more than {_MOST_POLICIES} policies: the first are kept", True)
    return tuple(_policy(_mapping(each), faults) for each in listed[:_MOST_POLICIES])


def _policy(entry: Mapping[str, Any], faults: Faults) -> TlsPolicy:
    # some reporters leave out the object around the policy
    policy = _mapping(entry.get("policy")) or entry
    summary = _mapping(entry.get("summary")) or entry
    details = _list(entry.get("failure-details"))
    if len(details) > _MOST_FAILURES:
        faults.note(f"more than {_MOST_FAILURES} failure details: the first are kept", True)
    return TlsPolicy(
        type=values.word(_text(policy.get("policy-type"))),
        domain=values.name(_text(policy.get("policy-domain"))),
        mx_hosts=_texts(policy.get("mx-host") or policy.get("mx-host-pattern")),
        strings=_texts(policy.get("policy-string")),
        successful=_sessions(summary, "total-successful-session-count", faults),
        failed=_sessions(summary, "total-failure-session-count", faults),
        failures=tuple(_failure(_mapping(each), faults) for each in details[:_MOST_FAILURES]),
    )


def _failure(detail: Mapping[str, Any], faults: Faults) -> TlsFailure:
    return TlsFailure(
        result=values.word(_text(detail.get("result-type"))),
        sessions=_sessions(detail, "failed-session-count", faults),
        sending_mta_ip=_address(detail.get("sending-mta-ip"), faults),
        receiving_mx=values.name(_text(detail.get("receiving-mx-hostname"))),
        receiving_ip=_address(detail.get("receiving-ip"), faults),
        reason_code=_text(detail.get("failure-reason-code") or detail.get("failure-error-code")),
        information=_text(detail.get("additional-information") or detail.get("additional-info-uri")),
    )


def _sessions(entry: Mapping[str, Any], key: str, faults: Faults) -> int | None:
    number = entry.get(key)
    if number is None or number == "":
        return None
    if isinstance(number, str) and number.strip().isdecimal() and len(number) < 20:
        number = int(number)
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= MOST_MESSAGES:
        return number
    faults.note(f"{key} is no number of sessions", True)
    return None


def _address(value: Any, faults: Faults) -> IPAddress | None:
    text = _text(value)
    if not text:
        return None
    found, _ = values.address(text)
    if found is None:
        faults.note("an address that is none")
    return found


def _text(value: Any) -> str:
    return str(value)[:LONGEST_LEAF].strip() if isinstance(value, str | int) else ""


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (_text(value),) if value.strip() else ()
    return tuple(_text(each) for each in _list(value)[:100] if _text(each))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [value]
    return value if isinstance(value, list) else []
