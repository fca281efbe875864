"""Arrays in, arrays out: the numerical engine."""
