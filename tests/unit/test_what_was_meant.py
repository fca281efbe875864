"""Wrong sentences and quantities as laboratories write them, each with the remedy that a person needs."""

import re

import pytest

from vesicula.language import check
from vesicula.language.grammar.parsers import grammar_text, parse
from vesicula.language.hints.forms import FORMS, NAME_SLOTS, PROCESSES, QUANTITY_SLOTS
from vesicula.language.text import Report, Scalar, Source

MODEL = """vesicula: 1
model: meant
labware:
  dish: {plate: 24-well plate}
  well: {plate: 24-well plate}
substances:
  TGFB1: {diffuses: 10 um^2/s, half-life: 2 h}
  PTHLH: {diffuses: 10 um^2/s, half-life: 2 h}
preparations:
  MDA-prep: {of: HSC-EV}
vesicles:
  HSC-EV:
    from: donor
    carries:
      miR-21-5p: 0.01 copies/EV
cells:
  donor:
    releases: {HSC-EV: 60 particles/h}
  recipient:
    inside:
      - miR-21-5p silences PTEN (20 mRNA, half-life 9 h, protein half-life 24 h)
      - PTEN inhibits AKT1
"""

SENTENCES = (
    # --- arms and protocol
    ("step", "knock down PTEN in x", "knock out PTEN in x, residual 20 %"),
    ("step", "knock down PTEN in recipient by 70 %", "knock out PTEN in recipient, residual 30 %"),
    ("step", "siRNA against PTEN in recipient", "knock out PTEN in recipient, residual 20 %"),
    ("step", "silence PTEN", "knock out PTEN, residual 20 %"),
    ("step", "KO PTEN in recipient", "knock out PTEN in recipient"),
    ("step", "add GW4869 10 uM", "at 0 h add 10 uM GW4869 to dish"),
    ("step", "at 2 h add TGFB1 5 nM to well", "at 2 h add 5 nM TGFB1 to well"),
    ("step", "treat recipient with 10 uM GW4869", "at 0 h add 10 uM GW4869 to dish"),
    ("step", "add 1e9 particles HSC-EV in dish at 3 h", "at 3 h add 1e9 particles of HSC-EV to dish"),
    ("step", "add 40 donor cells to dish at 2 h", "at 2 h add 40 donor in dish"),
    ("step", "anti-TGFB1 10 nM at 7 days", "at 7 days add antibody against TGFB1, 10 nM"),
    ("step", "inhibit HSC-EV uptake by 90 %", "block uptake of HSC-EV by 90 %"),
    ("step", "inhibit HSC-EV uptake with heparin at 10 uM", "block uptake of HSC-EV by heparin at 10 uM"),
    ("step", "neutralise TGFB1 by 90 %", "block TGFB1 by 90 %"),
    ("step", "change medium at 24 h", "at 24 h wash 90 %"),
    ("step", "scratch the dish", "at 0 h wound dish"),
    ("step", "overexpress miR-21-5p in HSC-EV 100x", "load miR-21-5p in HSC-EV x 100"),
    ("step", "no donor", "without donor"),
    ("step", "incubate at 4 C", "cool to 4 C"),
    ("step", "transfer 50 % of the medium from dish to well", "at 0 h give 50 % medium of dish to well"),
    ("step", "replace MDA-prep with vehicle", "replace MDA-prep by vehicle"),
    ("step", "clamp PTEN at 0.5", "clamp PTEN in recipient at 0.5"),
    ("step", "set cells.donor.divides = 24 h", "set cells.donor.divides to 24 h"),
    ("step", "deplete HSC-EV 95 %", "deplete HSC-EV by 95 %"),
    ("step", "remove 50 % donor", "at 0 h remove 50 % of donor"),
    ("step", "hold TGFB1 100 pM", "at 0 h hold TGFB1 at 100 pM"),
    (
        "step",
        "inhibit uptake of HSC-EV by 90 % between 24 h and 48 h",
        "from 24 h to 48 h block uptake of HSC-EV by 90 %",
    ),
    ("step", "at 24 h over-express PTEN in recipient 10x", "at 24 h overexpress PTEN in recipient x 10"),
    # --- measures
    ("measure", "western blot of PTEN", "blot of PTEN in recipient"),
    ("measure", "immunoblot PTEN at 24 h", "blot of PTEN in recipient at 24 h"),
    ("measure", "western blot PTEN in % of vehicle", "blot of PTEN in recipient in % of vehicle"),
    ("measure", "RT-qPCR PTEN", "qPCR of PTEN in recipient"),
    ("measure", "ELISA TGFB1", "ELISA of TGFB1"),
    ("measure", "number of donor in dish", "count of donor in dish"),
    ("measure", "TGFB1 concentration in dish in pM", "concentration of TGFB1 in dish in pM"),
    ("measure", "TGFB1", "concentration of TGFB1"),
    ("measure", "MTT of recipient", "viability of recipient"),
    ("measure", "HSC-EV delivered to recipient", "particles of HSC-EV delivered to recipient"),
    # --- rules, networks, reactions
    ("rule", "TGFB1 increases PTHLH secretion 5x", "TGFB1 raises PTHLH secretion to 5x"),
    ("rule", "TGFB1 increases secretion of PTHLH to 5x", "TGFB1 raises PTHLH secretion to 5x"),
    ("rule", "TGFB1 reduces proliferation to 0.5x @bm-058", "TGFB1 lowers division to 0.5x @bm-058"),
    ("rule", "delivered miR-21-5p lowers division 0.5x", "delivered miR-21-5p lowers division to 0.5x"),
    ("inside", "PTEN --| AKT1", "PTEN inhibits AKT1"),
    ("inside", "PTEN -> AKT1", "PTEN activates AKT1"),
    ("inside", "TGFB1 and PTEN upregulates AKT1", "TGFB1 and PTEN activates AKT1"),
    ("inside", "miR-21-5p targets PTEN", "miR-21-5p silences PTEN (20 mRNA (2..200 @assumed))"),
    ("becomes", "dormant -> cycling at 0.05 /day", "cycling from dormant at 0.05 /day"),
    ("reaction", "TGFB1 binds to PTHLH with Kd 1 nM", "TGFB1 binds PTHLH, Kd 1 nM"),
    ("degrades", "MMP9 cleaves collagen 0.1 /h per nM", "MMP9 degrades collagen, 0.1 /h per nM"),
    # --- start, body, storage
    ("start", "40 donor cells in dish", "40 donor in dish"),
    ("start", "donor 80 % confluent on dish", "donor at 80 % confluence on dish"),
    ("start", "confluent donor on dish", "donor confluent on dish"),
    ("body", "blood flows to bone at 2 mL/min", "blood perfuses bone, 2 mL/min"),
    ("body", "tumour moves from breast to blood at 0.01 /day", "tumour leaves breast for blood at 0.01 /day"),
    ("storage", "-80 C for 48 h", "48 h at -80 C"),
)

