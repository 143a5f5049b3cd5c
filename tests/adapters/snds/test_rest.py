"""The REST API, links and the token endpoint, with every failure the stand-in has."""

import json
import logging
from datetime import UTC, date, datetime, timedelta

import pytest

from local.snds import Denial as Refusal
from local.snds import Failure, SndsServer
from staygreen.adapters.snds.report_link import Link, SndsLink
from staygreen.adapters.snds.rest import SndsRest, TokenEndpoint, Web
from staygreen.core.snds.rest_answer import Reason
from staygreen.core.snds.token import Client, Denial, Denied, Grant, Secret

NOW = datetime(2026, 9, 14, 6, tzinfo=UTC)
DAY = date(2026, 9, 11)
GREEN = b"192.0.2.10,9/11/2026 8:00 AM,9/12/2026 8:00 AM,422,409,422,GREEN,< 0.1%,,,,,@example.com,\r\n"


@pytest.fixture
def server():
    with SndsServer() as running:
        running.world.days["2026-09-11"] = GREEN
        yield running


@pytest.fixture
def waits():
    return []


@pytest.fixture
def web(waits):
    return Web(timeout=timedelta(seconds=5), pause=waits.append)


def rest(server, web, **options):
    server.world.access_tokens.add("access-first")
    return SndsRest(
        access_token=Secret("access-first"),
        refresh=options.pop("refresh", lambda: None),
        base_url=server.base_url,
        web=web,
        **options,
    )


def test_a_day_with_data_gives_its_rows(server, web):
    answer = rest(server, web).day(DAY, NOW)
    assert (answer.reason, len(answer.data)) == (None, 1)


@pytest.mark.parametrize("failure", [None, Failure.EMPTY])
def test_404_and_an_empty_200_are_a_day_without_data(server, web, failure):
    if failure:
        server.fail(failure)
    answer = rest(server, web).day(date(2026, 9, 10), NOW)
    assert answer.reason is Reason.NO_DATA
    assert answer.is_usable


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (Failure.LOGIN_PAGE, Reason.AUTH_EXPIRED),
        (Failure.REDIRECT, Reason.AUTH_EXPIRED),
        (Failure.UNAUTHORIZED, Reason.AUTH_EXPIRED),
        (Failure.FORBIDDEN, Reason.ACCESS_LAPSED),
        (Failure.BAD_REQUEST, Reason.SCHEMA_DRIFT),
        (Failure.JSON, Reason.SCHEMA_DRIFT),
        (Failure.OVERSIZED, Reason.SCHEMA_DRIFT),
    ],
)
def test_every_other_answer_has_its_own_reason(server, web, failure, reason):
    server.fail(failure)
    answer = rest(server, web).day(DAY, NOW)
    assert answer.reason is reason
    assert not answer.data


@pytest.mark.parametrize("failure", [Failure.RESET, Failure.SERVER_ERROR])
def test_two_resets_are_outlasted_with_growing_waits(server, web, waits, failure):
    server.fail(failure, failure)
    assert rest(server, web).day(DAY, NOW).data
    assert waits == [2.0, 4.0]


@pytest.mark.parametrize("failure", [Failure.RESET, Failure.SERVER_ERROR])
def test_three_failures_are_a_source_that_is_down(server, web, failure):
    server.fail(failure, failure, failure)
    assert rest(server, web).day(DAY, NOW).reason is Reason.SOURCE_DOWN


def test_too_many_requests_waits_as_long_as_it_is_told(server, web, waits):
    server.fail(Failure.TOO_MANY)
    assert rest(server, web).day(DAY, NOW).data
    assert waits == [7.0]


def test_a_body_that_drips_is_given_up_at_the_deadline(server, waits):
    server.fail(Failure.SLOW, Failure.SLOW, Failure.SLOW)
    impatient = Web(timeout=timedelta(milliseconds=100), pause=waits.append)
    assert rest(server, impatient).day(DAY, NOW).reason is Reason.SOURCE_DOWN


def test_401_renews_the_token_once_and_asks_again(server, web):
    server.world.access_tokens.add("access-second")
    server.fail(Failure.UNAUTHORIZED)
    renewals = []
    api = rest(server, web, refresh=lambda: renewals.append(1) or Secret("access-second"))
    assert api.day(DAY, NOW).data
    server.fail(Failure.UNAUTHORIZED)
    assert api.day(DAY, NOW).reason is Reason.AUTH_EXPIRED
    assert len(renewals) == 1


