"""The same clocks and the same verdicts on tickets as everywhere else, for many at once, on numpy arrays.

The only part of the core that knows numpy, which is why nothing else in it imports this. Instants are int64
microseconds since 1970-01-01T00:00Z, days are int64 days since then, spans int64 microseconds.
"""
