"""Resorption, deposition, enzymes and stores of one site, voxel by voxel in plain Python."""

from __future__ import annotations

import math

import numpy as np

from vesicula.engine.reference.mechanics import voxel_at


def faces(grid, v):
    """Face-adjacent voxels in the order −x, +x, −y, +y, −z, +z, those outside left out."""
    ix, iy, iz = v % grid.nx, v // grid.nx % grid.ny, v // (grid.nx * grid.ny)
    moves = ((-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1))
    out = []
    for dx, dy, dz in moves:
        x, y, z = ix + dx, iy + dy, iz + dz
        if 0 <= x < grid.nx and 0 <= y < grid.ny and 0 <= z < grid.nz:
            out.append((z * grid.ny + y) * grid.nx + x)
    return out


def value(program, variant, column):
    """A parameter, 0 where absent."""
    return program.values[variant, column] if column >= 0 else 0.0


class Site:
    """One site's matrix while it changes; `freed[k]` : float64[n_voxels], molecules out of store k."""

    def __init__(self, program, state, site):
        self.program, self.state, self.site = program, state, site
        self.variant = state.site_variant[site]
        self.density, self.store = state.matrix[site].copy(), state.store[site].copy()
        self.freed = np.zeros_like(self.store)
        self.cells = range(state.cell_start[site], state.cell_start[site + 1])
        self.homes = {i: voxel_at(program.grid, state.position[i]) for i in self.cells}

    def remove(self, m, v, share):
        """Take a share of full from component m at voxel v, with its stores."""
        before = self.density[m, v]
        if before <= 0.0:
            return
        after = max(before - share, 0.0)
        for k in np.flatnonzero(self.program.matrix.store_matrix == m):
            out = self.store[k, v] * (before - after) / before
            self.store[k, v] -= out
            self.freed[k, v] += out
        self.density[m, v] = after

    def wishes(self, m, column, better, room):
        """What the cells want of each voxel, by the same rule for all of them."""
        grid, wanted = self.program.grid, {}
        for i in self.cells:
            share = max(self.state.behaviour[i, column], 0.0) * self.program.macro_step / grid.voxel_volume
            share *= self.state.stands_for[i]
            options = [v for v in (self.homes[i], *faces(grid, self.homes[i])) if room(v) > 0.0]
            if share > 0.0 and options:
                chosen = options[0]
                for v in options[1:]:
                    if better(self.density[m, v], self.density[m, chosen]):
                        chosen = v
                wanted[chosen] = wanted.get(chosen, 0.0) + share
        return wanted

    def change(self, m):
        """All three steps for component m."""
        columns, matrix, grid = self.program.behaviours, self.program.matrix, self.program.grid
        solid = matrix.solid[m] and grid.n_voxels > 1
        occupied = set(self.homes.values())
        if columns.resorption[m] >= 0:
            more = self.wishes(m, columns.resorption[m], lambda a, b: a > b, lambda v: self.density[m, v])
            for v, share in more.items():
                self.remove(m, v, share)
        for v in range(grid.n_voxels):
            rate = sum(
                value(self.program, self.variant, p) * self.state.concentration[self.site, s, v]
                for s, p in enumerate(matrix.p_enzyme_rate[m])
            )
            if rate > 0.0:
                self.remove(m, v, self.density[m, v] * -math.expm1(-rate * self.program.macro_step))
        if columns.deposition[m] >= 0:
            ceiling = {v: 0.5 if solid and v in occupied else 1.0 for v in range(grid.n_voxels)}
            prefer = (lambda a, b: a > b) if matrix.solid[m] else (lambda a, b: a < b)
            before = self.density[m].copy()
            more = self.wishes(m, columns.deposition[m], prefer, lambda v: ceiling[v] - before[v])
            for v, share in more.items():
                self.density[m, v] = min(before[v] + share, ceiling[v])
                for k in np.flatnonzero(matrix.store_matrix == m):
                    content = value(self.program, self.variant, matrix.p_new_content[k])
                    self.store[k, v] += content * (self.density[m, v] - before[v]) * grid.voxel_volume


def advance(program, state, site):
    """Density and stores of a site after one macro step, what the stores give to the fluid, molecules/µm³/min, and the
    molecules per substance.
    """
    work = Site(program, state, site)
    for m in range(program.n_matrix):
        work.change(m)
    solid = work.density[program.matrix.solid == 1]
    barred = (solid > 0.5).any(axis=0) if len(solid) else np.zeros(program.grid.n_voxels, dtype=bool)
    source, booked = np.zeros_like(state.concentration[site]), np.zeros(program.n_substances)
    fluid = program.grid.voxel_volume * program.macro_step
    for k, substance in enumerate(program.matrix.store_substance):
        booked[substance] += work.freed[k].sum()
        for v in np.flatnonzero(work.freed[k]):
            into = [w for w in faces(program.grid, v) if not barred[w]] if barred[v] else [v]
            for w in into or [v]:
                source[substance, w] += work.freed[k, v] / len(into or [v]) / fluid
    return work.density, work.store, source, booked
