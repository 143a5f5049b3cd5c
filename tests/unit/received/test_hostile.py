"""Hostile and huge headers: read within bounds, and never a traceback."""

from __future__ import annotations

import pkgutil
import random
import re
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

import staygreen.core.received
from staygreen.core.received import fields, filing, reading, report, results
from tests.fuzz.headers import mutated, one_input, seeds
from tests.unit.replies.backtracking import Matcher
from tests.unit.replies.test_work_is_bounded import STEPS_A_CHARACTER


@given(st.binary(max_size=2000))
def test_any_bytes_have_an_answer(data):
    one_input(data)


@pytest.mark.parametrize("seed", range(40))
def test_mutated_header_sets_have_an_answer(seed):
    chance = random.Random(seed)  # noqa: S311
    for _ in range(10):
        one_input(mutated(chance, seeds()))


HUGE = {
    "one endless line": b"Received: " + b"a" * 3_000_000,
    "many fields": b"Received: from a by b; x\n" * 100_000,
    "many reports": b"X-Forefront-Antispam-Report: CIP:192.0.2.1;SCL:5;\n" * 50_000,
    "many results": b"Authentication-Results: mx.google.com; " + b"dkim=pass header.d=a.example; " * 100_000,
    "open comments": b"Authentication-Results: mx.google.com; spf=pass " + b"(" * 500_000,
    "quotes": b'Authentication-Results: mx.google.com; spf=pass smtp.mailfrom="' + b'"' * 500_000,
    "folds": b"Received: from a\n" + b" by b\n" * 300_000,
    "blank lines": b"Received: from a by b\n\n" * 100_000,
    "semicolons": b"X-Forefront-Antispam-Report: " + b";" * 500_000,
    "colons": b"X-Forefront-Antispam-Report: " + b"A:" * 500_000,
    "instances": b"ARC-Seal: i=999999999999999999999; cv=pass\n" * 10_000,
    "addresses": b"Received: from " + b"1.2.3." * 200_000 + b" by mx.google.com; x\n",
    "unsubscribe": b"List-Unsubscribe: " + b"<https:" * 200_000 + b"\n",
    "signatures": b"DKIM-Signature: h=" + b"list-unsubscribe:" * 100_000 + b"\n",
    "encoded": b"Authentication-Results: spf=3Dpass =\n" * 50_000,
    "markup": b"<html>" + b"<br" * 300_000,
    "quoted": b"> Received: from a by b\n" * 100_000,
}


@pytest.mark.parametrize("name", HUGE)
def test_huge_headers_are_cut(name):
    read = reading.read(HUGE[name])
    assert len(read.header.fields) <= fields.MOST_FIELDS
    assert all(len(field.value) <= fields.LONGEST_VALUE for field in read.header.fields)
    assert report.prose(read, filing.conclude(read))


def test_of_results_a_bounded_number_is_kept():
    parsed = results.parse("mx.google.com; " + "dkim=pass header.d=a.example; " * 1000)
    assert len(parsed.results) <= results.MOST_RESULTS


_PIECES = [
    "A-",
    "a",
    ": ",
    "=3D",
    "x=",
    'x="',
    "<https:",
    "; a=",
    "1.2.3.",
    ":",
    "::1",
    "(((",
    "CIP:",
    "i=1",
    "a@",
    "-a",
    " ",
]
ADVERSARIAL = [(each * 100)[:100] for each in [*_PIECES, "domain of ", "X-a: "]]


def _expressions():
    for module in pkgutil.iter_modules(staygreen.core.received.__path__):
        for name, value in vars(import_module(f"staygreen.core.received.{module.name}")).items():
            if isinstance(value, re.Pattern):
                yield pytest.param(value, id=f"{module.name}.{name}")


@pytest.mark.parametrize("expression", list(_expressions()))
def test_adversarial_text_costs_each_expression_a_bounded_number_of_steps(expression):
    assert not re.search(r"[*+](?!\?*[^\[]*\])", re.sub(r"\[(?:\\.|[^\]])*\]|\\.|\(\?[^)]", "", expression.pattern))
    for text in ADVERSARIAL:
        matcher = Matcher(expression.pattern, expression.flags & ~re.UNICODE)
        matcher.exhaust(text)
        assert matcher.steps <= STEPS_A_CHARACTER * len(text), text[:10]
