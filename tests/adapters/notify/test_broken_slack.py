"""Answers of Slack's address that are none: each leaves the announcement in the outbox, and nothing else escapes."""

import gc

import pytest

from staygreen.adapters.notify.slack import Place, SlackThread, SlackWebhook, web_client
from staygreen.core.errors import SourceUnavailable
from tests.faults.sockets import RawServer, answer
from tests.unit.alerts.test_alert import BAD, hours, story

# what is closed by garbage collection alone is closed by slack_sdk no other way when an answer breaks off
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
(ALERT,) = story(*hours(BAD, BAD))

BROKEN = {
    "no answer": b"",
    "a bad status line": b"ICE/1.0 200 OK\r\n\r\n",
    "a status without a number": b"HTTP/1.1 abc\r\n\r\n",
    "an endless header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
    "a truncated body": answer(content_length="900"),
    "a truncated chunk": answer(b"ff\r\nok", transfer_encoding="chunked"),
    "an unknown charset": answer(content_type="text/html; charset=x-odd"),
    "bytes of another charset": answer(b"\xff\xfe\xfa", content_type="application/json; charset=utf-8"),
    "a body that is no JSON": answer(b"<html>", content_type="application/json"),
    "a list": answer(b"[]", content_type="application/json"),
    "a body nested too deep": answer(b"[" * 100_000, content_type="application/json"),
    "a number too long": answer(b'{"ok": ' + b"9" * 5000 + b"}", content_type="application/json"),
    "an empty Retry-After": answer(b"", "429 Too Many Requests", retry_after=""),
    "a Retry-After that is no number": answer(b"", "429 Too Many Requests", retry_after="soon"),
    "a Retry-After that is a date": answer(b"", "429 Too Many Requests", retry_after="Wed, 21 Oct 2026 07:28:00 GMT"),
    "a Retry-After of another script": answer(b"", "429 Too Many Requests", retry_after="\u0661"),
    "a negative Retry-After": answer(b"", "429 Too Many Requests", retry_after="-1"),
    "a redirect to nowhere": answer(b"", "302 Found", location="ftp://127.0.0.1:1/"),
}


@pytest.fixture(autouse=True)
def nothing_is_left_to_other_tests():
    yield
    gc.collect()


class Nowhere:
    """No incident has a thread yet."""

    def find(self, incident):
        return None

    def keep(self, incident, place, former=None):
        pytest.fail(f"{incident} is kept at {place}, though Slack accepted nothing")


class Somewhere(Nowhere):
    """Every incident has one."""

    def find(self, incident):
        return Place("C1", "1.0")


@pytest.mark.parametrize("places", [Nowhere(), Somewhere()], ids=["first", "later"])
@pytest.mark.parametrize("bytes_", BROKEN.values(), ids=BROKEN)
def test_an_answer_of_the_api_that_is_none_is_told_as_such(bytes_, places):
    with RawServer([bytes_]) as server, pytest.raises(SourceUnavailable) as told:
        SlackThread(web_client("xoxb-secret", server.url), "C1", places).send(ALERT)
    assert "xoxb-secret" not in str(told.value)


@pytest.mark.parametrize("bytes_", BROKEN.values(), ids=BROKEN)
def test_an_answer_of_a_webhook_that_is_none_is_told_as_such(bytes_):
    with RawServer([bytes_]) as server, pytest.raises(SourceUnavailable) as told:
        url = server.url
        SlackWebhook(url).send(ALERT)
    assert url not in str(told.value), "the address is a secret"
