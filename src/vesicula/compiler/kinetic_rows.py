"""Networks of rates laid side by side in the engine's table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.kinetic_laws import Coded
from vesicula.engine.kinetic_tables import Kinetics
from vesicula.engine.kinetics import FIRST_OF
from vesicula.sbml.file import Event

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
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
    """Rows of several networks one behind the other. width : numbers in a row"""

    width: int
    start: list[int] = field(default_factory=lambda: [0])
    rows: list[tuple[float, ...]] = field(default_factory=list[tuple[float, ...]])

    def add(self, rows: Iterable[tuple[float, ...]]) -> None:
        """The rows of the next network."""
        self.rows.extend(rows)
        self.start.append(len(self.rows))

    @property
    def starts(self) -> I32:
        """Where the rows of each network begin, and the end."""
        return _integers(self.start)

    def integers(self) -> I32:
        """All rows, int32[n_rows, width]."""
        return np.array(self.rows, dtype=np.int32).reshape(len(self.rows), self.width)

    def numbers(self) -> F64:
        """All rows of one number, float64[n_rows]."""
        return np.array(self.rows, dtype=np.float64).reshape(len(self.rows))


def laid_out(networks: Sequence[Running]) -> Kinetics:
    """The engine's table of all networks of rates."""
    constant, section, typical, inputs, outputs, events = (_Ragged(width) for width in (1, 1, 1, 2, 2, 4))
    code: list[tuple[int, ...]] = []
    for one in networks:
        rows, starts = one.coded.registers.code()
        section.add((len(code) + start,) for start in starts)
        code.extend(rows)
        constant.add((x,) for x in one.coded.registers.constants)
        inputs.add(one.inputs)
        outputs.add(one.outputs)
        typical.add((x,) for x in one.coded.typical)
        events.add((e.at_start, e.persistent, e.values_then, e.priority is not None) for e in one.events)
    entering, leaving, flags = inputs.integers(), outputs.integers(), events.integers().astype(np.int8)
    return Kinetics(
        type=_integers([one.type for one in networks]),
        column=_integers([one.column for one in networks]),
        per_minute=np.array([one.per_minute for one in networks], dtype=np.float64),
        n_registers=_integers([one.coded.registers.count for one in networks]),
        n_changing=_integers([one.coded.n_changing for one in networks]),
        n_held=_integers([len(one.coded.names) - one.coded.n_changing for one in networks]),
        constant_start=constant.starts, constant=constant.numbers(),
        section_start=section.starts, section=section.integers().reshape(len(section.rows)),
        code=np.array(code, dtype=np.int32).reshape(len(code), 5),
        input_start=inputs.starts, input_signal=entering[:, 0].copy(), p_input=entering[:, 1].copy(),
        output_start=outputs.starts, output_node=leaving[:, 0].copy(), p_output=leaving[:, 1].copy(),
        typical_start=typical.starts, typical=typical.numbers(),
        event_start=events.starts, at_start=flags[:, 0].copy(), persistent=flags[:, 1].copy(),
        values_then=flags[:, 2].copy(), ranked=flags[:, 3].copy(),
    )  # fmt: skip


def _integers(numbers: Sequence[int]) -> I32:
    return np.array(numbers, dtype=np.int32)
