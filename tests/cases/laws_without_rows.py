"""Laws that no bench of the table runs, each with its reason; a law that gets a row leaves these lists."""

NO_LAW = {"Behaviours.n": "a number of columns"}
"""What the engine names and is no law."""
NO_HAND = {"Effect.REMOVE": "no sentence makes a clock that removes a living cell; the tests of the engine run it"}
"""Laws that no arm of the language can change."""
NOT_RUN: dict[str, str] = {}
"""Laws, behaviours of rules and sentences of arms that have no row yet: nothing is said of them."""
