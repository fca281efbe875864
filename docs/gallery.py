"""Runs the models of the library and keeps picture, answer and time of each: `python docs/gallery.py [MODEL …]`.

Every model runs twice as a user runs it, on one thread: the first time compiles what it needs of the engine, the second
is timed. Pictures are those of the report. `docs/generate.py` then makes the page docs/gallery.md.
"""

from __future__ import annotations

import base64
import io
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from vesicula.evidence.folder import library_folder
from vesicula.language import read

FOLDER = Path(__file__).parent
IMAGES = FOLDER / "images" / "gallery"
KEPT = FOLDER / "gallery.json"
SHOT_WIDTH, GAP, CAPTION, COLOURS = 300, 6, 22, 96  # px, px, px, of a palette
HEAD = """# Models of the library

Each model asks one question and is run by one command. Pictures and answers are what that command gives: cells
coloured by type and state over the field behind them, or among the vesicles of several kinds of cells as dots, in the
first two arms; then the first measure in every arm. The report of a run has the legend and everything else. Every
model is a text in `src/vesicula/library/models`, to copy and change. Times are processor time on one thread once the
engine is compiled; the first run on a machine also compiles what it needs.

`python docs/gallery.py` makes pictures and times anew.
"""


@dataclass(frozen=True)
class Shown:
    """What is kept of the run of a model: processor and waiting time in seconds, the answer, what the strip shows."""

    processor_s: float
    waited_s: float
    answer: str
    strip: str
    version: str
    machine: str


def models() -> list[str]:
    """Names of the library's models."""
    return sorted(path.stem for path in (library_folder() / "models").glob("*.yaml"))


def command(name: str) -> str:
    """What a user types."""
    return f"vesicula run {name}"


def kept() -> dict[str, Shown]:
    """What was kept of each model."""
    return {name: Shown(**row) for name, row in json.loads(KEPT.read_text(encoding="utf-8")).items()}


def page() -> str:
    """The text of docs/gallery.md."""
    out, rows = [HEAD], kept()
    for name in sorted(models(), key=lambda name: rows[name].processor_s):
        shown, model = rows[name], read(name)
        out.append(f"## {name}\n\n*{model.question}*\n")
        if shown.strip:
            out.append(f"![{name}: {shown.strip}](images/gallery/{name}.png)\n")
        out.append(f"![{name}: the first measure in every arm](images/gallery/{name}.svg)\n")
        out.append(f"{' '.join((model.about or '').split())}\n")
        out.append(f"**Answer.** {shown.answer}\n")
        out.append(f"`{command(name)}` · {_seconds(shown.processor_s)} (version {shown.version}, {shown.machine})\n")
    return "\n".join(out)


def _seconds(number: float) -> str:
    return f"{number:.0f} s" if number < 100 else f"{number / 60:.1f} min"


def run(name: str, folder: Path) -> Shown:
    """Run a model twice, draw it, and say what the second run took."""
    for attempt in ("compiling", "timed"):
        words = [sys.executable, "-m", "vesicula", *command(name).split()[1:], "--threads", "1", "--quiet"]
        before, begun = os.times(), time.perf_counter()
        subprocess.run([*words, "--out", str(folder / attempt)], check=True, stdout=subprocess.DEVNULL)
        after, waited = os.times(), time.perf_counter() - begun
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return draw(name, folder / "timed", used, waited)


def draw(name: str, folder: Path, used: float, waited: float) -> Shown:
    """Write the pictures of a run; returns what is kept of it."""
    import vesicula
    from vesicula.results.report.page import Page

    IMAGES.mkdir(parents=True, exist_ok=True)
    result = vesicula.Result(folder)
    result.figure(IMAGES / f"{name}.svg")
    pictures = Page(result).pictures()
    strip = "" if pictures is None else _strip(pictures["rows"], IMAGES / f"{name}.png")
    return Shown(round(used, 1), round(waited, 1), result.answer, strip, vesicula.__version__, _machine())


def _strip(rows: list[dict], path: Path) -> str:
    """The report's pictures of two arms in one file: first, middle and last moment; returns what it shows."""
    from PIL import Image, ImageDraw, ImageFont

    rows = [{**row, "shots": [row["shots"][i] for i in _three(len(row["shots"]))]} for row in rows]
    shots = [[Image.open(io.BytesIO(base64.b64decode(shot["png"]))) for shot in row["shots"]] for row in rows]
    height = round(SHOT_WIDTH * shots[0][0].height / shots[0][0].width)
    whole = Image.new("RGB", (3 * (SHOT_WIDTH + GAP) - GAP, len(rows) * (height + CAPTION + GAP) - GAP), "white")
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(15)
    for y, (row, images) in enumerate(zip(rows, shots, strict=True)):
        for x, (shot, image) in enumerate(zip(row["shots"], images, strict=True)):
            left, top = x * (SHOT_WIDTH + GAP), y * (height + CAPTION + GAP)
            words = f"{row['arm']}, {shot['when']}, {shot['cells']}"
            pen.text((left, top + 2), words, fill="#222", font=font)
            whole.paste(
                image.convert("RGB").resize((SHOT_WIDTH, height), Image.Resampling.LANCZOS), (left, top + CAPTION)
            )
    whole.quantize(COLOURS).save(path, optimize=True)
    times = ", ".join(shot["when"] for shot in rows[0]["shots"])
    return f"{' and '.join(row['arm'] for row in rows)} at {times}"


def _three(n: int) -> list[int]:
    return [0, n // 2, n - 1]


def _machine() -> str:
    """The processor, in the words of the system."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def main(names: list[str]) -> None:
    """Run the models named, or all."""
    rows = {name: asdict(shown) for name, shown in kept().items()} if KEPT.exists() else {}
    for name in names or models():
        with tempfile.TemporaryDirectory() as folder:
            rows[name] = asdict(run(name, Path(folder)))
        print(f"{name}: {rows[name]['processor_s']} s", flush=True)
    there = {name: rows[name] for name in models() if name in rows}
    KEPT.write_text(json.dumps(there, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
