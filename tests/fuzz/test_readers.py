"""A small part of the fuzzing, the same inputs for everybody; `make fuzz` reads thousands of times as many."""

import pytest

from tests.fuzz.readers import READERS
from tests.fuzz.run import made, run


@pytest.mark.parametrize("name", READERS)
def test_every_damaged_input_has_an_answer(name):
    found = run(name, 1, range(60))
    assert not found.failures, "\n".join(found.failures)
    assert sum(found.kinds.values()) == 60


@pytest.mark.parametrize("name", READERS)
def test_an_input_is_made_of_its_number_alone(name):
    assert [made(name, 1, number) for number in (3, 1)] == [made(name, 1, number) for number in (1, 3)][::-1]
