"""The local cloud: an AWS emulator, DNS and HTTP stand-ins, all on loopback."""
