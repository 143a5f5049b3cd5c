"""What holds for every test."""

from tests import budget

budget.register()
