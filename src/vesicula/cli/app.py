"""The commands and their options. Each one hands over to a function of its own; heavy imports happen there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vesicula.cli import exits, foreign
from vesicula.cli import options as given
from vesicula.errors import VesiculaError

app = typer.Typer(
    name="vesicula",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="A laboratory in silico for the messages that cells send each other by extracellular vesicles and soluble "
    "factors. MODEL is a model file or the name of a library model (`vesicula models`).",
    epilog="\b\nExit codes:\n" + exits.table(),
)


def _version(asked: bool) -> None:
    if asked:
        from vesicula import __version__

        typer.echo(f"vesicula {__version__}")
        raise typer.Exit


@app.callback()
def everything(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Options of `vesicula` itself."""


@app.command()
def run(
    model: given.Model,
    changes: given.Changes = None,
    seed: given.Seed = 1,
    draws: Annotated[
        int | None, typer.Option(min=1, help="Repeats with drawn parameter values, instead of what the model says.")
    ] = None,
    prior: given.Prior = False,
    ensemble: given.DrawsOf = None,
    no_controls: Annotated[
        bool, typer.Option("--no-controls", help="Leave out the control arms that preparations get unasked.")
    ] = False,
    threads: given.Threads = None,
    on: given.On = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; by default runs/MODEL-1, -2 …")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an older run in that folder.")] = False,
    as_json: given.Json = False,
    quiet: given.Quiet = False,
    no_report: given.NoReport = False,
) -> int:
    """Check a model, run all its arms, and write the report.

    Ctrl-C stops cleanly; `vesicula resume FOLDER` goes on from there, bit for bit.
    """
    from vesicula.cli.running import run_model

    return run_model(
        model, changes=changes or [], seed=seed, draws=draws, controls=not no_controls, prior=prior,
        ensemble=ensemble, threads=threads, on=on, out=out, replace=replace, as_json=as_json, quiet=quiet,
        report=not no_report,
    )  # fmt: skip


@app.command()
def resume(
    folder: given.Folder,
    threads: given.Threads = None,
    on: given.On = None,
    as_json: given.Json = False,
    quiet: given.Quiet = False,
    no_report: given.NoReport = False,
) -> int:
    """Go on with a run that was interrupted or crashed."""
    from vesicula.cli.running import resume_run

    return resume_run(folder, threads=threads, on=on, as_json=as_json, quiet=quiet, report=not no_report)


@app.command()
def report(
    folder: given.Folder,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Write the arms of a measure as a figure instead.")
    ] = None,
    measure: Annotated[str | None, typer.Option(help="The measure of the figure; by default the first one.")] = None,
    methods: Annotated[bool, typer.Option("--methods", help="Show the methods text instead.")] = False,
    as_json: given.Json = False,
) -> int:
    """Write report.html anew from what a run folder holds, also of an unfinished run; or a figure, or the methods."""
    from vesicula.cli.running import write_report

    return write_report(folder, figure=figure, measure=measure, methods=methods, as_json=as_json)


app.command()(foreign.export)


@app.command()
def check(
    model: given.Model,
    every: Annotated[
        bool, typer.Option("--all", help="Show every warning in full, not the first of each kind.")
    ] = False,
    as_json: given.Json = False,
) -> int:
    """Show every mistake in a model, then the doubts by kind, with place and remedy; runs nothing."""
    from vesicula.cli.checking import check_model

    return check_model(model, as_json=as_json, every=every)


@app.command()
def explain(
    model: given.Model,
    what: Annotated[
        str | None, typer.Argument(metavar="WHAT", help="A cell, molecule, vesicle, claim or path of a value.")
    ] = None,
    with_claims: Annotated[
        bool, typer.Option("--claims", help="Show what the claims say, not only their ids.")
    ] = False,
    holes: Annotated[
        bool, typer.Option("--holes", help="List the claims of its ledger that it does not carry.")
    ] = False,
    loop: Annotated[
        bool, typer.Option("--loop", help="Run it, and show the gain of its closed loops, link by link.")
    ] = False,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Moment of the run whose loops are shown; unsaid: its middle.")
    ] = None,
    over: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="For how long numbers of cells follow; unsaid: the rest of the run."),
    ] = None,
    through: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only loops through this; may be said several times.")
    ] = None,
    draws: Annotated[int, typer.Option(min=1, help="Runs with drawn values for the loops, the first as stated.")] = 1,
    prior: given.Prior = False,
    seed: given.Seed = 1,
    as_json: given.Json = False,
) -> int:
    """Show what a model holds, what each rule and number rests on, and which claims it carries."""
    from vesicula.cli.explaining import explain_model
    from vesicula.cli.loops import explain_loops

    if loop:
        return explain_loops(
            model, at=at, over=over, through=through or [], draws=draws, prior=prior, seed=seed, as_json=as_json
        )  # fmt: skip
    if at or over or through or draws > 1:
        raise VesiculaError("only loops have a moment, a time, draws and what they lead through", "add `--loop`")
    return explain_model(model, what, with_claims=with_claims, holes=holes, as_json=as_json)


