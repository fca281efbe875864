"""Laws that no bench of the table runs, each with its reason; a law that gets a row leaves these lists."""

POSITIONS = "needs cells with positions: its row waits for a bench in a tissue"
GRADIENT = "acts where a substance has a gradient: its row waits for a bench in a tissue"


NO_LAW = {"Behaviours.n": "a number of columns"}
"""What the engine names and is no law."""
NO_HAND = {"Effect.REMOVE": "no sentence makes a clock that removes a living cell; the tests of the engine run it"}
"""Laws that no arm of the language can change."""
NOT_RUN = {
    "Behaviours.adhesion": POSITIONS,
    "Behaviours.attraction": POSITIONS,
    "Behaviours.bias": POSITIONS,
    "Behaviours.persistence": POSITIONS,
    "Behaviours.repulsion": POSITIONS,
    "Behaviours.speed": POSITIONS,
    "CellTypes.p_affinity": POSITIONS,
    "CellTypes.p_reach": POSITIONS,
    "CellTypes.p_volume": POSITIONS,
    "CellTypes.p_volume_spread": POSITIONS,
    "CellTypes.p_turning": POSITIONS,
    "Sensing.p_half": POSITIONS,
    "Sensing.p_off": POSITIONS,
    "Sensing.p_unblocked": POSITIONS,
    "Substances.p_diffusion": GRADIENT,
    "Substances.p_passage": GRADIENT,
    "Substances.p_wall": GRADIENT,
    "Vesicles.p_diffusion": GRADIENT,
    "Vesicles.p_passage": GRADIENT,
    "Wall.CLOSED": GRADIENT,
    "Wall.HELD": GRADIENT,
    "Wall.OPEN": GRADIENT,
    "verb adhesion": POSITIONS,
    "verb attraction": POSITIONS,
    "verb bias": POSITIONS,
    "verb persistence": POSITIONS,
    "verb repulsion": POSITIONS,
    "verb speed": POSITIONS,
}
"""Laws, behaviours of rules and sentences of arms that have no row yet: nothing is said of them."""
