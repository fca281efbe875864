"""Compiled kernels: kept between processes, never stale."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

import pytest

from vesicula import kept, versions
from vesicula.engine import cache, compiling, flattening, groups, sources

LAW = "from vesicula.engine.cache import device\n\n\n@device\ndef law(x):\n    return x + {}\n"
BETWEEN = (
    "from vesicula.engine import law\nfrom vesicula.engine.cache import device\n\n\nlaw = law.law\n\n\n"
    "@device\ndef between(x):\n    return law(x)\n"
)
CALLER = (
    "from vesicula.engine.between import between\nfrom vesicula.engine.cache import kernel\n\n\n"
    '@kernel("float64(float64)")\ndef call(x):\n    return between(x)\n'
)
ASK = "from vesicula.engine.caller import call; print(call(1.0), sum(call.compiled().stats.cache_hits.values()))"


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """A package of one kernel that reaches a law through another module, beside the engine's own cache module."""
    folder = tmp_path / "vesicula" / "engine"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "__init__.py").touch()
    for module in (cache, compiling, flattening, groups, sources):
        shutil.copy(module.__file__, folder)
    for module in (kept, versions):
        shutil.copy(module.__file__, folder.parent)
    (folder / "law.py").write_text(LAW.format(1))
    (folder / "between.py").write_text(BETWEEN)
    (folder / "caller.py").write_text(CALLER)
    (folder / "unrelated.py").write_text("X = 1\n")
    return folder


def ask(engine: Path) -> tuple[float, int]:
    """What the kernel answers in a process of its own, and how often it came from the cache."""
    answer, hits = ask_for(engine, ASK).split()
    return float(answer), int(hits)


