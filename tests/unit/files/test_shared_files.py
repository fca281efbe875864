"""Real exports beside the project, where they are: every one is read right to the figure, or refused for its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from vesicula.errors import FileError
from vesicula.io import Amounts, Particles, Reading, Values, read_file

FOLDER = next(
    (one / "shared" / "files" for one in Path(__file__).resolve().parents if (one / "shared" / "files").is_dir()), None
)
pytestmark = pytest.mark.skipif(FOLDER is None, reason="the real files are not beside the project")


def read(name: str, **said: float) -> Reading:
    assert FOLDER is not None
    return read_file(FOLDER / name, **said)


def particles(name: str, **said: float) -> Particles:
    found = read(name, **said)
    assert isinstance(found, Particles)
    return found


def refused(name: str) -> FileError:
    with pytest.raises(FileError) as raised:
        read(name)
    return raised.value


def test_nanosight_five_videos() -> None:
    found = particles("nanosight_3_3_five_videos.csv")
    assert f"{found.measured:.2e}" == "2.16e+08"
    assert (min(found.repeats), max(found.repeats), found.n) == (1.84e8, 2.47e8, 5)
    assert found.se == pytest.approx(1.01e7, rel=0.01)
    sizes = {name: round(value, 1) for name, value in found.sizes.items()}
    assert sizes == {"mean": 87.9, "mode": 61.7, "D10": 57.7, "D50": 72.5, "D90": 134.3}
    assert (found.dilution, found.hinted) == (None, 200)
    with pytest.raises(FileError, match="--dilution"):
        _ = found.per_mL
    assert f"{particles('nanosight_3_3_five_videos.csv', dilution=200).per_mL:.1e}" == "4.3e+10"
    assert len(found.classes) == 1000
    assert sum(one.per_mL or 0.0 for one in found.classes) == pytest.approx(found.measured, rel=0.02)


def test_nanosight_joined() -> None:
    found = particles("nanosight_3_2_combined.csv")
    assert f"{found.measured:.2e}" == "1.47e+09"
    assert found.se == pytest.approx(1.07e8, rel=0.01)
    assert round(found.sizes["mode"], 1) == 95.3
    assert found.n == 12
    told = " ".join(found.account.doubts)
    assert "level 10 1.2×10⁹ to 2.5×10⁹" in told
    assert "level 15 1.2×10⁹ to 1.4×10⁹" in told


def test_zetaview_sizes() -> None:
    found = particles("zetaview_pc3_f5.txt")
    assert found.counted == 630
    assert f"{found.measured:.3e}" == "1.313e+07"
    assert found.dilution == 500
    assert f"{found.per_mL:.2e}" == "6.57e+09"
    assert round(found.sizes["D50"], 1) == 127.3
    assert any("too high" in one for one in found.account.doubts)


def test_zetaview_positions() -> None:
    found = particles("zetaview_positions.txt")
    assert f"{found.measured:.1e}" == "1.1e+07"
    assert f"{found.per_mL:.1e}" == "1.1e+10"
    assert found.n == 7


@pytest.mark.parametrize(
    ("name", "words"), [("zetaview_no_traces.txt", "0 traces"), ("zetaview_zeta_profile.txt", "counts no particles")]
)
def test_what_measures_nothing_is_refused(name: str, words: str) -> None:
    told = refused(name).diagnostics[0]
    assert told.code == "file-empty"
    assert words in told.message
    assert told.line > 0


def test_quantstudio_with_standards() -> None:
    found = read("quantstudio_results_only.txt")
    assert isinstance(found, Amounts)
    (curve,) = found.curves
    assert (curve.slope, curve.intercept, round(100 * curve.efficiency, 1)) == (-3.196, 41.924, 105.5)
    one = next(amount for amount in found.amounts if amount.sample == "5000018696625")
    assert round(one.ct or 0, 3) == 25.612
    assert f"{one.copies:.2e} {one.copies_sd:.1e} {one.n}" == "1.27e+05 8.1e+03 3"
    assert len(found.amounts) == 6
    assert not found.relative


def test_quantstudio_without_quantities() -> None:
    found = read("quantstudio_standard_curve.txt")
    assert isinstance(found, Amounts)
    assert found.relative
    assert [one.copies for one in found.amounts] == [None] * 16
    assert any("relative" in one for one in found.account.left_out)


def test_cfx() -> None:
    found = read("cfx_maestro.csv")
    assert isinstance(found, Amounts)
    assert len(found.wells) == 48
    assert {one.target for one in found.wells} == {"FAM", "VIC"}
    assert found.wells[0].ct == 21.1877528266099
    assert any("not computed" in one for one in found.account.left_out)


def test_qiacuity() -> None:
    found = read("qiacuity_dpcr.csv")
    assert isinstance(found, Amounts)
    assert [one.concentration for one in found.amounts] == [86.32, 181, 45.62]
    assert (found.amounts[0].concentration_low, found.amounts[0].concentration_high) == pytest.approx(
        (82.35, 90.29), abs=0.01
    )
    assert any("110.1" in one for one in found.account.doubts)


def test_gen5() -> None:
    kinetic, end = read("gen5_kinetic_growth.txt"), read("gen5_abs_non_numeric.txt")
    assert isinstance(kinetic, Values)
    assert isinstance(end, Values)
    assert len(kinetic.arms) == 24
    first = [one.minutes for one in kinetic.entries if one.arm == "A1"][:3]
    assert first == pytest.approx([22 / 60, 4 + 22 / 60, 8 + 22 / 60])
    assert any("with a time and no values" in one for one in kinetic.account.left_out)
    assert len(end.entries) == 96
    assert {one.mark for one in end.missing} == {"OVRFLW", "MISSED"}
    assert len(end.missing) == 13


def test_luminex() -> None:
    found = read("luminex_cytokines.csv")
    assert isinstance(found, Values)
    assert found.arms == ("Unknown1", "Unknown2", "Unknown3", "Unknown4")
    assert [one.value for one in found.of("alpha, Median")] == [10921.5, 8244, 5603, 3071]
    assert [one.value for one in found.of("bravo, Count")] == [42, 33, 37, 42]
    assert any("the lowest 25" in one for one in found.account.doubts)
    assert any("no concentration" in one for one in found.account.assumed)


def test_what_is_no_export_is_refused() -> None:
    assert refused("README.md").diagnostics[0].code == "file-form"
