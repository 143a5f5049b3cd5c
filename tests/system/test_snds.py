"""SNDS deployed for real into the local cloud, with Microsoft's stand-in beside it."""

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.adapters.snds_token import SecretToken
from lambdas.core.snds.token import Secret, Token
from local.cloud import LocalCloud
from local.snds import Denial, SndsServer
from local.stage import Stage

SIX_HOURS = timedelta(hours=6)
CONFIG = """
[sender]
name = "example"
account = "000000000000"
region = "us-east-1"

[[address]]
name = "out-1"
ptr = "out-1.example.net"
zone = {{ id = "Z0EXAMPLENET00000000", name = "example.net" }}

[monitor.blocklist]
enabled = false

[monitor.snds]
enabled = true
token_secret = "staygreen/snds-login"
base_url = "{base_url}"
authority = "{authority}"
"""


def row(ip, on, colour):
    day = f"{on.month}/{on.day}/{on.year}"
    return f"{ip},{day} 8:00 AM,{day} 9:00 PM,4220,4090,4220,{colour},< 0.1%,,,,,@example.com,\r\n".encode()


@pytest.fixture(scope="module")
def server():
    with SndsServer() as running:
        yield running


@pytest.fixture(scope="module")
def deployed(server, tmp_path_factory):
    example = tmp_path_factory.mktemp("snds") / "example.toml"
    example.write_text(CONFIG.format(base_url=server.base_url, authority=server.authority))
    with LocalCloud() as cloud:
        here = Stage(cloud, example)
        cloud.bootstrap()
        here.deploy(here.synth())
        log_in(here, server)
        here.run_check("snds", SIX_HOURS)
        yield here


def log_in(here, server):
    keeper = SecretToken(client=here.cloud.client("secretsmanager"), secret_id="staygreen/snds-login")
    keeper.login(Token(refresh_token=Secret(server.world.new_refresh_token()), obtained_at=datetime.now(UTC)))


def test_from_a_late_red_day_to_one_alarm_for_an_expired_login(deployed, server):
    here, ip = deployed, deployed.addresses()[0]["PublicIp"]
    late = datetime.now(UTC).date() - timedelta(days=1)
    server.world.days[late.isoformat()] = row(ip, late, "RED")
    here.run_check("snds", SIX_HOURS)
    alert = here.wait_for_alert("opened", ip)
    assert alert["severity"] == "critical"

    server.deny(*[Denial.INVALID_GRANT] * 2)
    here.run_check("snds", SIX_HOURS)
    expired = here.wait_for_alert("opened", "snds_rest")
    assert "staygreen snds login" in str(expired)
    here.run_check("snds", SIX_HOURS)
    told = [each for each in here.alerts() if "auth_expired" in str(each) and each["kind"] == "opened"]
    assert len(told) == 1
    for hidden in (*server.world.access_tokens, *server.world.replaced_tokens, server.world.refresh_token):
        assert hidden not in str(here.alerts()) + here.cloud.log()
