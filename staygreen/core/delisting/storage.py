"""A case as JSON values, and back."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from staygreen.core.delisting.case import Case, Event, Facts, Listing, Outcome, Refusal, Repair, Stage
from staygreen.core.replies.decode import Route


def dump(case: Case) -> dict[str, Any]:
    """The case as JSON values; `load` is the inverse."""
    facts = case.facts
    plain = {
        name: getattr(facts, name)
        for name in Facts.__dataclass_fields__
        if name not in ("refusals", "listings", "repairs", "route", "last_refused")
    }
    return {
        "schema": "staygreen.case/1",
        "ip": case.ip,
        "facts": {
            **{name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()},
            "route": facts.route.value,
            "refusals": [_refusal(each) for each in facts.refusals],
            "repairs": [{"at": r.at.isoformat(), "what": r.what} for r in facts.repairs],
            **({"last_refused": facts.last_refused.isoformat()} if facts.last_refused else {}),
            # absent where there are none, as in cases that were written before there were any
            **({"listings": [_listing(each) for each in facts.listings]} if facts.listings else {}),
        },
        "history": [
            {
                "at": each.at.isoformat(),
                "stage": each.stage.value,
                "note": each.note,
                "outcome": each.outcome.value if each.outcome else None,
            }
            for each in case.history
        ],
    }


def _refusal(each: Refusal) -> dict[str, Any]:
    """A refusal; what is not known beside its reply is left out."""
    return {
        "at": each.at.isoformat(),
        "text": each.text,
        "code": each.code,
        **({"message": each.message} if each.message else {}),
        **({} if each.is_time_known else {"is_time_known": False}),
    }


def _listing(each: Listing) -> dict[str, str]:
    return {
        "list": each.list,
        "since": each.since.isoformat(),
        "text": each.text,
        "where": each.where,
        "how": each.how,
    }


def text(case: Case) -> str:
    """The case as JSON whose text is the same for equal cases; `read` is the inverse."""
    return json.dumps(dump(case), ensure_ascii=False, sort_keys=True)


def read(text: str) -> Case:
    """The case that `text` wrote.

    Raises:
        ValueError: It is not one.
    """
    return load(json.loads(text))


def goes_on_from(live: str, opened: str) -> bool:
    """Whether a case, as `text` wrote it, is another one as it was, whatever was done in it since."""
    then, now = read(opened).history, read(live).history
    return now[: len(then)] == then


def load(document: Mapping[str, Any]) -> Case:
    """The case that `dump` wrote.

    Raises:
        ValueError: It is not one.
    """
    try:
        facts = dict(document["facts"])
        ipaddress.ip_address(document["ip"])
        refusals = tuple(Refusal(**{**each, "at": _at(each["at"])}) for each in facts.pop("refusals"))
        listings = tuple(Listing(**{**each, "since": _at(each["since"])}) for each in facts.pop("listings", ()))
        repairs = tuple(Repair(at=_at(r["at"]), what=r["what"]) for r in facts.pop("repairs"))
        chosen = Route(facts.pop("route"))
        last = facts.pop("last_refused", None)
        rest: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in facts.items()}
        return Case(
            ip=document["ip"],
            facts=Facts(
                route=chosen,
                refusals=refusals,
                listings=listings,
                repairs=repairs,
                last_refused=_at(last) if last else None,
                **rest,
            ),
            history=tuple(_event(each) for each in document["history"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a case: {error}") from error


def _event(each: Mapping[str, Any]) -> Event:
    outcome = each.get("outcome")
    return Event(
        at=_at(each["at"]),
        stage=Stage(each["stage"]),
        note=each.get("note", ""),
        outcome=Outcome(outcome) if outcome else None,
    )


def _at(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"{text} names no time zone")
    return parsed
