"""The front door of this house: a file is recognised by what stands in it, never by its name, and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn, Protocol, TypeVar

from vesicula import units
from vesicula.errors import UnitError
from vesicula.io import courses, dpcr, luminex, nanosight, plates, positions, qpcr, sizes, zetaview
from vesicula.io.decoding import HDF5, decoded, plain, raw
from vesicula.io.results import Account, Particles, Reading
from vesicula.io.sheets import Sheet, sheet_of
from vesicula.io.trouble import refuse
from vesicula.results.wording import listed, number

SomeReading = TypeVar("SomeReading", bound=Reading)


class Reader(Protocol):
    """Reads a recognised sheet."""

    def __call__(self, sheet: Sheet, *, dilution: float | None = None) -> Reading:
        """What it holds. Raises FileError."""
        ...


@dataclass(frozen=True)
class Form:
    """One form of files. name : in words; fits : whether a sheet has it; read : its reader; sign : what shows it"""

    name: str
    sign: str
    fits: Callable[[Sheet], bool]
    read: Reader


FORMS = (
    Form("NanoSight NTA experiment summary", "`NTA Experiment Summary File`", nanosight.fits, nanosight.read),
    Form("ZetaView export", "`ZetaView` in its head", zetaview.fits, zetaview.read),
    Form("ZetaView positions", "columns Use, Position, Conc.", zetaview.fits_positions, zetaview.read_positions),
    Form("bead assay", "blocks `DataType:`", luminex.fits, luminex.read),
    Form("digital PCR", "columns copies/µL and partitions", dpcr.fits, dpcr.read),
    Form("qPCR", "columns Ct (Cq, Cp) and well or sample", qpcr.fits, qpcr.read),
    Form("plate reader", "a plate A 1 2 3 …, or wells over time", plates.fits, plates.read),
    Form("sizes", "columns size (nm) and number or concentration", sizes.fits, sizes.read),
    Form("positions of cells", "columns x and y", positions.fits, positions.read),
    Form("time course", "a column time (h) and values", courses.fits, courses.read),
)


def read_file(path: str | Path, *, dilution: float | None = None, protein: str | None = None) -> Reading:
    """What a file of a laboratory holds: `Particles`, `Amounts`, `Values` or `Places`.

    path : of an export of NanoSight NTA 3.x, ZetaView, nano-flow or TRPS sizes, qPCR, digital PCR, plate readers,
        bead assays, a time course or positions of cells, also AnnData
    dilution : by which counted particles were thinned, where the file does not record it
    protein : of the sample before dilution, such as "0.8 mg/mL", for particles per µg
    Returns   a reading, whose `account` says what was read, left out, assumed, and what of it is to be doubted
    Raises    FileError: what was expected, what was found, in which line, and what to do
    Example   >>> vesicula.read_file("nta.csv", dilution=200).per_mL  # doctest: +SKIP
    """
    place = Path(path)
    if dilution is not None and not 1 <= dilution <= 1e9:
        refuse(
            place.name,
            "file-asked",
            f"a dilution of {dilution:g} cannot be",
            "say by how much it was thinned, 1 or more",
        )
    content = raw(place)
    if content.startswith(HDF5):
        found: Reading = positions.read_anndata(place)
    else:
        sheet = sheet_of(decoded(content, place.name))
        form = next((one for one in FORMS if one.fits(sheet)), None)
        if form is None:
            _unknown(sheet)
        found = _with_account(form.read(sheet, dilution=dilution), sheet)
    if protein is None:
        return found
    if not isinstance(found, Particles):
        refuse(place.name, "file-asked", "protein is said of particles, and this holds none", "leave `--protein` out")
    return with_protein(found, protein)


def read_as(kind: type[SomeReading], path: str | Path, *, dilution: float | None = None) -> SomeReading:
    """A file that has to be of one kind. Raises FileError where it is another."""
    found = read_file(path, dilution=dilution)
    if not isinstance(found, kind):
        refuse(
            found.file, "file-form", f"{_asked(kind)} is expected, and this is: {found.kind}",
            "give the file of that measurement",
        )  # fmt: skip
    return found


def _asked(kind: type[Reading]) -> str:
    return "a count of particles" if kind is Particles else "a table of qPCR or digital PCR"


def _with_account(found: SomeReading, sheet: Sheet) -> SomeReading:
    account = found.account
    return replace(
        found,
        account=Account(
            (*account.read, *sheet.read), account.left_out, (*sheet.assumed, *account.assumed), account.doubts
        ),
    )


def with_protein(found: Particles, protein: str) -> Particles:
    """Particles with the protein of the sample before dilution, such as "0.8 mg/mL". Raises FileError."""
    try:
        said = units.parse_quantity(protein)
        mass, _, volume = said.unit.partition("/")
        level = said.number * units.ratio(mass.strip(), "ug") / units.ratio(volume.strip(), "mL")
    except UnitError as error:
        refuse(
            found.file,
            "file-asked",
            f"`{protein}` is no protein per volume: {error.message}",
            "write for example 0.8 mg/mL",
        )
    if not level > 0:
        refuse(found.file, "file-asked", "protein must be more than zero", "write for example `--protein '0.8 mg/mL'`")
    words = f"{number(level)} µg of protein per mL of the sample, as you say."
    return replace(found, ug_per_mL=level, account=replace(found.account, assumed=(*found.account.assumed, words)))


def _unknown(sheet: Sheet) -> NoReturn:
    """Raise: what was expected, and what stands there instead."""
    first = next((row for row in sheet.rows if not row.blank), None)
    heading = max(sheet.rows, key=lambda row: len(row.filled), default=None)
    words = [plain(cell) for cell in heading.filled[:6]] if heading is not None and len(heading.filled) > 1 else []
    found = f"; its widest line reads {listed(words)}" if words else "; it has no columns"
    expected = "; ".join(f"{one.name}: {one.sign}" for one in FORMS)
    sheet.fail(
        "file-form", f"none of the forms that are read{found}",
        f"expected is one of these. {expected}. See docs/files.md",
        heading if words else first,
    )  # fmt: skip
