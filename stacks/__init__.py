"""What is deployed: one module for each kind of stack. Wiring only, no decisions."""
