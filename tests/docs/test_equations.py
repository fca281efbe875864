"""Each documented equation, evaluated as it is printed, against the function that computes it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from tests.docs.formula import evaluate

from vesicula.compiler.parameters import quantile
from vesicula.compiler.vesicles import BOLTZMANN_TIMES_BODY_TEMPERATURE, WATER_VISCOSITY_37C, stokes_einstein
from vesicula.engine.behaviours import behaviour
from vesicula.engine.faces import far_field_clearance, hindered
from vesicula.engine.hill import activation
from vesicula.engine.mechanics import pair_speed
from vesicula.engine.neighbours import radii
from vesicula.engine.networks import MEMORY_STEEPNESS, memory_constants
from vesicula.engine.program import Reaction
from vesicula.engine.reactions import reaction_rate
from vesicula.engine.silencing import bound_copies
from vesicula.engine.trafficking import leaving_share
from vesicula.engine.vesicle_transport import (
    F_DETACH,
    F_INTERNALISE,
    crowding_share,
    mobility,
    near_field,
    net_binding,
    open_receptors,
)
from vesicula.results.laws import laws
from vesicula.results.needs import copies_needed, total_copies
from vesicula.spec.values import RangeShape

Numbers = Mapping[str, float]
SEEDS = range(5)
ELSEWHERE = {
    "engine.faces.self_depletion": "tests/exact",
    "engine.lifecycle": "tests/statistics/test_lifecycle_laws.py",
    "engine.motility": "tests/exact/test_persistent_walk.py",
    "engine.invariants.vesicle_balance": "tests/laws",
    "engine.trafficking.digest_endosomes": "tests/twins",
}


def printed(place: str, pattern: str) -> str:
    """The part of a documented equation that `pattern` captures."""
    found = [law for law in laws() if law.place == place]
    assert found, f"no equation is documented at {place}"
    match = re.search(pattern, " ".join(found[0].equation))
    assert match, f"{pattern} is not in {found[0].equation}"
    return match.group(1)


def parameters(**values: float) -> np.ndarray:
    """A table of one variant."""
    return np.array([list(values.values())])


def hill_term(x: Numbers) -> float:
    out, work = np.zeros(1), np.zeros((6, 64))
    top = (x["EC50"] ** x["n"] - 1) / (2 * x["EC50"] ** x["n"] - 1)
    activation(np.full(64, x["x"]), np.array([x["w"], x["n"], top, top - 1, -1.0]), 1, out, work)
    return float(out[0])


def one_rule(x: Numbers, direction: int) -> float:
    values = parameters(base=x["b0"], limit=x["limit"], half=x["c"], hill=x["h"])
    rules = np.array([[-1, 0, direction, 1, 2, 3]], dtype=np.int32)
    return float(behaviour(values, 0, 0, rules, 0, 1, 0, np.array([x["x"]])))


def matrix_mobility(x: Numbers) -> float:
    out = np.zeros(1)
    mobility(parameters(passage=x["passage"]), 0, x["D"], np.array([0], dtype=np.int32), np.array([[x["ρ"]]]), out)
    return float(out[0])


def field_mobility(x: Numbers) -> float:
    out = np.zeros(1)
    hindered(x["D"], np.array([x["passage"]]), np.array([[x["ρ"]]]), out)
    return float(out[0])


def fed_clearance(x: Numbers) -> float:
    return float(far_field_clearance(np.array([x["CL"]]), np.array([x["D"]]), np.array([x["near"]]))[0])


def bound_share(x: Numbers, which: int) -> float:
    table = np.full((8, 1, 1), -1, dtype=np.int32)
    table[F_INTERNALISE, 0, 0], table[F_DETACH, 0, 0] = 0, 1
    return float(net_binding(parameters(i=x["i"], d=x["d"]), 0, table, 0, 0, x["H"])[which])


def near_share(x: Numbers) -> float:
    rates = np.array([[x["CL"], 0.0, 0.0]])
    return float(near_field(rates, np.array([0, 1, 2], dtype=np.int32), 0, 1.0, x["G"] / x["h"], x["D"]))


def silenced(x: Numbers) -> float:
    table, pool = np.array([[x["r0_i"], x["λ_i"], x["κ_i"]]]), np.array([0.0, x["C"], x["λ_C"], x["κ_C"]])
    return x["m"] + float(bound_copies(x["m"], table, 0, 1, pool)[0])


def rate(kind: Reaction) -> Callable[[Numbers], float]:
    def of(x: Numbers) -> float:
        backward = x["k₋"] if kind is Reaction.BIND else x["Km"]
        forward = x["kcat"] if kind in (Reaction.ENZYME_FLUID, Reaction.ENZYME_CELL) else x["k₊"]
        other = 0.0 if kind is Reaction.ENZYME_FLUID else x["other"]
        return float(reaction_rate(int(kind), x["a"], x["b"], x["p"], forward, backward, x["E"], other)[0])

    return of


def pair(x: Numbers) -> float:
    repulsion, adhesion = math.sqrt(x["ρ_i"] * x["ρ_j"]), math.sqrt(x["α_i"] * x["α_j"])
    return float(pair_speed.py_func(x["d"], x["R"], x["S"], repulsion, adhesion, 0)[0])


def drawn(sign: int) -> Callable[[Numbers], float]:
    return lambda x: quantile(x["m"], x["low"], x["high"], RangeShape.LOG_NORMAL, sign * x["z"])


def crowding(x: Numbers) -> float:
    return crowding_share(x["c"], x["others"], x["K"])


def pool_total(x: Numbers) -> float:
    return total_copies(x["m"], np.array([x["r0_i"]]), np.array([x["λ_i"]]), np.array([x["κ_i"]]))


Case = tuple[str, str, Mapping[str, str], Callable[[Numbers], float]]
VESICLE, RATE = "engine.vesicle_transport", "engine.reactions.reaction_rate"
UP = {"Σ↑ bmax_j s_j": "limit b0 (x/c)^h", "Σ↑ s_j": "(x/c)^h"}
DOWN = {"Σ↓ bmin_j s_j": "limit b0 (x/c)^h", "Σ↓ s_j": "(x/c)^h", "b +": "b0 +"}
NODE = {"w B x": "w B * x", "B": "((EC50^n − 1)/(2 EC50^n − 1))", "Kⁿ": "Kn"}
# place, which part of its equation, symbols spelt out, the code
CASES: list[Case] = [
    ("engine.neighbours.radii", r"r = (.+)", {}, lambda x: float(radii(np.array([x["V"]]))[0])),
    (
        "compiler.vesicles.stokes_einstein",
        r"D = (.+)",
        {},
        lambda x: float(stokes_einstein(np.array([x["d"] * 1e9]))[0] / 6e13),
    ),
    ("compiler.parameters.quantile", r"x = (.+?) for z > 0", {}, drawn(1)),
    ("compiler.parameters.quantile", r"z > 0, (.+?) for z < 0", {"z": "minus_z"}, drawn(-1)),
    ("engine.trafficking.leaving_share", r"^(.+?);", {}, lambda x: leaving_share(x["k"], x["H"])),
    (f"{VESICLE}.mobility", r"D_v = (.+)", {"Π_m (1 − ρ_m": "(1 − ρ", "passage_m": "passage"}, matrix_mobility),
    ("engine.faces.hindered", r"D_v = (.+)", {"Π_m (1 − ρ_m": "(1 − ρ", "passage_m": "passage"}, field_mobility),
    ("engine.faces.far_field_clearance", r"q = (.+?),", {"s": "near"}, fed_clearance),
    (f"{VESICLE}.net_binding", r"^(.+?),", {}, lambda x: bound_share(x, 0)),
    (f"{VESICLE}.net_binding", r", (.+?) for", {}, lambda x: bound_share(x, 1)),
    (f"{VESICLE}.near_field", r"^(.+?);", {}, near_share),
    (
        f"{VESICLE}.crowding_share",
        r"(.+)",
        {"Σ_q c_q/K_q": "others"},
        lambda x: crowding_share(x["c"], x["others"], x["K"]),
    ),
    (f"{VESICLE}.open_receptors", r"φ = (.+)", {}, lambda x: open_receptors(x["R"], x["b"], x["a"])),
    (RATE, r"BIND (.+?);", {}, rate(Reaction.BIND)),
    (RATE, r"CONVERT (.+?);", {"k": "k₊"}, rate(Reaction.CONVERT)),
    (RATE, r"ENZYME_FLUID (.+?);", {}, rate(Reaction.ENZYME_FLUID)),
    (RATE, r"SATURABLE (.+?),", {}, rate(Reaction.ENZYME_CELL)),
    ("engine.networks", r"act\(x\) = (.+?),  B", NODE, hill_term),
    ("engine.behaviours", r"^b = (.+?),  then", UP, lambda x: one_rule(x, 1)),
    ("engine.behaviours", r"b ← (\(b \+ .+?\)) s_j", DOWN, lambda x: one_rule(x, -1)),
    ("engine.silencing", r"^(.+?) = M", {"Σ_i ": ""}, silenced),
    ("engine.mechanics", r"f\(d\) = (.+?),", {"α_i a_ij α_j a_ji": "α_i α_j"}, pair),
    ("engine.networks.memory_constants", r"θ = (on .+)", {}, lambda x: memory_constants(x["on"], x["off"])[0]),
    ("results.needs.total_copies", r"M = (.+?),", {"Σ_i ": ""}, pool_total),
]
SYMBOLS = (
    "V", "a", "b", "c", "p", "m", "K", "E", "H", "i", "Km", "kcat", "other", "others", "k", "k₊", "k₋", "r0_i", "λ_i",
    "κ_i", "C", "λ_C", "κ_C", "ρ_i", "ρ_j", "α_i", "α_j", "b0", "limit",
)  # fmt: skip


def numbers(seed: int) -> dict[str, float]:
    """One value for every symbol, of an order at which no term vanishes."""
    draw = np.random.default_rng(seed).uniform
    x = {name: float(draw(0.2, 2.0)) for name in SYMBOLS}
    x |= {"passage": draw(0.0, 1.0), "ρ": draw(0.0, 1.0), "w": 1.0, "x": draw(0.1, 0.9)}
    x |= {"R": draw(9.0, 11.0), "S": draw(11.5, 13.0), "d": draw(5.0, 14.0), "b": draw(0.1, 2.0)}
    x |= {
        "D": draw(1.0, 2.0),
        "h": draw(0.5, 2.0),
        "CL": 0.3,
        "G": 0.2527,
        "n": draw(1.1, 3.0),
        "EC50": 0.5,
        "z": draw(0.1, 2.0),
    }
    x |= {"m": 2.0, "low": 0.3, "high": 9.0, "π": math.pi, "on": 0.6, "off": 0.2}
    x["Kn"] = (x["EC50"] ** x["n"] - 1) / (2 * x["EC50"] ** x["n"] - 1) - 1
    x["minus_z"] = -x["z"]
    return x


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("place", "pattern", "words", "computed"), CASES, ids=lambda part: part if isinstance(part, str) else ""
)
def test_the_printed_equation_is_the_one_computed(
    place: str, pattern: str, words: Mapping[str, str], computed: Callable[[Numbers], float], seed: int
) -> None:
    x = numbers(seed)
    if place == "compiler.vesicles.stokes_einstein":
        x |= {"k": BOLTZMANN_TIMES_BODY_TEMPERATURE / 310.15, "T": 310.15, "η": WATER_VISCOSITY_37C, "d": x["d"] * 1e-9}
    if place == "engine.networks.memory_constants":
        x["gain"] = memory_constants(x["on"], x["off"])[1]
        low = 0.5 * (1 - math.sqrt(1 - 4 / MEMORY_STEEPNESS))
        x["x"] = math.log(low / (1 - low)) / MEMORY_STEEPNESS - low
    text = printed(place, pattern)
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    assert computed(x) == pytest.approx(evaluate(text, x), rel=2e-4 if place.endswith("quantile") else 1e-12)


def test_copies_needed_is_the_inverse_of_the_printed_fold() -> None:
    sites, half, strength = np.array([20.0, 3e4]), np.array([1e3, 1e3]), np.array([1.0, 1.0])
    printed("results.needs.copies_needed", r"(λ/\(λ \+ κ m\*\) = λ/\(λ \+ κ m0\) / fold)")
    extra = copies_needed(0.0, 0, sites, half, strength, fold=1.5)
    m = half[0] * 0.5
    assert extra == pytest.approx(total_copies(m, sites, half, strength), rel=1e-9)


def test_every_equation_is_held_against_its_code() -> None:
    held = {case[0] for case in CASES} | set(ELSEWHERE) | {"results.needs.copies_needed"}
    assert {law.place for law in laws()} <= held


def test_the_reader_of_equations_reads_products_powers_and_roots() -> None:
    x = {"a": 2.0, "b": 3.0, "n": 2.0, "d": 1.0, "R": 2.0, "k₊": 5.0}
    assert evaluate("√(a b) (1 − d/R)² [d < R]", x) == pytest.approx(math.sqrt(6) * 0.25)
    assert evaluate("k₊ a b − 2a", x) == 26.0
    assert evaluate("min(1, aⁿ/(1 + aⁿ))", x) == pytest.approx(0.8)
