"""A text that would cost a TOML parser its stack or its time ends in a problem with its line."""

from __future__ import annotations

import pytest

from staygreen.core.config.bounds import first_excess
from staygreen.core.config.parser import parse
from staygreen.core.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = " + "[" * 5_000 + "]" * 5_000, "nested"),
        ("x = " + "{a = " * 3_000 + "1" + "}" * 3_000, "nested"),
        (".".join(["a"] * 20_000) + " = 1", "20 parts"),
        ("[" + " . ".join(['"a"'] * 20_000) + "]", "20 parts"),
        ("x = " + "1" * 5_000, "1,000 characters"),
        ("x = 1\n" * 1_000_000, "5,000,000 characters"),
    ],
)
def test_what_no_parser_should_see_is_refused_with_its_line(text, words):
    with pytest.raises(ConfigError) as caught:
        parse("# first\n\n" + text, "mine.toml")
    (problem,) = caught.value.problems
    assert problem.startswith("mine.toml:") and words in problem
    if "file" not in problem:
        assert problem.startswith("mine.toml:3: ")


@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
def test_what_stands_in_strings_and_comments_counts_as_nothing(quote):
    odd = "[{." * 2_000
    assert first_excess(f"x = {quote}{odd}{quote} # {odd}\ny = [[1.5, 2.5]]\n") is None


def test_a_thousand_unknown_keys_are_told_up_to_a_hundred_and_then_by_their_number():
    with pytest.raises(ConfigError) as caught:
        parse("".join(f"odd-{n} = 1\n" for n in range(1_000)), "mine.toml")
    told = [problem for problem in caught.value.problems if "odd-" in problem]
    assert len(told) == 101
    assert told[99].startswith("mine.toml:100: odd-99: is not a key here")
    assert told[100] == "mine.toml:101: odd-100: from here on 900 more keys of this table are none"
