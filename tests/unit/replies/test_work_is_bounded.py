"""No input makes an expression work more than in proportion to its length.

The work is counted, not timed. For each expression: the number of ways to try it
from one character, which bounds the engine's steps and may not depend on the
length of the text; and the steps of a matcher that counts them, on adversarial
text. For our own code: the lines that run on 100 kB.
"""

import pkgutil
import re
import sys
from importlib import import_module
from re import _constants as op
from re import _parser

import pytest

import staygreen.core.replies
from staygreen.core.replies import input_format, reply
from staygreen.core.replies.decode import decode, rules
from tests.unit.replies.backtracking import Matcher

WAYS_A_CHARACTER = 3_000_000
LINES = 20_000


def _expressions():
    for module in pkgutil.iter_modules(staygreen.core.replies.__path__):
        loaded = import_module(f"staygreen.core.replies.{module.name}")
        for name, value in vars(loaded).items():
            if isinstance(value, re.Pattern):
                text = value.pattern.decode() if isinstance(value.pattern, bytes) else value.pattern
                yield pytest.param(text, value.flags, id=f"{module.name}.{name}")


def _paths(tree) -> int:
    """How many ways there are, at most, to try a sequence from one starting character."""
    total = 1
    for kind, value in tree:
        total *= _ways(kind, value)
    return total


def _ways(kind, value) -> int:
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        least, most, inner = value
        assert most != op.MAXREPEAT, "a repeat without an end"
        ways = _paths(inner)
        assert ways == 1 or most <= 1, "a repeat within a repeat"
        return (most - least + 1) * ways
    if kind is op.SUBPATTERN:
        return _paths(value[3])
    if kind is op.BRANCH:
        return sum(_paths(each) for each in value[1])
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return _paths(value[1])
    return 1


@pytest.mark.parametrize(("text", "flags"), list(_expressions()))
def test_every_expression_ends_after_a_bounded_number_of_steps(text, flags):
    assert _paths(_parser.parse(text, flags)) <= WAYS_A_CHARACTER


ADVERSARIAL = [
    "550 5.7.1 " * 10_000,
    "[" * 100_000,
    "550-5.7.1 [192.0.2." * 5_000,
    "(S" * 50_000,
    "a@" * 50_000,
    "1:" * 50_000,
    "sending domain [" + "a." * 50_000,
    "<" * 100_000,
    "host " * 20_000,
]


SHORT = 100
STEPS_A_CHARACTER = 400


@pytest.mark.parametrize(("pattern", "flags"), list(_expressions()))
def test_adversarial_text_costs_each_expression_a_bounded_number_of_steps(pattern, flags):
    for line in ADVERSARIAL:
        text = line[:SHORT]
        matcher = Matcher(pattern, flags & ~re.UNICODE)
        matcher.exhaust(text)
        assert matcher.steps <= STEPS_A_CHARACTER * len(text), (pattern, line[:20])


@pytest.mark.parametrize(("pattern", "flags"), list(_expressions()))
def test_the_counting_matcher_finds_what_the_real_one_finds(pattern, flags):
    compiled = re.compile(pattern, flags & ~re.UNICODE)
    for line in [*(line[:40] for line in ADVERSARIAL), *(rule.example[:80] for rule in rules()[::12])]:
        assert Matcher(pattern, flags & ~re.UNICODE).found(line) == (compiled.search(line) is not None)


def test_a_catastrophe_would_show():
    matcher = Matcher(r"(?:a{1,20}){1,20}b")
    matcher.exhaust("a" * 14)
    assert matcher.steps > STEPS_A_CHARACTER * 14


class _Counter:
    """Counts the lines of our own code that run."""

    def __init__(self):
        self.lines = 0

    def __call__(self, frame, event, arg):
        self.lines += event == "line"
        return self


@pytest.mark.parametrize("line", ADVERSARIAL, ids=lambda line: line[:12])
def test_a_line_of_100_kb_takes_a_bounded_number_of_steps(line):
    counter = _Counter()
    before = sys.gettrace()
    sys.settrace(counter)
    try:
        decode(line)
        list(input_format.log([line]))
    finally:
        sys.settrace(before)
    assert counter.lines < LINES


def test_no_more_than_a_bounded_part_of_a_reply_reaches_the_expressions():
    assert len(reply.read("x" * 1_000_000).text) <= reply.LONGEST_REPLY
