"""The columns of stored rows, and the saved questions to them, in SQL that Athena and DuckDB both take.

No lambdas, no approximations, no functions that only one of them has. A day is text, `yyyy-mm-dd`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

TABLE, UNPROVEN_TABLE = "rows", "unproven"

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "report": "string",
        "org": "string",
        "report_id": "string",
        "submitter": "string",
        "proven": "boolean",
        "generation": "string",
        "policy_domain": "string",
        "begin": "string",
        "end": "string",
        "p": "string",
        "sp": "string",
        "np": "string",
        "adkim": "string",
        "aspf": "string",
        "testing": "string",
        "discovery": "string",
        "quality": "string",
        "source_ip": "string",
        "count": "bigint",
        "header_from": "string",
        "envelope_from": "string",
        "envelope_to": "string",
        "disposition": "string",
        "eval_dkim": "string",
        "eval_spf": "string",
        "reasons": "array<struct<type:string,comment:string>>",
        "dkim": "array<struct<domain:string,selector:string,result:string>>",
        "spf": "array<struct<domain:string,scope:string,result:string>>",
        "aligned_dkim": "boolean",
        "aligned_spf": "boolean",
    }
)
"""Columns with their types in Hive's words: the keys of a row, but for `kind`."""

_SINCE = "CAST(CAST(CURRENT_DATE - INTERVAL '35' DAY AS DATE) AS VARCHAR)"
_ALIGNED = 'SUM(CASE WHEN aligned_dkim OR aligned_spf THEN "count" ELSE 0 END)'
_STOPPED = "SUM(CASE WHEN disposition IN ('quarantine', 'reject') THEN \"count\" ELSE 0 END)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A saved question."""

    name: str
    question: str
    """In a sentence, for people."""
    template: str

    def sql(self, table: str) -> str:
        """The query of a table: its name, or whatever stands for one."""
        return self.template.replace("{table}", table)


QUERIES = (
    Query(
        name="sources",
        question="Which addresses sent in the name of each domain in the last 35 days, and how much of it passed?",
        template=f"""SELECT header_from, source_ip, SUM("count") AS messages, {_ALIGNED} AS aligned,
       {_STOPPED} AS stopped, MIN(day) AS first_day, MAX(day) AS last_day
FROM {{table}}
WHERE day >= {_SINCE}
GROUP BY header_from, source_ip
ORDER BY messages DESC, header_from, source_ip
LIMIT 500""",  # noqa: S608 - nothing in it is from outside
    ),
    Query(
        name="days",
        question="How many messages were reported for each domain and day of the last 35, and how many of them passed?",
        template=f"""SELECT day, policy_domain, COUNT(DISTINCT report) AS reports, COUNT(DISTINCT org) AS reporters,
       SUM("count") AS messages, {_ALIGNED} AS aligned, {_STOPPED} AS stopped
FROM {{table}}
WHERE day >= {_SINCE}
GROUP BY day, policy_domain
ORDER BY day, policy_domain""",  # noqa: S608 - nothing in it is from outside
    ),
    Query(
        name="failing",
        question="Which mail of the last 35 days passed neither by DKIM nor by SPF, by source and what became of it?",
        template=f"""SELECT header_from, source_ip, disposition, eval_dkim, eval_spf, SUM("count") AS messages,
       COUNT(DISTINCT org) AS reporters, MIN(day) AS first_day, MAX(day) AS last_day
FROM {{table}}
WHERE day >= {_SINCE} AND NOT aligned_dkim AND NOT aligned_spf
GROUP BY header_from, source_ip, disposition, eval_dkim, eval_spf
ORDER BY messages DESC, header_from, source_ip, disposition, eval_dkim, eval_spf
LIMIT 500""",  # noqa: S608 - nothing in it is from outside
    ),
)


def by_name(name: str) -> Query | None:
    """The question of a name."""
    return next((each for each in QUERIES if each.name == name), None)
