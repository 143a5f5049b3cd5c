"""The one asset and the one layer: complete, alone, and the same wherever they are made."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

import pytest

from stacks.constructs.archive import archive
from stacks.constructs.code_asset import APART

RUNTIME_GIVES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")


def functions(assembly):
    for function in assembly.every("AWS::Lambda::Function"):
        if function["Properties"]["Runtime"].startswith("python"):
            yield function["Properties"]


@cache
def unpacked(assembly_directory, inside) -> Path:
    """The one zipped asset that holds a path, unpacked beside it."""
    for file in assembly_directory.glob("asset.*.zip"):
        with ZipFile(file) as packed:
            if any(name.startswith(inside) for name in packed.namelist()):
                packed.extractall(target := file.with_suffix(""))
                return target
    raise AssertionError(f"no asset holds {inside}")


def code_of(assembly) -> Path:
    return unpacked(assembly.directory, "lambdas/check.py")


def layer_of(assembly) -> Path:
    return unpacked(assembly.directory, "python/dns/")


IMPORT_EACH = """
import json, os, sys

sys.path[:0] = json.loads(sys.argv[1])
import boto3

for handler in sys.argv[2:]:
    if os.fork():
        status = os.waitstatus_to_exitcode(os.wait()[1])
        if status:
            sys.exit(f"{handler} ended with {status}")
    else:
        module, _, name = handler.rpartition(".")
        assert callable(getattr(__import__(module, fromlist=[name]), name))
        print(handler, flush=True)
        break
"""
"""Each handler in a process of its own, which begins where boto3 is imported and nothing else."""


@pytest.fixture(scope="session")
def runtime(tmp_path_factory) -> Path:
    """What Lambda's own Python has, and nothing else of this environment."""
    place = tmp_path_factory.mktemp("runtime")
    site = Path(str(distribution("boto3").locate_file("")))
    for name in RUNTIME_GIVES:
        source = site / name if (site / name).exists() else site / f"{name}.py"
        (place / source.name).symlink_to(source)
    return place


def test_every_handler_imports_with_nothing_but_asset_layer_and_runtime(one_domain, example, runtime, tmp_path):
    found = {f["Handler"] for assembly in (one_domain, example("ten-domains")) for f in functions(assembly)}
    apart = {handler for handler in found if handler.rpartition(".")[0] in APART}
    assert apart
    _import(sorted(found - apart), code_of(one_domain), one_domain, runtime, tmp_path)
    for handler in apart:
        own = unpacked(one_domain.directory, f"{handler.rpartition('.')[0].replace('.', '/')}.py")
        _import([handler], own, one_domain, runtime, tmp_path)


def _import(handlers, code, one_domain, runtime, tmp_path):
    paths = [str(code), str(layer_of(one_domain) / "python"), str(runtime)]
    interpreter = [sys.executable, "-I", "-S", "-X", f"pycache_prefix={tmp_path}", "-c", IMPORT_EACH]
    done = subprocess.run([*interpreter, json.dumps(paths), *handlers], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, handlers), done.stderr


def test_all_functions_but_those_apart_share_one_asset_without_leftovers(one_domain):
    keys = {function["Code"]["S3Key"] for function in functions(one_domain)}
    assert len(keys) == 1 + len(APART)
    names = {path.name for path in code_of(one_domain).rglob("*")}
    assert not {name for name in names if name == "__pycache__" or name.endswith(".pyc") or name.startswith(".")}
    assert {path.name for path in code_of(one_domain).iterdir()} == {"lambdas", "staygreen"}


def test_a_zip_has_the_same_hash_wherever_it_is_made_and_another_for_other_content(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for place in (first, second):
        (place / "a").mkdir(parents=True)
        (place / "a" / "one.py").write_text("one")
        (place / "two.py").write_text("two")
    (second / "two.py").chmod(0o600)
    (second / "two.py").touch()

    def packed(place, files):
        return archive(place, files, tmp_path / f"{place.name}.zip")

    files = [second / "two.py", second / "a" / "one.py"]
    assert packed(second, files) == packed(first, [first / "a" / "one.py", first / "two.py"])
    (second / "two.py").write_text("other")
    assert packed(second, files) != packed(first, [first / "a" / "one.py", first / "two.py"])
    with ZipFile(tmp_path / "second.zip") as opened:
        assert {entry.external_attr >> 16 for entry in opened.infolist()} == {0o644}


def test_the_layer_is_pure_python_and_runs_anywhere(one_domain):
    libraries = layer_of(one_domain) / "python"
    wheels = list(libraries.glob("*.dist-info/WHEEL"))
    assert wheels
    for wheel in wheels:
        tags = [line for line in wheel.read_text().splitlines() if line.startswith("Tag:")]
        assert all(tag.endswith("-none-any") for tag in tags), wheel
    assert [path for path in libraries.rglob("*") if path.suffix in {".so", ".pyd", ".dylib"}] == []


def test_the_layer_holds_nothing_that_differs_between_machines(one_domain):
    layer = layer_of(one_domain)
    assert not (layer / "python" / "bin").exists()
    left = [path.name for path in layer.rglob("*") if path.name in {"RECORD", "direct_url.json", "__pycache__"}]
    assert left == []


def test_the_layer_has_the_versions_that_tests_ran_with(one_domain):
    for metadata in (layer_of(one_domain) / "python").glob("*.dist-info"):
        name, _, version = metadata.name.removesuffix(".dist-info").rpartition("-")
        assert distribution(name).version == version


def test_no_template_breaks_the_schemas_of_aws(example):
    names = ("one-domain", "ses-only", "ec2-only", "zone-elsewhere", "ten-domains")
    paths = [path for name in names for path in sorted(example(name).directory.glob("*.template.json"))]
    templates = {path.read_bytes(): str(path) for path in paths}
    # W3005: a dependency that CloudFormation would find too; the CDK writes both
    command = ["cfn-lint", "--regions", "us-east-1", "--ignore-checks", "W3005", "--", *templates.values()]
    done = subprocess.run(
        [str(Path(sys.executable).parent / command[0]), *command[1:]], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
