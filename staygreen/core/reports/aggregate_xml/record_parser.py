"""Handlers for expat: header values and rows out of the events of one report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from staygreen.core.reports import values
from staygreen.core.reports.aggregate_xml.elements import FOREIGN, SEPARATOR, Element, document
from staygreen.core.reports.faults import Faults
from staygreen.core.reports.limits import DEEPEST_ELEMENT, LONGEST_LEAF, LONGEST_SILENCE, MOST_RESULTS, RefusedError
from staygreen.core.reports.report import DkimResult, Evidence, OverrideReason, Row, SpfResult
from staygreen.core.reports.values import ValueFault

_PIECE = 64 * 1024


class StrayRootError(Exception):
    """A schema stands around the report."""


class RecordParser:
    """One expat parser and what it has read so far. Rows of one report that say the same share their evidence."""

    def __init__(
        self,
        faults: Faults,
        evidence: dict[Evidence, Evidence] | None = None,
        header: dict[str, str] | None = None,
    ) -> None:
        self.header = {} if header is None else header
        self.rows: list[Row] = []
        self.faults = faults
        self.is_root_open = self.is_root_closed = False
        self.root_name = ""
        self.unread = b""
        """What expat refused, from where it stopped."""
        self._evidence = {} if evidence is None else evidence
        self._fields = self.header
        self._dkim: list[DkimResult] = []
        self._spf: list[SpfResult] = []
        self._reasons: list[OverrideReason] = []
        self._open: list[Element] = []
        self._ended = self._fed = self._silence = 0
        self._parser = self._created()

    def _created(self) -> Any:
        parser = expat.ParserCreate("utf-8", SEPARATOR)
        parser.buffer_text = True
        parser.ordered_attributes = True
        self._set_handlers(parser)
        parser.StartDoctypeDeclHandler = _refuse_doctype
        # newer releases put off what is not complete; the bound below does that work here
        defer = getattr(parser, "SetReparseDeferralEnabled", None)
        if defer is not None:
            defer(False)
        return parser

    def _set_handlers(self, parser: Any) -> None:
        """Set what is called for each element: most of the time goes there, so it is one function of local names."""
        open_elements, texts = self._open, list[str]()
        ends: dict[str, Callable[[], None]] = {
            "record": self._end_record,
            "dkim": self._end_dkim,
            "spf": self._end_spf,
            "reason": self._end_reason,
        }

        def start(name: str, _: Any) -> None:
            if not open_elements:
                self._start_root(name)
                return
            if len(open_elements) >= DEEPEST_ELEMENT:
                raise RefusedError(f"more than {DEEPEST_ELEMENT} elements within each other")
            element = open_elements[-1].children.get(name, FOREIGN)
            open_elements.append(element)
            texts.clear()
            if element.ends == "record":
                self._start_record()

        def end(_: str) -> None:
            element = open_elements.pop()
            self._ended += 1
            key = element.key
            if key:
                text = "".join(texts).strip()
                if key in self._fields or len(text) > LONGEST_LEAF:
                    self._keep(key, text)
                else:
                    self._fields[key] = text
                texts.clear()
            if element.ends:
                ends[element.ends]()
            if not open_elements:
                self.is_root_closed = True

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        # text is bounded by what may come between two ends
        parser.CharacterDataHandler = texts.append

    def feed(self, data: bytes) -> None:
        """Parse the next bytes.

        Raises:
            ExpatError: The XML is not well-formed.
            RefusedError: It goes beyond a bound.
        """
        parse = self._parser.Parse
        for start in range(0, len(data), _PIECE):
            before = self._ended
            piece = data[start : start + _PIECE]
            try:
                parse(piece, False)
            except expat.ExpatError:
                self.unread = data[start + max(0, self._parser.ErrorByteIndex - self._fed) :]
                raise
            self._fed += len(piece)
            self._silence = 0 if self._ended != before else self._silence + len(piece)
            if self._silence > LONGEST_SILENCE:
                raise RefusedError(f"no element ends in {LONGEST_SILENCE >> 20} MB")

    def end(self) -> None:
        """Say that the document is over.

        Raises:
            ExpatError: It ends before its root does.
        """
        self._parser.Parse(b"", True)

    def release(self) -> None:
        """Let go of expat's memory at once: parser and handlers hold each other."""
        self._parser.StartElementHandler = self._parser.EndElementHandler = self._parser.CharacterDataHandler = None

    @property
    def depth(self) -> int:
        """How many elements are open."""
        return len(self._open)

    def _start_record(self) -> None:
        self._fields = {}
        self._dkim, self._spf, self._reasons = [], [], []

    def _start_root(self, name: str) -> None:
        namespace, _, self.root_name = name.rpartition(SEPARATOR)
        self.is_root_open = True
        if self.root_name == "schema":
            raise StrayRootError
        if self.root_name != "feedback":
            raise RefusedError(f"the root element is {self.root_name[:40]}, not feedback")
        self._open.append(document(namespace))

    def _keep(self, key: str, text: str) -> None:
        """Keep a value that is too long, or stands again."""
        if len(text) > LONGEST_LEAF:
            self.faults.note(f"a value of more than {LONGEST_LEAF} characters, cut")
            text = text[:LONGEST_LEAF]
        known = self._fields.get(key)
        if known:
            if text and text != known:
                self.faults.note(f"{key} stands twice: the first is kept")
            return
        self._fields[key] = text

    def _end_dkim(self) -> None:
        take = self._fields.pop
        found = DkimResult(
            values.name(take("dkim.domain", "")), take("dkim.selector", ""), values.word(take("dkim.result", ""))
        )
        self._append(self._dkim, found, any(found))

    def _end_spf(self) -> None:
        take = self._fields.pop
        found = SpfResult(
            values.name(take("spf.domain", "")),
            take("spf.scope", "").lower(),
            values.word(take("spf.result", "")),
        )
        self._append(self._spf, found, any(found))

    def _end_reason(self) -> None:
        take = self._fields.pop
        text = take("reason.text", "")
        found = OverrideReason(take("reason.type", "").lower(), take("reason.comment", "") or text)
        self._append(self._reasons, found, any(found))

    def _append(self, results: list[Any], found: Any, is_filled: bool) -> None:
        if not is_filled:
            return
        if len(results) >= MOST_RESULTS:
            self.faults.note(f"more than {MOST_RESULTS} results in a record: the first are kept", True)
            return
        results.append(found)

    def _end_record(self) -> None:
        fields, self._fields = self._fields, self.header
        evidence = self._made(fields)
        try:
            count, fault = values.count(fields.get("count", ""))
        except ValueFault as error:
            self.faults.note(f"a record left out: {error}", True)
            return
        if fault:
            self.faults.note(fault)
        source, fault = values.address(fields.get("source_ip", ""))
        if fault:
            self.faults.note(fault)
        self.rows.append(Row(source, count, evidence))

    def _made(self, fields: dict[str, str]) -> Evidence:
        get = fields.get
        envelope_from, envelope_to = get("envelope_from"), get("envelope_to")
        evidence = Evidence(
            header_from=values.name(get("header_from", "")),
            envelope_from=None if envelope_from is None else values.name(envelope_from),
            envelope_to=None if envelope_to is None else values.name(envelope_to),
            disposition=values.word(get("disposition", "")),
            eval_dkim=values.word(get("eval_dkim", "")),
            eval_spf=values.word(get("eval_spf", "")),
            reasons=tuple(self._reasons),
            dkim=tuple(self._dkim),
            spf=tuple(self._spf),
        )
        if len(self._evidence) > 2000:
            self._evidence.clear()
        return self._evidence.setdefault(evidence, evidence)


def _refuse_doctype(*_: Any) -> None:
    raise RefusedError("a document type declaration: reports have none, attacks do")
