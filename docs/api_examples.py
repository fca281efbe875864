"""Examples of the page docs/api.md, one for each public name, in an order in which they run as one script.

A line `# --- NAME` begins the example of a name; `docs/generate.py` puts it below what the documentation says of it.
"""

# --- simulate
import vesicula

result = vesicula.simulate("starter", changes={"run.for": "12 h"}, out="runs/api")
print(result.answer)

# --- __version__
print(vesicula.__version__)

# --- read
model = vesicula.read("starter")
print(model.name, [arm.name for arm in model.arms])

# --- write
text = vesicula.write(model)
assert vesicula.read(text) == model

# --- resolve
whole = vesicula.resolve(model)
print(whole.cells[0].diameter.number, whole.cells[0].diameter.unit)

# --- Model
print(model.question, model.run.seeds)
print(type(model).model_fields.keys())  # a pydantic model: one field per block of the language

# --- check
for doubt in vesicula.check("starter"):
    print(doubt.text())

# --- facts
numbers = vesicula.facts("half-life of TGF-beta")
print(numbers[["what", "value", "unit", "source"]])

# --- read_file
from pathlib import Path

Path("sizes.csv").write_text("Size (nm);Concentration (/mL)\n80;1,5e8\n120;2,5e8\n", encoding="utf-8")
counted = vesicula.read_file("sizes.csv", dilution=100)
print(counted.per_mL, counted.sizes["D50"], counted.account.assumed)

# --- schema
properties = vesicula.schema()["properties"]
print(sorted(properties)[:5])

# --- load
compiled = vesicula.load("starter", draws=4)
print(compiled.arms, compiled.macro_step, compiled.span)

# --- dose
answer = vesicula.dose(1e10, 2e5, "0.5 mL", 24, "miR-105-5p", "endothelium", draws=64)
print(f"{answer.missing.median:.0f} times too few")

# --- DoseAnswer
for stage in answer.stages:
    print(f"{stage.name}: {stage.value.median:.3g} {stage.unit}")
print(answer.unknowns[0].name, answer.experiment)

# --- required_loading
loadings = vesicula.required_loading("starter", draws=20)
print(loadings[0].cargo, loadings[0].readout, loadings[0].natural.gap.median)

# --- sweep
swept = vesicula.sweep("starter", ["cells.recipient.divides=12..48 h:3"], changes={"run.for": "2 h"}, draws=2)
print(swept.points[:, 0], [one.median for one in swept.intervals("copies", "loaded")])
print(swept.table().head())

# --- sensitivity
few = ["cells.recipient.divides", "vesicles.donor-EV.half-life=1..100 h"]
shares = vesicula.sensitivity("starter", few, draws=16, arms=["untreated"], changes={"run.for": "2 h"})
print(shares.table().head())
print(shares.meaning)

# --- Progress
steps = []


def watch(progress: vesicula.Progress) -> None:
    """Keep how far a run is."""
    steps.append(progress.step)


vesicula.simulate("starter", changes={"run.for": "2 h"}, out="runs/watched", watch=watch)
print(steps[-1])

# --- resume
try:
    vesicula.resume("runs/watched")
except vesicula.RunFolderError as error:
    print(error)  # a finished run has nothing to go on with

# --- Result
result = vesicula.Result("runs/api")
print(result)

# --- Result.folder
print(result.folder.path, result.folder.status)

# --- Result.description
print(result.description.question, result.description.replicates)

# --- Result.arms
print(result.arms)

# --- Result.measures
print(result.measures)

# --- Result.records
print(len(result.records))

# --- Result.times_min
print(result.times_min[:3])

# --- Result.picture_times_min
print(result.picture_times_min[:3])

# --- Result.to_dataframe
curve = result.to_dataframe().query("measure == 'PDCD4' and arm == 'loaded' and moment == 'after'")
print(curve[["time_min", "replicate", "value"]].tail())

# --- Result.ledger
print(result.ledger["term"].unique())

# --- Result.talk
print(result.talk.head())

# --- Result.draws
print(result.draws.shape)

# --- Result.values
print(result.values("PDCD4"))

# --- Result.compare
comparison = result.compare("PDCD4")
for arm in comparison.arms:
    print(arm.arm, arm.summary.median, arm.change.median, arm.visible)

# --- Result.deciding
for influence in result.deciding():  # empty with fewer than 8 draws
    print(influence.path, influence.correlation, influence.beyond_chance)

# --- Result.answer
print(result.answer)

# --- Result.to_xarray
fields = result.to_xarray()
print(fields.dims, fields.sel(arm="loaded", channel="donor-EV").shape)

# --- Result.frames
print(result.frames().shape)

# --- Result.cells
cells = result.cells("loaded", time=60.0)
print(cells[["type", "state", "x", "y", "PDCD4"]].head())

