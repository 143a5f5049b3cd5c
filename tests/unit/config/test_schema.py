import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from staygreen.core.config.schema import schema

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "config" / "examples").glob("*.toml"))


def test_the_committed_schema_is_current():
    committed = json.loads((ROOT / "config" / "schema.json").read_text(encoding="utf-8"))

    assert committed == schema(), "run: staygreen config schema > config/schema.json"


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_fits_the_schema(path):
    assert list(Draft202012Validator(schema()).iter_errors(tomllib.loads(path.read_text(encoding="utf-8")))) == []


def test_the_schema_refuses_what_the_parser_refuses():
    document = {"sender": {"name": "example", "account": "000000000000", "region": "us-east-1", "colour": "green"}}

    assert not Draft202012Validator(schema()).is_valid(document)
