"""The world and the account held in memory, for tests and for commands without AWS."""
