"""What formats of one file per site and variant share: which there are, and how the files are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vesicula.errors import RunFolderError
from vesicula.results.choice import Choice
from vesicula.results.description import SiteLabel
from vesicula.results.snapshots import folder_name

if TYPE_CHECKING:
    from vesicula.results.result import Result


def stems(words: Sequence[tuple[str, ...]]) -> list[str]:
    """Names of files made of words, such as `bone-untreated-0`; those that would be alike are numbered."""
    plain = ["-".join(folder_name(word) for word in each) for each in words]
    return [f"{one}-{i}" if plain.count(one) > 1 else one for i, one in enumerate(plain)]


def pictured(result: Result, choice: Choice) -> Iterator[tuple[SiteLabel, int, str]]:
    """Sites and variants of the chosen part of which fields and cells were kept at every time, with a name each.

    Raises     RunFolderError where there is none
    """
    d = result.description
    kept = [v for v in choice.variants(d) if v in d.plan.pictured]
    if not kept:
        raise RunFolderError(
            "no pictures of this part of the run were kept", "they are kept of the first replicate of each arm"
        )
    pairs = [(site, variant) for site in choice.sites(d) for variant in kept]
    told = [(site.name, d.variants[v].arm, str(d.variants[v].replicate)) for site, v in pairs]
    yield from ((*pair, name) for pair, name in zip(pairs, stems(told), strict=True))
