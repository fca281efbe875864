"""The page docs/api.md: every public name with its documentation and an example that the tests run."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import vesicula
from vesicula.compiler.names import Compiled
from vesicula.experiments.sweeps.sensitivity import Outcome, Sensitivity
from vesicula.experiments.sweeps.shares import Share
from vesicula.experiments.sweeps.sweeping import Sweep
from vesicula.results.compare import ArmValue, Comparison
from vesicula.results.events import Survival
from vesicula.results.loading import Closing, Experiment, Loading, Spread, Stage, Unknown, Verdict
from vesicula.results.statistics import Influence, Interval

EXAMPLES = Path(__file__).with_name("api_examples.py")
RETURNED = (
    ArmValue, Closing, Comparison, Compiled, Experiment, Influence, Interval, Loading, Outcome, Sensitivity, Share,
    Spread, Stage, Survival, Sweep, Unknown, Verdict,
)  # fmt: skip
WITHOUT_DOCUMENTATION = {
    "__version__": ("vesicula.__version__: str", "Version of the package; `source` where it is not installed."),
    "Result.folder": ("Result.folder: RunFolder", "The run folder: its `path`, `status`, `problem` and `wall_s`."),
}
HEAD = """# Python

`import vesicula` offers the names below; what a name needs is loaded when it is first used. The descriptions come from
the documentation in the code. The examples make one script, [api_examples.py](api_examples.py), which the tests run
from top to bottom. Times are in minutes and lengths in µm unless something else is stated; tables are pandas
dataframes, fields xarray arrays.
"""


def examples() -> dict[str, str]:
    """The example of every name, in the order of the file."""
    parts = re.split(r"^# --- (.+)\n", EXAMPLES.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {name: code.strip() for name, code in zip(parts[::2], parts[1::2], strict=True)}


def names() -> Iterator[str]:
    """Every name that needs an example: public names, and what a `Result` holds."""
    yield from vesicula.__all__
    yield from (f"Result.{name}" for name in members(vesicula.Result))


def members(kind: type) -> list[str]:
    """Public attributes, properties and methods that a class defines, in the order of its source."""
    own = [name for name in vars(kind) if not name.startswith("_") and name != "model_config"]
    if dataclasses.is_dataclass(kind) or hasattr(kind, "model_fields"):
        return [name for name in own if _is_documented(kind, name)]
    return ["folder", *own] if kind is vesicula.Result else own


def _is_documented(kind: type, name: str) -> bool:
    held = inspect.getattr_static(kind, name, None)
    return isinstance(held, property) or inspect.isfunction(held)


def signature(name: str, thing: object) -> str:
    """How a function or class is called, annotations as they stand in the source."""
    if not callable(thing):
        return name
    words = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(thing)))
    words = re.sub(r"^\(self(?:, )?", "(", words)
    return name + words.removesuffix(" -> None")


def documented(text: str) -> str:
    """A documentation text without its examples: the first paragraph as prose, the rest as it stands."""
    summary, _, rest = inspect.cleandoc(text).partition("\n\n")
    lines = rest.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("Example"):
            lines = [*lines[:number], *(one for one in lines[number + 1 :] if one[:1].strip())]
            break
    out = " ".join(summary.split())
    return f"{out}\n\n```text\n" + "\n".join(lines) + "\n```" if any(lines) else out


def entry(name: str, shown: str, text: str, example: str | None) -> str:
    """One name: heading, call, documentation, example."""
    parts = [f"### {name}\n", f"`{shown}`\n", documented(text)]
    return "\n".join(parts) + (f"\n\n```python\n{example}\n```\n" if example else "\n")


def page() -> str:
    """The text of docs/api.md, in the order in which the examples run."""
    out, known = [HEAD], examples()
    sections = {
        "Run and ask": [n for n in known if not n.startswith("Result") and not _is_error(n)],
        "What a run gives": [n for n in known if n.startswith("Result")],
        "What can go wrong": [n for n in known if _is_error(n)],
    }
    for title, listed in sections.items():
        out.append(f"## {title}\n")
        out += [_named(name, known[name]) for name in listed]
        if title == "What a run gives":
            out.append("## What answers hold\n")
            out += [_held(kind) for kind in sorted(RETURNED, key=lambda kind: kind.__name__)]
    return "\n".join(out)


def _is_error(name: str) -> bool:
    found = getattr(vesicula, name.split(".")[0])
    return name == "Diagnostic" or (isinstance(found, type) and issubclass(found, BaseException))


def _named(name: str, example: str) -> str:
    if name in WITHOUT_DOCUMENTATION:
        return entry(name, *WITHOUT_DOCUMENTATION[name], example)
    owner, _, member = name.partition(".")
    thing = getattr(vesicula, owner)
    if dataclasses.is_dataclass(thing):
        return _held(thing, f"vesicula.{name}", example)
    if not member:
        shown = f"vesicula.{name}" if name == "Model" else "vesicula." + signature(name, thing)
        return entry(name, shown, thing.__doc__, example)
    held = inspect.getattr_static(thing, member)
    reader = getattr(held, "func", None) or getattr(held, "fget", None)
    if reader is not None:
        kind = str(inspect.signature(reader).return_annotation).strip("'")
        return entry(name, f"Result.{member}: {kind}", reader.__doc__, example)
    return entry(name, signature(f"Result.{member}", held), held.__doc__, example)


def _held(kind: type, shown: str = "", example: str = "") -> str:
    """A class that answers are made of: its documentation, fields and properties."""
    own = getattr(kind, "model_fields", None) or {one.name: one for one in dataclasses.fields(kind)}
    lines = [f"- `{name}`: `{_annotation(kind, name)}`" for name in own]
    lines += [f"- `{n}`: {' '.join(inspect.getdoc(getattr(kind, n)).split())}" for n in members(kind)]
    text = f"### {kind.__name__}\n\n" + (f"`{shown}`\n\n" if shown else "") + documented(kind.__doc__)
    return text + "\n\n" + "\n".join(lines) + "\n" + (f"\n```python\n{example}\n```\n" if example else "")


def _annotation(kind: type, name: str) -> str:
    return next(base.__annotations__[name] for base in kind.__mro__ if name in getattr(base, "__annotations__", {}))
