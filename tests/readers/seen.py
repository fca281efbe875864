"""Opens an exported file with the program that its users have, and prints what that shows as JSON.

    python seen.py FORMAT PATH [ARGUMENT …]

It runs in an environment of these programs alone (`python lab.py readers`), and so imports nothing of this project.
"""

import contextlib
import io
import json
import sys
from pathlib import Path


def anndata(path):
    """Cells for scanpy and squidpy: what is there, and neighbours in space within each sample."""
    import numpy as np
    import scanpy
    import squidpy

    cells = scanpy.read_h5ad(path)
    squidpy.gr.spatial_neighbors(cells, library_key="sample", coord_type="generic", n_neighs=3)
    near = cells.obsp["spatial_connectivities"].tocoo()
    samples = cells.obs["sample"].to_numpy()
    counts = cells.obs.groupby("sample", observed=True).size()
    return {
        "shape": list(cells.shape),
        "var": {name: [row["kind"], row["unit"]] for name, row in cells.var.iterrows()},
        "obs": list(cells.obs.columns),
        "cells": {str(name): int(n) for name, n in counts.items()},
        "spatial": np.asarray(cells.obsm["spatial"]).sum(axis=0).tolist(),
        "sums": np.nansum(np.asarray(cells.X, dtype=np.float64), axis=0).tolist(),
        "types": sorted(cells.obs["cell_type"].unique()),
        "uns": json.loads(json.dumps(cells.uns["vesicula"], default=lambda one: one.item())),
        "neighbours": near.nnz,
        "across": int((samples[near.row] != samples[near.col]).sum()),
    }


def vtk(path):
    """A series in time for ParaView: what PyVista reads of its first and last moment."""
    import numpy as np
    import pyvista

    reader = pyvista.get_reader(path)
    out = {"times": list(reader.time_values), "moments": []}
    for time in (reader.time_values[0], reader.time_values[-1]):
        reader.set_active_time_value(time)
        mesh = reader.read()[0]
        arrays = mesh.point_data if isinstance(mesh, pyvista.PolyData) else mesh.cell_data
        names = list(arrays.keys())
        numbers = {n: np.asarray(arrays[n]) for n in names if np.asarray(arrays[n]).dtype.kind in "fiu"}
        words = {n: sorted(set(map(str, arrays[n]))) for n in names if n not in numbers}
        out["moments"].append({
            "kind": type(mesh).__name__, "points": mesh.n_points, "cells": mesh.n_cells, "bounds": list(mesh.bounds),
            "sums": {n: float(np.nansum(values.astype(np.float64))) for n, values in numbers.items()},
            "first": {n: values[:3].astype(np.float64).tolist() for n, values in numbers.items()}, "words": words,
            "time": float(mesh.field_data["TimeValue"][0]), "unit": str(mesh.field_data["TimeUnit"][0]),
        })  # fmt: skip
        if isinstance(mesh, pyvista.PolyData):
            ball = pyvista.Sphere(radius=0.5, theta_resolution=6, phi_resolution=6)
            drawn = mesh.glyph(scale="diameter (um)", orient=False, geom=ball)
            out["moments"][-1]["drawn"] = list(drawn.bounds)
    return out


def simularium(path):
    """A film for the viewer: what simulariumio reads, and whether it can write it again."""
    from simulariumio import FileConverter, InputFileData, JsonWriter

    with contextlib.redirect_stdout(io.StringIO()):
        data = FileConverter(InputFileData(file_path=str(path)))._data
        written = JsonWriter.format_trajectory_data(data)
    agents = data.agent_data
    last = int(agents.n_agents[-1])
    return {
        "times": agents.times.tolist(),
        "agents": [int(n) for n in agents.n_agents],
        "types": sorted({name for names in agents.types for name in names}),
        "radii": agents.radii[-1, :last].tolist(),
        "names": list(agents.types[-1][:last]),
        "ids": agents.unique_ids[-1, :last].tolist(),
        "positions": agents.positions[-1, :last].tolist(),
        "box": list(map(float, data.meta_data.box_size)),
        "units": [data.time_units.name, data.spatial_units.name],
        "title": data.meta_data.trajectory_title,
        "again": len(written["spatialData"]["bundleData"]),
    }


def ome_zarr(path):
    """An image for napari: what the OME-Zarr reader hands to it."""
    import numpy as np
    from ome_zarr.io import parse_url
    from ome_zarr.reader import Reader

    (node,) = Reader(parse_url(path))()
    image = np.asarray(node.data[0])
    meta = node.metadata
    return {
        "shape": list(image.shape),
        "dtype": str(image.dtype),
        "axes": meta["axes"],
        "scale": meta["coordinateTransformations"][0],
        "channels": meta.get("channel_names") or meta.get("name"),
        "limits": meta.get("contrast_limits"),
        "sums": np.nansum(image.astype(np.float64), axis=tuple(range(2, image.ndim))).tolist(),
    }


def sbml(path, end, *settings):
    """A network: mistakes that libSBML finds, and where libRoadRunner takes it. settings : ID=VALUE of constants"""
    import libsbml
    import roadrunner

    document = libsbml.readSBMLFromFile(str(path))
    document.checkConsistency()
    found = [document.getError(i) for i in range(document.getNumErrors())]
    model = roadrunner.RoadRunner(str(path))
    for one in settings:
        name, _, value = one.partition("=")
        model.setValue(name, float(value))
    model.integrator.absolute_tolerance, model.integrator.relative_tolerance = 1e-10, 1e-9
    species = list(model.model.getFloatingSpeciesIds()) + list(model.model.getBoundarySpeciesIds())
    model.timeCourseSelections = ["time", *species]
    course = model.simulate(0.0, float(end), 49)
    read = document.getModel()
    return {
        "problems": [f"{e.getSeverityAsString()}: {e.getMessage().strip()}" for e in found],
        "level": [document.getLevel(), document.getVersion()],
        "names": {s.getId(): s.getName() for s in read.getListOfSpecies()},
        "constants": {p.getId(): [p.getName(), p.getValue(), p.getUnits()] for p in read.getListOfParameters()},
        "times": [float(row[0]) for row in course],
        "course": {name: [float(row[i + 1]) for row in course] for i, name in enumerate(species)},
    }


if __name__ == "__main__":
    form, file, *rest = sys.argv[1:]
    shown = {"anndata": anndata, "vtk": vtk, "simularium": simularium, "ome-zarr": ome_zarr, "sbml": sbml}[form]
    print(json.dumps(shown(Path(file) if form != "ome-zarr" else file, *rest)))
