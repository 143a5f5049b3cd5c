"""The engine of repairs: guards, decisions, steps and their undo."""
