"""The tables of docs/read.md are those of the data.

`UPDATE_TABLES=1 python -m pytest tests/unit/received/test_read_page.py` writes them again.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from staygreen.core.received import bulk_senders, codes, filing

PAGE = Path(__file__).resolve().parents[3] / "docs" / "read.md"


def causes():
    rows = ["| cause | who can act | what it means | next step |", "|---|---|---|---|"]
    for cause in filing.causes().values():
        step = cause.step
        if cause.looks_first:
            step = f"See how the address and the domain stand (`staygreen diagnose`); then {step[0].lower()}{step[1:]}"
        rows.append(f"| `{cause.id}` | {cause.actor.value.replace('_', ' ')} | {cause.text} | {step} |")
    return rows


def all_codes():
    for group in codes.groups().values():
        yield ""
        yield f"### {group.title.partition(':')[0]}"
        yield ""
        yield f"{group.title.partition(':')[2].strip() or 'Codes'} ({group.certainty}, {group.source})"
        yield ""
        yield "| code | meaning |"
        yield "|---|---|"
        yield from (f"| `{code}` | {text} |" for code, text in group.meanings.items())
    yield ""


def rules():
    names = bulk_senders.publishers().values()
    yield f"| rule | for | {' | '.join(each.name for each in names)} |"
    yield f"|---|---|{'---|' * len(names)}"
    for rule in bulk_senders.rules():
        levels = " | ".join(rule.levels.get(each.id, "") for each in names)
        yield f"| {rule.title} | {rule.applies_to} | {levels} |"
    yield ""
    for each in names:
        yield f"- {each.name}: since {each.since}; bulk is {each.bulk}. {each.source}, read in a copy of {each.read}."


TABLES = {"causes": causes, "codes": all_codes, "rules": rules}


@pytest.mark.parametrize("name", TABLES)
def test_the_page_shows_the_table_of_the_data(name):
    text = PAGE.read_text()
    begin, end = f"<!-- {name} -->\n", "<!-- end -->"
    pattern = re.compile(re.escape(begin) + r"(.*?)" + re.escape(end), re.DOTALL)
    wanted = "\n".join(TABLES[name]()) + "\n"
    if os.environ.get("UPDATE_TABLES"):
        PAGE.write_text(pattern.sub(lambda _: begin + wanted + end, text))
        return
    assert pattern.search(text)[1] == wanted