def test_a_body_of_unknown_shape_is_handed_on_whole(server, web):
    server.world.days["2026-09-11"] = GREEN + GREEN.replace(b"\r\n", b",new\r\n")
    kept = {}
    answer = rest(server, web, bodies=kept.__setitem__).day(DAY, NOW)
    assert answer.reason is Reason.SCHEMA_DRIFT
    assert "line 2: 15 columns" in answer.detail
    assert len(answer.data) == 1
    assert kept == {"2026-09-11": server.world.days["2026-09-11"]}


def test_the_limit_of_a_body_is_named(server):
    small = Web(pause=lambda seconds: None, largest_body=10)
    assert "10 bytes" in rest(server, small).day(DAY, NOW).detail


def test_the_status_report_is_read_with_its_ranges(server, web):
    server.world.status = b"192.0.2.0,192.0.2.9,No,Junked due to user complaints\r\n"
    (row,) = rest(server, web).status(NOW).status
    assert row.junked


def test_plain_http_beyond_loopback_is_not_asked(web):
    api = SndsRest(access_token=Secret("a"), refresh=lambda: None, base_url="http://snds.example", web=web)
    answer = api.day(DAY, NOW)
    assert answer.reason is Reason.SOURCE_DOWN


def test_a_live_link_gives_rows_and_a_dead_one_is_an_expired_login(server, web):
    created = date(2026, 9, 1)
    live = SndsLink(link=Link(url=Secret(server.link), created=created), web=web)
    assert len(live.newest(NOW).data) == 1
    server.world.link_key = "another"
    assert live.newest(NOW).reason is Reason.AUTH_EXPIRED


def test_a_link_secret_that_cannot_be_read_is_not_repeated():
    text = json.dumps({"url": "https://substrate.office.com/x?key=hush", "created": "soon"})
    with pytest.raises(ValueError, match="link secret") as caught:
        Link.loads(text)
    assert "hush" not in str(caught.value)


def endpoint(server, web):
    return TokenEndpoint(client=Client(authority=server.authority), web=web)


def test_a_refresh_brings_a_new_refresh_token(server, web):
    first = server.world.refresh_token
    grant = endpoint(server, web).refresh(Secret(first), NOW)
    assert isinstance(grant, Grant)
    assert grant.refresh_token.reveal() == server.world.refresh_token != first
    assert grant.account == "postmaster@example.com"


@pytest.mark.parametrize(("strict", "kind"), [(False, Grant), (True, Denial)])
def test_a_spent_token_works_again_only_with_a_lenient_endpoint(server, web, strict, kind):
    server.world.strict = strict
    first = Secret(server.world.refresh_token)
    endpoint(server, web).refresh(first, NOW)
    assert isinstance(endpoint(server, web).refresh(first, NOW), kind)


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        (Refusal.INVALID_GRANT, Denied.EXPIRED),
        (Refusal.UNAVAILABLE, Denied.UNAVAILABLE),
        (Refusal.NOT_JSON, Denied.UNAVAILABLE),
    ],
)
def test_each_refusal_of_the_endpoint_is_told_apart(server, web, refusal, why):
    server.deny(refusal)
    assert endpoint(server, web).refresh(Secret(server.world.refresh_token), NOW).why is why


def test_a_request_with_an_origin_is_refused_as_microsoft_does(server, web):
    reply = Web._once(web, "POST", f"{server.authority}/token", {"Origin": "http://localhost"}, b"grant_type=x")
    assert b"AADSTS90023" in reply.body


def test_no_failure_shows_a_token_or_a_link_key(server, web, caplog):
    caplog.set_level(logging.DEBUG)
    api, shown = rest(server, web), []
    for failure in Failure:
        if failure is Failure.SLOW:
            continue
        server.fail(failure, failure, failure)
        shown.append(repr(api.day(DAY, NOW)))
        server.world.failures.clear()
        server.fail(failure, failure, failure)
        link = SndsLink(link=Link(url=Secret(server.link), created=DAY), web=web)
        shown.append(repr((link, link.newest(NOW))))
        server.world.failures.clear()
    for refusal in Refusal:
        server.deny(refusal)
        shown.append(repr(endpoint(server, web).refresh(Secret(server.world.refresh_token), NOW)))
    text = "\n".join([*shown, caplog.text, repr(api)])
    for hidden in ("access-first", server.world.link_key, server.world.refresh_token):
        assert hidden not in text
