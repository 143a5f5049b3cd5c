"""From judgements to a check's findings and coverage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from staygreen.core.advice import AdviceTemplate, fill
from staygreen.core.finding import Advice, Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.incident import COVERAGE
from staygreen.core.incidents.report import Coverage
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.judgement import Judgement
from staygreen.core.wording import named


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """How one check tells what was judged."""

    check: str
    causes: Mapping[str, AdviceTemplate]
    now: datetime

    def findings(self, subject: Subject, judged: Iterable[Judgement], source: str) -> Iterator[Finding]:
        """One finding for each judgement.

        Args:
            subject: What was judged.
            judged: The judgements.
            source: Who said what they rest on.
        """
        name = named(subject.id, subject.label) if subject.kind is SubjectKind.IP else subject.id
        for each in judged:
            is_bad = each.state is State.BAD
            yield Finding(
                check=self.check,
                subject=subject,
                cause=each.cause,
                state=each.state,
                severity=self.causes[each.cause].severity,
                observed_at=self.now,
                evidence=() if each.state is State.OK else (self._evidence(each, source),),
                advice=fill(self.check, self.causes, each.cause, name, each.name, identifier=subject.id)
                if is_bad
                else None,
                reason=each.reason,
                group=each.cause,
                records=each.wrong,
            )

    def _evidence(self, judged: Judgement, source: str) -> Evidence:
        data = {"name": source.upper(), **({"about": judged.name} if judged.name else {})}
        return Evidence(
            source=source, text=judged.text, observed_at=self.now, raw=judged.raw, data=MappingProxyType(data)
        )

    @property
    def _lost(self) -> Advice:
        return Advice(
            consequence="Part of what is published is not being watched: DNS does not answer.",
            meaning="Nothing is known to be wrong with the records. What was found before stays as it was.",
            title="DNS does not answer: published records are not watched",
            steps=(
                "Ask for one of the names by hand.",
                "Look whether its name servers, or the resolver, are down.",
            ),
            runbook=f"{self.check}#coverage",
        )

    def silence(self, source: str, answers: Answers) -> Finding:
        """Whether a resolver answered all that it was asked."""
        lost = answers.unanswered
        names = ", ".join(f"{reply.question.name} {reply.question.rtype.value}" for reply in lost[:3])
        name = f"the resolver {source}" if source != "dns" else "DNS"
        text = f"{len(lost)} of {answers.asked} questions had no answer: {names}"
        return Finding(
            check=self.check,
            subject=Subject(SubjectKind.SOURCE, source, name),
            cause=COVERAGE,
            state=State.BAD if lost else State.OK,
            severity=Severity.WARNING,
            observed_at=self.now,
            evidence=(Evidence(source=source, text=text, observed_at=self.now, data={"name": name}),) if lost else (),
            advice=self._lost if lost else None,
            group=COVERAGE,
        )


def coverage(source: str, answers: Answers) -> Coverage:
    """How much a resolver answered."""
    lost = answers.unanswered
    return Coverage(
        source=source,
        asked=answers.asked,
        answered=answers.asked - len(lost),
        reason=lost[0].rcode.value.lower() if lost else "",
    )
