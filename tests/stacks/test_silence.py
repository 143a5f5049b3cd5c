"""The alarm on a check's silence, evaluated as CloudWatch documents it: quiet at first, and not for ever.

Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data" (verified 2026-12-01).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from staygreen.core.checks import CHECKS
from staygreen.core.config.parser import parse
from tests.assemblies import EXAMPLES, ROOT

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)


def rings(alarm, figures, now):
    """Whether an alarm on silence rings at a time, when these are the times of runs that ended.

    Periods begin at multiples of their length; the one that has begun counts, as does each that has no figure.
    """
    (period,) = {timedelta(seconds=each["MetricStat"]["Period"]) for each in alarm["Metrics"] if "MetricStat" in each}
    assert (alarm["TreatMissingData"], "DatapointsToAlarm" in alarm) == ("breaching", False)
    end = MIDNIGHT + ((now - MIDNIGHT) // period + 1) * period
    return not any(end - alarm["EvaluationPeriods"] * period <= figure < end for figure in figures)


@pytest.fixture(params=EXAMPLES)
def silences(request, example):
    """Interval, function and alarm of each check of an example, and what its deployment waits for."""
    assembly = example(request.param)
    config = parse((ROOT / "config" / "examples" / f"{request.param}.toml").read_text(), "sender.toml")
    every = {config.names.check_function(each.id): each.schedule(config) for each in CHECKS}
    alarms = {
        each["Properties"].get("AlarmName", ""): each for each in assembly.resources("monitoring").values()
        if each["Type"] == "AWS::CloudWatch::Alarm"
    }  # fmt: skip
    found = {
        function: (interval, alarms[f"{function}-has-not-run"])
        for function, interval in every.items()
        if f"{function}-has-not-run" in alarms
    }
    assert found
    return assembly, found


def test_an_alarm_begins_once_its_function_has_a_figure(silences):
    assembly, found = silences
    ((key, first),) = assembly.resources("monitoring", "Custom::FirstFigures").items()
    assert sorted(first["Properties"]["Functions"]) == sorted(found)
    for _, alarm in found.values():
        assert key in alarm["DependsOn"]


@pytest.mark.parametrize("minute", [0, 29, 59, 12 * 60, 24 * 60 - 1])
def test_it_is_quiet_for_an_interval_and_rings_for_a_check_that_never_ran(silences, minute):
    began = MIDNIGHT + timedelta(minutes=minute)
    for interval, alarm in silences[1].values():
        properties = alarm["Properties"]
        (period,) = {each["MetricStat"]["Period"] for each in properties["Metrics"] if "MetricStat" in each}
        assert rings(properties, [], began), "what the first figure is for"
        quiet = max(interval, timedelta(minutes=30))
        assert not any(rings(properties, [began], began + quiet * part / 10) for part in range(11))
        last = began + max(2 * interval, timedelta(hours=1)) + timedelta(seconds=period)
        assert rings(properties, [began], last)


def test_a_check_that_runs_late_within_its_window_is_not_silent(silences):
    for interval, alarm in silences[1].values():
        runs = [MIDNIGHT + number * interval + timedelta(minutes=5 * (number % 2)) for number in range(6)]
        ticks = [MIDNIGHT + part * interval / 12 for part in range(60)]
        assert not any(rings(alarm["Properties"], runs, tick) for tick in ticks)
