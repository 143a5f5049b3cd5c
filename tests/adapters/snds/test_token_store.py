"""The token between runs: stored before it is used, and what a killed run leaves behind."""

import stat
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from local.snds import SndsServer
from staygreen.adapters.snds.rest import TokenEndpoint, Web
from staygreen.adapters.snds.token_store import CANDIDATE, CURRENT, FileToken, Lease, SecretToken
from staygreen.core.errors import SourceUnavailable
from staygreen.core.snds.token import Client, Denied, Grant, Secret, Token

NOW = datetime(2026, 9, 14, 6, tzinfo=UTC)
LATER = NOW + timedelta(hours=6)


class Killed(BaseException):
    """The function ends here."""


class Secrets:
    """One secret with labelled versions, moved as Secrets Manager moves them."""

    def __init__(self):
        self.versions, self.labels, self.kill_at = {}, {}, ""

    def get_secret_value(self, *, SecretId, VersionStage):
        if VersionStage not in self.labels:
            raise failure("ResourceNotFoundException", "GetSecretValue")
        version = self.labels[VersionStage]
        return {"SecretString": self.versions[version], "VersionId": version}

    def put_secret_value(self, *, SecretId, SecretString, VersionStages=(CURRENT,)):
        if self.kill_at == "put":
            raise Killed
        if not self.versions:
            raise failure("ResourceNotFoundException", "PutSecretValue")
        return self._add(SecretString, VersionStages)

    def create_secret(self, *, Name, SecretString):
        return self._add(SecretString, (CURRENT,))

    def update_secret_version_stage(self, *, SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId):
        if self.kill_at == "move":
            raise Killed
        if self.labels[VersionStage] != RemoveFromVersionId:
            raise failure("InvalidParameterException", "UpdateSecretVersionStage")
        self.labels[VersionStage] = MoveToVersionId

    def _add(self, text, labels):
        version = f"v{len(self.versions) + 1}"
        self.versions[version] = text
        self.labels.update(dict.fromkeys(labels, version))
        return {"VersionId": version}


def failure(code, operation):
    return ClientError({"Error": {"Code": code, "Message": "hush"}}, operation)


@pytest.fixture
def server():
    with SndsServer() as running:
        yield running


@pytest.fixture
def refresh(server):
    return TokenEndpoint(client=Client(authority=server.authority), web=Web(pause=lambda seconds: None)).refresh


@pytest.fixture
def secrets(server):
    store = Secrets()
    SecretToken(client=store, secret_id="snds").login(
        Token(refresh_token=Secret(server.world.refresh_token), obtained_at=NOW - timedelta(days=1), account="a")
    )
    return store


def token_of(store):
    return SecretToken(client=store, secret_id="snds")


def test_a_renewal_is_current_before_it_is_given_out(server, refresh, secrets):
    grant = token_of(secrets).renew(refresh, NOW)
    stored = token_of(secrets).read().token
    assert isinstance(grant, Grant)
    assert stored.refresh_token.reveal() == server.world.refresh_token
    assert stored.obtained_at == NOW
    assert secrets.labels[CURRENT] == secrets.labels[CANDIDATE] == "v2"


def test_without_a_login_a_person_is_needed_and_nothing_is_asked(server, refresh):
    assert token_of(Secrets()).renew(refresh, NOW).why is Denied.EXPIRED
    assert not server.world.requests


def test_a_run_killed_between_refresh_and_store_loses_nothing_with_a_lenient_endpoint(refresh, secrets):
    secrets.kill_at = "put"
    with pytest.raises(Killed):
        token_of(secrets).renew(refresh, NOW)
    secrets.kill_at = ""
    assert isinstance(token_of(secrets).renew(refresh, LATER), Grant)


def test_a_run_killed_between_refresh_and_store_needs_a_login_with_a_strict_endpoint(server, refresh, secrets):
    server.world.strict = True
    secrets.kill_at = "put"
    with pytest.raises(Killed):
        token_of(secrets).renew(refresh, NOW)
    secrets.kill_at = ""
    assert token_of(secrets).renew(refresh, LATER).why is Denied.EXPIRED


