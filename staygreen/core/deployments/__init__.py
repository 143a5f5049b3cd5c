"""What a deployment changed about mail, and what of that is told beside a change for the worse."""
