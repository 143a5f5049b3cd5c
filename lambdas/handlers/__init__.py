"""Entry points of the deployed functions, one module for each kind."""
