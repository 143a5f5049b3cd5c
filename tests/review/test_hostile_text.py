"""A comment whose every copied value is hostile: a reader of markdown finds only what the review itself wrote."""

import html
import json
import re
from dataclasses import fields, replace
from datetime import date

import pytest
from markdown_it import MarkdownIt

from staygreen.core.mail_facts.severity import Severity
from staygreen.review import render
from staygreen.review.finding import Acknowledgement, Finding
from staygreen.review.github import workflow_commands
from staygreen.review.report import Report
from tests.unit.test_visible import FORBIDDEN, HOSTILE

REFERENCE = "https://docs.example/page"
OWN_HTML = {"code", "/code", "br", "details", "summary", "/details", "/summary", "sub", "/sub"}
VALUES = [
    "![x](https://evil.example/p.png)",
    "[click](https://evil.example)",
    "[click][1]\n\n[1]: https://evil.example",
    "<https://evil.example> https://evil.example www.evil.example",
    "@team and a@evil.example, mailto:a@evil.example",
    "#1 owner/repository#2 GH-3",
    "`</code>` ``code``",
    "</code></details><img src=x onerror=y><script>",
    "<!-- staygreen-review -->",
    "a | b | c \\| d \\",
    "one\n\n| two |\n|---|\n# three\r\n- four",
    "*a* **b** _c_ __d__ ~~e~~ &lt;b&gt; &#64;team",
    HOSTILE,
]


def reported(value):
    words = {
        each.name: value
        for each in fields(Finding)
        if each.name not in ("severity", "reference", "rule", "acknowledged", "cause")
    }
    one = Finding(rule="spf-invalid", severity=Severity.STOP, reference=REFERENCE, **words)
    accepted = Acknowledgement(rule="spf-invalid", subject=value, reason=value, expires=date(2027, 1, 1))
    follows = replace(one, rule="mx-removed", subject=f"{value} 2", cause=value)
    return Report(
        findings=(one, replace(one, after="x", acknowledged=accepted), follows), changed_resources=1, notes=(value,)
    )


def commented(value):
    return render.as_markdown(reported(value), context=render.Context(configuration=value, commit=value))


def flat(tokens):
    for token in tokens:
        yield token
        yield from flat(token.children or ())


COUNTED = (
    *("tr_open", "td_open", "heading_open", "em_open", "strong_open", "s_open"),
    *("code_inline", "list_item_open", "blockquote_open", "html_block"),
)


def parsed(comment):
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return list(flat(reader.parse(comment)))


@pytest.mark.parametrize("value", VALUES)
def test_markdown_finds_no_markup_in_what_is_copied(value):
    tokens = parsed(commented(value))
    kinds, plain = ([token.type for token in each] for each in (tokens, parsed(commented("plain words"))))
    assert kinds.count("image") == 0
    assert {token.attrs["href"] for token in tokens if token.type == "link_open"} == {REFERENCE}
    for kind in COUNTED:
        assert kinds.count(kind) == plain.count(kind), kind
    markup = "".join(token.content for token in tokens if token.type in ("html_inline", "html_block"))
    assert set(re.findall(r"<(/?[a-z]+)", markup)) <= OWN_HTML
    assert markup.count("<!--") == 1


@pytest.mark.parametrize("value", VALUES)
def test_github_finds_no_mention_no_reference_and_no_address_beside_code(value):
    # GitHub looks for them in the text that markdown became, but not inside of code
    _, _, body = commented(value).partition("-->\n")
    shown = re.sub(r"<code>.*?</code>", "", body).replace(REFERENCE, "").replace("\\", "")
    for found in (r"@\w", r"#\d", r"GH-\d", r"https?://", r"www\.", r"mailto:"):
        assert not re.search(found, html.unescape(shown)), found


@pytest.mark.parametrize("value", VALUES)
def test_what_markdown_reads_as_a_bare_address_is_none_inside_code(value):
    for inside in re.findall(r"<code>(.*?)</code>", commented(value)):
        assert not re.search(r"://|www\.|mailto:|[@`*_\[\]|!<>]", inside)


def test_no_form_of_the_report_holds_what_steers_or_hides():
    for text in (
        commented(HOSTILE),
        render.as_text(reported(HOSTILE)),
        render.as_markdown(reported("x"), diff=HOSTILE),
    ):
        assert "Invoice" in text
        assert not FORBIDDEN & set(text)


def test_a_copied_value_begins_no_line_of_the_text_form():
    lines = render.as_text(reported("a\nStop nothing\r\nb")).splitlines()
    assert not [line for line in lines if line.startswith(("Stop", "b"))]


def test_commands_to_the_workflow_and_the_report_for_programs_show_nothing_that_hides_or_steers():
    written = render.as_json(reported(HOSTILE))
    assert json.loads(written)["findings"][0]["consequence"] == HOSTILE
    commands = list(workflow_commands(json.loads(written)))
    assert commands
    for text in (written, *commands):
        assert not FORBIDDEN & set(text)


def test_a_copied_value_makes_no_command_of_its_own():
    value = "x\n::error::feigned\r::stop-commands::y"
    for command in workflow_commands(json.loads(render.as_json(reported(value)))):
        assert len(command.splitlines()) == 1
