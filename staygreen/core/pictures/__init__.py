"""Pictures: pure functions from what is stored to HTML and SVG, without script and without anything from outside."""
