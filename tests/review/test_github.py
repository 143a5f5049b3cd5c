import json
import os
import re
import shutil
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from stacks.github import WORKFLOW
from staygreen.review.github import PullRequest, main, upsert, workflow_commands
from staygreen.review.render import MARKER

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class GitHub(ThreadingHTTPServer):
    """As much of GitHub's comment API as the review uses, with its pages."""

    def __init__(self, comments):
        super().__init__(("127.0.0.1", 0), Handler)
        self.comments = comments
        self.seen = []
        self.refuses = False


class Handler(BaseHTTPRequestHandler):
    def answer(self, content, status=200):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self):
        self.server.seen.append("GET")
        asked = parse_qs(urlsplit(self.path).query)
        size, page = int(asked["per_page"][0]), int(asked["page"][0])
        self.answer(self.server.comments[(page - 1) * size : page * size])

    def do_POST(self):
        self.server.seen.append("POST")
        if self.server.refuses:
            self.body()
            self.answer({"message": "Resource not accessible by integration"}, 403)
            return
        comment = {"id": 999, "user": {"type": "Bot"}, **self.body()}
        self.server.comments.append(comment)
        self.answer(comment, 201)

    def do_PATCH(self):
        self.server.seen.append("PATCH")
        wanted = int(self.path.rsplit("/", 1)[1])
        comment = next(one for one in self.server.comments if one["id"] == wanted)
        comment.update(self.body())
        self.answer(comment)

    def log_message(self, *_):
        pass


@pytest.fixture
def github():
    others = [{"id": n, "body": f"{MARKER} quoted", "user": {"type": "User"}} for n in range(230)]
    server = GitHub(others)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def pull_request(server):
    return PullRequest(api=f"http://127.0.0.1:{server.server_port}", repository="a/b", number=7, token="t")


def test_there_is_one_comment_however_many_others_and_runs(github):
    where = pull_request(github)

    told = [upsert(where, f"{MARKER} one"), upsert(where, f"{MARKER} two"), upsert(where, f"{MARKER} two")]

    assert told == ["created", "updated", "unchanged"]
    assert [one["body"] for one in github.comments if one["user"]["type"] == "Bot"] == [f"{MARKER} two"]
    assert github.seen.count("GET") == 9


CASES = Path(__file__).parent / "cases"


def assembly(directory, case, side):
    """A case's template as the only stack of a cloud assembly, with the config line that it came from."""
    directory.mkdir()
    shutil.copy(CASES / case / f"{side}.json", directory / "mail.template.json")
    metadata = {"/mail": [{"type": "staygreen:config", "data": {"mail": "config/mine.toml:31"}}]}
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/eu-central-1",
        "properties": {"templateFile": "mail.template.json"},
        "metadata": metadata,
    }
    (directory / "manifest.json").write_text(json.dumps({"artifacts": {"mail": stack}}))
    return directory


@pytest.fixture
def job(github, tmp_path, monkeypatch):
    """Run the workflow's script as a step of a job would."""
    number = count()
    cdk = tmp_path / "bin" / "cdk"
    cdk.parent.mkdir()
    cdk.write_text('#!/bin/sh\necho "Stack $8: raw <diff> of ${7##*/}"\n')
    cdk.chmod(0o755)
    monkeypatch.setenv("PATH", f"{cdk.parent}:{os.environ['PATH']}")
    for name, value in {
        "GITHUB_API_URL": f"http://127.0.0.1:{github.server_port}",
        "GITHUB_REPOSITORY": "a/b",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_TOKEN": "t",
        "PULL_REQUEST": "7",
    }.items():
        monkeypatch.setenv(name, value)

    def run(case, *options, head="head"):
        sides = [assembly(tmp_path / f"{next(number)}-{side}", case, side) for side in ("base", head)]
        words = ["--base", str(sides[0]), "--head", str(sides[1]), "--output", str(tmp_path / "out")]
        monkeypatch.setattr(sys, "argv", ["x", *words, *options])
        return main(NOW)

    run.summary, run.output = tmp_path / "summary.md", tmp_path / "out"
    return run


def ours(github):
    return [one["body"] for one in github.comments if one["user"]["type"] == "Bot"]


def test_a_stop_fails_the_job_comments_once_and_marks_the_config_line(job, github, capsys):
    assert job("dkim-gap-fires") == 1
    assert job("dkim-gap-acknowledged") == 0

    (comment,) = ours(github)
    assert "acknowledged until 2027-01-31" in comment
    told = capsys.readouterr().out
    assert "::error file=config/mine.toml,line=31,title=dkim-gap%3A CNAME" in told
    assert "comment created" in told
    assert "comment updated" in told
    assert job.summary.read_text().count(MARKER) == 2


def test_the_raw_diff_is_folded_under_the_comment_and_cannot_break_out_of_it(job, github):
    job("dkim-gap-fires")

    (comment,) = ours(github)
    assert "<pre>Stack mail: raw &lt;diff&gt; of mail.template.json</pre>" in comment
    assert (job.output / "cdk-diff.txt").read_text() == "Stack mail: raw <diff> of mail.template.json"


