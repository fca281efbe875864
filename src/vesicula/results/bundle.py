"""Named arrays as checked bytes: the format of checkpoints and of records in the journal.

Layout     magic (8 bytes) | payload length (uint64 LE) | header length (uint64 LE) | blake2b-256 of the rest |
           header (JSON: step, what, arrays [name, dtype, shape, offset]) | array bytes, C order, little endian
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MAGIC = b"VESICULA"
PREFIX = struct.Struct("<8sQQ32s")


class BrokenBundle(ValueError):
    """Bytes that are no complete bundle: torn, overwritten or of another format."""


@dataclass(frozen=True)
class Bundle:
    """Arrays by name, and a small header of numbers and words."""

    header: dict[str, object]
    arrays: dict[str, np.ndarray]


def pack(arrays: dict[str, np.ndarray], header: dict[str, object]) -> bytes:
    """Bytes of a bundle; the same arrays and header give the same bytes."""
    index, blocks, offset = [], [], 0
    for name, array in arrays.items():
        block = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        index.append([name, block.dtype.str, list(array.shape), offset])
        blocks.append(block.tobytes())
        offset += len(blocks[-1])
    head = json.dumps({"header": header, "arrays": index}, sort_keys=True, ensure_ascii=False).encode()
    digest = hashlib.blake2b(head, digest_size=32)
    for block in blocks:
        digest.update(block)
    return b"".join([PREFIX.pack(MAGIC, offset, len(head), digest.digest()), head, *blocks])


def read_header(path: Path) -> dict[str, object]:
    """Header of the bundle in a file, without checking its arrays; raises OSError, BrokenBundle."""
    with path.open("rb") as file:
        prefix = file.read(PREFIX.size)
        size(prefix)
        head = file.read(PREFIX.unpack(prefix)[2])
    try:
        return json.loads(head)["header"]
    except (ValueError, KeyError) as error:
        raise BrokenBundle("header cannot be read") from error


def size(prefix: bytes) -> int:
    """Total length of the bundle that starts with these bytes; raises BrokenBundle."""
    if len(prefix) < PREFIX.size:
        raise BrokenBundle("shorter than a header")
    magic, payload, head, _ = PREFIX.unpack(prefix[: PREFIX.size])
    if magic != MAGIC:
        raise BrokenBundle("no Vesicula data")
    return PREFIX.size + head + payload


def unpack(content: bytes) -> Bundle:
    """The arrays in a bundle (copies, writeable); raises BrokenBundle where length or checksum do not fit."""
    if len(content) != size(content):
        raise BrokenBundle(f"{len(content)} bytes where {size(content)} belong")
    _, _, head_length, expected = PREFIX.unpack(content[: PREFIX.size])
    if hashlib.blake2b(memoryview(content)[PREFIX.size :], digest_size=32).digest() != expected:
        raise BrokenBundle("checksum does not fit")
    start = PREFIX.size + head_length
    head = json.loads(content[PREFIX.size : start])
    arrays = {}
    for name, dtype, shape, offset in head["arrays"]:
        count = int(np.prod(shape, dtype=np.int64))
        flat = np.frombuffer(content, dtype=np.dtype(dtype), count=count, offset=start + offset)
        arrays[name] = flat.reshape(shape).astype(np.dtype(dtype).newbyteorder("="), copy=True)
    return Bundle(head["header"], arrays)
