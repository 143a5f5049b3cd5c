"""The one asset and the one layer: complete, alone, and the same wherever they are made."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from stacks.libraries import LAYER, directory

RUNTIME_GIVES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")


def functions(assembly):
    for function in assembly.every("AWS::Lambda::Function"):
        if function["Properties"]["Runtime"].startswith("python"):
            yield function["Properties"]


def code_of(assembly) -> Path:
    (found,) = (path.parent for path in assembly.directory.glob("asset.*/lambdas"))
    return found


@pytest.fixture(scope="session")
def runtime(tmp_path_factory) -> Path:
    """What Lambda's own Python has, and nothing else of this environment."""
    place = tmp_path_factory.mktemp("runtime")
    site = Path(str(distribution("boto3").locate_file("")))
    for name in RUNTIME_GIVES:
        source = site / name if (site / name).exists() else site / f"{name}.py"
        (place / source.name).symlink_to(source)
    return place


def test_every_handler_imports_with_nothing_but_asset_layer_and_runtime(one_domain, example, runtime):
    handlers = sorted({f["Handler"] for assembly in (one_domain, example("ten-domains")) for f in functions(assembly)})
    assert handlers
    paths = [str(code_of(one_domain)), str(LAYER / "python"), str(runtime)]
    for handler in handlers:
        module, _, name = handler.rpartition(".")
        script = f"import sys; sys.path[:0] = {paths!r}; import {module} as m; assert callable(m.{name})"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", script], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{handler}: {done.stderr}"


def test_all_functions_share_one_asset_without_leftovers(one_domain):
    keys = {function["Code"]["S3Key"] for function in functions(one_domain)}
    assert len(keys) == 1
    names = {path.name for path in code_of(one_domain).rglob("*")}
    assert not {name for name in names if name == "__pycache__" or name.endswith(".pyc") or name.startswith(".")}
    assert {path.name for path in code_of(one_domain).iterdir()} == {"lambdas"}


def test_the_layer_is_pure_python_and_runs_anywhere():
    libraries = directory() / "python"
    wheels = list(libraries.glob("*.dist-info/WHEEL"))
    assert wheels
    for wheel in wheels:
        tags = [line for line in wheel.read_text().splitlines() if line.startswith("Tag:")]
        assert all(tag.endswith("-none-any") for tag in tags), wheel
    assert [path for path in libraries.rglob("*") if path.suffix in {".so", ".pyd", ".dylib"}] == []


def test_the_layer_holds_nothing_that_differs_between_machines(one_domain):
    (layer,) = {path.parents[1] for path in one_domain.directory.glob("asset.*/python/dns")}
    assert not (layer / "python" / "bin").exists()
    left = [path.name for path in layer.rglob("*") if path.name in {"RECORD", "direct_url.json", "__pycache__"}]
    assert left == []


def test_the_layer_has_the_versions_that_tests_ran_with():
    for metadata in (directory() / "python").glob("*.dist-info"):
        name, _, version = metadata.name.removesuffix(".dist-info").rpartition("-")
        assert distribution(name).version == version


def test_no_template_breaks_the_schemas_of_aws(example):
    for name in ("one-domain", "ses-only", "ec2-only", "zone-elsewhere", "ten-domains"):
        templates = [str(path) for path in example(name).directory.glob("*.template.json")]
        # W3005: a dependency that CloudFormation would find too; the CDK writes both
        command = ["cfn-lint", "--regions", "us-east-1", "--ignore-checks", "W3005", "--", *templates]
        done = subprocess.run(
            [str(Path(sys.executable).parent / command[0]), *command[1:]], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
