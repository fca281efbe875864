"""Sets up Vesicula beside this file and starts it: needs Python 3.11 or newer with pip, and nothing else.

    python lab.py run mir105-barrier      a first look: could those vesicles have done it?
    python lab.py run bone-metastasis     any `vesicula` command: run, check, explain, report, resume, models, new …
    python lab.py test [pytest options]   the quick tests; with --coverage also which share of the lines they run
    python lab.py long [pytest options]   the tests that take minutes
    python lab.py bounds [pytest options] the quick tests, the engine compiled so that every index is checked
    python lab.py static                  format, lint, types, layers and size limits
    python lab.py sabotage [NAME …]       seeded faults, each of which has to turn its tests red
    python lab.py readers [pytest options] exports opened by the programs that read them (2 GB of packages, apart)
    python lab.py setup                   only install

The first call makes `.venv` with the exact versions of requirements.txt; the tests add requirements-dev.txt. It is made
anew when these files change, and completed after an interruption. `readers` makes `.venv-readers` beside it.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python has to get this far to be told
    sys.exit(
        "Vesicula needs Python 3.11 or newer; this is Python {}.{}.\n"
        "Start it with a newer one, for example: python3.11 lab.py …".format(*sys.version_info[:2])
    )

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
MARKER = VENV / "vesicula-setup.json"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
RUN, DEVELOP, READERS = "requirements.txt", "requirements-dev.txt", "requirements-readers.txt"
COVERAGE = "--coverage"


def main(arguments):
    """Run one command; returns its exit code."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    command, rest = arguments[0], arguments[1:]
    if command == "setup":
        set_up(DEVELOP)
        print("ready: python lab.py run mir105-barrier")
        return 0
    if command in ("test", "long", "bounds"):
        set_up(DEVELOP)
        return test(command, rest)
    if command == "static":
        set_up(DEVELOP)
        return static()
    if command == "readers":
        set_up(DEVELOP)
        place = {**os.environ, "VESICULA_READERS": str(set_up_readers())}
        return run([PYTHON, "-m", "pytest", "tests/readers", *rest], cwd=ROOT, env=place)
    if command == "sabotage":
        set_up(DEVELOP)
        return run([PYTHON, "-m", "tests.sabotage.check", *rest], cwd=ROOT)
    set_up(RUN)
    return run([PYTHON, "-m", "vesicula", *arguments])


def test(command, options):
    """The quick or the long tests, on all cores unless `-n` says otherwise.

    bounds : without the check of indices a kernel that writes beyond an array harms whatever lies there, and another
    test ends; its machine code is kept apart
    --coverage : takes 1.6 times the processor time, and prints the share of lines that ran
    """
    measured, options = COVERAGE in options, [option for option in options if option != COVERAGE]
    program = ["-m", "coverage", "run", "-m", "pytest"] if measured else ["-m", "pytest"]
    checked = {"NUMBA_BOUNDSCHECK": "1", "VESICULA_CACHE": str(VENV / "bounds")} if command == "bounds" else {}
    chosen = ["-m", "long"] if command == "long" else []
    workers = [] if any(option.startswith("-n") for option in options) else ["-n", str(min(os.cpu_count() or 1, 8))]
    if not measured:
        return run([PYTHON, *program, *workers, *chosen, *options], cwd=ROOT, env={**os.environ, **checked})
    folder = VENV / "coverage"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = {**os.environ, **checked, "COVERAGE_FILE": str(folder / "lines")}
    code = run([PYTHON, *program, *workers, *chosen, *options], cwd=ROOT, env=environment)
    for step in (("combine", "--quiet"), ("report", "--skip-covered", "--sort=cover"), ("report", "--format=total")):
        if step[-1] == "--format=total":
            print("percent of the lines of the package that these tests ran, without the kernels (machine code):")
        run([PYTHON, "-m", "coverage", *step], cwd=ROOT, env=environment)
    return code


