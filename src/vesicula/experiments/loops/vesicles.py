"""Free vesicles where release and loss balance, the copies that they bring to cells, and what moves both.

    Equation   0 = Σ_g n_g b_g/V + Σ_k Q_k (F_k − F)/V − (λ + Σ_g n_g w_g/V) F,  C_g ∝ Σ_p F_p m_p (f_g + ε_g t_g)

F particles per volume of a population p, released at b, cleared at w by all routes; C copies of a species in a cell, m
those of a particle, f clearance by fusion, t by endocytosis and receptors, of which the share ε escapes. Binding by a
ligand counts with the copies that particles carry as stated. Links follow from both as shares: crowding at uptake, full
receptors and whole particles are left out, and so are doses.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import NONE, ROUTE_BINDING, ROUTE_FUSION, Program
from vesicula.engine.system import System, SystemState
from vesicula.experiments.loops.doings import Doings
from vesicula.experiments.loops.levels import fluid
from vesicula.experiments.loops.things import Links, Thing
from vesicula.experiments.loops.walls import Way

F64 = NDArray[np.float64]


def vesicles(system: System, states: SystemState, did: list[Doings], walls: list[Way]) -> Links:
    """Links from releases, uptake and numbers of cells to free vesicles, and from these and uptake to copies."""
    links: Links = {}
    volumes = [fluid(program, state) for program, state in zip(system.sites, states.sites, strict=True)]
    free = [_free(system, did, volumes, walls, p, links) for p in range(system.sites[0].n_populations)]
    for k, program in enumerate(system.sites):
        for species in range(program.n_species):
            _brought(program, did[k], k, species, [one[:, k] for one in free], links)
    return links


def _free(system: System, did: list[Doings], volumes: list[F64], walls: list[Way], p: int, links: Links) -> F64:
    """Balanced free particles per µm³ of a population, float64[n_rows, n_sites]; adds its links."""
    n_rows, n_sites = len(system.values), len(system.sites)
    loss, gain = np.zeros((n_rows, n_sites, n_sites)), np.zeros((n_rows, n_sites))
    parts = [[*_parts(program, did[k], volumes[k], p)] for k, program in enumerate(system.sites)]
    for k, program in enumerate(system.sites):
        decay = program.vesicles.p_decay[p]
        loss[:, k, k] += program.values[:, decay] if decay != NONE else 0.0
        for _, _, amount, releases in parts[k]:
            if releases:
                gain[:, k] += amount
            else:
                loss[:, k, k] += amount
    flows = system.exchange.flows
    for row in range(len(flows.p_flow)):
        a, b = int(flows.first[row]), int(flows.second[row])
        for here, there in ((a, b), (b, a)):
            speed = system.values[:, flows.p_flow[row]] * flows.share[here] / volumes[here]
            loss[:, here, here] += speed
            loss[:, here, there] -= speed
    for a, b, passing in walls:
        for here, there in ((a, b), (b, a)):
            speed = passing[:, system.sites[a].n_substances + p] / volumes[here]
            loss[:, here, here] += speed
            loss[:, here, there] -= speed
    kept = np.eye(n_sites) * 1e-12
    inverse = np.linalg.inv(loss + kept)
    free = np.einsum("rij,rj->ri", inverse, gain)
    for k in range(n_sites):
        for g, column, amount, releases in parts[k]:
            push = amount if releases else -amount * free[:, k]
            for there in range(n_sites):
                some = free[:, there] > 0
                moved = np.divide(inverse[:, there, k] * push, free[:, there], out=np.zeros(n_rows), where=some)
                if moved.any():
                    end = Thing("particles", there, p)
                    links[Thing("doing", k, g, column), end] = moved
                    cells = Thing("cells", k, g), end
                    links[cells] = links.get(cells, np.zeros(n_rows)) + moved
    return free


def _parts(program: Program, did: Doings, volume: F64, p: int) -> Iterator[tuple[int, int, F64, bool]]:
    """What groups do to a population: group, column, particles released (True) or volume cleared per µm³ and minute."""
    columns = program.behaviours
    routes = [(route, int(column), False) for route, column in enumerate(columns.route[p])]
    for route, column, releases in [(NONE, int(columns.release[p]), True), *routes]:
        for g in range(did.number.shape[1]) if column != NONE else ():
            each = _ligands(program, p, g // program.n_states) if route == ROUTE_BINDING else 1.0
            amount = did.number[:, g] * did.mean[:, g, column] * each / volume
            if amount.any():
                yield g, column, amount, releases


def _ligands(program: Program, p: int, t: int) -> F64 | float:
    """Copies on a particle by which cells of a type bind it, float64[n_rows]; 1 where these do not count."""
    slot = int(program.vesicles.ligand[t, p])
    return 1.0 if slot == NONE else program.values[:, program.vesicles.p_copies[slot]]


def _brought(program: Program, did: Doings, k: int, species: int, free: list[F64], links: Links) -> None:
    """Links to the copies of a species in every group, as shares of what comes."""
    table = program.vesicles
    for g in range(did.number.shape[1]):
        t, terms = g // program.n_states, dict[tuple[int, int], F64]()
        for slot in np.flatnonzero(table.slot_species == species).tolist():
            p = int(table.slot_population[slot])
            for route, column in enumerate(program.behaviours.route[p].tolist()):
                escape = table.p_escape[t, p]
                opens = 1.0 if route == ROUTE_FUSION else (program.values[:, escape] if escape != NONE else 0.0)
                copies = program.values[:, table.p_copies[slot]]
                if column != NONE:
                    each = _ligands(program, p, t) if route == ROUTE_BINDING else 1.0
                    some = free[p] * copies * did.mean[:, g, column] * each * opens
                    terms[p, column] = terms.get((p, column), np.zeros(len(some))) + some
        whole = sum(terms.values(), np.zeros(len(did.number)))
        end = Thing("copies", k, g, species)
        for (p, column), some in terms.items():
            share = np.divide(some, whole, out=np.zeros_like(whole), where=whole > 0)
            if share.any() and did.number[:, g].any():
                links[Thing("doing", k, g, column), end] = share
                both = Thing("particles", k, p), end
                links[both] = links.get(both, np.zeros(len(share))) + share
