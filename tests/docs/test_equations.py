"""Each documented equation, evaluated as it is printed, against the function that computes it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from tests.docs.formula import evaluate

from vesicula.compiler.vesicles import BOLTZMANN_TIMES_BODY_TEMPERATURE, WATER_VISCOSITY_37C
from vesicula.engine.networks import MEMORY_STEEPNESS, memory_constants
from vesicula.engine.program import Reaction
from vesicula.experiments.verdicts.judging import is_steep
from vesicula.language.values import RangeShape
from vesicula.results.laws import ANSWERS, PLACES, laws
from vesicula.results.needs import copies_needed, total_copies

Numbers = Mapping[str, float]
Code = Callable[..., float]
Reading = Callable[[Code, Numbers], float]
SEEDS = range(5)
LAWS = laws((*PLACES, *ANSWERS))
ELSEWHERE = {
    "compiler.growth": "tests/unit/test_outgrown.py",
    "compiler.doubling.doubling_time": "tests/laws/test_doubling.py",
    "compiler.doubling.growth_of_cycle": "tests/laws/test_doubling.py",
    "compiler.doubling.rate_of_doubling": "tests/laws/test_doubling.py",
    "compiler.limits.refuse_leaps": "tests/unit/test_compiler.py",
    "compiler.drawing.fold_quantile": "tests/unit/test_names_of_draws.py",
    "compiler.rest_state": "tests/exact/test_levels_at_rest.py",
    "compiler.rest_state._mean_of_traits": "tests/exact/test_levels_at_rest.py",
    "compiler.rest_state._with_complexes": "tests/exact/test_levels_at_rest.py",
    "compiler.rest_state.gone": "tests/exact/test_levels_at_rest.py",
    "compiler.rest_state.grown": "tests/exact/test_levels_at_rest.py",
    "compiler.resting": "tests/exact/test_levels_at_rest.py",
    "compiler.resting._enzyme": "tests/exact/test_levels_at_rest.py",
    "engine.body": "tests/laws/test_body_laws.py",
    "engine.exchange": "tests/exact/test_two_compartments.py",
    "engine.exchange.resistance": "tests/laws/test_exchange_laws.py",
    "results.measures._carriers": "tests/unit/results/test_copies_per_particle.py",
    "engine.faces.self_depletion": "tests/exact",
    "engine.fields": "tests/exact/test_field_solutions.py",
    "engine.fields.gather": "tests/exact",
    "engine.flowing": "tests/exact/test_washed_out_pools.py",
    "engine.invariants.vesicle_balance": "tests/laws",
    "engine.kinetics": "tests/unit/test_rates_of_files.py",
    "engine.lifecycle": "tests/statistics/test_lifecycle_laws.py",
    "engine.motility": "tests/exact/test_persistent_walk.py",
    "engine.motility.mean_cosine": "tests/exact/test_chemotaxis.py",
    "engine.motility.sensed_direction": "tests/exact/test_chemotaxis.py",
    "engine.neighbours.layer_areas": "tests/statistics/test_contact_statistics.py",
    "engine.pools": "tests/exact/test_washed_out_pools.py",
    "engine.polarity": "tests/exact/test_turning_on_contact.py",
    "engine.room": "tests/unit/results/test_crowding.py",
    "engine.trafficking.digest_endosomes": "tests/twins",
    "engine.vesicle_transport": "tests/twins/test_vesicles_twin.py",
    "engine.vesicle_transport.lost_of": "tests/twins/test_vesicles_twin.py",
    "experiments.calibration.emulator.fitted": "tests/unit/calibration/test_sampling.py",
    "experiments.calibration.emulator.tells": "tests/unit/calibration/test_sampling.py",
    "experiments.calibration.emulator.wander": "tests/unit/calibration/test_sampling.py",
    "experiments.calibration.posterior.posterior": "tests/unit/calibration/test_posterior.py",
    "experiments.loading.answers.cheapest_experiment": "tests/unit/experiments/test_dose.py",
    "experiments.loading.chain.follow": "tests/unit/experiments/test_chain.py",
    "experiments.loading.chain.free_after": "tests/unit/experiments/test_chain.py",
    "experiments.loading.chain.product": "tests/unit/experiments/test_chain.py",
    "experiments.loading.needed.course": "tests/unit/experiments/test_needed.py",
    "experiments.loading.needed.edge_level": "tests/unit/experiments/test_needed.py",
    "experiments.loading.needed.final_level": "tests/unit/experiments/test_needed.py",
    "experiments.loading.needed.left_of": "tests/unit/experiments/test_needed.py",
    "experiments.loading.needed.silencing_copies": "tests/unit/experiments/test_needed.py",
    "experiments.loading.readouts._shut": "tests/unit/experiments/test_loading.py",
    "experiments.loading.shares.variance_shares": "tests/unit/experiments/test_draws_and_shares.py",
    "experiments.loops.cycles": "tests/unit/experiments/test_loop_gain.py",
    "experiments.loops.doings": "tests/unit/experiments/test_loop_gain.py",
    "experiments.loops.levels": "tests/unit/experiments/test_loop_gain.py",
    "experiments.loops.numbers": "tests/unit/experiments/test_loop_gain.py",
    "experiments.loops.vesicles": "tests/unit/experiments/test_loop_gain.py",
    "results.forecast": "tests/unit/test_forecast.py",
    "results.pace.Pace": "tests/unit/results/test_pace.py",
    "results.statistics.share_interval": "tests/unit/test_cohort.py",
}


def printed(place: str, pattern: str) -> str:
    """The part of a documented equation that `pattern` captures."""
    found = [law for law in LAWS if law.place == place]
    assert found, f"no equation is documented at {place}"
    match = re.search(pattern, "  ".join(" ".join(law.equation) for law in found))
    assert match, f"{pattern} is not in {found}"
    return match.group(1)


def code(place: str, name: str) -> Code:
    """The function that computes an equation: the one it is documented at, `name` in that module, or its plain twin."""
    if "." in name:
        place, name = f"engine.{name}".rsplit(".", 1)
    module, function = (place, name) if name else place.rsplit(".", 1)
    return getattr(import_module(f"vesicula.{module}"), function)


def parameters(**values: float) -> np.ndarray:
    """A table of one variant."""
    return np.array([list(values.values())])


def hill_term(activation: Code, x: Numbers) -> float:
    out, work = np.zeros(1), np.zeros((6, 64))
    top = (x["EC50"] ** x["n"] - 1) / (2 * x["EC50"] ** x["n"] - 1)
    activation(np.full(64, x["x"]), np.array([x["w"], x["n"], top, top - 1, -1.0]), 1, out, work)
    return float(out[0])


def one_rule(multiplied: Code, x: Numbers) -> float:
    return multiplied(x["b0"], [(x["limit"], (x["x"] / x["c"]) ** x["h"])])


def one_averaged(direction: int) -> Reading:
    def of(averaged: Code, x: Numbers) -> float:
        term = (x["limit"] * x["b0"], (x["x"] / x["c"]) ** x["h"])
        return averaged(x["b0"], [term] if direction > 0 else [], [] if direction > 0 else [term])

    return of


def field_mobility(hindered: Code, x: Numbers) -> float:
    out = np.zeros(1)
    hindered(x["D"], np.array([x["passage"]]), np.array([[x["ρ"]]]), out)
    return float(out[0])


def fed_clearance(far_field_clearance: Code, x: Numbers) -> float:
    return float(far_field_clearance(x["CL"], x["D"], x["s"]))


def bound_share(which: int) -> Reading:
    def of(net_binding: Code, x: Numbers) -> float:
        transport = import_module("vesicula.engine.vesicle_transport")
        table = np.full((8, 1, 1), -1, dtype=np.int32)
        table[transport.F_INTERNALISE, 0, 0], table[transport.F_DETACH, 0, 0] = 0, 1
        return np.asarray(net_binding(parameters(i=x["i"], d=x["d"]), 0, table, 0, 0, x["H"]))[which]

    return of


def depleted(raised_by_depletion: Code, x: Numbers) -> float:
    rates = np.array([[x["CL"], 0.0, 0.0]])
    return raised_by_depletion(rates, np.array([0, 1, 2], dtype=np.int32), 0, 0.0, x["s"], x["D"])


def messages_left(mrna_left: Code, x: Numbers) -> float:
    return x["r0_i"] * mrna_left(x["m"], x["λ_i"], x["κ_i"])


def unbound(free_copies: Code, x: Numbers) -> float:
    return np.asarray(free_copies(np.array([x["C"]]), np.array([x["S"]]), np.array([x["K"]])))[0]


def rate(kind: Reaction) -> Reading:
    def of(reaction_rate: Code, x: Numbers) -> float:
        backward = x["k₋"] if kind is Reaction.BIND else x["Km"]
        forward = x["kcat"] if kind in (Reaction.ENZYME_FLUID, Reaction.ENZYME_CELL) else x["k₊"]
        other = 0.0 if kind is Reaction.ENZYME_FLUID else x["other"]
        return np.asarray(reaction_rate(int(kind), x["a"], x["b"], x["p"], forward, backward, x["E"], other))[0]

    return of


def pair(parting_speed: Code, x: Numbers) -> float:
    repulsion, adhesion = math.sqrt(x["ρ_i"] * x["ρ_j"]), math.sqrt(x["α_i"] * x["α_j"])
    overlap, gap = max(0.0, 1.0 - x["d"] / x["R"]), max(0.0, 1.0 - x["d"] / x["S"])
    return float(parting_speed(overlap, gap, repulsion, adhesion, 1.0))


def crowded(area: bool) -> Reading:
    """Twenty cells that take x["q"] in all, in a dish of area A or a pool of volume V."""
    room = ("A", "V")[not area]
    return lambda f, x: f(x[room] if area else 0.0, x[room], [x["q"] / 20] * 20)


def drawn(sign: int) -> Reading:
    return lambda f, x: f(x["m"], x["low"], x["high"], RangeShape.LOG_NORMAL, sign * x["z"])


def needed_of_rule(rule_level: Code, x: Numbers) -> float:
    """s = (x/c)^h of the level at which a rule to 1 − fall of the base has moved it by `change`."""
    return (rule_level(1.0 - x["fall"], x["c"], x["h"], x["change"]) / x["c"]) ** x["h"]


def pool_total(f: Code, x: Numbers) -> float:
    return f(x["m"], np.array([x["r0_i"]]), np.array([x["λ_i"]]), np.array([x["κ_i"]]))


def sphere(f: Code, x: Numbers) -> float:
    return float(np.asarray(f(np.array([x["d"] * 1e9])))[0] / 6e13)


Case = tuple[str, str, str, Mapping[str, str], Reading]
TRANSPORT, RATE = "engine.vesicle_transport", "engine.reactions.reaction_rate"
MATRIX = {"Π_m (1 − ρ_m": "(1 − ρ", "passage_m": "passage"}
FACTOR = {"Π_j ": "", "limit_j": "limit", "s_j": "(x/c)^h"}
UP = {"Σ↑ bmax_j s_j": "limit b0 (x/c)^h", "Σ↑ s_j": "(x/c)^h"}
DOWN = {"Σ↓ bmin_j s_j": "limit b0 (x/c)^h", "Σ↓ s_j": "(x/c)^h", "b +": "b0 +"}
NODE = {"w B x": "w B * x", "B": "((EC50^n − 1)/(2 EC50^n − 1))", "Kⁿ": "Kn"}
PASSING = {"ψ": "(1 − (1 − exp(−H (i + d))) / (H (i + d)))"}
MULTIPLIED, AVERAGED = "reference.behaviours.multiplied", "reference.behaviours.averaged"
# place, function where the equation stands above a whole module, part of the equation, symbols spelt out, the code
CASES: list[Case] = [
    ("engine.neighbours.radii", "", r"r = (.+)", {}, lambda f, x: np.asarray(f(np.array([x["V"]])))[0]),
    ("compiler.vesicles.stokes_einstein", "", r"D = (.+)", {}, sphere),
    ("compiler.exchange.hindrance", "", r"^(.+?), 0", {"³": "^3", "⁵": "^5"}, lambda f, x: f(np.array([x["λ"]]))[0]),
    ("compiler.drawing.quantile", "", r"x = (.+?) for z > 0", {}, drawn(1)),
    ("compiler.drawing.quantile", "", r"z > 0, (.+?) for z < 0", {"z": "minus_z"}, drawn(-1)),
    ("engine.faces.hindered", "", r"D_v = (.+)", MATRIX, field_mobility),
    ("engine.faces.far_field_clearance", "", r"q = (.+?),", {}, fed_clearance),
    ("engine.leaving.leaving_share", "", r"^(.+?);", {}, lambda f, x: f(x["k"], x["H"])),
    ("engine.leaving.passing_share", "", r"^(.+?);", {}, lambda f, x: f(x["k"], x["H"])),
    (f"{TRANSPORT}.net_binding", "", r"^(.+?),", PASSING, bound_share(0)),
    (f"{TRANSPORT}.net_binding", "", r", (ψ.+?), ψ see", PASSING, bound_share(1)),
    (f"{TRANSPORT}.span_of", "", r"(.+)", {}, lambda f, x: f(x["k"], x["H"])),
    (f"{TRANSPORT}.raised_by_depletion", "", r"^(.+?),", {}, depleted),
    (f"{TRANSPORT}.crowding_share", "", r"(.+)", {"Σ_q c_q/K_q": "q"}, lambda f, x: f(x["c"], x["q"], x["K"])),
    (f"{TRANSPORT}.open_receptors", "", r"φ = (.+)", {}, lambda f, x: f(x["R"], x["b"], x["a"])),
    (RATE, "", r"BIND (.+?);", {}, rate(Reaction.BIND)),
    (RATE, "", r"CONVERT (.+?);", {"k": "k₊"}, rate(Reaction.CONVERT)),
    (RATE, "", r"ENZYME_FLUID (.+?);", {}, rate(Reaction.ENZYME_FLUID)),
    (RATE, "", r"SATURABLE (.+?),", {}, rate(Reaction.ENZYME_CELL)),
    ("engine.networks", "activation", r"act\(x\) = (.+?),  B", NODE, hill_term),
    ("engine.behaviours", MULTIPLIED, r"^b = (.+?),  s_j", FACTOR, one_rule),
    ("engine.behaviours", AVERAGED, r"averaged: b = (.+?),  then", UP, one_averaged(1)),
    ("engine.behaviours", AVERAGED, r"then  b ← (\(b \+ .+?\)) bmax_j", DOWN, one_averaged(-1)),
    ("engine.silencing", "reference.silencing.mrna_left", r"r_i = (.+?)  ", {}, messages_left),
    ("engine.sequestration.free_copies", "", r"x = (.+?), C copies", {"½": "0.5", "²": "^2"}, unbound),
    ("engine.mechanics", "forces.parting_speed", r"f\(d\) = (.+?),", {"α_i a_ij α_j a_ji": "α_i α_j"}, pair),
    ("engine.mechanics", "reference.mechanics.crowding", r"= (6 .+?) in a dish", {"Σ a_i": "q"}, crowded(True)),
    (
        "engine.mechanics",
        "reference.mechanics.crowding",
        r"= (12 .+?) in a pool",
        {"∛(": "(", " / Σ V_i)": " / q)^(1 / 3)", "0.7405": "0.740480489693061"},
        crowded(False),
    ),
    ("engine.networks.memory_constants", "", r"θ = (on .+)", {}, lambda f, x: np.asarray(f(x["on"], x["off"]))[0]),
    (
        "experiments.loading.needed.rule_level",
        "",
        r"h;  s = (δ / \(\|b − 1\| − δ\))",
        {"|b − 1|": "fall", "δ": "change"},
        needed_of_rule,
    ),
    ("results.needs.total_copies", "", r"M = (.+?),", {"Σ_i ": ""}, pool_total),
]
SYMBOLS = (
    "V", "a", "b", "c", "p", "m", "K", "E", "H", "i", "Km", "kcat", "other", "q", "k", "k₊", "k₋", "r0_i", "λ_i",
    "κ_i", "C", "λ_C", "κ_C", "ρ_i", "ρ_j", "α_i", "α_j", "b0", "limit", "h", "A",
)  # fmt: skip


def numbers(seed: int) -> dict[str, float]:
    """One value for every symbol, of an order at which no term vanishes."""
    draw = np.random.default_rng(seed).uniform
    x = {name: float(draw(0.2, 2.0)) for name in SYMBOLS}
    x |= {"passage": draw(0.0, 1.0), "ρ": draw(0.0, 1.0), "w": 1.0, "x": draw(0.1, 0.9)}
    x |= {"R": draw(9.0, 11.0), "S": draw(11.5, 13.0), "d": draw(5.0, 14.0), "b": draw(0.1, 2.0)}
    x |= {"D": draw(1.0, 2.0), "CL": 0.3, "s": draw(0.1, 1.0), "n": draw(1.1, 3.0), "EC50": 0.5, "z": draw(0.1, 2.0)}
    x |= {"m": 2.0, "low": 0.3, "high": 9.0, "π": math.pi, "on": 0.6, "off": 0.2, "λ": draw(0.05, 0.95)}
    x["Kn"] = (x["EC50"] ** x["n"] - 1) / (2 * x["EC50"] ** x["n"] - 1) - 1
    x["minus_z"] = -x["z"]
    x |= {"fall": draw(0.5, 0.9), "change": draw(0.1, 0.4)}
    x["q"] = draw(2.5, 4.0)  # more than A or V holds
    return x


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("place", "name", "pattern", "words", "computed"), CASES, ids=lambda part: part if isinstance(part, str) else ""
)
def test_the_printed_equation_is_the_one_computed(
    place: str, name: str, pattern: str, words: Mapping[str, str], computed: Reading, seed: int
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
    tolerance = 2e-4 if "quantile" in place else 1e-12
    assert float(computed(code(place, name), x)) == pytest.approx(evaluate(text, x), rel=tolerance)


@pytest.mark.parametrize("total", [0.5, 30.0, 4e4])
def test_free_copies_solve_the_printed_balance(total: float) -> None:
    x = {"r0_i": 20.0, "λ_i": 900.0, "κ_i": 1.2, "C": 3e4, "λ_C": 1e3, "κ_C": 1.0}
    targets = [(x["r0_i"], x["λ_i"], x["κ_i"]), (x["C"], x["λ_C"], x["κ_C"])]
    x["m"] = code("", "reference.silencing.free_copies")(total, targets)
    balance = printed("engine.silencing", r"^(.+?) = M").replace("Σ_i ", "")
    assert evaluate(balance, x) == pytest.approx(total, rel=1e-12)


def test_copies_needed_is_the_inverse_of_the_printed_fold() -> None:
    sites, half, strength = np.array([20.0, 3e4]), np.array([1e3, 1e3]), np.array([1.0, 1.0])
    printed("results.needs.copies_needed", r"(λ/\(λ \+ κ m\*\) = λ/\(λ \+ κ m0\) / fold)")
    extra = copies_needed(0.0, 0, sites, half, strength, fold=1.5)
    m = half[0] * 0.5
    assert extra == pytest.approx(total_copies(m, sites, half, strength), rel=1e-9)


def test_every_equation_is_held_against_its_code() -> None:
    here = {"results.needs.copies_needed", "experiments.verdicts.judging.is_steep"}
    held = {case[0] for case in CASES} | set(ELSEWHERE) | here
    assert {law.place for law in LAWS} - held == set()
    assert held - {law.place for law in LAWS} == set()


def test_a_test_that_holds_an_equation_is_there() -> None:
    root = Path(__file__).parents[2]
    assert [place for place, test in ELSEWHERE.items() if not (root / test).exists()] == []


def test_a_step_is_told_from_a_line_by_the_printed_criterion() -> None:
    text = printed("experiments.verdicts.judging.is_steep", r"BIC = (n ln\(RSS/n\) \+ k ln n);")
    values, x = np.array([0.0, 0.1, 0.0, 1.0, 1.1, 0.9, 1.0, 1.05]), np.arange(8.0)
    line = np.polyval(np.polyfit(x, values, 1), x)
    step = np.where(x < 3, values[:3].mean(), values[3:].mean())
    of_line, of_step = (
        evaluate(
            text.replace("RSS", "S").replace("ln n", "ln(n)"),
            {"n": 8.0, "k": k, "S": float(np.sum((values - fitted) ** 2))},
        )
        for k, fitted in ((2.0, line), (3.0, step))
    )
    assert of_line - of_step > 6.0
    assert is_steep(values)
    assert not is_steep(line + 0.1 * np.cos(x))


def test_the_reader_of_equations_reads_products_powers_and_roots() -> None:
    x = {"a": 2.0, "b": 3.0, "n": 2.0, "d": 1.0, "R": 2.0, "k₊": 5.0}
    assert evaluate("√(a b) (1 − d/R)² [d < R]", x) == pytest.approx(math.sqrt(6) * 0.25)
    assert evaluate("k₊ a b − 2a", x) == 26.0
    assert evaluate("min(1, aⁿ/(1 + aⁿ))", x) == pytest.approx(0.8)
