"""docs/aws-operations.toml lists what the code asks of AWS, and Lambda's own botocore can ask all of it."""

from __future__ import annotations

from functools import cache

import pytest

from tests.adapters.aws_operations import Called, Code, members, release, table

OLDEST_RUNTIME = "1.35.2"
"""AWS names no version for Python 3.14, which came to Lambda at the end of 2025; this release is of August 2024."""
ONLY_WHERE_KNOWN = {
    "GetReputationEntity",
    "GetTenant",
    "ListReputationEntities",
    "UpdateReputationEntityCustomerManagedStatus",
}
"""Asked about tenants alone, which are found only where this botocore can look for them."""
TABLE = table()


@cache
def calls() -> dict[tuple[str, str], Called]:
    """What the code asks; to find it takes seconds, which every worker would need if a module did it."""
    return Code().calls()


def test_the_table_lists_the_operations_of_the_code_and_no_others():
    again = "run python -m tests.adapters.aws_operations CLONE"
    assert set(TABLE) == set(calls()), again


@pytest.mark.parametrize("key", sorted(TABLE), ids=".".join)
def test_its_parameters_are_those_that_the_code_passes(key):
    row, called = TABLE[key], calls()[key]
    assert set(row["parameters"]) - set(row.get("indirect", ())) == called.parameters - set(row.get("indirect", ()))
    assert row.get("paginator", False) is called.is_paged


@pytest.mark.parametrize("key", sorted(TABLE), ids=".".join)
def test_the_botocore_here_has_all_of_it(key):
    assert set(TABLE[key]["parameters"]) <= members(*key)


def test_nothing_is_younger_than_any_runtime_that_could_run_it():
    younger = {name for (_, name), row in TABLE.items() if release(row["since"]) > release(OLDEST_RUNTIME)}
    assert younger == ONLY_WHERE_KNOWN
