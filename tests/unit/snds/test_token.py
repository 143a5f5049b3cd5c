"""The user token: what is sent, what answers mean, and that it never shows itself."""

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from staygreen.core.snds.token import (
    Challenge,
    Client,
    Denial,
    Denied,
    Grant,
    Secret,
    Token,
    authorize_url,
    newest,
    read_grant,
    read_redirect,
    redeem_form,
)

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
# RFC 7636, appendix B
CHALLENGE = Challenge(verifier=Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), state=Secret("s-1"))


def body(**values):
    return json.dumps(values).encode()


def test_the_challenge_is_the_one_of_the_standard():
    assert CHALLENGE.code_challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_authorize_url_carries_challenge_and_state_but_never_the_verifier():
    url = authorize_url(Client(), CHALLENGE)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith("https://login.microsoftonline.com/consumers/oauth2/v2.0/authorize?")
    assert query["code_challenge_method"] == "S256"
    assert (query["state"], query["code_challenge"]) == ("s-1", CHALLENGE.code_challenge)
    assert "offline_access" in query["scope"]
    assert CHALLENGE.verifier.reveal() not in url


@pytest.mark.parametrize(
    "pasted",
    [
        "http://localhost/?code=c-1&state=s-1",
        "  http://localhost:8400/?state=s-1&code=c-1&session_state=x#\n",
        "code=c-1&state=s-1",
        "?code=c-1&state=s-1",
        '"http://localhost/?code=c-1&state=s-1"',
    ],
)
def test_the_whole_address_or_its_query_can_be_pasted(pasted):
    assert read_redirect(pasted, CHALLENGE.state).code.reveal() == "c-1"


@pytest.mark.parametrize(
    ("pasted", "word"),
    [
        ("http://localhost/?code=c-1&state=other", "state"),
        ("http://localhost/?code=c-1", "state"),
        ("http://localhost/?error=access_denied&state=s-1", "access_denied"),
        ("", "no code"),
        ("http://localhost/", "no code"),
    ],
)
def test_a_redirect_without_a_code_of_this_login_is_refused_and_not_repeated(pasted, word):
    redirect = read_redirect(pasted, CHALLENGE.state)
    assert not redirect.code
    assert word in redirect.fault
    assert "c-1" not in redirect.fault


def test_redeeming_sends_the_verifier():
    assert redeem_form(Client(), Secret("c-1"), CHALLENGE)["code_verifier"] == CHALLENGE.verifier.reveal()


def test_a_grant_holds_the_new_refresh_token_its_end_and_the_account():
    claims = base64.urlsafe_b64encode(b'{"preferred_username":"ops@example.com"}').rstrip(b"=").decode()
    grant = read_grant(200, body(access_token="a", refresh_token="r", expires_in=3600, id_token=f"h.{claims}.s"), NOW)
    assert isinstance(grant, Grant)
    assert (grant.refresh_token.reveal(), grant.account) == ("r", "ops@example.com")
    assert grant.expires_at == NOW + timedelta(hours=1)


def test_without_a_new_refresh_token_the_old_one_goes_on():
    grant = read_grant(200, body(access_token="a"), NOW, before=Secret("old"))
    assert grant.refresh_token.reveal() == "old"


@pytest.mark.parametrize("id_token", ["a.b.c", "a.!!.c", 7, None, "a.eyJ.c", "h.bnVsbA.s"])
def test_an_id_token_that_cannot_be_read_only_costs_the_name(id_token):
    assert read_grant(200, body(access_token="a", refresh_token="r", id_token=id_token), NOW).account == ""


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (400, body(error="invalid_grant", error_codes=[70008]), Denied.EXPIRED),
        (400, body(error="interaction_required"), Denied.EXPIRED),
        (400, body(error="invalid_client", error_codes=[7000218]), Denied.CLIENT),
        (400, body(error="invalid_request", error_codes=[90023]), Denied.CLIENT),
        (503, body(error="temporarily_unavailable"), Denied.UNAVAILABLE),
        (429, body(error="invalid_grant"), Denied.UNAVAILABLE),
        (200, b"<!DOCTYPE html>", Denied.UNAVAILABLE),
        (200, b"[]", Denied.UNAVAILABLE),
        (200, body(token_type="Bearer"), Denied.UNAVAILABLE),
        (200, body(access_token="a"), Denied.CLIENT),
        (500, b"", Denied.UNAVAILABLE),
    ],
)
def test_only_a_spent_token_asks_for_a_new_login(status, answer, why):
    denial = read_grant(status, answer, NOW)
    assert isinstance(denial, Denial)
    assert denial.why is why


def test_the_origin_case_is_named():
    assert "Origin" in read_grant(400, body(error="invalid_request", error_codes=[90023]), NOW).detail


def test_a_stored_token_is_read_back():
    token = Token(refresh_token=Secret("r"), obtained_at=NOW, account="ops@example.com")
    assert Token.loads(token.dumps()) == token


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"refresh_token":"hush","obtained_at":"x"}', '{"refresh_token":""}'])
def test_another_text_is_no_token_and_is_not_repeated(text):
    with pytest.raises(ValueError, match="staygreen snds login") as caught:
        Token.loads(text)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_candidate_counts_only_while_it_is_newer():
    current = Token(refresh_token=Secret("c"), obtained_at=NOW)
    newer = Token(refresh_token=Secret("n"), obtained_at=NOW + timedelta(hours=1))
    older = Token(refresh_token=Secret("o"), obtained_at=NOW - timedelta(hours=1))
    assert [newest(current, other) for other in (newer, older, None)] == [newer, current, current]


def test_secrets_do_not_show_themselves():
    token = Token(refresh_token=Secret("hush"), obtained_at=NOW)
    grant = read_grant(200, body(access_token="hush", refresh_token="hush"), NOW)
    for shown in (repr(token), str(token), f"{token.refresh_token}", repr(grant), repr(CHALLENGE)):
        assert "hush" not in shown
        assert "dBjf" not in shown
