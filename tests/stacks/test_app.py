from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.stacks.conftest import ROOT


def app(tmp_path, config, **context):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "CDK_OUTDIR": str(tmp_path / "out"),
        "CDK_CONTEXT_JSON": json.dumps({"config": config, **context}),
    }
    command = [sys.executable, str(ROOT / "app.py")]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_broken_configuration_ends_with_every_problem_and_its_place(tmp_path):
    broken = tmp_path / "mine.toml"
    broken.write_text('[sender]\nname = "x"\naccount = "1"\nregion = "nowhere"\n')
    done = app(tmp_path, str(broken))
    assert done.returncode == 1
    assert f"{broken}:3:" in done.stderr
    assert f"{broken}:4:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_configuration_that_is_not_there_is_named(tmp_path):
    done = app(tmp_path, "absent.toml")
    assert (done.returncode, done.stderr.strip()) == (1, "absent.toml: No such file or directory")


def test_it_synthesises_clean_without_the_flags_of_cdk_json(tmp_path):
    done = app(tmp_path, "config/examples/one-domain.toml", nag="true")
    assert done.returncode == 0, done.stderr
    (rules,) = json.loads((tmp_path / "out" / "validation-report.json").read_text())["pluginReports"]
    assert rules["violations"] == []


def test_all_recommended_feature_flags_are_set():
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    flags = {key: value for key, value in context.items() if key.startswith("@aws-cdk")}
    assert len(flags) > 80
    assert context["config"] == "config/examples/one-domain.toml"
