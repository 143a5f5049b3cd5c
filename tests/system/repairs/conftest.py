"""One cloud for the tests of repairs: what they repair is each test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.cloud import LocalCloud
from local.stage import Stage
from tests.system.deployment import deploy
from tests.system.repairs.played import CONFIG, OLGA, PRESSER, Played


@pytest.fixture(scope="package")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    example = tmp_path_factory.mktemp("repair") / "example.toml"
    example.write_text(CONFIG)
    with LocalCloud(variables={"STAYGREEN_PTR_PENDING_SECONDS": "0"}) as cloud:
        stage = Stage(cloud, example, repairs=True)
        stage.with_slack(OLGA, PRESSER)
        deploy(stage)
        for number in (1, 2):
            cloud.lease_dedicated_ip(f"198.51.100.{number}", "warm")
        yield Played(stage)