QUANTITIES = (
    ("plain", "3,5 h", "3.5 h"),
    ("plain", "20 um (12,5..30,5)", "20 um (12.5..30.5)"),
    ("plain", "1,000,000 copies", "1000000 copies"),
    ("plain", "1,234.5 um", "1234.5 um"),
    ("plain", "1.234,5 um", "1234.5 um"),
    ("plain", "1 000 000 copies", "1000000 copies"),
    ("plain", "20 ± 2 um", "20 um (16.7..23.3)"),
    ("sized", "20 +/- 2 um", "20 um (16.7..23.3)"),
    ("plain", "20 um ± 10 %", "20 um (16.7..23.3)"),
    ("plain", "17-24 h", "20 h (17..24)"),
    ("plain", "17–24 h", "20 h (17..24)"),
    ("plain", "17 to 24 h", "20 h (17..24)"),
    ("plain", "17..24 h", "20 h (17..24)"),
    ("plain", "20 um (10-30 um)", "20 um (10..30)"),
    ("plain", "20 um [10, 30]", "20 um (10..30)"),
    ("plain", "20 um (95% CI 10-30)", "20 um (10..30)"),
    ("plain", "10⁹ EV/mL", "1e9 EV/mL"),
    ("plain", "2×10^9 EV/mL", "2e9 EV/mL"),
    ("plain", "2 x 10⁻³ /h", "2e-3 /h"),
    ("plain", "0.1 h⁻¹", "0.1 /h"),
    ("plain", "3 molecules s-1", "3 molecules/s"),
    ("plain", "~20 um", "20 um (10..40 @assumed)"),
    ("plain", "ca. 0.1 /h", "0.1 /h (0.0316..0.316 @assumed)"),
    ("plain", "<5 nM", "1.6 nM (0.5..5 @assumed)"),
    ("plain", "> 5 nM", "16 nM (5..50 @assumed)"),
    ("plain", "20 ㎛", "20 um"),
    ("plain", "−5 C", "-5 C"),
    ("plain", "5 hrs", "5 h"),
    ("plain", "5 mcg/ml", "5 ug/ml"),
    ("plain", "20 micrometers", "20 um"),
    ("plain", "1 h 30 min", "90 min"),
    ("plain", "um 20", "20 um"),
    ("plain", "12 um assumed", "12 um @assumed"),
    ("sized", "12,5 um, spread 1,1", "12.5 um, spread 1.1"),
    ("rule", "TGFB1 raises PTHLH secretion to 5-fold", "TGFB1 raises PTHLH secretion to 5x"),
    ("rule", "TGFB1 raises PTHLH secretion to tenfold", "TGFB1 raises PTHLH secretion to 10x"),
    ("step", "day 3 add 5 nM TGFB1", "at 3 days add 5 nM TGFB1"),
    ("step", "at 17-24 h block TGFB1 by 90 %", "from 17 h to 24 h block TGFB1 by 90 %"),
    ("step", "at2 h add 5 nM TGFB1", "at 2 h add 5 nM TGFB1"),
    ("step", "at 0 h add 1,5 nM TGFB1", "at 0 h add 1.5 nM TGFB1"),
    ("step", "block uptake of HSC–EV by 90 %", "block uptake of HSC-EV by 90 %"),
    ("start", "200k donor in dish", "200e3 donor in dish"),
    ("start", "200,000 donor in dish", "200000 donor in dish"),
)


