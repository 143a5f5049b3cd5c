"""What is kept: incidents, repairs, cases, complaints, counters, verdicts and the outbox."""
