"""Grammars of sentences and values, and what is read with them."""