def told(kind, text):
    """The first mistake of a sentence that stands under the model."""
    report = Report()
    source = Source("model.yaml", f"{MODEL}\n# {text}\n")
    report.sources[source.name] = source
    start = source.text.index(f"# {text}\n", len(MODEL)) + 2
    assert parse(kind, Scalar(text, source, start, start + len(text)), report) is None
    return report.errors[0]


@pytest.mark.parametrize(("kind", "text", "remedy"), SENTENCES)
def test_the_sentence_that_was_meant_is_offered(kind, text, remedy):
    one = told(kind, text)
    assert one.remedy == f"write `{remedy}`"
    assert parse(kind, Scalar(remedy, Source("t", remedy), 0, len(remedy)), Report()) is not None


@pytest.mark.parametrize(("kind", "text", "remedy"), QUANTITIES)
def test_a_quantity_is_named_with_its_right_form(kind, text, remedy):
    one = told(kind, text)
    assert one.code == "quantity"
    assert (one.remedy or "").startswith(f"write `{remedy}`"), one.text()
    assert parse(kind, Scalar(remedy, Source("t", remedy), 0, len(remedy)), Report()) is not None


def test_what_else_a_sign_may_have_meant_is_said():
    one = told("sized", "20 ± 2 um")
    assert "standard deviation" in one.remedy
    assert "`20 um (18..22)`" in one.remedy
    assert "`20 um, spread 1.11`" in one.remedy or "`20 um, spread 1.1`" in one.remedy
    assert "`1.000`" in told("plain", "1,000 um").remedy


def test_a_slip_is_shown_at_its_place():
    one = told("step", "at 0 h add 1,5 nM TGFB1")
    assert (one.source_line or "")[one.column - 1 : one.column - 1 + one.length] == "1,5"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("step", "zzz"),
        ("step", "add"),
        ("measure", "hello world"),
        ("plain", "twelve"),
        ("rule", "A B C"),
        ("start", "12"),
    ],
)
def test_what_nobody_can_guess_gets_an_example(kind, text):
    assert "for example" in (told(kind, text).remedy or "") or "write `" in (told(kind, text).remedy or "")


def test_no_number_of_the_person_is_dropped():
    remedy = told("step", "add 10 uM GW4869 5 mL for 3 h twice 7").remedy or ""
    assert all(number in remedy for number in ("10 uM", "5 mL", "7")) or "for example" in remedy


