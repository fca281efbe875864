"""Faults in which moments of a run are recorded, read and resumed."""

from __future__ import annotations

from tests.sabotage.fault import Fault

MOMENTS = "tests/unit/test_moments.py"

RECORDING = (
    Fault(
        "peak-in-no-curve",
        "a dose at a recording time is seen only in the record before it",
        "results/description.py",
        "for after in ((False, True) if step in acting else (False,))]",
        "for after in (False,)]",
        (
            f"{MOMENTS}::test_a_bolus_has_its_peak_at_and_between_recording_times",
            f"{MOMENTS}::test_readings_show_the_moment_after",
        ),
    ),
    Fault(
        "washed-twice",
        "a run that is resumed where something was just done does it again",
        "results/folder.py",
        "        self.acted = found.after\n",
        "        self.acted = False\n",
        (f"{MOMENTS}::test_a_run_that_stops_between_its_last_state_and_its_end_does_not_wash_twice",),
    ),
    Fault(
        "stopped-but-not-yet",
        "whoever presses Ctrl-C waits until required loading is worked out",
        "cli/running.py",
        "            keep_loading_later(stopped.folder, model, changes=asked, seed=seed, **drawn_from)\n",
        "            keep_loading(stopped.folder, model, changes=asked, seed=seed, **drawn_from)\n",
        ("tests/unit/test_no_answer_lost.py::test_required_loading_waits_until_a_stopped_run_is_resumed",),
    ),
)
