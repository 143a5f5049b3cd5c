"""What the emulator lacks of AWS: one module for each resource or behaviour, registered before it serves."""
