"""Command lines with slips of the pen, for every command; a number gives a line."""

from __future__ import annotations

import random

from tests.fuzz.texts import EXTREMES, STRANGE, UNITS

WHOLE = (
    "check starter", "check cascade --json", "check model.yaml --all", "explain starter PDCD4",
    "explain cascade --json", "explain model.yaml donor-EV", "explain model.yaml --claims --holes",
    "report run", "report run --json",
    "report run --figure a.svg --measure PDCD4", "report run --methods", "resume run", "models", "models --json",
    "claims bm-051", "claims --cell osteoblast --molecule RANKL", "claims --text dormant --limit 5 --lang zh",
    "claims --holes --model bone-metastasis --kind mechanism --json", "new mine", "new mine --from cascade",
    "convert nothing --out mine.yaml --unit oxygen=1nM --replace --json", "convert model.yaml",
    "schema --out s.json", "questions skin-repair", "questions bm-165 --out q",
    "read skin-repair --lang zh --out s.html", "conflict",
    "verify nothing --quick --draws 1", "--version", "--help", "run nothing --draws 2",
    "run model.yaml --set run.for=10min --set run.record=10min --set run.step=10min --no-report --quiet --replace "
    "--out r --seed 3 --threads 1",
    "dose --particles 1e10 --cells 2e5 --volume 0.5mL --hours 24 --cargo miR-105-5p --in endothelium --target TJP1",
    "dose --dose 10ug --per-ug 1e10 --cells 2e5 --volume 0.5mL --hours 24 --cargo miR-21-5p --in macrophage --own 30",
    "dose --particles 1e9/mL --cells 100 --volume 1mL --hours 2 --cargo NT5E --kind protein --in HUVEC --copies 3",
    "dose --particles 1e9 --cells 1e6 --volume 2mL --hours 48 --cargo let-7a-5p --in MCF-7 --donor starter --seed 2",
)  # fmt: skip
SLOW = ("read", "report", "run", "resume", "verify", "conflict", "dose")
WORDS = tuple(sorted({word for line in WHOLE for word in line.split()}))


def mutated(number: int) -> list[str]:
    """The words of the line of this number: always the same ones."""
    pick = random.Random(f"line {number}")
    words = pick.choice(WHOLE).split()
    if words[0] in SLOW and pick.random() < 0.6:  # they take a second each
        words = pick.choice([line for line in WHOLE if line.split()[0] not in SLOW]).split()
    for _ in range(pick.choice((1, 1, 2, 3))):
        n, way = pick.randrange(len(words)), pick.randrange(8)
        if way == 0 and len(words) > 1:
            del words[n]
        elif way == 1:
            words.insert(n, words[n])
        elif way == 2:
            words[n] = pick.choice(EXTREMES)
        elif way == 3:
            words[n] += pick.choice(UNITS)
        elif way == 4:
            place = pick.randrange(len(words[n]) + 1)
            words[n] = words[n][:place] + pick.choice(STRANGE).replace("\0", "") + words[n][place:]
        elif way == 5:
            words[n] = pick.choice(WORDS)
        elif way == 6:
            words.insert(n, pick.choice(WORDS))
        else:
            words[n] = words[n].upper() if pick.random() < 0.3 else words[n][::-1]
    return _tame(words)


def _tame(words: list[str]) -> list[str]:
    """A right line stays one that ends soon: what would start the runs of a whole library is named otherwise."""
    if words and words[0] in ("verify", "conflict") and all(word.startswith("-") for word in words[1:]):
        words.insert(1, "nothing")
    if words and words[0] in ("verify", "conflict", "run"):
        models = ("bone-metastasis", "starter", "cascade", "skin-repair")
        words = ["nothing" if word in models or word.startswith("bm-") else word for word in words]
    return words
