"""Arrays from .npz and .npy files: names, types and shapes are known before any is read."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from neuroloom.golden.documents import parse_json
from neuroloom.golden.wording import quoted

MOST_BYTES = 512 << 20
"""Size of all arrays of a file, unpacked [byte]."""
MOST_TEXT = 4 << 20
"""Bytes of a text that is an array."""
MOST_ARRAYS = 10_000
"""Most arrays in a file."""
MOST_AXES = 32
READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
BROKEN = (SyntaxError, TokenError, TypeError, MemoryError, RecursionError)
KINDS = "biufU"
"""Kinds of what arrays hold: truth values, integers, numbers, text."""
LONGEST_NAME = 100


class Header(NamedTuple):
    """What an array says of itself."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    column_major: bool = False

    @property
    def bytes(self) -> int:
        return prod(self.shape) * self.dtype.itemsize


class Archive:
    """The arrays of an .npz file."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        infos = archive.infolist()
        if len(infos) > MOST_ARRAYS:
            raise ValueError(f"it has more than {MOST_ARRAYS} arrays")
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            name = info.filename.removesuffix(".npy")
            if name == info.filename or len(name) > LONGEST_NAME:
                raise ValueError(f"it holds {quoted(info.filename)}, which is no array")
            if name in self._members:
                raise ValueError(f"it holds {quoted(name)} twice")
            self._members[name] = info
        self.headers: dict[str, Header] = {}
        """Headers of all arrays, by name."""
        for name, info in self._members.items():
            with archive.open(info) as stream, _naming(name):
                self.headers[name] = _header(stream, info.file_size)
        _check_size(sum(header.bytes for header in self.headers.values()))

    def read(self, name: str) -> NDArray[Any]:
        """An array. ValueError where the file is damaged."""
        with self._archive.open(self._members[name]) as stream, _naming(name):
            return _values(stream, _header(stream, self._members[name].file_size))

    def read_json(self, name: str) -> dict[str, Any]:
        """The object that an array of one text, or of the bytes of one, stands for."""
        if self.headers[name].bytes > MOST_TEXT:
            raise ValueError(f"its {name} takes more than {MOST_TEXT >> 20} MiB")
        values = self.read(name)
        if values.dtype.kind == "U" and values.ndim == 0:
            text: str | bytes = str(values)
        elif values.dtype == np.uint8 and values.ndim == 1:
            text = values.tobytes()
        else:
            raise ValueError(f"its {name} is no text")
        with _naming(name):
            fields = parse_json(text)
        if not isinstance(fields, dict):
            raise ValueError(f"its {name} is no object")
        return fields


@contextmanager
def open_npz(file: Path) -> Iterator[Archive]:
    """The arrays of an .npz file, with all headers read and no array yet.

    ValueError where a header is none, declares other sizes than there are, or all arrays together
    take more than ``MOST_BYTES``.
    """
    with file.open("rb") as stream:
        if not zipfile.is_zipfile(stream):
            raise ValueError("it is no npz archive")
        stream.seek(0)
        try:
            with zipfile.ZipFile(stream) as archive:
                yield Archive(archive)
        except RuntimeError as error:  # a password is asked for
            raise ValueError(str(error)) from None


def read_npy(file: Path) -> NDArray[Any]:
    """The array of an .npy file. ValueError as for archives."""
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(0)
        header = _header(stream, size)
        _check_size(header.bytes)
        return _values(stream, header)


def _values(stream: IO[bytes], header: Header) -> NDArray[Any]:
    content = stream.read(header.bytes)
    if len(content) != header.bytes or stream.read(1):
        raise ValueError("it does not hold as many bytes as its shape says")
    values = np.frombuffer(content, header.dtype)
    return values.reshape(header.shape, order="F" if header.column_major else "C")


def _header(stream: IO[bytes], size: int) -> Header:
    """The header at the beginning of ``size`` bytes, which must be of that size in all."""
    version = npy.read_magic(stream)
    if version not in READERS:
        raise ValueError(f"version {version[0]}.{version[1]} of .npy is not read; 1.0 and 2.0 are")
    try:
        shape, column_major, dtype = READERS[version](stream)
    except BROKEN as error:  # of Python's own grammar, in which headers are written
        raise ValueError(f"its header is damaged: {type(error).__name__}") from None
    if dtype.kind not in KINDS or dtype.names or not dtype.itemsize:
        raise ValueError(f"it holds {quoted(str(dtype))}, neither numbers nor text")
    if len(shape) > MOST_AXES or any(axis < 0 for axis in shape):
        raise ValueError(f"{quoted(shape)} is no shape")
    header = Header(dtype, tuple(int(axis) for axis in shape), column_major)
    if stream.tell() + header.bytes != size:
        raise ValueError(
            f"it holds {size - stream.tell()} bytes for the shape {quoted(header.shape)} of {dtype}"
        )
    return header


def _check_size(size: int) -> None:
    if size > MOST_BYTES:
        raise ValueError(f"its arrays take more than {MOST_BYTES >> 20} MiB, the most that is read")


@contextmanager
def _naming(name: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