# --- Result.cells_by_arm
at_two_times = result.cells_by_arm([0.0, 720.0])
print({arm: [len(table) for table in tables] for arm, tables in at_two_times.items()})

# --- Result.to_anndata
adata = result.to_anndata(time=720.0)
print(adata.obsm["spatial"].shape, adata.obs["sample"].unique())

# --- Result.export
print(result.export("vtk", "scene", arm="loaded"))

# --- Result.plot
result.plot("PDCD4").savefig("pdcd4.png")

# --- Result.picture
result.picture("loaded", layer="donor-EV").savefig("dish.png")
result.picture("loaded", per_dot=10).savefig("dots.png")

# --- Result.figure
print(result.figure("pdcd4.svg", "PDCD4"))

# --- Result.methods
print(result.methods[:80])

# --- Result.report
print(result.report("report.html"))

# --- Result.cytometry
DISH = """
vesicula: 1
model: dish
labware: {dish: {plate: 24-well plate}}
substances: {drug: {diffuses: 500 um^2/s, half-life: 1000 h, start: 0 pM}}
vesicles: {tumour-EV: {from: tumour, diameter: 105 nm, half-life: 24 h}}
cells:
  tumour:
    diameter: 14 um
    dead stay: 8 h
    apoptosis: 0.05 /day
    releases: {tumour-EV: 100 particles/h}
    inside:
      - TJP1 starts at 0.9
    rules:
      - drug raises apoptosis to 200x, half-max 100 nM, hill 2
start:
  - 20000 tumour in dish
arms:
  vehicle: []
  series:
    - at 0 h add drug at 1 nM to 10 uM in 6 doses
measure:
  positive: flow cytometry of TJP1 in tumour, positive above 0.5
  dose: IC50 of tumour in dish
  particles: NTA of tumour-EV in dish
run: {for: 12 h, record: every 6 h, step: 30 min, seeds: 2}
"""
dish = vesicula.simulate(DISH, out="runs/dish")
print(dish.cytometry("positive", "vehicle").tail())

# --- Result.dose_response
print(dish.dose_response("dose"))

# --- Result.reading
median, low, high = dish.reading("particles", "vehicle")
print(f"{median:.2g} particles, read between {low:.2g} and {high:.2g}")

# --- Result.patients
COHORT = """
vesicula: 1
model: patients
sites: {bone: {kind: pool, volume: 1 uL}}
matrix: {mineral: {fills: bone}}
cohort:
  patients: 12
  genotypes: {rs2234693: {TT: 50 %, CC: 50 %}}
  differ:
    - rs2234693 CC multiplies cells.osteoclast.dies by 0.3 (0.1..1 @assumed)
  events: {fracture: bone below 70}
cells:
  osteoclast:
    diameter: 20 um (5..50 @assumed)
    dies: after 12 days (3..40 @assumed)
    dead stay: 1 h (0.1..10 @assumed)
    resorbs: {mineral: 4e5 um^3/day (4e4..4e6 @assumed)}
start:
  - 80 osteoclast in bone
arms:
  untreated: []
  all CC:
    - set cohort.genotypes.rs2234693.CC to 100 %
measure:
  bone: mineral left in % of start
run: {for: 40 days, record: every 8 days, step: 1 day}
"""
cohort = vesicula.simulate(COHORT, out="runs/cohort")
print(cohort.patients().head())

# --- Result.survival
for curve in cohort.survival("fracture"):
    print(curve.group, curve.n, curve.events, curve.at_end)

# --- VesiculaError
try:
    result.values("no such measure")
except vesicula.VesiculaError as error:
    print(error.message, "-", error.remedy)

# --- ModelError
try:
    vesicula.simulate("vesicula: 1\nmodel: broken\ncells: {tumour: {diametre: 12 um}}\n")
except vesicula.ModelError as error:
    diagnostics = error.diagnostics

# --- Diagnostic
for one in diagnostics:
    print(one.line, one.code, one.message, one.remedy)

# --- UnitError
from vesicula import units

try:
    units.internal(vesicula.read("starter").run.duration, "length")
except vesicula.UnitError as error:
    print(error.code, error)

# --- RunFolderError
try:
    vesicula.Result("runs/nowhere")
except vesicula.RunFolderError as error:
    print(error, error.exit_code)

# --- ResourceError
try:
    vesicula.load("starter", draws=10**9)
except vesicula.ResourceError as error:
    print(error.message, "-", error.remedy)

# --- NumericalError
assert issubclass(vesicula.NumericalError, vesicula.VesiculaError)  # exit code 5: no run is known to raise it

# --- Interrupted
try:
    finished = vesicula.simulate("starter", changes={"run.for": "1 h"}, out="runs/short")
except vesicula.Interrupted as stopped:  # Ctrl-C
    finished = vesicula.resume(stopped.folder)
