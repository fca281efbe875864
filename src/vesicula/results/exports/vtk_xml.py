"""Files of VTK's XML formats: points (`.vtp`), images (`.vti`) and their series in time (`.pvd`).

Every array is little-endian, packed with zlib in one block and written in base64 behind its header of four UInt64:
blocks, bytes of a block, bytes of a partial last one (0: whole), packed bytes. Format: VTK file formats, XML, of the
documentation of VTK.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import quoteattr

import numpy as np

Arrays = Mapping[str, np.ndarray | Sequence[str]]
"""Name -> numbers, one row per point or voxel, or words."""
HEAD = (
    '<?xml version="1.0"?>\n'
    '<VTKFile type="{kind}" version="1.0" byte_order="LittleEndian" header_type="UInt64"{more}>\n'
)
PACKED = ' compressor="vtkZLibDataCompressor"'
TYPES = {"f4": "Float32", "f8": "Float64", "i1": "Int8", "i4": "Int32", "i8": "Int64", "u1": "UInt8", "u8": "UInt64"}


def points(places: np.ndarray, arrays: Arrays, time_min: float) -> str:
    """Text of a `.vtp` file: points, each a vertex, with arrays. places : float32[n, 3], µm"""
    n = len(places)
    corners = np.arange(n, dtype=np.int64)
    return "".join((
        HEAD.format(kind="PolyData", more=PACKED), "<PolyData>\n", _moment(time_min),
        f'<Piece NumberOfPoints="{n}" NumberOfVerts="{n}" NumberOfLines="0" NumberOfStrips="0" NumberOfPolys="0">\n',
        "<PointData>\n", *(_array(name, values) for name, values in arrays.items()), "</PointData>\n",
        "<Points>\n", _array("Points", places.astype(np.float32)), "</Points>\n",
        "<Verts>\n", _array("connectivity", corners), _array("offsets", corners + 1), "</Verts>\n",
        "</Piece>\n</PolyData>\n</VTKFile>\n",
    ))  # fmt: skip


def image(voxels: tuple[int, int, int], edges: tuple[float, float, float], arrays: Arrays, time_min: float) -> str:
    """Text of a `.vti` file: values of voxels. voxels, edges : along x, y, z, edges in µm; arrays : x runs fastest"""
    extent = quoteattr(" ".join(f"0 {n}" for n in voxels))
    spacing = quoteattr(" ".join(f"{edge!r}" for edge in edges))
    return "".join((
        HEAD.format(kind="ImageData", more=PACKED),
        f'<ImageData WholeExtent={extent} Origin="0 0 0" Spacing={spacing}>\n', _moment(time_min),
        f"<Piece Extent={extent}>\n<CellData>\n", *(_array(name, values) for name, values in arrays.items()),
        "</CellData>\n</Piece>\n</ImageData>\n</VTKFile>\n",
    ))  # fmt: skip


def series(files: Iterable[tuple[float, str]]) -> str:
    """Text of a `.pvd` file: times and the file of each, beside this one."""
    rows = (
        f'<DataSet timestep="{time!r}" group="" part="0" file={quoteattr(file)}/>\n' for time, file in files
    )  # fmt: skip
    return "".join((HEAD.format(kind="Collection", more=""), "<Collection>\n", *rows, "</Collection>\n</VTKFile>\n"))


def _moment(time_min: float) -> str:
    time = np.array([time_min], dtype=np.float64)
    inner = _array("TimeValue", time, tuples=1) + _array("TimeUnit", ["min"], tuples=1)
    return f"<FieldData>\n{inner}</FieldData>\n"


def _array(name: str, values: np.ndarray | Sequence[str], *, tuples: int | None = None) -> str:
    """One array. tuples : its length, which only data without points or voxels has to say"""
    counted = "" if tuples is None else f' NumberOfTuples="{tuples}"'
    if not isinstance(values, np.ndarray):
        words = b"".join(word.encode() + b"\0" for word in values)
        return f'<Array type="String" Name={quoteattr(name)}{counted} format="binary">{_packed(words)}</Array>\n'
    width = f' NumberOfComponents="{values.shape[1]}"' if values.ndim == 2 else ""
    content = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    kind = TYPES[content.dtype.str[1:]]
    return (
        f'<DataArray type="{kind}" Name={quoteattr(name)}{width}{counted} format="binary">'
        f"{_packed(content.tobytes())}</DataArray>\n"
    )


def _packed(content: bytes) -> str:
    """Header and packed bytes, each in base64."""
    packed = zlib.compress(content) if content else b""
    header = [1, len(content), 0, len(packed)] if content else [0, 0, 0]
    return (base64.b64encode(np.array(header, dtype="<u8").tobytes()) + base64.b64encode(packed)).decode()
