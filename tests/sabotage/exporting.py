"""Faults by which what goes out for other programs is not the run, or harms what was there."""

from __future__ import annotations

from tests.sabotage.fault import Fault

EXPORTS = "tests/unit/results/test_exports.py"
NETWORKS = "tests/unit/results/test_export_sbml.py"

EXPORTING = (
    Fault(
        "half-an-export",
        "what was written before the disk was full stays beside its place",
        "results/durable.py",
        "    except BaseException:\n        remove(temporary)\n",
        "    except BaseException:\n",
        (f"{EXPORTS}::test_a_full_disk_leaves_what_was_there_and_nothing_half[vtk]",),
    ),
    Fault(
        "any-folder-goes",
        "a folder that holds no export is replaced",
        "results/exports/__init__.py",
        "not (target / ACCOUNT).is_file():",
        "not replace:",
        (f"{EXPORTS}::test_only_an_export_is_ever_replaced[vtk]",),
    ),
    Fault(
        "corner-for-middle",
        "a film has its cells beside the middle of the site",
        "results/exports/simularium_films.py",
        'cells[["x", "y", "z"]].to_numpy(dtype=np.float64) - size / 2',
        'cells[["x", "y", "z"]].to_numpy(dtype=np.float64)',
        (f"{EXPORTS}::test_a_film_follows_each_cell_and_shows_vesicles_as_dots",),
    ),
    Fault(
        "first-frame-only",
        "an image has the first moment only",
        "results/exports/ome_images.py",
        "replicate=v.replicate)[chosen]",
        "replicate=v.replicate)[chosen[:1]]",
        (f"{EXPORTS}::test_images_have_axes_scale_channels_and_the_recorded_moments",),
    ),
    Fault(
        "or-is-and",
        "edges that each suffice are written as if all were needed",
        "results/exports/sbml_models.py",
        'stack.append(apply("either", left, right))',
        'stack.append(apply("times", left, right))',
        (f"{NETWORKS}::test_rates_in_a_file_are_those_of_the_engine",),
    ),
    Fault(
        "half-in-molecules",
        "a half-maximum is written in the engine's unit and its input in the model's",
        "results/exports/sbml_models.py",
        "half * sensed.factor",
        "half",
        (f"{NETWORKS}::test_inputs_have_the_units_of_the_run_and_what_cells_sensed",),
    ),
)
