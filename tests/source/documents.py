"""What of the documents is generated, and how many words of the rest a person has to read.

    python -m tests.source.documents          # write every generated block again
    python -m tests.source.documents --words  # words of each page, generated text left out

A block begins with `<!-- generated: NAME ARGUMENT… -->` and ends with `<!-- end -->`. Its text comes from the code or
the data that it is about, so that each fact has one place. Rows of the register of assumptions are not counted: they
are looked up by number, and nobody reads them through.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click
import yaml
from typer.main import get_group
from typer.testing import CliRunner

from benchmarks import fleet_cost
from staygreen.cli.key_reference import key_reference
from staygreen.cli.main import app
from staygreen.core.account_share import AccountShare
from staygreen.core.blocklist import advice as list_advice
from staygreen.core.blocklist import catalogue
from staygreen.core.blocklist.dnsbl import Reason
from staygreen.core.blocklist.shard import Shard
from staygreen.core.config.mode import Mode
from staygreen.core.confirmation import Confirmation
from staygreen.core.delisting.case import Case
from staygreen.core.deployments.deployment import Deployment
from staygreen.core.dmarc.readiness.conditions import Known, Window, conditions
from staygreen.core.estate.found import Estate as FoundEstate
from staygreen.core.finding import Evidence, Finding, Severity, Subject
from staygreen.core.incidents.incident import Incident, Transition
from staygreen.core.incidents.report import Coverage
from staygreen.core.owner import Owner
from staygreen.core.published import causes
from staygreen.core.received import bulk_senders, codes, filing
from staygreen.core.records.dmarc import Policy
from staygreen.core.remediations.plan import Action, Objection, Plan
from staygreen.core.repair.repair import Measure
from staygreen.core.replies.counters import Combination, Mark
from staygreen.core.replies.decode import Cause, Certainty, Route, Scope, System
from staygreen.core.replies.explain import WAYS
from staygreen.core.reports.classes import MailClass
from staygreen.core.reports.estate import DeclaredSender
from staygreen.core.reports.estate import Estate as ReportEstate
from staygreen.core.reports.report import Quality
from staygreen.core.ses import reputation_causes, volume_causes
from staygreen.core.snds import advice as snds_advice
from staygreen.core.snds.rest_answer import Reason as SndsReason
from staygreen.core.verdict.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)
REGISTER = ROOT / "docs" / "assumptions.md"
"""Its numbered rows are a register, which grows and is looked up by number."""
YOUNG = tuple(
    ROOT / "docs" / name for name in ("dmarc.md", "paging.md", "runbooks/dmarc.md", "runbooks/tls_reports.md")
)
"""Pages that were written while the others were cut. They have a limit of their own until somebody cuts them too."""
ELSEWHERE = frozenset({"cost"})
"""Blocks that need a synthesised assembly; the test named behind each block compares them."""
_BLOCK = re.compile(r"(<!-- generated: ([^>]+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
_CODE = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
_WORD = re.compile(r"\S*\w\S*")
_CAUSES = {
    "auth_records": (causes.AUTH_RECORDS, "the domain"),
    "reverse_dns": (causes.REVERSE_DNS, "the address"),
    "ses_reputation": (reputation_causes.CAUSES, "the account"),
    "volume": (volume_causes.CAUSES, "the account"),
}


def cause(check: str, name: str) -> Iterator[str]:
    """What an alert of this cause says, for its section of the runbook."""
    table, subject = _CAUSES[check]
    said = table[name]
    text = _told(said.consequence, said.meaning, said.steps)
    filled = text.replace("{subject}", subject).replace("{name}", "its name")
    yield from (f"## {name}", "", f"**{said.severity.value.capitalize()}.** {_sentences(filled)}")


def way(route: str) -> Iterator[str]:
    """Where the repair of one refusal begins, as `staygreen decode` says it."""
    found = WAYS[Route(route)]
    where = f" {found.address}" if "@" in found.address else f" <{found.address}>" if found.address else ""
    yield from (f"## {route.replace('_', ' ').capitalize().replace('Aws', 'AWS').replace('dns', 'DNS')}", "")
    yield f"**Do:** {found.step}{where}"


def snds(word: str) -> Iterator[str]:
    """The same for what SNDS says of an address, or for why it says nothing."""
    reasons = {each.value: each for each in SndsReason}
    said = (
        snds_advice.about_source(reasons[word], "the source")
        if word in reasons
        else snds_advice.about_address(word, "the address", "the address")
    )
    yield from (f"## {word}", "", _sentences(_told(said.consequence, said.meaning, said.steps)))


def _told(consequence: str, meaning: str, steps: tuple[str, ...]) -> str:
    return " ".join((consequence, meaning, "**Do:**", *steps))


def _sentences(text: str) -> str:
    return re.sub(r"(^|[.!?*] )the ", lambda found: f"{found[1]}The ", text)


BOUNCE = (
    "550 5.7.1 Unfortunately, messages from [203.0.113.5] weren't sent. Please contact your Internet service",
    "provider since part of their network is on our block list (S3150). You can also refer your provider to",
    "http://mail.live.com/mail/troubleshooting.aspx#errors.",
)
"""What Outlook.com answers an address that it blocks, with an address of the documentation's network."""


