"""Cells as one AnnData file (`.h5ad`), as of `Result.to_anndata`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vesicula.results.choice import Choice

if TYPE_CHECKING:
    from vesicula.results.result import Result


def write(result: Result, choice: Choice, path: Path) -> list[str]:
    """Write the file. Raises OSError, RunFolderError where no cells were kept"""
    cells = result.to_anndata(choice.arm, choice.time, site=choice.site, replicate=choice.replicate)
    cells.write_h5ad(path, compression="gzip")
    return [f"{len(cells):,} cells of {cells.obs['sample'].nunique():,} samples, {cells.n_vars} values each"]
