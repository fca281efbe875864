"""What was meant where a text is not understood."""
