"""What is published about a sender, judged: pure rules over an injected lookup, one file a subject."""
