"""Projects of PhysiCell: settings, rules and places of cells, made a model text with an account of what became of each.

What is known of its files and laws was read in the code of MathCancer/PhysiCell, version 1.14.2.
"""

from __future__ import annotations

from vesicula.io.physicell.account import Account, Item
from vesicula.io.physicell.conversion import Conversion, convert_project

__all__ = ["Account", "Conversion", "Item", "convert_project"]