def static():
    """Every static check, also after one has failed; returns 1 if any did."""
    checks = (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("lint-imports",),
        ("basedpyright",),
        ("pytest", "-q", "tests/static"),
    )
    failed = []
    for check in checks:
        name = " ".join(check)
        print(f"— {name}", flush=True)
        program = SCRIPTS / (check[0] + (".exe" if os.name == "nt" else ""))
        if run([program, *check[1:]], cwd=ROOT):
            failed.append(name)
    print("static checks: " + (f"failed: {', '.join(failed)}" if failed else "all passed"))
    return 1 if failed else 0


def set_up(requirements):
    """Make or complete `.venv` so that it holds `requirements` and the package; quick when there is nothing to do."""
    have = installed()
    pinned = fingerprint(RUN)
    if have.get("python") != python_version() or have.get(RUN) != pinned or not PYTHON.exists():
        have = fresh_environment(VENV)
        install("the packages Vesicula stands on", "-r", str(ROOT / RUN))
        have[RUN] = pinned
    if requirements == DEVELOP and have.get(DEVELOP) != fingerprint(DEVELOP):
        install("the packages its tests stand on", "-r", str(ROOT / DEVELOP))
        have[DEVELOP] = fingerprint(DEVELOP)
    package = fingerprint("pyproject.toml")
    if have.get("package") != package:
        install("Vesicula", "--no-build-isolation", "--no-deps", "--editable", str(ROOT))
        have["package"] = package
    if have != installed():
        mark(VENV, have)


def set_up_readers():
    """Make `.venv-readers` with programs that read exports: apart, since some need older packages; returns its Python.

    It is made anew where anything has changed or a set-up never ended.
    """
    folder = VENV.with_name(f"{VENV.name}-readers")
    python, whole = folder / PYTHON.relative_to(VENV), {READERS: fingerprint(READERS), "python": python_version()}
    if {name: installed(folder).get(name) for name in whole} != whole or not python.exists():
        have = fresh_environment(folder)
        install("programs that read exports (2 GB)", "-r", str(ROOT / READERS), python=python)
        mark(folder, have | whole)
    return python


def mark(folder, have):
    """Write what an environment holds, whole or not at all."""
    marker = folder / MARKER.name
    unfinished = marker.with_suffix(".new")
    unfinished.write_text(json.dumps(have, indent=1))
    unfinished.replace(marker)


def fresh_environment(folder):
    """Remove an environment and make an empty one; returns what it holds."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            "This Python has no venv or no pip to put into it.\n"
            "On Debian and Ubuntu: sudo apt install python3-venv; elsewhere install Python from its official page."
        )
    print(f"making {folder.name} with Python {python_version()} (once)", file=sys.stderr, flush=True)
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
    base = getattr(sys, "_base_executable", None) or sys.executable  # this file may run inside the old environment
    if run([base, "-m", "venv", folder]):
        sys.exit(f"The environment {folder} could not be made; the lines above say why.")
    return {"python": python_version(), "root": str(ROOT)}


def install(what, *arguments, python=None):
    """Let pip install into `.venv`, or for another Python, or stop with what to do."""
    print(f"installing {what}", file=sys.stderr, flush=True)
    pip = [python or PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", *arguments]
    code = run(pip, stdout=sys.stderr)
    if code in (130, -2):
        sys.exit("interrupted; the same command goes on where this one stopped")
    if code:
        sys.exit(
            f"pip could not install {what}; its lines above say why.\n"
            "Mostly this is the network: pip needs to reach a package index (set a proxy with HTTPS_PROXY, or another\n"
            "index with PIP_INDEX_URL), then run the same command again; it goes on where it stopped."
        )


def installed(folder=None):
    """What its marker says `.venv`, or another one, holds; empty where a set-up never ended or it was moved."""
    try:
        have = json.loads((folder or VENV).joinpath(MARKER.name).read_text())
    except (OSError, ValueError):
        return {}
    return have if have.get("root") == str(ROOT) else {}


def fingerprint(name):
    """Hash of a file beside this one."""
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def python_version():
    """Version of the Python that runs this file."""
    return "{}.{}.{}".format(*sys.version_info[:3])


def run(command, **options):
    """Run a program to its end, passing Ctrl-C on to it; returns its exit code."""
    sys.stdout.flush()
    process = subprocess.Popen([str(part) for part in command], **options)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the program got it too, and decides


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
