"""A measure rises where what the claim speaks of rises: bone that is left is no measure of bone that is lost."""

import pytest
from ruamel.yaml import YAML

from vesicula.evidence.folder import library_folder
from vesicula.language import prepare
from vesicula.language.reading.experiments import claim_of

LOST = ("matrix lost", "pits", "killing", "apoptosis", "permeability")
LEFT = ("matrix left", "survival", "viability", "TEER")
AGAINST = {
    "bone_loss_rate": LEFT, "osteoporosis_index": LEFT, "lytic_volume": LEFT, "killed_fraction": LEFT,
    "apoptosis_fraction": LEFT, "tracer_leak": LEFT, "bone_mass": LOST, "bone_mineral_density": LOST,
    "bone_balance_rate": LOST, "surviving_fraction": LOST,
}  # fmt: skip
"""What a claim measures -> kinds of measure and assays that go the other way."""
FILES = sorted((library_folder() / "experiments").rglob("*.yaml"))


def measured_by_claims() -> dict[str, str]:
    """What each claim with an experiment measures."""
    found = {}
    for ledger in (library_folder() / "claims").glob("*.yaml"):
        for row in YAML(typ="safe").load(ledger).get("claims", ()):
            if row["experiment"]:
                found[row["id"]] = row["experiment"]["measure"].split("@")[0].split(":")[0]
    return found


@pytest.fixture(scope="module")
def claims() -> dict[str, str]:
    return measured_by_claims()


@pytest.mark.parametrize("folder", sorted({path.parent.name for path in FILES}))
def test_no_measure_goes_against_what_its_claim_measures(folder, claims):
    seen = 0
    for path in FILES:
        if path.parent.name != folder:
            continue
        model = prepare(path)
        measures = {one.name: one.assay or one.kind for one in model.measures}
        for one in model.experiments:
            against = AGAINST.get(claims.get(claim_of(one.claim)[0], ""), ())
            seen += bool(against)
            assert measures[one.measure] not in against, (path.name, one.claim, measures[one.measure])
    assert seen
