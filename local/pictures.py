"""The pictures in README and docs, drawn again by one command: the same bytes each time.

    python -m local.pictures [--check]

Those of the report are SVG files that hold the figure as the page has it, so that a picture cannot promise what the
page does not show. Their sender is made up; its month is that of the story `month`, on dates that stay the same. The
life of a repair is drawn from its stages.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from local import pictured_alert
from local.cloud import ROOT
from local.made_up_sender import month
from local.repair_flow import repair_flow
from staygreen.core.pictures import incident_timeline, refusals, reputation_calendar
from staygreen.core.pictures.markup import Markup
from staygreen.core.pictures.style import STYLE

FOLDER = ROOT / "docs" / "pictures"
_WIDE = 960
_TABLE = re.compile(r"<table\b.*?</table>")
_SVG = 'xmlns="http://www.w3.org/2000/svg"'
_HTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def drawn() -> Mapping[str, str]:
    """Each picture by its file's name."""
    facts = month()
    return {
        "alert.svg": _file(pictured_alert.in_slack(pictured_alert.refused()), 430, pictured_alert.STYLE),
        "calendar.svg": _file(reputation_calendar.calendar(facts), 310),
        "timeline.svg": _file(incident_timeline.timeline(facts), 266),
        "refusals.svg": _file(refusals.refusals(facts), 530),
        "repair.svg": repair_flow(),
    }


def _file(figure: Markup, height: int, style: str = "") -> str:
    """A figure of the page as an image, without its tables."""
    # markup that is in an XML file names its namespaces
    inside = _TABLE.sub("", figure).replace("<svg ", f"<svg {_SVG} ")
    box = f'<foreignObject width="{_WIDE}" height="{height}">'
    room = f'<div {_HTML} class="sg" style="width:{_WIDE}px;height:{height}px;padding:0 16px;overflow:hidden">'
    return (
        f'<svg {_SVG} width="{_WIDE}" height="{height}" viewBox="0 0 {_WIDE} {height}">\n'
        f"<style>{STYLE}{style}.sg section{{margin:0;border:0}}</style>\n"
        f"{box}{room}{inside}</div></foreignObject>\n</svg>\n"
    )


def changed() -> list[Path]:
    """The files that are not what would be drawn now."""
    files = ((FOLDER / name, text) for name, text in drawn().items())
    return [file for file, text in files if not file.exists() or file.read_text(encoding="utf-8") != text]


def main() -> int:
    """Write the files, or with ``--check`` say which would change; 1 when one would."""
    parser = argparse.ArgumentParser(prog="python -m local.pictures")
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    stale = changed()
    for file in stale:
        print(file.relative_to(ROOT))
    if is_check:
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for name, text in drawn().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
