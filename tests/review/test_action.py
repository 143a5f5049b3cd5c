"""The composite action, its steps run in a shell as GitHub runs them, in a repository as actions/checkout leaves it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github" / "actions" / "review"
MX = {
    "Type": "AWS::Route53::RecordSet",
    "Properties": {
        "HostedZoneId": "Z1",
        "Name": "example.org.",
        "Type": "MX",
        "ResourceRecords": ["10 mx.example.net."],
    },
}
TOPIC = {"Type": "AWS::SNS::Topic"}
SYNTH = 'cp app.json "$OUTPUT/mail.json"'


def git(where, *words):
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *who, *words], cwd=where, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(where, resources, name="app.json"):
    file = where / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"Resources": resources}))
    git(where, "add", "-A")
    git(where, "commit", "--quiet", "--allow-empty", "-m", f"on {git(where, 'branch', '--show-current')}")
    return git(where, "rev-parse", "HEAD")


class Repository:
    """main moves on after the branch has left it; the checkout is at GitHub's merge of both, two commits deep."""

    def __init__(self, directory, before, after, name="app.json"):
        origin = directory / "origin"
        origin.mkdir()
        git(origin, "init", "--quiet")
        self.old_base = commit(origin, {"Old": TOPIC}, name)
        git(origin, "checkout", "--quiet", "-b", "change")
        self.head = commit(origin, after, name)
        git(origin, "checkout", "--quiet", "main")
        self.base = commit(origin, before, name)
        git(origin, "checkout", "--quiet", "-b", "merge")
        git(origin, "merge", "--quiet", "--no-ff", "-s", "ours", "-m", "merge", "change")
        (origin / name).write_text(json.dumps({"Resources": after}))
        git(origin, "commit", "--quiet", "--amend", "-am", "merge")
        self.origin, self.checkout = origin, directory / "checkout"
        git(directory, "clone", "--quiet", "--depth", "2", "--branch", "merge", f"file://{origin}", "checkout")


class Job:
    """Runs the action's `run` steps one after the other, as a runner does."""

    def __init__(self, directory, repository, **inputs):
        action = yaml.safe_load((ACTION / "action.yml").read_text())
        self.steps = action["runs"]["steps"]
        self.inputs = {name: entry.get("default", "") for name, entry in action["inputs"].items()}
        self.inputs |= {
            "python": sys.executable,
            "token": "",
            **{name.replace("_", "-"): v for name, v in inputs.items()},
        }
        self.directory, self.repository = directory, repository
        self.output = directory / "output.txt"
        self.output.touch()
        self.log = ""

    def value(self, expression):
        known = {f"inputs.{name}": value for name, value in self.inputs.items()}
        known |= {
            "github.action_path": str(ACTION),
            "runner.temp": str(self.directory / "temp"),
            "github.event.pull_request.head.sha": self.repository.head,
            "github.event.pull_request.head.sha || github.sha": self.repository.head,
            "github.event.pull_request.number": "7",
            "github.base_ref": "main",
            "steps.python.outputs.python-path": "",
        }
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known[found[1]], expression)

    def run(self):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        for step in self.steps:
            if "run" not in step:
                continue
            env = {name: self.value(value) for name, value in step["env"].items()}
            env |= {"GITHUB_OUTPUT": str(self.output), "GITHUB_REPOSITORY": "a/b"}
            shell = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
            done = subprocess.run(
                shell, cwd=self.repository.checkout, env=kept | env, check=False, capture_output=True, text=True
            )
            self.log += done.stdout + done.stderr
            if done.returncode:
                return done.returncode
        return 0

    @property
    def review(self):
        return json.loads((self.directory / "temp" / "staygreen-review" / "review" / "review.json").read_text())


@pytest.fixture
def repository(tmp_path):
    return lambda before, after, **more: Repository(tmp_path, before, after, **more)


def test_a_pull_request_is_reviewed_against_the_commit_that_it_would_be_merged_into(tmp_path, repository):
    job = Job(tmp_path, repository({"Mx": MX, "T": TOPIC}, {"T": TOPIC}), synth=SYNTH, configuration="live")

    assert job.run() == 1, job.log
    assert [one["rule"] for one in job.review["findings"]] == ["mx-removed"]
    assert f"base: {job.repository.base}" in job.log
    assert "verdict=stop" in job.output.read_text()
    comment = (tmp_path / "temp" / "staygreen-review" / "review" / "review.md").read_text()
    assert comment.startswith("<!-- staygreen-review: live -->\n**live: Mail impact: stop")
    assert f"commit `{job.repository.head[:12]}`" in comment