# --- in a model


def remedies(arm="without donor", measure="count of donor"):
    text = f"{MODEL}arms:\n  one:\n    - {arm}\nmeasure:\n  m: {measure}\nrun: {{for: 1 day, step: 6 min}}\n"
    line = text.split("\n").index(f"    - {arm}" if measure == "count of donor" else f"  m: {measure}") + 1
    return [one for one in check(text) if one.line == line and one.severity == "error"]


@pytest.mark.parametrize(
    ("arm", "remedy"),
    [
        ("block HSC-EV release by 90 %", "write `block release of HSC-EV by 90 %`"),
        ("block HSC-EV uptake in recipient by 90 %", "write `block uptake of HSC-EV in recipient by 90 %`"),
        ("without donor cells", "write `without donor`"),
    ],
)
def test_a_name_that_swallowed_a_word_of_the_sentence(arm, remedy):
    assert [one.remedy for one in remedies(arm)] == [remedy]


@pytest.mark.parametrize(
    ("measure", "remedy"),
    [
        ("WB of PTEN in recipient at 24 h", "write `blot of PTEN in recipient at 24 h`"),
        ("WB PTEN in recipient", "write `blot of PTEN in recipient`"),
        ("miR-21-5p copies in recipient", "write `copies of miR-21-5p in recipient`"),
        ("PTEN level in recipient", "write `PTEN in recipient`"),
        ("count of donor cells in dish", "write `count of donor in dish`"),
    ],
)
def test_a_measure_that_reads_as_a_name(measure, remedy):
    assert [one.remedy for one in remedies(measure=measure)] == [remedy]


def test_a_misspelt_name_is_still_asked_about():
    assert [one.remedy for one in remedies("knock out PTENN in recipient")] == ["did you mean `PTEN`?"]


def test_a_drug_that_is_no_substance_is_told_where_it_acts():
    (one,) = remedies("at 0 h add 10 uM GW4869 to dish")
    assert "`block release of HSC-EV by GW4869 at 10 uM`" in one.remedy
    assert "GW4869: {}" in one.remedy


def test_a_decimal_comma_in_braces():
    text = MODEL + "run: {for: 3,5 h, step: 6 min}\n"
    assert any("`3.5 h`" in (one.remedy or "") for one in check(text) if one.code == "flow-sentence")


@pytest.mark.parametrize(("entry", "words"), [(">5 um", "a limit is no value"), ("%50", "begin with the number")])
def test_what_yaml_itself_refuses(entry, words):
    (one,) = check(MODEL + f"  x:\n    diameter: {entry}\n")
    assert one.code == "yaml"
    assert words in one.remedy


# --- the forms and the grammars are one


def sample(form):
    """A form with all that may be left out, filled."""

    def filled(found):
        slot = found.group(1)
        if slot in QUANTITY_SLOTS:
            return QUANTITY_SLOTS[slot][1]
        return PROCESSES[0] if slot == "process" else "any.yaml" if slot == "file" else slot.upper()

    return re.sub(r"<([\w\-]+)>", filled, re.sub(r"\[([^\]]*)\]!?", r"\1", form)).strip()


@pytest.mark.parametrize("kind", list(FORMS))
def test_every_form_is_read_and_every_sentence_has_one(kind):
    seen = set()
    for form in FORMS[kind]:
        assert set(re.findall(r"<([\w\-]+)>", form)) <= {*QUANTITY_SLOTS, *NAME_SLOTS, "process"}
        report, text = Report(), sample(form)
        tree = parse(kind, Scalar(text, Source("t", text), 0, len(text)), report)
        assert tree is not None, f"{text}: {report.errors[0].text()}"
        seen |= {str(one.data) for one in tree.iter_subtrees()}
    file = {"step": "steps", "measure": "measures", "start": "space", "rule": "rules", "storage": "preparations"}
    grammar = grammar_text(file.get(kind, "reactions" if kind in ("reaction", "degrades") else kind))
    start = re.search(rf"(?ms)^{'act' if kind == 'step' else kind}: (.*?)(?=^\S|\Z)", grammar)
    wanted = set(re.findall(r"-> (\w+)", start.group(1)))
    assert wanted <= seen, wanted - seen