@app.command()
def claims(
    claim: Annotated[
        str | None, typer.Argument(metavar="CLAIM", help="The id of one claim, for example bm-051.")
    ] = None,
    cell: Annotated[str | None, typer.Option(help="Claims on a cell and all that belong to it, e.g. msc.")] = None,
    molecule: Annotated[str | None, typer.Option(help="Claims on a molecule, drug or agent, e.g. RANKL.")] = None,
    model: Annotated[str | None, typer.Option(help="Claims of the ledger of a reference model.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="mechanism, intervention, quantity, clinical, definition or outlook.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="Words that all stand in a claim, in English or Chinese.")] = None,
    holes: Annotated[
        bool, typer.Option("--holes", help="Mechanisms and interventions that nothing in the library carries.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=0, help="So many at most, 0: all; by default 40 on a terminal, else all.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the statements: en or zh.")] = "en",
    as_json: given.Json = False,
) -> int:
    """List the statements of the reviews that Vesicula carries, or show one of them.

    A claim is shown with its chain, its doubts, and the sentences of the library that carry it.
    """
    from vesicula.cli.claims import list_claims, show_claim

    if claim is not None:
        return show_claim(claim, lang=lang, as_json=as_json)
    return list_claims(
        cell=cell, molecule=molecule, model=model, kind=kind, text=text, holes=holes, limit=limit, lang=lang,
        as_json=as_json,
    )  # fmt: skip


@app.command()
def facts(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORDS", help="Molecule, cell, quantity, place: TGF-beta half-life, or 表皮厚度."),
    ] = None,
    missing: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="The deciding values of a model that nobody has measured, instead."),
    ] = None,
    own: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="Own facts, which count like those of the library.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Also draw them as a forest plot.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, help="So many at most, 0: all; by default 30 on a terminal, else all.")
    ] = None,
    as_json: given.Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write a CSV table on standard output.")] = False,
) -> int:
    """Search what has been measured: values in one unit, where and in what, their source, and how far to trust it."""
    from vesicula.cli.facts import answer, unmeasured

    if missing is not None:
        return unmeasured(missing, as_json=as_json, as_csv=as_csv)
    if not words:
        raise typer.BadParameter("say what to look for, for example: vesicula facts TGFB1 half-life")
    return answer(words, own=own, svg=svg, limit=limit, as_json=as_json, as_csv=as_csv)


@app.command(name="read")
def read_review(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A reference model, which is the name of its review.")],
    lang: Annotated[str, typer.Option(help="Language of statements and headings: en or zh.")] = "en",
    out: Annotated[Path | None, typer.Option(help="File to write; by default MODEL-review.html.")] = None,
    as_json: given.Json = False,
) -> int:
    """Write the executable review of an article: claim by claim what carries it, its experiment and its verdict."""
    from vesicula.cli.reading import write_review

    return write_review(model, lang=lang, out=out, as_json=as_json)


@app.command()
def questions(
    what: Annotated[
        str | None, typer.Argument(metavar="MODEL|CLAIM", help="A reference model, or one claim; by default all.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Write the claim's template there.")] = None,
    as_json: given.Json = False,
) -> int:
    """List the open questions of the reviews, each with a template to run, or what it would need."""
    from vesicula.cli.questions import answer_questions

    return answer_questions(what, out=out, as_json=as_json)