def test_what_only_the_base_branch_changed_is_not_told_of_the_pull_request(tmp_path, repository):
    job = Job(tmp_path, repository({"Mx": MX}, {"Mx": MX}), synth=SYNTH)

    assert job.run() == 0, job.log
    assert (job.review["verdict"], job.review["changed_resources"]) == ("none", 0)


def test_templates_that_are_in_the_repository_need_no_synthesis(tmp_path, repository):
    job = Job(tmp_path, repository({"Mx": MX}, {"T": TOPIC}, name="templates/mail.json"), head="templates")

    assert job.run() == 1, job.log


def test_a_checkout_of_the_branch_itself_is_compared_with_the_merge_base(tmp_path, repository):
    found = repository({"Mx": MX}, {"Mx": MX})
    git(found.checkout, "fetch", "--quiet", "--unshallow", "origin", "+refs/heads/*:refs/remotes/origin/*")
    git(found.checkout, "checkout", "--quiet", found.head)
    job = Job(tmp_path, found, synth=SYNTH)

    assert job.run() == 0, job.log
    assert f"base: {found.old_base}" in job.log


def test_the_first_pull_request_of_an_app_has_an_empty_base(tmp_path, repository):
    found = repository({"Mx": MX}, {"Mx": MX})
    (found.checkout / "infra").mkdir()
    (found.checkout / "infra" / "app.json").write_text(json.dumps({"Resources": {"Mx": MX}}))
    job = Job(tmp_path, found, synth=SYNTH, working_directory="infra")

    assert job.run() == 0, job.log
    assert [one["consequence"] for one in job.review["findings"]] == ["MX example.org is new."]


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"synth": "exit 3"}, "the command in synth failed"),
        ({"synth": "true"}, "wrote nothing to $OUTPUT"),
        ({"head": "cdk.out"}, "there is no cdk.out"),
        ({"head": "app.json", "base": "nowhere"}, "there is no nowhere"),
        ({"python": "/nonexistent/python"}, "No such file"),
    ],
)
def test_a_side_that_cannot_be_had_fails_the_job_and_says_which(tmp_path, repository, inputs, told):
    job = Job(tmp_path, repository({"Mx": MX}, {"Mx": MX}), **inputs)

    assert job.run() != 0
    assert told in job.log


def test_without_the_base_commit_the_job_fails_and_nothing_older_is_taken(tmp_path, repository):
    found = repository({"Mx": MX}, {"Mx": MX})
    git(found.checkout, "fetch", "--quiet", "--depth", "1", "origin", "change")
    git(found.checkout, "checkout", "--quiet", "FETCH_HEAD")
    git(found.checkout, "remote", "set-url", "origin", "file:///nowhere")
    job = Job(tmp_path, found, synth=SYNTH)

    assert job.run() != 0
    assert "check out with fetch-depth 2" in job.log


FAKE_CDK = """#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" = --output ] && output=$2; shift; done
mkdir -p "$output" && cp app.json "$output/mail.json"
"""


@pytest.mark.parametrize(("after", "status"), [({"T": TOPIC}, 1), ({"Mx": MX, "T": TOPIC}, 0)])
def test_the_script_for_gitlab_reviews_against_the_merge_base(tmp_path, repository, after, status):
    page = (ROOT / "docs" / "review.md").read_text()
    snippet = yaml.safe_load(page.partition("## GitLab")[2].partition("\n    review:\n")[2].partition("\n\nIn a")[0])
    found = repository({"Mx": MX, "T": TOPIC}, after)
    git(found.checkout, "fetch", "--quiet", "--unshallow", "origin", "+refs/heads/*:refs/remotes/origin/*")
    tools = tmp_path / "tools"
    tools.mkdir()
    staygreen = f'#!/bin/sh\nexec {sys.executable} -c "from staygreen.cli.main import main; main()" "$@"\n'
    for name, script in (("cdk", FAKE_CDK), ("staygreen", staygreen)):
        (tools / name).write_text(script)
        (tools / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    environment["CI_MERGE_REQUEST_TARGET_BRANCH_NAME"] = "main"

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(snippet["script"])],
        cwd=found.checkout,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == status, done.stdout + done.stderr
    assert ("mx-removed" in (found.checkout / "review.md").read_text()) is bool(status)


def test_the_action_pins_what_it_uses_and_pastes_no_input_into_a_script():
    action = yaml.safe_load((ACTION / "action.yml").read_text())
    steps = action["runs"]["steps"]

    assert all(re.fullmatch(r"[a-z-]+/[a-z-]+@[0-9a-f]{40}", one["uses"]) for one in steps if "uses" in one)
    assert not any("${{" in one["run"] for one in steps if "run" in one)
    # the code of a pull request runs where no token is
    assert [one["name"] for one in steps if "GITHUB_TOKEN" in one.get("env", {})] == ["Review"]
