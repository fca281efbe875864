"""Networks of rates laid side by side in the engine's table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vesicula.compiler.kinetic_laws import Coded
from vesicula.engine.kinetic_tables import Kinetics
from vesicula.engine.kinetics import FIRST_OF
from vesicula.sbml.file import Event

Link = tuple[int, int]


@dataclass(frozen=True)
class Running:
    """A network in a cell type. inputs : signal column (NONE: none) and column of the value at a signal of 1

    outputs : node column and column of the value at full activity; per_minute : its units of time in a minute
    """

    type: int
    column: int
    coded: Coded
    events: tuple[Event, ...]
    per_minute: float
    inputs: Sequence[Link]
    outputs: Sequence[Link]

    @property
    def width(self) -> int:
        """Columns of `State.nodes` that it takes."""
        return FIRST_OF + len(self.events) + len(self.coded.names)


@dataclass
class _Ragged:
    start: list[int] = field(default_factory=lambda: [0])
    rows: list[object] = field(default_factory=list[object])

    def add(self, rows: Sequence[object]) -> None:
        self.rows.extend(rows)
        self.start.append(len(self.rows))

    def starts(self) -> np.ndarray:
        return np.array(self.start, dtype=np.int32)

    def array(self, kind: type, *tail: int) -> np.ndarray:
        return np.array(self.rows, dtype=kind).reshape(len(self.rows), *tail)


def laid_out(networks: Sequence[Running]) -> Kinetics:
    """The engine's table of all networks of rates."""
    constant, section, inputs, outputs, typical, events = (_Ragged() for _ in range(6))
    code: list[tuple[int, ...]] = []
    for one in networks:
        rows, starts = one.coded.registers.code()
        section.add([len(code) + start for start in starts])
        code.extend(rows)
        constant.add(one.coded.registers.constants)
        inputs.add(one.inputs)
        outputs.add(one.outputs)
        typical.add(one.coded.typical)
        events.add([(e.at_start, e.persistent, e.values_then, e.priority is not None) for e in one.events])
    links = [ragged.array(np.int32, 2) for ragged in (inputs, outputs)]
    flags = events.array(np.int8, 4)

    def per_network(kind: type, of: Sequence[float]) -> np.ndarray:
        return np.array(of, dtype=kind)

    return Kinetics(
        type=per_network(np.int32, [one.type for one in networks]),
        column=per_network(np.int32, [one.column for one in networks]),
        per_minute=per_network(np.float64, [one.per_minute for one in networks]),
        n_registers=per_network(np.int32, [one.coded.registers.count for one in networks]),
        n_changing=per_network(np.int32, [one.coded.n_changing for one in networks]),
        n_held=per_network(np.int32, [len(one.coded.names) - one.coded.n_changing for one in networks]),
        constant_start=constant.starts(), constant=constant.array(np.float64),
        section_start=section.starts(), section=section.array(np.int32),
        code=np.array(code, dtype=np.int32).reshape(len(code), 5),
        input_start=inputs.starts(), input_signal=_column(links[0], 0), p_input=_column(links[0], 1),
        output_start=outputs.starts(), output_node=_column(links[1], 0), p_output=_column(links[1], 1),
        typical_start=typical.starts(), typical=typical.array(np.float64),
        event_start=events.starts(), at_start=_column(flags, 0), persistent=_column(flags, 1),
        values_then=_column(flags, 2), ranked=_column(flags, 3),
    )  # fmt: skip


def _column(table: np.ndarray, k: int) -> np.ndarray:
    return np.ascontiguousarray(table[:, k])