@app.command()
def conflict(
    what: Annotated[
        str | None, typer.Argument(metavar="CLAIM|FILE", help="A claim, a map's name or file; by default all maps.")
    ] = None,
    other: Annotated[str | None, typer.Argument(metavar="CLAIM", help="The claim that opposes it.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="The picture; by default NAME.svg.")] = None,
    draws: Annotated[int | None, typer.Option(min=1, help="Draws of values and chance, by default 4.")] = None,
    prior: given.Prior = False,
    seed: given.Seed = 1,
    as_json: given.Json = False,
) -> int:
    """Run the condition map of two claims that oppose each other, and draw where each of them holds."""
    from vesicula.cli.conflict import answer_conflict

    return answer_conflict(what, other, out=out, draws=draws, prior=prior, seed=seed, as_json=as_json)


@app.command()
def dose(
    cells: Annotated[float | None, typer.Option(help="Recipient cells in the dish, for example 2e5.")] = None,
    volume: Annotated[str | None, typer.Option(help="Medium with its unit, for example 0.5mL.")] = None,
    hours: Annotated[float | None, typer.Option(help="Hours until the read-out.")] = None,
    cargo: Annotated[str | None, typer.Option(help="The cargo, for example miR-105-5p.")] = None,
    into: Annotated[
        str | None,
        typer.Option("--in", metavar="CELL", help="The recipient: a cell or line, e.g. fibroblast or HUVEC."),
    ] = None,
    particles: Annotated[str | None, typer.Option(help="Particles given, for example 1e10, or 1e9/mL.")] = None,
    protein: Annotated[
        str | None, typer.Option("--dose", help="What is given as mass of EV protein, for example '10 ug'.")
    ] = None,
    per_ug: Annotated[
        float | None, typer.Option(help="Measured particles per ug of protein; else the library's, with its range.")
    ] = None,
    copies: Annotated[float | None, typer.Option(help="Copies per EV, where they were measured.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="Kind of cargo, where the name does not tell: protein, mtDNA …")
    ] = None,
    target: Annotated[str | None, typer.Option(help="The mRNA that a miRNA silences, for example TJP1.")] = None,
    own: Annotated[float | None, typer.Option(help="Copies of it that the recipient has itself.")] = None,
    donor: Annotated[str | None, typer.Option(help="The donor, a cell of the library, for its release rate.")] = None,
    nta: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Counted particles: NTA, ZetaView, nano-flow or TRPS.")
    ] = None,
    qpcr: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Copies of the cargo: qPCR with a curve, or digital PCR.")
    ] = None,
    dilution: given.Dilution = None,
    concentration: given.Protein = None,
    added: Annotated[
        str | None, typer.Option(metavar="VOLUME", help="How much of the counted sample was given: 50uL.")
    ] = None,
    per_well: Annotated[
        str | None,
        typer.Option(help="How much of the sample is in one well of the qPCR: '7.1 uL', or '200 uL * 5/14 * 2/20'."),
    ] = None,
    sample: Annotated[str | None, typer.Option(help="The sample of the qPCR, where it has several.")] = None,
    assay: Annotated[str | None, typer.Option(help="The target of the qPCR, where it has several.")] = None,
    reaction: Annotated[str | None, typer.Option(help="Volume of a reaction of digital PCR: 40uL.")] = None,
    table: given.Studies = None,
    usual: given.Usual = False,
    out: given.Table = None,
    plot: given.Plot = None,
    ensemble: given.DrawsOf = None,
    seed: given.Seed = 1,
    as_json: given.Json = False,
) -> int:
    """Say in a second, without a run, whether a dose of vesicles brings enough of a cargo into a cell."""
    from vesicula.cli.dosing import answer_dose, answer_table

    needed = {"--cells": cells, "--volume": volume, "--hours": hours, "--cargo": cargo, "--in": into}
    if table is not None:
        told = needed | {
            "--particles": particles, "--dose": protein, "--per-ug": per_ug, "--copies": copies, "--kind": kind,
            "--target": target, "--own": own, "--donor": donor, "--nta": nta, "--qpcr": qpcr, "--ensemble": ensemble,
            "--dilution": dilution, "--protein": concentration, "--added": added, "--per-well": per_well,
            "--sample": sample, "--assay": assay, "--reaction": reaction,
        }  # fmt: skip
        return answer_table(table, usual=usual, seed=seed, out=out, plot=plot, as_json=as_json, told=told)
    if useless := [name for name, said in {"--out": out, "--plot": plot, "--usual": usual or None}.items() if said]:
        raise typer.BadParameter(f"{' and '.join(useless)} is of many studies; say --table FILE.csv too")
    if cells is None or volume is None or hours is None or cargo is None or into is None:
        raise typer.BadParameter(f"say {', '.join(name for name, said in needed.items() if said is None)} too")
    return answer_dose(
        particles=particles, protein=protein, per_ug=per_ug, cells=cells, volume=volume, hours=hours, cargo=cargo,
        into=into, copies=copies, kind=kind, target=target, own=own, donor=donor, ensemble=ensemble, seed=seed,
        as_json=as_json, nta=nta, qpcr=qpcr, dilution=dilution, ug=concentration, added=added, per_well=per_well,
        sample=sample, assay=assay, reaction=reaction,
    )  # fmt: skip


app.command("import")(foreign.import_files)
app.command()(foreign.convert)


@app.command()
def verify(
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", help="A reference model, or an experiment file; by default all.")
    ] = None,
    claims: Annotated[str | None, typer.Option(metavar="IDS", help="These claims alone, e.g. bm-051,bm-052.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Dishes and pools with 8 draws; does not ask what an answer rests on.")
    ] = False,
    draws: Annotated[int | None, typer.Option(min=1, help="Draws of each experiment, instead of its tier's.")] = None,
    prior: given.Prior = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Files at once, one core each; by default all cores.")] = None,
    on: given.On = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the board; by default board/.")] = None,
    store: Annotated[bool, typer.Option("--store", help="Keep the verdicts in the library.")] = False,
    roles: Annotated[
        bool, typer.Option("--roles", help="Run nothing; keep in the library which claims the model says itself.")
    ] = False,
    as_json: given.Json = False,
    quiet: given.Quiet = False,
) -> int:
    """Run the experiments of a reference model and say which claims hold in it, and which do not.

    Ctrl-C keeps what is finished; the same command goes on from there. An outcome is no error: the exit code is 0
    unless the command line, a name or a file is wrong.
    """
    from vesicula.cli.verifying import verify_models

    return verify_models(
        model, claims=claims, quick=quick, draws=draws, prior=prior, jobs=jobs, on=on, out=out, store=store,
        roles=roles, as_json=as_json, quiet=quiet,
    )  # fmt: skip


