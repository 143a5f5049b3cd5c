"""The DNS engine's vocabulary: questions, replies, routes, rate limits and the wire format."""
