"""Measures over values: maps of one or more (`sweeping`), and which of them decide (`sensitivity`)."""
