"""The commands for files of other programs: runs written for them, what they wrote read, and their models converted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vesicula.cli import options as given


def export(
    folder: given.Folder,
    to: Annotated[str, typer.Option(metavar="FORMAT", help="anndata, csv, ome-zarr, sbml, simularium or vtk.")],
    out: given.Exported = None, arm: given.OneArm = None, at: given.OneMoment = None, site: given.OneSite = None,
    replicate: given.OneReplicate = None, replace: given.Again = False, as_json: given.Json = False,
) -> int:  # fmt: skip
    """Write a run for other programs: cells, fields, curves and networks in the formats that they read.

    Also of a run that was stopped: what it had recorded. Nothing half written stays.
    """
    from vesicula.cli.exporting import export_run

    return export_run(
        folder, to=to, out=out, arm=arm, at=at, site=site, replicate=replicate, replace=replace, as_json=as_json
    )


def import_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Files of instruments, of any form that is read.")
    ],
    dilution: given.Dilution = None,
    protein: given.Protein = None,
    way: Annotated[
        str | None,
        typer.Option("--as", metavar="preparation|data|table", help="Write it so, instead of what was read."),
    ] = None,
    measure: Annotated[str | None, typer.Option(help="Name of the model's measure, for data.")] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="Time of an end point, for data: '24 h'.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="File to write; by default standard output.")] = None,
    as_json: given.Json = False,
) -> int:
    """Read what instruments wrote, and say what was read, left out and assumed.

    NanoSight NTA 3.x, ZetaView, sizes of nano-flow and TRPS, qPCR, digital PCR, plate readers, bead assays, time
    courses, and positions of cells, which are told by what stands in a file.
    """
    from vesicula.cli.importing import import_all

    return import_all(
        files, dilution=dilution, protein=protein, way=way, measure=measure, at=at, out=out, as_json=as_json
    )


def convert(
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="A folder of PhysiCell, or its settings file (XML).")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="The model; by default named as the project, here.")
    ] = None,
    unit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SUBSTRATE=CONCENTRATION", help="What one of a substrate is, e.g. 'TNF=1 nM'. Repeatable."
        ),
    ] = None,
    replace: given.Again = False,
    as_json: given.Json = False,
) -> int:
    """Write a PhysiCell project as a model, and say what became of what, what was assumed, and what has no equal.

    Settings (XML), rules (CSV) and places of cells (CSV) of version 1.10 to 1.14; own C++ code is not read. The account
    is also written beside the model, and what is not the same stands in its head.
    """
    from vesicula.cli.converting import convert_to_model

    return convert_to_model(project, out=out, unit=unit or [], replace=replace, as_json=as_json)
