"""Arrays in folders as Zarr 3 lays them out, for any Zarr reader to open; whole chunks are written and read directly.

    <group>/zarr.json        attributes
    <array>/zarr.json        shape, chunks, type, fill value
    <array>/c/<i>/<j>/…      one chunk, little-endian, in Zstandard; one that is not there is all fill value

Every file is written beside its place and then renamed into it: after a kill it holds the old bytes or the new ones.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil, isnan, prod
from pathlib import Path

import numpy as np

from vesicula.results.durable import TEMPORARY

META = "zarr.json"
LEVEL = 3  # of Zstandard: what its level 0 stands for
CODECS = [
    {"name": "bytes", "configuration": {"endian": "little"}},
    {"name": "zstd", "configuration": {"level": 0, "checksum": False}},
]


def write_group(folder: Path, attributes: Mapping[str, object]) -> None:
    """Make a group with these attributes, or give them to one that is there. Raises OSError."""
    _put(folder / META, _json({"attributes": attributes, "zarr_format": 3, "node_type": "group"}))


@dataclass(frozen=True)
class ArrayFolder:
    """One array in a folder.

    shape, chunks : numbers of values; dtype : `float32`, `uint64`; fill : value of what was never written
    """

    path: Path
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: str
    fill: float

    @classmethod
    def create(
        cls, path: Path, shape: Sequence[int], chunks: Sequence[int], dtype: str, fill: float,
        names: Sequence[str] | None = None,
    ) -> ArrayFolder:  # fmt: skip
        """Make an array, or open one that is there: its chunks stay. names : of the dimensions. Raises OSError."""
        meta: dict[str, object] = {
            "shape": list(shape), "data_type": dtype,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(chunks)}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": "NaN" if isnan(fill) else 0 if dtype.startswith("u") else fill,
            "codecs": CODECS, "attributes": {},
        }  # fmt: skip
        meta |= {} if names is None else {"dimension_names": list(names)}
        _put(path / META, _json({**meta, "zarr_format": 3, "node_type": "array", "storage_transformers": []}))
        return cls(path, tuple(shape), tuple(chunks), dtype, fill)

    @classmethod
    def open(cls, path: Path) -> ArrayFolder:
        """The array in a folder. Raises OSError, KeyError or ValueError where there is none, or one of another kind."""
        meta = json.loads((path / META).read_bytes())
        if meta["codecs"] != CODECS:
            raise ValueError(f"{path} is packed in another way")
        chunks = meta["chunk_grid"]["configuration"]["chunk_shape"]
        return cls(path, tuple(meta["shape"]), tuple(chunks), meta["data_type"], float(meta["fill_value"]))

    def write(self, first: Sequence[int], values: np.ndarray) -> None:
        """Write the chunks that `values` covers. first : index of its first value, at the edge of a chunk.

        values : [...], as many dimensions as the array, whole chunks. Raises OSError
        """
        import pyarrow as pa

        codec = pa.Codec("zstd", compression_level=LEVEL)
        content = np.asarray(values, dtype=np.dtype(self.dtype).newbyteorder("<"))
        for at in product(*(range(0, n, chunk) for n, chunk in zip(content.shape, self.chunks, strict=True))):
            part = content[tuple(slice(i, i + chunk) for i, chunk in zip(at, self.chunks, strict=True))]
            index = [(f + i) // chunk for f, i, chunk in zip(first, at, self.chunks, strict=True)]
            _put(self._file(index), codec.compress(np.ascontiguousarray(part)))

    def read(self, records: slice = slice(None)) -> np.ndarray:
        """Values of a range along the first dimension, chunks of which are one long or all of it.

        Raises     OSError or ValueError where a chunk is damaged
        """
        import pyarrow as pa

        codec = pa.Codec("zstd")
        start, stop, _ = records.indices(self.shape[0])
        out = np.full((max(0, stop - start), *self.shape[1:]), self.fill, dtype=self.dtype)
        size = prod(self.chunks) * out.itemsize
        rows = range(start // self.chunks[0], ceil(stop / self.chunks[0])) if stop > start else range(0)
        for index in product(rows, *(range(ceil(n / c)) for n, c in zip(self.shape[1:], self.chunks[1:], strict=True))):
            try:
                packed = self._file(index).read_bytes()
            except FileNotFoundError:
                continue
            content = codec.decompress(packed, decompressed_size=size)
            part = np.frombuffer(content, np.dtype(self.dtype).newbyteorder("<")).reshape(self.chunks)
            low = index[0] * self.chunks[0]
            into = (slice(max(low - start, 0), low + self.chunks[0] - start),
                    *(slice(i * c, (i + 1) * c) for i, c in zip(index[1:], self.chunks[1:], strict=True)))  # fmt: skip
            out[into] = part[max(start - low, 0) : stop - low]
        return out

    def _file(self, index: Sequence[int]) -> Path:
        return self.path.joinpath("c", *map(str, index))


def _json(content: object) -> bytes:
    return json.dumps(content, indent=2).encode()


def _put(file: Path, content: bytes) -> None:
    """Put `content` in the place of a file, its folders made where they are missing."""
    temporary = f"{file}{TEMPORARY}"
    try:
        stream = open(temporary, "wb")  # noqa: SIM115
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        stream = open(temporary, "wb")  # noqa: SIM115
    try:
        with stream:
            stream.write(content)
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
