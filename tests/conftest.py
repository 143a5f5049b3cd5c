"""What holds for every test."""

import gc
import sys
from functools import cache

import pytest

from tests import budget
from tests.assemblies import example, one_domain, synthesised

__all__ = ["example", "one_domain", "synthesised"]

budget.register()


def pytest_collection_finish() -> None:
    """Look for garbage among what tests make, not again and again among all that was imported for them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def service_descriptions_are_read_once() -> None:
    """Each session of botocore reads and parses the descriptions of its services again: 2 MB of JSON for some."""
    from botocore.loaders import JSONFileLoader, Loader

    class ReadOnce(JSONFileLoader):
        load_file = staticmethod(cache(JSONFileLoader().load_file))

    Loader.FILE_LOADER_CLASS = ReadOnce


@pytest.fixture(autouse=True)
def no_client_outlives_its_test():
    """Each test has an environment of its own, and clients and sessions keep the one they were made in."""
    yield
    if "boto3" in sys.modules:
        sys.modules["boto3"].DEFAULT_SESSION = None
    if "staygreen.adapters.aws.clients" in sys.modules:
        sys.modules["staygreen.adapters.aws.clients"].client.cache_clear()
