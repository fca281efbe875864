"""A cohort: patients who differ by drawn values and genotypes, and what counts as an event."""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic

from vesicula.language.fields import Entry
from vesicula.language.sentences import Sentence
from vesicula.language.slots import Name, Slot
from vesicula.language.values import Frozen, Location, Value


class Genotype(Frozen):
    """A locus and the share of patients with each genotype: `rs2234693: {TT: 30 %, TC: 45 %, CC: 25 %}`."""

    name: str
    shares: dict[str, Value]
    where: Location | None = pydantic.Field(default=None, exclude=True, repr=False)


class Differs(Sentence):
    """`rs2234693 CC multiplies cells.osteoclast.dies by 0.8 (0.5..1 @assumed) @bm-100`: a value of these patients."""

    about = ("locus", "allele", "path")
    no_way = "it multiplies a value of some patients, in every arm alike"
    without = "stays"

    locus: Annotated[str, Name("locus")]
    allele: Annotated[str, Name("allele")]
    path: Annotated[str, Name("path")]
    factor: Annotated[Value, Slot("factor", "factor", ("{locus} {allele}",), quantity="genotype effect")]


class Event(Sentence):
    """`skeletal event: bone below 70`: a measure of the file beyond a threshold, in the measure's unit."""

    about = ("name",)
    no_way = "it reads a measure"
    without = "stays"

    name: Annotated[str, Name("label")]
    measure: Annotated[str, Name("measure")]
    side: Literal["below", "above"]
    threshold: float


class Cohort(Frozen):
    """Patients: each a draw of parameters, genotypes and random numbers, the same in every arm."""

    patients: Annotated[int, Entry("number of patients, each a draw of values and random numbers", "200")]
    genotypes: Annotated[
        tuple[Genotype, ...],
        Entry("locus -> genotype -> share of patients", "{rs2234693: {TT: 30 %, TC: 45 %, CC: 25 %}}"),
    ] = ()
    differ: Annotated[
        tuple[Differs, ...],
        Entry(
            "what values a genotype multiplies",
            "- rs2234693 CC multiplies cells.osteoclast.dies by 0.8 (0.25..2.5 @assumed)",
        ),
    ] = ()
    events: Annotated[
        tuple[Event, ...],
        Entry("a measure of the file below or above a number in its unit", "{skeletal event: bone below 70}"),
    ] = ()
    where: Location | None = pydantic.Field(default=None, exclude=True, repr=False)
