"""Vesicula: a laboratory in silico for the messages that cells send each other."""
