"""What holds for every test."""

import gc
import sys
from typing import Any

import pytest

from tests import budget
from tests.assemblies import example, one_domain, synthesised

__all__ = ["example", "one_domain", "synthesised"]

budget.register()


def pytest_collection_finish() -> None:
    """Look for garbage among what tests make, not again and again among all that was imported for them."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep tests of a file in one worker; those of a folder below tests/system too, which share what it deployed."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            folder = file.rpartition("/")[0]
            return folder if folder.startswith("tests/system/") else file

    return Together(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def service_descriptions_are_read_once() -> None:
    from local import service_descriptions

    service_descriptions.read_once()


@pytest.fixture(autouse=True)
def no_client_outlives_its_test():
    """Each test has an environment of its own, and clients and sessions keep the one they were made in."""
    yield
    if "boto3" in sys.modules:
        sys.modules["boto3"].DEFAULT_SESSION = None
    if "staygreen.adapters.aws.clients" in sys.modules:
        sys.modules["staygreen.adapters.aws.clients"].client.cache_clear()