@app.command()
def calibrate(
    model: given.Model,
    constraints: Annotated[
        Path | None,
        typer.Option(metavar="FILE.yaml", help="Facts to satisfy; by default the library's for the model's tissue."),
    ] = None,
    draws: Annotated[int, typer.Option(min=64, help="Calibrated draws to make.")] = 256,
    seed: given.Seed = 1,
    jobs: given.Jobs = None,
    on: given.On = None,
    again: Annotated[
        bool, typer.Option("--again", help="Only ask the stored draws anew, and keep those that satisfy all.")
    ] = False,
    as_json: given.Json = False,
    quiet: given.Quiet = False,
) -> int:
    """Make calibrated draws: values that satisfy what is known of the undisturbed tissue, and what the model says.

    Ctrl-C keeps what is finished; the same command goes on from there. Exit code 6: constraints that no draw satisfies
    beside the others were left out, or too few draws satisfy them.
    """
    from vesicula.cli.calibrating import calibrate_model

    return calibrate_model(
        model, constraints=constraints, draws=draws, seed=seed, jobs=jobs, on=on, again=again, as_json=as_json,
        quiet=quiet,
    )  # fmt: skip


@app.command()
def fit(
    model: given.Model,
    data: Annotated[
        Path | None,
        typer.Argument(metavar="DATA.csv", help="Columns time, arm, measure, value, and sd or replicates."),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--values", metavar="PATH", help="Fit this value and the others named so; by default all."),
    ] = None,
    errors: Annotated[
        str | None, typer.Option(metavar="log|normal", help="By default log where all values are above zero.")
    ] = None,
    draws: Annotated[int, typer.Option(min=64, help="Fitted draws to make.")] = 256,
    seed: given.Seed = 1,
    jobs: given.Jobs = None,
    on: given.On = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Another table than the model's own.")] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="The predictive check; by default MODEL-fit.svg, or .png.")
    ] = None,
    as_json: given.Json = False,
    quiet: given.Quiet = False,
) -> int:
    """Fit values of a model to your own data; runs, required loading and `dose` then take the fitted draws.

    Ctrl-C keeps what is finished. Exit code 6: too few draws count, so that the intervals are not to be trusted.
    """
    from vesicula.cli.fitting import fit_model

    return fit_model(
        model, data, values=values or [], errors=errors, draws=draws, seed=seed, jobs=jobs, on=on, out=out,
        plot=plot,
        as_json=as_json, quiet=quiet,
    )  # fmt: skip


