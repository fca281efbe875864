"""What the parts of the compiler share: the resolved model, the parameter table, and the index of every name."""

from __future__ import annotations

from dataclasses import dataclass, field

from vesicula import units
from vesicula.compiler.arms import ArmEffects
from vesicula.compiler.parameters import ParameterTable
from vesicula.engine.program import NONE
from vesicula.errors import Diagnostic, ModelError
from vesicula.language.model import Cell, Model, Substance, Vesicle
from vesicula.language.values import Location, Value

UNKNOWN_PLACE = Location(file="model", line=0, column=1)


@dataclass
class Context:
    """Names by index while a model is compiled."""

    model: Model
    parameters: ParameterTable
    effects: ArmEffects
    substances: list[Substance] = field(default_factory=list[Substance])
    compiler_made: set[str] = field(default_factory=set[str])
    populations: list[tuple[Vesicle, int, float]] = field(default_factory=list[tuple[Vesicle, int, float]])
    species: dict[str, str] = field(default_factory=dict[str, str])  # name -> kind of molecule
    slots: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])
    families: list[str] = field(default_factory=list[str])
    family_of: dict[str, str] = field(default_factory=dict[str, str])
    nodes: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    stores: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def substance_index(self, name: str) -> int:
        """Index of a substance, NONE if there is none of that name."""
        return next((i for i, s in enumerate(self.substances) if s.name == name), NONE)

    def substance(self, name: str) -> Substance:
        """The substance of that name; raises StopIteration for names that `check` would have refused."""
        return next(s for s in self.substances if s.name == name)

    def species_index(self, name: str) -> int:
        """Index of a cargo species, NONE if no vesicle carries it and no cell holds it."""
        return list(self.species).index(name) if name in self.species else NONE

    def type_index(self, name: str) -> int:
        """Index of a cell type; NONE if there is none of that name."""
        return next((i for i, c in enumerate(self.model.cells) if c.name == name), NONE)

    def state_index(self, cell: Cell, state: str | None) -> int:
        """Index of a state of a cell; NONE for no state."""
        return NONE if state is None or state not in cell.states else cell.states.index(state)

    def matrix_index(self, name: str) -> int:
        """Index of a matrix; NONE if there is none of that name."""
        return next((i for i, m in enumerate(self.model.matrix) if m.name == name), NONE)

    def populations_of(self, vesicle: str) -> list[int]:
        """Indices of the size classes of a vesicle class."""
        return [i for i, (v, _, _) in enumerate(self.populations) if v.name == vesicle]

    def concentration(self, path: str, value: Value, substance: str, sources: tuple[str, ...] = ()) -> int:
        """Column of a concentration of a substance in molecules/µm³, by its molar mass or own unit where needed."""
        return self.parameters.source(
            path,
            value,
            "concentration",
            sources=sources,
            molar_mass=self.molar_mass(substance),
            solubility=self.solubility(substance),
        )

    def molar_mass(self, substance: str) -> float | None:
        """Molar mass in g/mol, None where the model does not say."""
        found = self.substance(substance).molar_mass if self.substance_index(substance) != NONE else None
        return None if found is None else units.internal(found, "molar mass")

    def solubility(self, substance: str) -> float | None:
        """Molecules/µm³ per own unit of the substance, None where it has none."""
        found = self.substance(substance).solubility if self.substance_index(substance) != NONE else None
        return None if found is None else units.internal(found, "solubility")

    def cargo_half_life(self, species: str) -> Value | None:
        """Half-life of a cargo in the recipient's cytosol; None where no vesicle class states one."""
        carried = (c for v in self.model.vesicles for c in v.carries if c.name == species)
        return next((c.half_life for c in carried if c.half_life is not None), None)

    def need(self, value: Value | None, what: str, where: Location | None) -> Value:
        """The value, or a diagnostic that it is missing from model and parameter library."""
        if value is not None:
            return value
        raise self.error(
            "no-library-value",
            f"{what} is not given, and the parameter library has none",
            "write the value with its unit, source and range, or add it to a parameter file",
            where,
        )

    def error(self, code: str, message: str, remedy: str, where: Location | None) -> ModelError:
        """A model error with one diagnostic at `where`."""
        place = where or UNKNOWN_PLACE
        return ModelError(
            [Diagnostic(place.file, place.line, place.column, place.length, "error", code, message, remedy)]
        )
