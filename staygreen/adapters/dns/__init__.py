"""DNS over UDP and TCP: resolvers, authoritative servers, many questions at once."""
