"""`python -m vesicula` is the command `vesicula`."""

from vesicula.cli import main

main()
