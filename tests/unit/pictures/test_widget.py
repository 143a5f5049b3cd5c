"""One picture for the dashboard: its time, its theme, its size, and nothing that a dashboard takes out."""

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import pytest

from local.made_up_sender import NOW, facts, incident, month
from staygreen.core.pictures.period import Period
from staygreen.core.pictures.widget import LARGEST, Kind, drawn, view


def millis(day):
    return int((NOW + timedelta(days=day)).timestamp() * 1000)


def test_the_time_that_the_dashboard_shows_is_drawn():
    shown = view({"timeRange": {"start": millis(-10), "end": millis(-3)}, "theme": "dark"}, NOW)
    assert shown.period == Period(date(2026, 11, 20), date(2026, 11, 27))
    assert shown.theme == "dark"


def test_where_the_reader_zoomed_that_is_drawn():
    zoomed = {"start": millis(-90), "end": millis(0), "zoom": {"start": millis(-5), "end": millis(-4)}}
    assert view({"timeRange": zoomed}, NOW).period == Period(date(2026, 11, 25), date(2026, 11, 26))


@pytest.mark.parametrize(
    "context",
    [{}, {"timeRange": None}, {"timeRange": {"start": "x", "end": None}}, {"timeRange": {"start": 1e30, "end": 1e30}}],
)
def test_a_time_that_cannot_be_read_is_90_days(context):
    assert view(context, NOW).period == Period.until(NOW, timedelta(days=90))


def test_no_more_is_drawn_than_is_kept_and_nothing_of_the_future():
    far = view({"timeRange": {"start": millis(-2000), "end": millis(50)}}, NOW).period
    assert far == Period((NOW - timedelta(days=400)).date(), NOW.date())
    later = view({"timeRange": {"start": millis(20), "end": millis(30)}}, NOW).period
    assert later == Period(NOW.date(), NOW.date())


@cache
def worst_sender():
    many = facts(200, days=400, worst=True)
    flapping = tuple(
        incident("snds", f"198.18.{n // 250}.{n % 250}", "x" * 200, many.period.begin + timedelta(hours=n), None)
        for n in range(3000)
    )
    return replace(many, incidents=(*many.incidents, *flapping))


@pytest.mark.parametrize("kind", Kind)
def test_an_answer_fits_whatever_the_sender_is_like(kind):
    answer = drawn(kind, worst_sender(), "light")
    assert len(answer.encode()) <= LARGEST
    assert "too much" not in answer


@pytest.mark.parametrize("kind", Kind)
def test_an_answer_has_nothing_that_a_dashboard_takes_out(kind):
    answer = drawn(kind, month(), "dark")
    assert re.findall(r"<(script|iframe|use|a|img|link|meta|html|body)\b|\son\w+=|href|url\(|@import", answer) == []
    assert answer.startswith('<div class="sg"><style>.sg{')
    assert "prefers-color-scheme" not in answer


def test_what_was_not_read_is_said_and_nothing_known_is_no_empty_box():
    answer = drawn(
        Kind.CALENDAR, replace(month(), addresses={}, days=None, incidents=(), tallies=None, unread=("SNDS",)), ""
    )
    assert "Nothing is known of these days." in answer
    assert "Not in here: SNDS." in answer
