import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from review.github import PullRequest, upsert, workflow_commands
from review.render import MARKER


class GitHub(ThreadingHTTPServer):
    """As much of GitHub's comment API as the review uses, with its pages."""

    def __init__(self, comments):
        super().__init__(("127.0.0.1", 0), Handler)
        self.comments = comments
        self.seen = []


class Handler(BaseHTTPRequestHandler):
    def answer(self, content, status=200):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self):
        self.server.seen.append("GET")
        asked = parse_qs(urlsplit(self.path).query)
        size, page = int(asked["per_page"][0]), int(asked["page"][0])
        self.answer(self.server.comments[(page - 1) * size : page * size])

    def do_POST(self):
        self.server.seen.append("POST")
        comment = {"id": 999, "user": {"type": "Bot"}, **self.body()}
        self.server.comments.append(comment)
        self.answer(comment, 201)

    def do_PATCH(self):
        self.server.seen.append("PATCH")
        wanted = int(self.path.rsplit("/", 1)[1])
        comment = next(one for one in self.server.comments if one["id"] == wanted)
        comment.update(self.body())
        self.answer(comment)

    def log_message(self, *_):
        pass


@pytest.fixture
def github():
    others = [{"id": n, "body": f"{MARKER} quoted", "user": {"type": "User"}} for n in range(230)]
    server = GitHub(others)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def pull_request(server):
    return PullRequest(api=f"http://127.0.0.1:{server.server_port}", repository="a/b", number=7, token="t")


def test_there_is_one_comment_however_many_others_and_runs(github):
    where = pull_request(github)

    told = [upsert(where, f"{MARKER} one"), upsert(where, f"{MARKER} two"), upsert(where, f"{MARKER} two")]

    assert told == ["created", "updated", "unchanged"]
    assert [one["body"] for one in github.comments if one["user"]["type"] == "Bot"] == [f"{MARKER} two"]
    assert github.seen.count("GET") == 9


def test_annotations_mark_config_lines_and_cannot_be_broken_out_of():
    finding = {
        "acknowledged": None,
        "severity": "stop",
        "rule": "dkim-gap",
        "subject": "a, b",
        "place": "config/mine.toml:31",
        "consequence": "one\n::error::two",
    }

    (line,) = workflow_commands({"findings": [finding]})

    assert line == "::error file=config/mine.toml,line=31,title=dkim-gap%3A a%2C b::one%0A::error::two"
