"""The review on GitHub: one sticky comment, the job's summary, annotations and the exit status of the job.

``python -m staygreen.review.github --base DIR|deployed --head DIR --output DIR`` in a pull-request workflow. The
comment is found by its marker over all pages, so that there is never a second one. Without a token that may comment
(a pull request from a fork) the summary still holds everything. GitHub REST API, "Issue comments" and "Workflow
commands" (not verified against GitHub itself: the tests run against a stand-in).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from os import environ
from pathlib import Path
from typing import Any

from staygreen.core.deployments.past import read
from staygreen.core.errors import StaygreenError
from staygreen.core.visible import visible
from staygreen.review import deployed, loading, render, report
from staygreen.review.dmarc_effects import kept_answers
from staygreen.review.template_text import text_of

_PAGE = 100
_TIMEOUT_SECONDS = 30
_DIFF_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """Where to comment."""

    api: str
    """Such as https://api.github.com."""
    repository: str
    number: int
    token: str


def upsert(pull_request: PullRequest, body: str, *, is_news: bool = True) -> str:
    """Put the comment in place: ``updated``, ``created``, ``unchanged`` or ``not needed``.

    Args:
        pull_request: Where to comment.
        body: The comment; its first line tells it from those of other configurations.
        is_news: Whether it is worth a comment where none stands yet.

    Raises:
        urllib.error.URLError: When GitHub refuses or does not answer.
    """
    marker = body.partition("-->")[0]
    found = next((one for one in _comments(pull_request) if _is_ours(one, marker)), None)
    if found is None and not is_news:
        return "not needed"
    if found is None:
        path = f"/repos/{pull_request.repository}/issues/{pull_request.number}/comments"
        _call(pull_request, "POST", path, {"body": body})
        return "created"
    if found.get("body") == body:
        return "unchanged"
    _call(pull_request, "PATCH", f"/repos/{pull_request.repository}/issues/comments/{found['id']}", {"body": body})
    return "updated"


def _is_ours(comment: Mapping[str, Any], marker: str) -> bool:
    """The marker alone could be quoted by anyone; only a bot's comment is taken over."""
    is_marked = str(comment.get("body", "")).startswith(f"{marker}-->")
    return is_marked and (comment.get("user") or {}).get("type") == "Bot"


def _comments(pull_request: PullRequest) -> Iterator[Mapping[str, Any]]:
    page = 1
    while True:
        path = f"/repos/{pull_request.repository}/issues/{pull_request.number}/comments?per_page={_PAGE}&page={page}"
        found = _call(pull_request, "GET", path)
        yield from found
        if len(found) < _PAGE:
            return
        page += 1


