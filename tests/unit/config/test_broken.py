"""Drop `name.toml` into `broken/`, and beside it `name.txt` with the exact messages."""

from pathlib import Path

import pytest

from staygreen.core.config.known_lists import KnownLists
from staygreen.core.config.parser import parse
from staygreen.core.errors import ConfigError

BROKEN = Path(__file__).parent / "broken"
DEAD = "shut down in 2024, answers listed for everything"
LISTS = KnownLists(
    ids=frozenset({"spamhaus-zen", "spamcop"}),
    refused=lambda name: DEAD if name in ("gone-list", "bl.gone.example") else "",
)


@pytest.mark.parametrize("path", sorted(BROKEN.glob("*.toml")), ids=lambda path: path.stem)
def test_a_broken_file_gets_exactly_these_messages(path):
    with pytest.raises(ConfigError) as caught:
        parse(path.read_text(encoding="utf-8"), path.name, LISTS)

    assert list(caught.value.problems) == path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()


def test_there_are_enough_of_them():
    assert len(list(BROKEN.glob("*.toml"))) >= 25


@pytest.mark.parametrize("name", ["16-private-key-pasted", "17-dqs-key-pasted"])
def test_a_pasted_secret_is_never_repeated(name):
    text = (BROKEN / f"{name}.txt").read_text(encoding="utf-8")

    assert "notreallyakey" not in text
    assert "abcdefghijklmnopqrstuvwxyz" not in text