def test_without_mail_impact_the_comment_is_one_line(job, github):
    assert job("nothing-about-mail") == 0

    assert ours(github) == [f"{MARKER}\n**No mail impact: 2 resources changed**\n"]


def test_each_configuration_has_a_comment_of_its_own_that_says_what_was_reviewed(job, github):
    for configuration in ("live", "test", "live"):
        job("dkim-gap-fires", "--configuration", configuration, "--commit", "0123456789abcdef0123")

    comments = ours(github)
    assert [one.partition("\n")[0] for one in comments] == [
        "<!-- staygreen-review: live -->",
        "<!-- staygreen-review: test -->",
    ]
    assert "**live: Mail impact: stop" in comments[0]
    assert "Resources: 1 deleted · commit `0123456789ab` · 09:30 UTC on 24 November 2026" in comments[0]


def test_where_nothing_changed_there_is_no_comment_but_one_that_stands_is_brought_up_to_date(job, github):
    assert job("dkim-gap-fires", head="base") == 0
    assert ours(github) == []

    job("dkim-gap-fires")
    job("dkim-gap-fires", head="base")

    assert ours(github) == [f"{MARKER}\n**No mail impact: 0 resources changed**\n"]


@pytest.mark.parametrize(
    ("verdict", "fail_on", "status"), [("look", "look", 1), ("look", "stop", 0), ("stop", "never", 0)]
)
def test_the_job_fails_from_the_verdict_on_that_it_is_asked_to(job, verdict, fail_on, status):
    case = "dkim-gap-fires" if verdict == "stop" else "mail-goes-elsewhere"

    assert job(case, "--fail-on", fail_on) == status


def test_a_fork_gets_the_summary_and_the_verdict_but_no_comment(job, github, capsys):
    github.refuses = True

    assert job("dkim-gap-fires") == 1

    assert ours(github) == []
    assert "no comment: GitHub answered 403" in capsys.readouterr().out
    assert "dkim-gap" in job.summary.read_text()
    assert json.loads((job.output / "review.json").read_text())["verdict"] == "stop"


def test_an_assembly_that_cannot_be_read_is_an_annotation_with_its_place(job, tmp_path, monkeypatch, capsys):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "manifest.json").write_text("{")
    words = ["x", "--base", str(tmp_path / "bad"), "--head", str(tmp_path / "bad"), "--output", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", words)

    assert main(NOW) == 3
    assert "manifest.json:1: is not valid JSON" in capsys.readouterr().out


WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"


@pytest.mark.parametrize("name", ["review", "deployed"])
def test_a_workflow_pins_its_actions_and_asks_for_no_more_than_it_needs(name):
    text = (WORKFLOWS / f"{name}.yml").read_text()
    workflow = yaml.safe_load(text)
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]

    assert used
    assert all(re.fullmatch(r"[a-z-]+/[a-z-]+@[0-9a-f]{40}", each) for each in used)
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets." not in text
    assert "pull_request_target:" not in text
    # no text of a pull request is ever pasted into a script
    assert not any("${{" in step["run"] for step in steps if "run" in step)
    beside_contents = {"review": {"pull-requests": "write"}, "deployed": {"id-token": "write"}}[name]
    assert {key: job["permissions"] for key, job in workflow["jobs"].items()} == {
        name: {"contents": "read", **beside_contents}
    }


def test_the_job_with_credentials_runs_the_default_branchs_code_in_the_workflow_that_the_role_trusts():
    assert WORKFLOW == ".github/workflows/deployed.yml"
    workflow = yaml.safe_load((WORKFLOWS / "deployed.yml").read_text())
    # YAML reads `on` as true
    assert workflow[True] == {"workflow_call": None}
    (job,) = workflow["jobs"].values()
    (checkout,) = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout")]
    assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}", "a base may be anybody's branch"


def test_the_call_that_the_review_leaves_to_be_switched_on_takes_the_workflow_of_the_default_branch():
    text = (WORKFLOWS / "review.yml").read_text()
    hidden = text[text.index("  # deployed:") :].replace("  # ", "  ", 1).replace("\n  # ", "\n  ")
    job = yaml.safe_load(f"{text[: text.index('  # Optional:')]}{hidden}")["jobs"]["deployed"]

    assert job["uses"] == "OWNER/NAME/.github/workflows/deployed.yml@main"
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert "head.repo.full_name == github.repository" in job["if"], "forks get no token"


def test_annotations_mark_config_lines_and_cannot_be_broken_out_of():
    finding = {
        "acknowledged": None,
        "severity": "stop",
        "rule": "dkim-gap",
        "subject": "a, b",
        "place": "config/mine.toml:31",
        "consequence": "one\n::error::two",
    }

    (line,) = workflow_commands({"findings": [finding]})

    assert line == "::error file=config/mine.toml,line=31,title=dkim-gap%3A a%2C b::one%0A::error::two"