_WRAPPER = textwrap.TextWrapper(110, initial_indent="  ", subsequent_indent=" " * 12, break_on_hyphens=False)


def bounce() -> Iterator[str]:
    """The bounce above, and what `staygreen decode` says of it."""
    answer = CliRunner().invoke(app, ["decode"], input="\n".join(BOUNCE)).stdout
    yield from ("```", "$ staygreen decode <<END", *BOUNCE, "END")
    for line in answer.splitlines():
        if line.strip().startswith(("Who:", "Why:", "Retrying:", "Next:", "Where:")):
            yield from textwrap.wrap(
                line.strip(), 110, initial_indent="  ", subsequent_indent=" " * 12, break_on_hyphens=False
            )
    yield "```"


def keys() -> Iterator[str]:
    """Every key of the configuration."""
    yield key_reference()


def filing_causes() -> Iterator[str]:
    """Why a receiver filed a message where it did."""
    yield from ("| cause | who can act | what it means | next step |", "|---|---|---|---|")
    for each in filing.causes().values():
        step = each.step
        if each.looks_first:
            step = f"See how the address and the domain stand (`staygreen diagnose`); then {step[0].lower()}{step[1:]}"
        yield f"| `{each.id}` | {each.actor.value.replace('_', ' ')} | {each.text} | {step} |"


def header_codes() -> Iterator[str]:
    """What receivers write into headers."""
    for group in codes.groups().values():
        title, _, text = group.title.partition(":")
        yield from ("", f"### {title}", "", f"{text.strip() or 'Codes'} ({group.certainty}, {group.source})", "")
        yield from ("| code | meaning |", "|---|---|")
        yield from (f"| `{code}` | {meaning} |" for code, meaning in group.meanings.items())
    yield ""


def bulk_rules() -> Iterator[str]:
    """What senders of much mail must have."""
    names = bulk_senders.publishers().values()
    yield f"| rule | for | {' | '.join(each.name for each in names)} |"
    yield f"|---|---|{'---|' * len(names)}"
    for rule in bulk_senders.rules():
        levels = " | ".join(rule.levels.get(each.id, "") for each in names)
        yield f"| {rule.title} | {rule.applies_to} | {levels} |"
    yield ""
    for each in names:
        yield f"- {each.name}: since {each.since}; bulk is {each.bulk}. {each.source}, read in a copy of {each.read}."


def fleet_costs() -> Iterator[str]:
    """What sweeps of three sizes cost in a month."""
    columns = (
        "addresses × 40 lists, hourly",
        "questions a run",
        "from start to end",
        "GB-seconds a month",
        "Lambda requests",
        "transitions",
        "S3 writes / reads",
        "USD a month",
    )
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    yield from (fleet_cost.row(fleet_cost.month(addresses)) for addresses in (10, 1000, 65_536))


def lists() -> Iterator[str]:
    """Every blocklist that the catalogue has, and when it is asked."""
    yield from ("| list | id | asked | about | a listing covers | removal |", "|---|---|---|---|---|---|")
    for each in sorted(catalogue.load().entries, key=lambda entry: entry.name.lower()):
        asked = each.default.value.replace("_", " ")
        about = ", ".join(sorted(target.value for target in each.targets))
        page = f"<{each.delist_url}>" if each.delist_url else ""
        removal = " ".join(part for part in (page, each.delist_how) if part) or "none documented"
        yield f"| {each.name} | `{each.id}` | {asked} | {about} | {each.scope.value} | {_cell(removal)} |"


def denied_lists() -> Iterator[str]:
    """Lists that are never asked, and why."""
    yield from ("| zone | reason |", "|---|---|")
    for each in sorted(catalogue.load().denied, key=lambda entry: entry.id):
        yield f"| {', '.join(f'`{zone}`' for zone in each.zones)} | {_cell(each.reason)} |"