@app.command()
def sweep(
    model: given.Model,
    over: given.Over,
    design: Annotated[str, typer.Option(metavar="grid|lhs|sobol", help="How the points lie.")] = "grid",
    points: Annotated[int | None, typer.Option(min=2, help="Points of lhs or sobol, by default 64.")] = None,
    changes: given.Changes = None,
    arm: given.Arms = None,
    measure: given.Measures = None,
    draws: given.OfPoint = None,
    prior: given.Prior = False,
    ensemble: given.DrawsOf = None, seed: given.Seed = 1, jobs: given.Jobs = None, on: given.On = None,
    out: given.Table = None, plot: given.Plot = None, run: given.OfRun = None, as_json: given.Json = False,
    quiet: given.Quiet = False,
) -> int:  # fmt: skip
    """Map the measures of a model over one or two values, or over a design, with the uncertainty of all others.

    Ctrl-C keeps what is finished; the same command goes on from there.
    """
    from vesicula.cli.sweeping import Asked, Places, sweep_model

    asked = Asked(
        model, over, changes or [], arm or [], measure or [], draws, prior, ensemble, seed, jobs, on,
        Places(out, plot, run), as_json, quiet,
    )  # fmt: skip
    return sweep_model(asked, design=design, points=points)


@app.command()
def sensitivity(
    model: given.Model,
    over: Annotated[
        list[str] | None,
        typer.Option(
            "--over", metavar="PATH[=LOW..HIGH]", help="Draw this value and others named so alone; by default all."
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="sobol|draws",
            help="A Sobol design, or plain draws where runs are dear; by default as the runs allow.",
        ),
    ] = None,
    draws: Annotated[
        int | None, typer.Option(min=1, help="Base rows of the design (a power of two, 128), or plain draws (256).")
    ] = None,
    scale: Annotated[
        str | None, typer.Option(metavar="log|linear", help="By default log where all readings are above zero.")
    ] = None,
    changes: given.Changes = None,
    arm: given.Arms = None,
    measure: given.Measures = None,
    prior: given.Prior = False,
    ensemble: given.DrawsOf = None, seed: given.Seed = 1, jobs: given.Jobs = None, on: given.On = None,
    out: given.Table = None, plot: given.Plot = None, run: given.OfRun = None, as_json: given.Json = False,
    quiet: given.Quiet = False,
) -> int:  # fmt: skip
    """Say which uncertain values decide: their shares of the variance of each measure, with intervals.

    Ctrl-C keeps what is finished; the same command goes on from there.
    """
    from vesicula.cli.sweeping import Asked, Places, sensitivity_model

    asked = Asked(
        model, over or [], changes or [], arm or [], measure or [], draws, prior, ensemble, seed, jobs, on,
        Places(out, plot, run), as_json, quiet,
    )  # fmt: skip
    return sensitivity_model(asked, method=method, scale=scale)


@app.command()
def models(as_json: given.Json = False) -> int:
    """List the models and parts of the library."""
    from vesicula.cli.catalogue import list_library

    return list_library(as_json=as_json)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the model; NAME.yaml is written.")],
    source: Annotated[
        str, typer.Option("--from", metavar="MODEL", help="The model to start from: a library name or a file.")
    ] = "starter",
) -> int:
    """Write a model file to start from; it passes `check` and runs in seconds. Never overwrites a file."""
    from vesicula.cli.catalogue import write_new

    return write_new(name, source)


@app.command()
def schema(
    out: Annotated[Path | None, typer.Option(help="File to write; by default standard output.")] = None,
) -> int:
    """Write the JSON Schema of model files, with which editors complete and check them."""
    from vesicula.cli.catalogue import write_schema

    return write_schema(out)
