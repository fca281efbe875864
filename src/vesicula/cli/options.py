"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[str, typer.Argument(metavar="MODEL", help="A model file, or the name of a library model.")]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a run.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Another value, e.g. --set 'cells.tumour.divides=24 h'. Repeatable."
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Seed of all random numbers.")]
Threads = Annotated[
    int | None, typer.Option(min=1, help="Cores to use, by default all. The result does not depend on it.")
]
Prior = Annotated[bool, typer.Option("--prior", help="Draw from all ranges, also where there are calibrated draws.")]
DrawsOf = Annotated[
    str | None,
    typer.Option("--ensemble", metavar="MODEL|FILE.csv", help="Take the calibrated draws of this model or table."),
]
Json = Annotated[bool, typer.Option("--json", help="End with one JSON object on standard output.")]
Dilution = Annotated[
    float | None, typer.Option(help="By how much the counted sample was thinned, where its file does not record it.")
]
Protein = Annotated[
    str | None,
    typer.Option("--protein", metavar="AMOUNT", help="Protein of the counted sample, before dilution: '0.8 mg/mL'."),
]
Over = Annotated[
    list[str],
    typer.Option(
        "--over", metavar="PATH=LOW..HIGH[:n][,log]",
        help="What is gone over, e.g. 'cells.tumour.divides=12..48 h:7'; :n values, log: in equal folds. Repeatable.",
    ),
]  # fmt: skip
Arms = Annotated[list[str] | None, typer.Option("--arm", metavar="ARM", help="This arm alone. Repeatable.")]
Measures = Annotated[
    list[str] | None, typer.Option("--measure", metavar="MEASURE", help="This measure alone. Repeatable.")
]
OfPoint = Annotated[
    int | None, typer.Option(min=1, help="Repeats of each point with drawn values, instead of what the model says.")
]
Jobs = Annotated[int | None, typer.Option(min=1, help="Processes, one core each; by default all cores.")]
On = Annotated[
    str | None,
    typer.Option(
        "--on", metavar="PLACE", help="Do the runs there: '4 processes' under dask, tcp://HOST:PORT, or SLURM.yaml."
    ),
]
Table = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE.parquet", help="The tidy table; by default named as what it is of."),
]
Studies = Annotated[
    str | None,
    typer.Option(
        "--table", metavar="FILE.csv|reviews", help="Many studies at once, one in a row, in place of all the above."
    ),
]
Usual = Annotated[
    bool, typer.Option("--usual", help="Of a table: let a usual dose and dish stand in for what a row leaves empty.")
]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE.svg", help="The picture, .svg or .png.")]
OfRun = Annotated[
    Path | None, typer.Option("--run", metavar="FOLDER", help="Put it into the report of this run of the model.")
]
Exported = Annotated[
    Path | None, typer.Option(metavar="PATH", help="File (anndata) or folder to write; by default beside the run.")
]
OneArm = Annotated[str | None, typer.Option(help="This arm only.")]
OneMoment = Annotated[str | None, typer.Option(metavar="TIME", help="This kept moment only, for example '24 h'.")]
OneSite = Annotated[str | None, typer.Option(help="This site only.")]
OneReplicate = Annotated[int | None, typer.Option(min=0, help="This replicate only; the first is 0.")]
Again = Annotated[bool, typer.Option("--replace", help="Replace what stands there.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress.")]
NoReport = Annotated[bool, typer.Option("--no-report", help="Leave out report.html.")]