def ask_for(engine: Path, question: str) -> str:
    """What a process of its own prints."""
    packages = engine.parents[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(packages),
        "VESICULA_CACHE": str(packages / "kept"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", question]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_an_edit_in_a_module_a_kernel_calls_compiles_it_anew(engine: Path):
    assert ask(engine) == (2.0, 0)
    (engine / "law.py").write_text(LAW.format(2))
    assert ask(engine) == (3.0, 0)


def test_nothing_that_only_asks_loads_numba():
    asking = (
        "import sys; import vesicula.experiments.loading.dosing, vesicula.simulation\n"
        "vesicula.simulation.check('starter')\n"
        "print([name for name in ('numba', 'llvmlite', 'networkx', 'pandas') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(cache.__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", asking], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_has_not_changed_is_not_compiled_again(engine: Path):
    assert ask(engine) == (2.0, 0)
    (engine / "unrelated.py").write_text("X = 2\n")
    assert ask(engine) == (2.0, 1)


def test_neither_place_nor_line_nor_time_of_a_source_compiles_it_again(engine: Path, tmp_path: Path):
    assert ask(engine) == (2.0, 0)
    text = (engine / "caller.py").read_text()
    (engine / "caller.py").write_text(text.replace("\n\n\n@kernel", "\n\nUNUSED = 3\n\n\n@kernel"))
    os.utime(engine / "law.py", (1e9, 1e9))
    moved = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "vesicula", moved / "vesicula")
    shutil.copytree(tmp_path / "kept", moved / "kept")
    assert ask(moved / "vesicula" / "engine") == (2.0, 1)


def test_a_kernel_is_compiled_when_it_is_called_and_not_before(engine: Path):
    importing = ASK.replace("print(", "print(0, len(list(__import__('pathlib').Path(r'{}').rglob('*.nbi')))) #")
    packages = engine.parents[1]
    environment = {**os.environ, "PYTHONPATH": str(packages), "VESICULA_CACHE": str(packages / "kept")}
    command = [sys.executable, "-c", importing.format(packages / "kept")]
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == "0 0\n"
    assert ask(engine) == (2.0, 0)
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == "0 1\n"


def test_who_asks_is_told_of_a_kernel_that_has_to_be_compiled_and_of_no_other(engine: Path):
    telling = "from vesicula.engine import cache; cache.on_compiling.append(lambda name: print('told', name)); " + ASK
    packages = engine.parents[1]
    environment = {**os.environ, "PYTHONPATH": str(packages), "VESICULA_CACHE": str(packages / "kept")}
    command = [sys.executable, "-c", telling]
    said = [
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout for _ in range(2)
    ]
    assert said == ["told caller.call\n2.0 0\n", "2.0 1\n"]


LACKING = "import numba; from numba.core import codegen; del codegen.CPUCodeLibrary\n"


def test_a_function_called_with_several_numbers_is_compiled_once(engine: Path):
    caller = CALLER.replace("return between(x)", "return between(x) + law(0) + law(1) + law(2)")
    (engine / "caller.py").write_text("from vesicula.engine.law import law\n" + caller)
    imports = "from vesicula.engine.caller import call; from vesicula.engine import law; "
    told = ask_for(engine, f"{imports} call(1.0); print(*law.law._made_once().overloads)")
    assert told.split() == ["(float64,)", "(int64,)"]


def test_a_numba_without_the_hook_compiles_all_the_same(engine: Path):
    packages = engine.parents[1]
    environment = {**os.environ, "PYTHONPATH": str(packages), "VESICULA_CACHE": str(packages / "kept")}
    command = [sys.executable, "-c", LACKING + ASK]
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == "2.0 0\n"


ARRAYS = """
import numpy as np
from vesicula.engine.cache import device, kernel


@device(allocates=True)
def made(x):
    return np.full(2, x)


@device{own}
def law(x):
    {body}


@kernel("float64(float64[::1])")
def call(x):
    law(x)
    return x[0]
"""


COUNTED = [
    ("", "return x[1:]", "Only accept returning of array"),  # Numba itself
    ("", "return 1, x", "law returns an array"),
    ("", "return made(1.0)[0]", "law is given an array"),
    ("", "return x[1:].size", ""),
    ("(allocates=True)", "return made(1.0)[0]", ""),
    ("(inline=True)", "return x[1:]", ""),
]
"""How a function is declared, what it does, and what is told of it; nothing where it is right."""
ASK_EACH = """
import importlib
import numpy as np
for k in range({}):
    try:
        print(importlib.import_module(f"vesicula.engine.arrays_{{k}}").call(np.ones(3)))
    except Exception as error:
        print("refused:", *str(error).split())
"""


def test_references_to_arrays_are_never_counted_wrong(engine: Path):
    for k, (own, body, _) in enumerate(COUNTED):
        (engine / f"arrays_{k}.py").write_text(ARRAYS.format(own=own, body=body))
    answers = ask_for(engine, ASK_EACH.format(len(COUNTED))).splitlines()
    for (own, body, told), answer in zip(COUNTED, answers, strict=True):
        assert answer == "1.0" if not told else answer.startswith("refused:") and told in answer, (own, body, answer)


GROUPED = """
from typing import NamedTuple

from vesicula.engine.cache import device, kernel


@device
def total(pair):
    return pair.first[0] + 10.0 * pair.second[0]


@kernel("float64(Pair, Other)")
def call(pair, other):
    pair.first[0] += 1.0
    return total(pair) + other.only[0] + other.number
"""
PAIR = """
class Pair(NamedTuple):
    first: F64_1
    second: F64_1


class Other(NamedTuple):
    only: F64_1
    unused: I64_1
    number: Int
"""
ASK_GROUPED = """
import numpy as np
from vesicula.engine.grouped import call
from vesicula.engine.groups import Other, Pair

pair = Pair(first=np.ones(1), second=np.full(1, 2.0))
other = Other(only=np.full(1, 100.0), unused=np.zeros(1, dtype=np.int64), number=1000)
{}
"""


def grouped(engine: Path, question: str) -> subprocess.CompletedProcess[str]:
    """What a process of its own answers that has a kernel of two groups."""
    (engine / "grouped.py").write_text(GROUPED)
    if "class Pair" not in (groups := engine / "groups.py").read_text():
        groups.write_text(groups.read_text() + PAIR)
    packages = engine.parents[1]
    environment = {**os.environ, "PYTHONPATH": str(packages), "VESICULA_CACHE": str(packages / "kept")}
    command = [sys.executable, "-c", ASK_GROUPED.format(question)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_kernel_takes_groups_and_gives_them_to_what_it_calls(engine: Path):
    assert grouped(engine, "print(call(pair, other), pair.first[0])").stdout == "1122.0 2.0\n"


NOT_TAKEN = {
    "call(other, pair)": "TypeError: call takes pair: Pair, other: Other",
    "call((pair.first, pair.second), other)": "TypeError: call takes pair: Pair, other: Other",
    "call(pair._replace(first=np.ones(1, dtype=np.int64)), other)": "No matching definition",
    "call(pair._replace(first=np.ones(4)[::2]), other)": "No matching definition",
}
TRY_EACH = """
for question in {}:
    try:
        print("taken:", eval(question))
    except Exception as error:
        print(f"{{type(error).__name__}}:", *str(error).split())
"""


def test_neither_another_group_nor_another_array_is_taken(engine: Path):
    answers = grouped(engine, TRY_EACH.format(list(NOT_TAKEN))).stdout.splitlines()
    for (question, told), answer in zip(NOT_TAKEN.items(), answers, strict=True):
        assert told in answer, (question, answer)


def test_another_order_in_a_group_compiles_what_takes_it_anew(engine: Path):
    asked = "print(call(pair, other))"
    assert grouped(engine, asked).stdout == "1122.0\n"
    parts, text = ("    first: F64_1\n", "    second: F64_1\n"), (engine / "groups.py").read_text()
    (engine / "groups.py").write_text(text.replace("".join(parts), "".join(reversed(parts))))
    assert grouped(engine, asked).stdout == "1122.0\n"
    assert len(list((engine.parents[1] / "kept").rglob("grouped.call/*/*.nbi"))) == 2


def test_a_group_says_what_its_parts_are() -> None:
    for name, group in vars(groups).items():
        if hasattr(group, "_fields"):
            assert set(groups.types(group)) == set(group._fields), name
    with pytest.raises(TypeError, match="does not say what it is to a kernel"):
        groups.types(NamedTuple("Untold", [("x", int)]))


def test_a_variable_with_the_name_of_a_part_is_refused() -> None:
    def clashing(rows):
        rows_first = 1
        return rows.first + rows_first

    with pytest.raises(TypeError, match="a name of its own for a part of a group: rows_first"):
        flattening.flat(clashing, {"rows": groups.Rows})


LOOKED_AT = {
    "main": (
        "import vesicula.engine.dotted\nfrom vesicula.engine import module_a as a, table\n"
        "from vesicula.engine.names import LIMIT as TOP, Kind, unused\nfrom vesicula.engine.stars import *\n"
        "from vesicula.engine.cache import kernel\n\nSIGNATURE = 'float64(float64)'\nOWN = 1\nELSE = 2\n\n\n"
        "@kernel(SIGNATURE, 'Some(Pair)')\ndef asked(x, unused=TOP):\n    other = OWN\n"
        "    return a.law(x) + Kind.ONE + table.T[0] + starred + vesicula.engine.dotted.d + other\n\n\n"
        "def other():\n    from vesicula.engine.late import z\n    return ELSE\n"
    ),
    "module_a": (
        "from .deep import base\n\ndef law(x):\n    from .late import y\n    return base(x) + y\n\ndef no():\n    1\n"
    ),
    "deep": "LIST = [1]\n\ndef base(x):\n    return 1\n\ndef far(x):\n    return 2\n",
    "late": "y = 1\nz = 2\n",
    "names": "LIMIT = 1\nunused = 2\nclass Kind:\n    ONE = 1\nclass Data:\n    field = 1\n",
    "stars": "starred = 1\n",
    "table": "T = [1, 2]\nfor i in range(2):\n    T[i] = 5\n",
    "dotted": "d = 1\n",
    "groups": "Kind = 'int8'\nclass Pair:\n    part: Kind\nclass Other:\n    part: int\n",
}


@pytest.mark.parametrize(
    ("module", "before", "after", "another"),
    [
        ("main", "other = OWN", "other = OWN + 1", True),
        ("main", "SIGNATURE = 'float64(float64)'", "SIGNATURE = 'float32(float32)'", True),
        ("main", "OWN = 1", "OWN = 3", True),
        ("main", "ELSE = 2", "ELSE = 3", False),
        ("main", "return ELSE", "return 7", False),
        ("main", "LIMIT as TOP", "unused as TOP", True),
        ("module_a", "base(x)", "base(2 * x)", True),
        ("module_a", "import base", "import far as base", True),
        ("module_a", "    1\n", "    2\n", False),
        ("deep", "return 1", "return 3", True),
        ("deep", "return 2", "return 3", False),
        ("deep", "LIST = [1]\n", "LIST = [1]\nLIST.append(2)\n", True),
        ("late", "y = 1", "y = 2", True),
        ("late", "z = 2", "z = 3", False),
        ("names", "LIMIT = 1", "LIMIT = 2", True),
        ("names", "ONE = 1", "ONE = 2", True),
        ("names", "field = 1", "field = 2", False),
        ("names", "unused = 2", "unused = 3", False),
        ("stars", "starred = 1", "starred = 2", True),
        ("table", "T[i] = 5", "T[i] = 6", True),
        ("dotted", "d = 1", "d = 2", True),
        ("groups", "part: Kind", "part: int", True),
        ("groups", "Kind = 'int8'", "Kind = 'int16'", True),
        ("groups", "part: int", "part: Kind", False),
    ],
)
def test_a_kernel_depends_on_what_it_reaches_and_on_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, before: str, after: str, another: bool
):
    monkeypatch.setattr(sources, "ENGINE", tmp_path)
    for name, text in LOOKED_AT.items():
        (tmp_path / f"{name}.py").write_text(text)
    first = sources.hashes_by_reading()["main.asked"]
    assert before in LOOKED_AT[module]
    (tmp_path / f"{module}.py").write_text(LOOKED_AT[module].replace(before, after))
    assert (sources.hashes_by_reading()["main.asked"] != first) == another


def called_functions(function: FunctionType) -> set[tuple[str, str]]:
    """Functions and classes that a compiled function names, and those that they name, as Python itself finds them."""
    found: set[tuple[str, str]] = set()
    waiting = [function]
    while waiting:
        here = waiting.pop()
        code = [here.__code__, *(c for c in here.__code__.co_consts if isinstance(c, CodeType))]
        for name in {name for part in code for name in part.co_names}:
            value = here.__globals__.get(name)
            value = getattr(value, "py_func", value)
            place = getattr(value, "__module__", ""), getattr(value, "__qualname__", "")
            if place[0].startswith("vesicula.") and place not in found:
                found.add(place)
                if isinstance(value, FunctionType):
                    waiting.append(value)
    return found


def test_nothing_that_a_kernel_of_the_engine_calls_is_overlooked():
    for name in sources.module_names():
        importlib.import_module(name)
    engine = sources.Engine()
    looked_at = 0
    for name, kernel in cache.kernels.items():
        module, _, function = name.rpartition(".")
        reached = set(engine.reach((f"{sources.ENGINE_NAME}.{module}", function)))
        called = called_functions(kernel.__wrapped__)
        assert called <= reached, name
        named = groups.groups_in(kernel.signature)
        assert {(groups.__name__, group) for group in named} <= reached, name
        looked_at += len(called)
    assert set(cache.kernels) == set(sources.hashes_by_reading())
    assert looked_at > 5 * len(cache.kernels)
