"""Local DNS: the emulator's zones, blocklists with their misbehaviours, and the stubs of Amazon that mail needs."""
