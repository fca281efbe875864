"""What `import vesicula` offers, and what it does not drag in."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import vesicula

HEAVY = {
    "numpy", "numba", "scipy", "pandas", "pint", "pydantic", "lark", "ruamel", "xarray", "zarr", "pyarrow",
    "matplotlib", "anndata", "networkx", "typer", "rich", "SALib",
}  # fmt: skip
PUBLIC = [
    "Diagnostic", "DoseAnswer", "Interrupted", "Model", "ModelError", "NumericalError", "Progress", "ResourceError",
    "Result", "RunFolderError", "UnitError", "VesiculaError", "__version__", "check", "dose", "facts", "load", "read",
    "read_file", "required_loading", "resolve", "resume", "schema", "sensitivity", "simulate", "sweep", "write",
]  # fmt: skip


def modules_after(code: str) -> set[str]:
    """Top names of the modules that a fresh Python holds after running `code`."""
    script = f"{code}\nimport sys\nprint(' '.join(sys.modules))"
    place = {**os.environ, "PYTHONPATH": str(Path(vesicula.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=place)
    return {name.split(".")[0] for name in done.stdout.split("\n")[-2].split()}


def test_the_public_list_is_what_was_agreed() -> None:
    assert sorted(vesicula.__all__) == PUBLIC
    assert len(PUBLIC) <= 27
    assert dir(vesicula) == PUBLIC


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for name in PUBLIC:
        found = getattr(vesicula, name)
        assert name == "__version__" or found.__doc__, name


def test_a_public_name_stays_itself_when_modules_are_imported_first() -> None:
    for module in ("simulation", "language", "results", "errors", "experiments.loading.dosing"):
        import_module(f"vesicula.{module}")
    assert callable(vesicula.simulate)
    assert callable(vesicula.check)
    assert callable(vesicula.dose)
    assert callable(vesicula.resume)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(vesicula, "simulat")


def test_import_is_light() -> None:
    assert modules_after("import vesicula").isdisjoint(HEAVY)


def test_errors_and_help_are_light_too() -> None:
    assert modules_after("from vesicula import ModelError").isdisjoint(HEAVY)
    loaded = modules_after("import vesicula.cli.app")
    assert loaded.isdisjoint(HEAVY - {"typer", "rich"})
