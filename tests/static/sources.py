"""What the static tests look at: Python sources and texts of this checkout."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("src", "tests", "benchmarks", "docs", ".ci")
LEFT_OUT = {"__pycache__", "runs", "build"}
TEXTS = {".py", ".md", ".toml", ".txt", ".yaml", ".bib", ".lark", ".html", ".css", ".js", ".json", ".cfg", ""}


@dataclass(frozen=True)
class Function:
    """A function in a source file. lines: from `def` to its last line."""

    file: Path
    name: str
    line: int
    lines: int
    is_kernel: bool


def shown(path: Path) -> str:
    """Path as people of this project write it."""
    return path.relative_to(ROOT).as_posix()


@cache
def text_files() -> tuple[Path, ...]:
    """All text files that belong to the project."""
    found = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    for place in PLACES:
        found += [path for path in (ROOT / place).rglob("*") if path.is_file()]
    return tuple(
        sorted(
            path
            for path in found
            if path.suffix in TEXTS and not any(p in LEFT_OUT or p.endswith(".egg-info") for p in path.parts)
        )
    )


@cache
def python_files(*places: str) -> tuple[Path, ...]:
    """Python files, of all the project or below some places of it."""
    files = [path for path in text_files() if path.suffix == ".py"]
    return tuple(f for f in files if not places or any(shown(f).startswith(place) for place in places))


@cache
def tree(file: Path) -> ast.Module:
    """Syntax tree of a file."""
    return ast.parse(file.read_bytes(), filename=str(file))


def functions(file: Path) -> Iterator[Function]:
    """All functions and methods of a file, nested ones too."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(file, node.name, node.lineno, lines, any(_compiles(d) for d in node.decorator_list))


def _compiles(decorator: ast.expr) -> bool:
    """Whether a decorator makes machine code: the package's `kernel` and `device`, or Numba's own."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name in {"kernel", "device", "njit", "jit"}
