"""The made year is independent of what is measured by it, and can be made again."""

import ast
from itertools import islice
from pathlib import Path

from benchmarks import dmarc_year
from benchmarks.dmarc_year import Year


def test_the_made_year_knows_nothing_of_the_library() -> None:
    tree = ast.parse(Path(dmarc_year.__file__).read_text())
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    assert not [name for name in imported if name.partition(".")[0] in {"staygreen", "lambdas", "stacks"}]


def test_a_seed_makes_the_same_year_again() -> None:
    first, again = (_beginning(Year(3)) for _ in range(2))
    assert first == again
    assert first != _beginning(Year(4))


def _beginning(year: Year) -> list[object]:
    return [(each.id, each.arrives, each.rows) for _, made in islice(year.reports(year.senders[0]), 3) for each in made]
