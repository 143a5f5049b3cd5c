"""What is deployed: one module for each kind of stack, shared constructs beside them."""