def _call(pull_request: PullRequest, method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the address is the workflow's own
        f"{pull_request.api}{path}",
        method=method,
        data=json.dumps(content).encode() if content is not None else None,
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {pull_request.token}",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
        return json.load(answer)


def workflow_commands(report: Mapping[str, Any]) -> Iterator[str]:
    """Workflow commands that mark config lines, worst first; GitHub shows ten of a kind."""
    words = {"stop": "error", "look": "warning", "fine": "notice"}
    for finding in report["findings"]:
        if finding["acknowledged"] is None and finding["severity"] != "fine":
            file, _, line = str(finding["place"]).rpartition(":")
            place = f" file={_property(file)},line={line}," if file and line.isdigit() else " "
            title = _property(f"{finding['rule']}: {finding['subject']}")
            yield f"::{words[finding['severity']]}{place}title={title}::{_data(finding['consequence'])}"


def _data(value: str) -> str:
    """A text of a workflow command, which is printed as it is in the log of the job."""
    return visible(value).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def main(now: datetime) -> int:
    """Review, and tell it where it is read; the environment is that of a workflow step. 1: the review says stop.

    Args:
        now: Aware; decides which acknowledgements still count, and the comment says it.
    """
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--base", required=True, help="an assembly, or `deployed`")
    options.add_argument("--head", required=True, type=Path)
    options.add_argument("--output", required=True, type=Path, help="where review.json and review.md go")
    options.add_argument("--configuration", default="", help="what is reviewed; each has a comment of its own")
    options.add_argument("--commit", default="", help="the commit that is reviewed, as the comment says it")
    options.add_argument("--incidents", help="past incidents; those of changed records are told")
    options.add_argument(
        "--dmarc-ready",
        type=Path,
        help="answers kept by `staygreen dmarc ready --write`: a file, or a directory of them",
    )
    options.add_argument("--fail-on", default="stop", choices=("stop", "look", "never"))
    given = options.parse_args()
    try:
        head = loading.load(given.head)
        base = deployed.ask(head) if given.base == "deployed" else loading.load(Path(given.base), may_be_empty=True)
        past = read(text_of(Path(given.incidents))) if given.incidents else ()
        answers = kept_answers([given.dmarc_ready] if given.dmarc_ready else ())
    except StaygreenError as error:
        print(f"::error title=review::{_data(str(error))}")
        return 3
    found = report.review(base, head, now.date(), past, answers)
    context = render.Context(configuration=given.configuration, commit=given.commit, at=now if given.commit else None)
    raw = "" if given.base == "deployed" or found.verdict == "none" else cdk_diff(Path(given.base), given.head)
    body = render.as_markdown(found, raw, context=context)
    given.output.mkdir(parents=True, exist_ok=True)
    written = render.as_json(found)
    (given.output / "review.json").write_text(written, encoding="utf-8")
    (given.output / "review.md").write_text(body, encoding="utf-8")
    (given.output / "cdk-diff.txt").write_text(visible(raw), encoding="utf-8")
    _tell(json.loads(written), body, is_news=bool(found.changed_resources or found.findings or found.notes))
    return 1 if found.verdict in render.BAD[given.fail_on] else 0


def cdk_diff(base: Path, head: Path) -> str:
    """What `cdk diff` says of each stack of the new assembly whose template differs; empty without the CDK CLI."""
    command = shutil.which("cdk")
    before = {one.stack: one for one in loading.load(base, may_be_empty=True).templates}
    told: list[str] = []
    with tempfile.TemporaryDirectory() as directory:
        nothing = Path(directory, "empty.json")
        nothing.write_text("{}")
        for after in loading.load(head).templates if command else ():
            old = before.get(after.stack)
            if after.parent or (old is not None and old.body == after.body):
                continue
            file = old.file if old is not None else str(nothing)
            options = ["--no-color", "--exclusively", "--app", str(head), "--template", file, after.stack]
            done = subprocess.run(  # noqa: S603 - the CLI of the checkout, on files of the job
                [str(command), "diff", *options], capture_output=True, text=True, check=False, timeout=_DIFF_SECONDS
            )
            told.append((done.stdout + done.stderr).strip())
    return "\n\n".join(told)


def _tell(content: Mapping[str, Any], body: str, *, is_news: bool) -> None:
    for line in workflow_commands(content):
        print(line)
    if environ.get("GITHUB_STEP_SUMMARY"):
        with Path(environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
            summary.write(body)
    number, token = environ.get("PULL_REQUEST", ""), environ.get("GITHUB_TOKEN", "")
    if not number.isdigit() or not token:
        return
    pull_request = PullRequest(
        api=environ.get("GITHUB_API_URL", "https://api.github.com"),
        repository=environ["GITHUB_REPOSITORY"],
        number=int(number),
        token=token,
    )
    try:
        print(f"comment {upsert(pull_request, body, is_news=is_news)}")
    except urllib.error.HTTPError as error:
        if error.code not in (403, 404):
            raise
        print(f"::notice::no comment: GitHub answered {error.code}; the summary has the review")


if __name__ == "__main__":
    sys.exit(main(datetime.now(UTC)))
