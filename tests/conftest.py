"""What holds for every test."""

from hypothesis import settings

# How long an example takes is the machine's affair: a busy one must not turn a true property into a failure.
settings.register_profile("staygreen", deadline=None)
settings.load_profile("staygreen")
