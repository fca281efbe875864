"""What passes between the sites of a model: through a filter with cells on it, and by the pipette.

Sites are the programs of a model, numbered in their order; site s of every program's batch has the same variant and
replicate, so row s of one state exchanges with row s of the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
I8 = NDArray[np.int8]
F64 = NDArray[np.float64]

WHOLE, ONLY_VESICLES, ONLY_SOLUBLE = 0, 1, 2


@dataclass(frozen=True)
class Barriers:
    """Filters between two well-mixed sites, with the cells of the first site on them; all columns are of `values`.

    first, second : int32[n], programs on both sides      area : float64[n], µm², of the simulated share
    Things are the substances, then the vesicle populations.
    p_filter : int32[n, n_things], µm/min, permeability of the bare filter (NONE: nothing passes)
    p_closed, p_open, p_transcytosis : int32[n_types, n_things], µm/min through a closed layer of such cells with all
    junctions shut, with all junctions open, and across the cells (NONE: closed and open: the layer is no hindrance,
    transcytosis: none)
    closer_type, closer_node : int32[n_closers]; p_closer_half, p_closer_hill : int32[n_closers]; nodes that hold the
    junctions of a type shut (NONE: 0.5 and 1); a type without rows has shut junctions
    p_resistance_closed, p_resistance_open : int32[n_types], Ω cm² of a closed layer with junctions shut and open (NONE:
    unknown), which only measures read
    """

    first: I32
    second: I32
    area: F64
    p_filter: I32
    p_closed: I32
    p_open: I32
    p_transcytosis: I32
    closer_type: I32
    closer_node: I32
    p_closer_half: I32
    p_closer_hill: I32
    p_resistance_closed: I32
    p_resistance_open: I32


@dataclass(frozen=True)
class Transfers:
    """Medium given from one well-mixed site to another, in order of time.

    step : int64[n], macro step at whose start it happens      source, target : int32[n], programs
    fraction : int8[n], WHOLE, ONLY_VESICLES or ONLY_SOLUBLE
    p_share : int32[n], share of the target's medium that is replaced (0: not in this variant)
    p_drawn : int32[n], share of the source's medium that is taken for it (0: not in this variant)
    scale : float64[n], simulated share of the target's labware over that of the source's
    key : int64[n], as in `Protocol`
    """

    step: I64
    source: I32
    target: I32
    fraction: I8
    p_share: I32
    p_drawn: I32
    scale: F64
    key: I64


@dataclass(frozen=True)
class Exchange:
    """All that passes between sites."""

    barriers: Barriers
    transfers: Transfers
