"""What holds for every test."""

import sys

import pytest

from tests import budget
from tests.assemblies import example, one_domain, synthesised

__all__ = ["example", "one_domain", "synthesised"]

budget.register()


@pytest.fixture(autouse=True)
def no_client_outlives_its_test():
    """Each test has an environment of its own, and clients and sessions keep the one they were made in."""
    yield
    if "boto3" in sys.modules:
        sys.modules["boto3"].DEFAULT_SESSION = None
    if "staygreen.adapters.aws.clients" in sys.modules:
        sys.modules["staygreen.adapters.aws.clients"].client.cache_clear()
