"""`staygreen review`: what a stack diff does to mail, before it is merged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from staygreen.cli.output import print_text
from staygreen.core.deployments.past import read
from staygreen.core.errors import StaygreenError


class Format(str, Enum):
    """How the review is printed."""

    MARKDOWN = "markdown"
    JSON = "json"
    TEXT = "text"


class FailOn(str, Enum):
    """From which verdict on the exit status is 1."""

    STOP = "stop"
    LOOK = "look"
    NEVER = "never"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("review")(review)


def review(  # noqa: PLR0917 - Typer reads the options from the signature
    base: Annotated[str, typer.Option(help="Template, cloud assembly, or `deployed` for what AWS has now.")],
    head: Annotated[Path, typer.Option(help="Template or cloud assembly that would be deployed.")],
    format: Annotated[
        Format | None, typer.Option(help="How to print it; text where nothing is said.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    fail_on: Annotated[FailOn, typer.Option(help="From which verdict on the exit status is 1.")] = FailOn.STOP,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day that acknowledgements are judged by.")
    ] = None,
    region: Annotated[str, typer.Option(help="Where single templates would be deployed.")] = "",
    spf_answers: Annotated[
        Path | None, typer.Option(help="Recorded DNS answers; else spf-answers.json beside each side's templates.")
    ] = None,
    diff: Annotated[Path | None, typer.Option(help="Output of `cdk diff`, folded into the markdown.")] = None,
    configuration: Annotated[str, typer.Option(help="What is reviewed, as the markdown says it.")] = "",
    incidents: Annotated[
        Path | None,
        typer.Option(
            help="Past incidents, from `staygreen deployments --for-review`; those of changed records are told."
        ),
    ] = None,
    dmarc_ready: Annotated[
        list[Path] | None,
        typer.Option(
            help="Answers kept by `staygreen dmarc ready --write`, or a directory of them: what a changed policy would "
            "have done to mail is told."
        ),
    ] = None,
    commit: Annotated[str, typer.Option(help="The commit that is reviewed, as the markdown says it.")] = "",
) -> None:
    """Explain in mail terms what a stack diff would do; needs no AWS unless --base is `deployed`."""
    from staygreen.review import deployed, loading, render, report
    from staygreen.review.dmarc_effects import kept_answers

    if as_json and format not in (None, Format.JSON):
        raise typer.BadParameter(f"{format.value} contradicts --json: leave one of them out", param_hint="--format")
    try:
        after = loading.load(head, region)
        before = deployed.ask(after) if base == "deployed" else loading.load(Path(base), region, may_be_empty=True)
        if spf_answers:
            recorded = loading.read_answers(spf_answers)
            before, after = replace(before, spf_answers=recorded), replace(after, spf_answers=recorded)
        raw = diff.read_text(errors="replace") if diff else ""
        past = read(incidents.read_text("utf-8")) if incidents else ()
        answers = kept_answers(dmarc_ready or ())
    except (StaygreenError, OSError, UnicodeError) as error:
        print_text(str(error), err=True)
        raise typer.Exit(3) from error
    now = datetime.now(UTC)
    found = report.review(before, after, (today or now).date(), past, answers)
    context = render.Context(configuration=configuration, commit=commit, at=now if commit else None)
    texts = {
        Format.MARKDOWN: lambda: render.as_markdown(found, raw, context=context),
        Format.JSON: lambda: render.as_json(found) + "\n",
        Format.TEXT: lambda: render.as_text(found),
    }
    print_text(texts[Format.JSON if as_json else format or Format.TEXT](), end="")
    if found.verdict in render.BAD[fail_on.value]:
        raise typer.Exit(1)
