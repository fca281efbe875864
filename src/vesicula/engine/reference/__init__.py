"""Plain NumPy and Python twins of the kernels: slow, clear, and the oracle of the tests."""