@pytest.mark.parametrize("strict", [False, True])
def test_a_run_killed_before_the_candidate_became_current_loses_nothing(server, refresh, secrets, strict):
    server.world.strict = strict
    secrets.kill_at = "move"
    with pytest.raises(Killed):
        token_of(secrets).renew(refresh, NOW)
    secrets.kill_at = ""
    assert isinstance(token_of(secrets).renew(refresh, LATER), Grant)
    assert token_of(secrets).read().token.refresh_token.reveal() == server.world.refresh_token


def test_a_login_overtakes_an_old_candidate(server, refresh, secrets):
    token_of(secrets).renew(refresh, NOW)
    server.world.strict = True
    fresh = server.world.new_refresh_token()
    token_of(secrets).login(Token(refresh_token=Secret(fresh), obtained_at=LATER))
    assert isinstance(token_of(secrets).renew(refresh, LATER + timedelta(hours=6)), Grant)


def test_the_run_that_lost_the_race_uses_no_data(server, refresh, secrets):
    def overtaken(refresh_token, now):
        grant = refresh(refresh_token, now)
        token_of(secrets).login(Token(refresh_token=Secret("theirs"), obtained_at=now))
        return grant

    with pytest.raises(SourceUnavailable, match="another run"):
        token_of(secrets).renew(overtaken, NOW)
    assert token_of(secrets).read().token.refresh_token.reveal() == "theirs"


def test_a_failure_of_the_store_is_told_without_its_message(refresh, secrets):
    def denied(**parameters):
        raise failure("AccessDeniedException", "PutSecretValue")

    secrets.put_secret_value = denied
    with pytest.raises(SourceUnavailable, match="AccessDenied") as caught:
        token_of(secrets).renew(refresh, NOW)
    assert "hush" not in str(caught.value)


def test_a_token_file_is_for_its_owner_only_and_is_replaced_whole(server, refresh, tmp_path):
    file = FileToken(path=tmp_path / "token.json")
    assert file.renew(refresh, NOW).why is Denied.EXPIRED
    file.login(Token(refresh_token=Secret(server.world.refresh_token), obtained_at=NOW))
    file.path.chmod(0o644)
    assert isinstance(file.renew(refresh, LATER), Grant)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert file.read().token.refresh_token.reveal() == server.world.refresh_token
    assert [entry.name for entry in tmp_path.iterdir()] == ["token.json"]


class Table:
    """One item, with the lease's two conditions."""

    class exceptions:
        class ConditionalCheckFailedException(Exception):
            pass

    def __init__(self):
        self.item = None

    def put_item(self, *, TableName, Item, ConditionExpression, ExpressionAttributeValues):
        if self.item:
            expired = int(self.item["expires_at"]["N"]) < int(ExpressionAttributeValues[":now"]["N"])
            if not expired and self.item["lease_owner"] != ExpressionAttributeValues[":owner"]:
                raise self.exceptions.ConditionalCheckFailedException
        self.item = Item

    def delete_item(self, *, TableName, Key, ConditionExpression, ExpressionAttributeValues):
        if not self.item or self.item["lease_owner"] != ExpressionAttributeValues[":owner"]:
            raise self.exceptions.ConditionalCheckFailedException
        self.item = None


def test_one_run_at_a_time_holds_the_lease():
    table = Table()
    first, second = (Lease(client=table, table="t", owner=owner) for owner in ("one", "two"))
    with first.held(lambda: NOW) as mine, second.held(lambda: NOW) as theirs:
        assert (mine, theirs) == (True, False)
    with second.held(lambda: NOW) as theirs:
        assert theirs


def test_the_lease_of_a_killed_run_ends_by_itself():
    table = Table()
    Lease(client=table, table="t", owner="one")._take(NOW)
    with Lease(client=table, table="t", owner="two").held(lambda: NOW + timedelta(minutes=17)) as mine:
        assert mine
