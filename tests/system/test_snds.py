"""SNDS deployed for real into the local cloud, with Microsoft's stand-in beside it.

One life, told in order: each test goes on where the one before it ended.
"""

from datetime import UTC, datetime, timedelta

import pytest

from local.cloud import ROOT, LocalCloud
from local.snds import Denial, SndsServer
from local.stage import Stage
from staygreen.adapters.snds.token_store import SecretToken
from staygreen.core.blocklist.catalogue import load
from staygreen.core.blocklist.selection import known_lists
from staygreen.core.config.parser import parse
from staygreen.core.snds.token import Secret, Token
from tests.system.deployment import deploy
from tests.system.judges import Judges, found_by_our_checks

SIX_HOURS = timedelta(hours=6)
EXAMPLE = ROOT / "config" / "examples" / "ec2-only.toml"
FUNCTION = "staygreen-example-production-check-snds"
LOGIN = "staygreen/ec2-only/production/snds-login"


def row(ip, on, colour):
    day = f"{on.month}/{on.day}/{on.year}"
    return f"{ip},{day} 8:00 AM,{day} 9:00 PM,4220,4090,4220,{colour},< 0.1%,,,,,@example.com,\r\n".encode()


def days_ago(count):
    return datetime.now(UTC).date() - timedelta(days=count)


@pytest.fixture(scope="module")
def server():
    with SndsServer() as running:
        yield running


@pytest.fixture(scope="module")
def deployed(server, tmp_path_factory):
    microsoft = f'[monitor.snds]\nbase_url = "{server.base_url}"\nauthority = "{server.authority}"'
    text = EXAMPLE.read_text().replace('name = "ec2-only"', 'name = "example"').replace("[monitor.snds]", microsoft)
    example = tmp_path_factory.mktemp("snds") / "example.toml"
    example.write_text(f"{text}\n[monitor.blocklist]\nenabled = false\n")
    with LocalCloud() as cloud:
        here = Stage(cloud, example)
        cloud.client("logs").create_log_group(logGroupName="/mail/postfix")
        deploy(here)
        log_in(here, server)
        here.run_check("snds", SIX_HOURS)
        yield here


def log_in(here, server):
    keeper = SecretToken(client=here.cloud.client("secretsmanager"), secret_id=LOGIN)
    keeper.login(Token(refresh_token=Secret(server.world.new_refresh_token()), obtained_at=datetime.now(UTC)))


def address_of(here):
    return min(each["PublicIp"] for each in here.addresses())


def arrives(here, server, on, colour):
    """Microsoft has a day's row now, and had none when the check asked before."""
    server.world.days[on.isoformat()] = row(address_of(here), on, colour)


def kept(here, on):
    """What the history table has of the address's day."""
    client = here.cloud.client("dynamodb")
    items = client.scan(TableName="staygreen-example-production-snds", ConsistentRead=True)["Items"]
    return [item for item in items if on.isoformat() in str(item) and address_of(here) in str(item)]


def told(here, kind, cause):
    return [each for each in here.alerts() if (each["kind"], each["cause"]) == (kind, cause)]


def test_receivers_own_software_and_our_checks_accept_its_records(deployed):
    config = parse(EXAMPLE.read_text(), EXAMPLE.name, known_lists(load()))
    assert Judges(config, deployed.cloud.dns_address).judge() == 3
    assert found_by_our_checks(config, deployed.cloud) == set()


def test_a_day_that_arrives_late_is_filled_in(deployed, server):
    late = days_ago(3)
    assert f"GET /ip-domain-management-snds/api/report/data/{late.isoformat()}" in server.world.requests
    assert not kept(deployed, late)
    arrives(deployed, server, late, "GREEN")
    deployed.run_check("snds", SIX_HOURS)
    assert "GREEN" in str(kept(deployed, late))


def test_a_red_day_is_one_incident(deployed, server):
    arrives(deployed, server, days_ago(1), "RED")
    deployed.run_check("snds", SIX_HOURS)
    assert deployed.wait_for_alert("opened", address_of(deployed))["severity"] == "critical"


def killed_between_refresh_and_store(here, server):
    """Microsoft has replaced the login, and the function that asked for it is gone before it was told."""
    killed, before = [], server.world.refresh_token

    def kill():
        here.cloud.kill_function(FUNCTION)
        killed.append(FUNCTION)

    server.world.before_grant = kill
    here.cloud.advance(SIX_HOURS)
    here.cloud.wait_until(lambda: killed, what="the refresh")
    assert before in server.world.replaced_tokens


def test_a_run_killed_between_refresh_and_store_loses_nothing_where_old_logins_still_work(deployed, server):
    late = days_ago(2)
    killed_between_refresh_and_store(deployed, server)
    arrives(deployed, server, late, "GREEN")
    deployed.run_check("snds", SIX_HOURS)
    deployed.cloud.wait_until(lambda: kept(deployed, late), what="the late day's row")
    assert not told(deployed, "opened", "auth_expired")


def test_where_old_logins_are_refused_a_killed_run_raises_one_alarm_that_names_the_command(deployed, server):
    server.world.strict = True
    killed_between_refresh_and_store(deployed, server)
    for _ in range(2):
        deployed.run_check("snds", SIX_HOURS)
    expired = deployed.wait_for_alert("opened", "snds_rest")
    assert expired["cause"] == "auth_expired"
    assert "staygreen snds login" in str(expired)
    assert len(told(deployed, "opened", "auth_expired")) == 1
    log_in(deployed, server)
    deployed.run_check("snds", SIX_HOURS)
    deployed.wait_for_alert("cleared", "snds_rest")


def test_an_expired_login_is_one_alarm_and_no_token_is_told_anywhere(deployed, server):
    before = len(told(deployed, "opened", "auth_expired"))
    server.deny(*[Denial.INVALID_GRANT] * 4)
    for _ in range(2):
        deployed.run_check("snds", SIX_HOURS)
    deployed.cloud.wait_until(lambda: len(told(deployed, "opened", "auth_expired")) > before, what="the alarm")
    assert len(told(deployed, "opened", "auth_expired")) == before + 1
    assert "staygreen snds login" in str(told(deployed, "opened", "auth_expired")[-1])
    for hidden in (*server.world.access_tokens, *server.world.replaced_tokens, server.world.refresh_token):
        assert hidden not in str(deployed.alerts()) + deployed.cloud.log()