def list_reasons() -> Iterator[str]:
    """Why a list could not be used, and what to do."""
    yield from ("| reason | what happened | what to do |", "|---|---|---|")
    for reason in Reason:
        said = list_advice.for_coverage(catalogue.load().by_id["psbl"], reason)
        what = said.meaning.partition(" This says nothing")[0]
        yield f"| `{reason.value}` | {what} | {' '.join(said.steps)} |"


def report_classes() -> Iterator[str]:
    """Whose mail a reported row is, by the row of the table that decides, as the code gives its reason."""
    yield from ("| row | class | because |", "|---|---|---|")
    tree = ast.parse((ROOT / "staygreen" / "core" / "reports" / "classes.py").read_text())
    found = []
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        named = {
            target.id: _text(node.value)
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            if getattr(call.func, "id", "") == "Judgement" and isinstance(call.args[0], ast.Constant):
                number, kind, why = call.args[:3]
                text = named.get(why.id, "") if isinstance(why, ast.Name) else _text(why)
                found.append((number.value, getattr(MailClass, kind.attr).value, text))
    yield from (f"| {number} | {kind} | {text} |" for number, kind, text in sorted(found))


def _text(node: ast.expr) -> str:
    """A text of the code, with … where it is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(_text(part) if isinstance(part, ast.Constant) else "…" for part in getattr(node, "values", ()))


def contract() -> Iterator[str]:
    """How each fact looks in a template, from the rows that a test looks for in the examples."""
    yield from ("| fact | resource | where to look |", "|---|---|---|")
    for row in tomllib.loads((ROOT / "tests" / "stacks" / "contract.toml").read_text())["row"]:
        types, paths = (", ".join(f"`{each}`" for each in row[key]) for key in ("types", "properties"))
        where = "; ".join(part for part in (paths, row.get("note", "")) if part)
        yield f"| {row['fact']} | {types} | {_cell(where)} |"


def action_inputs() -> Iterator[str]:
    """What the action for GitHub takes and gives."""
    action = yaml.safe_load((ROOT / ".github" / "actions" / "review" / "action.yml").read_text())
    yield from ("| input, output | |", "|---|---|")
    for name, each in {**action["inputs"], **action["outputs"]}.items():
        yield f"| `{name}` | {_cell(' '.join(each['description'].split()))} |"


def reply_values() -> Iterator[str]:
    """The closed vocabularies of a decoded reply."""
    yield from ("| key | values |", "|---|---|")
    for key, kind in (
        ("system", System),
        ("cause", Cause),
        ("scope", Scope),
        ("route", Route),
        ("certainty", Certainty),
    ):
        yield f"| `{key}` | {', '.join(f'`{each.value}`' for each in kind)} |"


def layers() -> Iterator[str]:
    """The layers of the core as the import contract has them, from top to bottom."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = (each for each in contracts if each["name"] == "The core's layers")
    yield from ("| layer | part | what it is |", "|---|---|---|")
    for number, layer in enumerate(contract["layers"], start=1):
        for name in layer.split(" : "):
            yield f"| {number} | `{name}` | {_cell(_says(ROOT / 'staygreen' / 'core' / name))} |"


def modules(folder: str) -> Iterator[str]:
    """What stands in a folder, each module or package by its first sentence."""
    inside = (path for path in sorted((ROOT / folder).iterdir()) if not path.name.startswith("_"))
    for path in inside:
        if path.suffix == ".py" or (path / "__init__.py").exists():
            yield f"- `{path.stem}`: {_says(path.with_suffix(''))}"


def _says(module: Path) -> str:
    file = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    return (ast.get_docstring(ast.parse(file.read_text())) or "").splitlines()[0]


TERMS = {
    "subject": Subject,
    "finding": Finding,
    "evidence": Evidence,
    "severity": Severity,
    "incident": Incident,
    "transition": Transition,
    "confirmation": Confirmation,
    "coverage": Coverage,
    "control": catalogue.Control,
    "scope (of a list)": catalogue.Scope,
    "owner (of an address)": Owner,
    "verdict": Verdict,
    "deployment": Deployment,
    "case": Case,
    "plan (of a repair)": Plan,
    "action": Action,
    "objection": Objection,
    "measure": Measure,
    "mode (of a repair)": Mode,
    "combination": Combination,
    "mark": Mark,
    "shard": Shard,
    "share of SES": AccountShare,
    "estate (of an account)": FoundEstate,
    "estate (in reports)": ReportEstate,
    "declared sender": DeclaredSender,
    "quality (of a report)": Quality,
    "class (of a reported row)": MailClass,
}
"""Words of this program, each with the class that it names."""


def glossary() -> Iterator[str]:
    """The words of this program, as its classes say them."""
    yield from ("| word | meaning |", "|---|---|")
    for word, kind in sorted(TERMS.items()):
        yield f"| **{word}** | {(kind.__doc__ or '').splitlines()[0]} |"


def commands() -> Iterator[str]:
    """Every command: what it does, how it ends, its options."""
    yield from _commands("staygreen", get_group(app))


def _commands(name: str, found: Any) -> Iterator[str]:
    inside = click.Context(found)
    if hasattr(found, "list_commands"):
        for word in found.list_commands(inside):
            yield from _commands(f"{name} {word}", found.get_command(inside, word))
        return
    arguments = [each.metavar or each.name for each in found.params if each.param_type_name == "argument"]
    yield f"### `{' '.join((name, *(each.upper() for each in arguments)))}`\n"
    yield " ".join((found.help or "").split()) + "\n"
    options = [each for each in found.params if each.param_type_name == "option" and not each.hidden]
    for each in options:
        names = ", ".join(f"`{spelt}`" for spelt in (*each.opts, *each.secondary_opts))
        yield f"- {names}: {' '.join((each.help or '').split())}"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def dmarc_conditions() -> Iterator[str]:
    """The conditions of a step of the DMARC policy, with the limits of both steps."""
    today, known = date(2026, 1, 1), Known(declared=None)
    window = Window((), known, today)
    steps = [
        {each.id: each for each in conditions(window, known, step, today)}
        for step in (Policy.QUARANTINE, Policy.REJECT)
    ]
    yield "| | condition | to quarantine | to reject |"
    yield "|---|---|---|---|"
    for identifier, last in steps[1].items():
        first = steps[0].get(identifier)
        yield f"| {identifier} | {last.title} | {first.limit if first else ''} | {last.limit} |"


GENERATORS: Mapping[str, Callable[..., Iterator[str]]] = {
    "action-inputs": action_inputs,
    "bounce": bounce,
    "cause": cause,
    "snds": snds,
    "way": way,
    "keys": keys,
    "filing-causes": filing_causes,
    "header-codes": header_codes,
    "bulk-rules": bulk_rules,
    "fleet-costs": fleet_costs,
    "lists": lists,
    "denied-lists": denied_lists,
    "list-reasons": list_reasons,
    "reply-values": reply_values,
    "report-classes": report_classes,
    "dmarc-conditions": dmarc_conditions,
    "commands": commands,
    "contract": contract,
    "layers": layers,
    "modules": modules,
    "glossary": glossary,
}


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Each generated block of a page: its name with arguments, and its text."""
    for found in _BLOCK.finditer(page):
        yield found[2], found[3]


def generated(block: str) -> str:
    """The text that a block has to have."""
    name, *arguments = block.split()
    return "\n".join(GENERATORS[name](*arguments)) + "\n"


def written_again(page: str) -> str:
    """A page with its generated blocks made anew."""

    def block(found: re.Match[str]) -> str:
        is_elsewhere = found[2].split()[0] in ELSEWHERE
        return found[0] if is_elsewhere else found[1] + generated(found[2]) + found[4]

    return _BLOCK.sub(block, page)


def prose(path: Path) -> str:
    """What of a page a person wrote in sentences, tables and headings: neither commands nor examples in blocks."""
    text = _CODE.sub("", _BLOCK.sub("", path.read_text(encoding="utf-8")))
    if path == REGISTER:
        text = "\n".join(line for line in text.splitlines() if not line.startswith("|"))
    return text


def words(path: Path) -> int:
    """Words of a page: what stands between blanks and has a letter or a digit."""
    return len(_WORD.findall(prose(path)))


def main() -> None:
    """Write the blocks, or print the words of each page."""
    if "--words" in sys.argv:
        counted = sorted((words(path), str(path.relative_to(ROOT))) for path in DOCUMENTS)
        for number, name in counted:
            print(f"{number:6} {name}")
        print(f"{sum(number for number, _ in counted):6} together")
        return
    for path in DOCUMENTS:
        before = path.read_text(encoding="utf-8")
        after = written_again(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
