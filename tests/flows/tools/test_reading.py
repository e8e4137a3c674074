"""What all readers share: sizes are bounded before anything is made, documents are strict."""

import gzip
import json
import tracemalloc
import warnings
import zipfile
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.sweep.plan import plan
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.reading import arrays, text
from neuroloom.flows.tools.reading.packed import unpacked
from neuroloom.flows.tools.reading.refusal import reading
from neuroloom.golden import documents
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.wording import LONGEST_VALUE, plain, quoted


def npy(values: np.ndarray, shape: tuple[int, ...] | None = None, size: str = "") -> bytes:
    """An .npy file whose header may lie about shape and type."""
    fields = {"descr": size or values.dtype.str, "fortran_order": False}
    header = repr({**fields, "shape": values.shape if shape is None else shape}).encode()
    header += b" " * (-(11 + len(header)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + values.tobytes()


def npz(file: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return file


def peak(action: Callable[[], Any]) -> int:
    """Bytes that Python held at most during an action that ends in an error."""
    tracemalloc.start()
    try:
        with pytest.raises((ValueError, UsageError)):
            action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class TestArrays:
    def read(self, file: Path) -> dict[str, np.ndarray]:
        with arrays.open_npz(file) as archive:
            return {name: archive.read(name) for name in archive.headers}

    @pytest.mark.parametrize(
        "values",
        [
            np.arange(24).reshape(2, 3, 4),
            np.array(7, np.uint8),
            np.zeros((0, 5)),
            np.array("text"),
            np.asfortranarray(np.arange(6).reshape(2, 3)),
            np.array([True, False]),
        ],
    )
    def test_what_numpy_writes_is_read(self, values: np.ndarray, tmp_path: Path) -> None:
        file = tmp_path / "a.npz"
        np.savez_compressed(file, a=values)
        (found,) = self.read(file).values()
        assert found.dtype == values.dtype
        np.testing.assert_array_equal(found, values)
        np.save(tmp_path / "a.npy", values)
        np.testing.assert_array_equal(arrays.read_npy(tmp_path / "a.npy"), values)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (npy(np.zeros(4), (10**12,)), r"holds 32 bytes for the shape \(1000000000000,\)"),
            (npy(np.zeros(4), (1 << 70,)), "holds 32 bytes for the shape"),
            (npy(np.zeros(4), (-4,)), r"\(-4,\) is no shape"),
            (npy(np.zeros(4), (0, 1 << 62)), "holds 32 bytes"),
            (npy(np.zeros(1), (1,) * 40), "is no shape"),
            (npy(np.zeros(4), size="|O"), "neither numbers nor text"),
            (npy(np.zeros(4), size="<M8[s]"), "neither numbers nor text"),
            (b"\x93NUMPY\x03\x00\x10\x00\x00\x00" + b"{}".ljust(16), "version 3.0"),
            (b"\x93NUMPY\x01\x00\x10\x27" + b"(" * 10000, "a: its header is damaged"),
            (b"", "a: EOF"),
        ],
    )
    def test_headers_that_lie(self, content: bytes, message: str, tmp_path: Path) -> None:
        file = npz(tmp_path / "a.npz", a=content)
        with pytest.raises(UsageError, match=message) as caught, reading(file, "arrays"):
            self.read(file)
        assert len(str(caught.value)) < 500

    def test_arrays_that_would_fill_the_memory_are_not_unpacked(self, tmp_path: Path) -> None:
        """Half a megabyte that stands for half a gigabyte and more."""
        whole = b"\0" * (1 << 20)
        mebibytes = 513
        head = npy(np.zeros(0, np.uint8), (mebibytes << 20,))
        file = tmp_path / "bomb.npz"
        with (
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("a.npy", "w", force_zip64=True) as stream,
        ):
            stream.write(head)
            for _ in range(mebibytes):
                stream.write(whole)
        assert file.stat().st_size < 1 << 20
        with pytest.raises(ValueError, match="take more than 512 MiB"):
            self.read(file)
        assert peak(lambda: self.read(file)) < 4 << 20

    def test_other_archives(self, tmp_path: Path) -> None:
        file = tmp_path / "a.npz"
        whole = npy(np.zeros(2))
        for name, message in (
            ("a.txt", "holds 'a.txt', which is no array"),
            ("a" * 300, "no array"),
        ):
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr(name, whole)
            with pytest.raises(ValueError, match=message):
                self.read(file)
        with zipfile.ZipFile(file, "w") as archive, warnings.catch_warnings(action="ignore"):
            archive.writestr("a.npy", whole)
            archive.writestr("a.npy", whole)
        with pytest.raises(ValueError, match="holds 'a' twice"):
            self.read(file)


class TestText:
    @pytest.mark.parametrize(
        ("document", "message"),
        [
            ('{"a": 1, "b": 2, "a": 3}', "'a' is given twice"),
            ('[{"a": {"b": 1, "b": 1}}]', "'b' is given twice"),
            ('{"a": NaN}', "nan is no number"),
            ('{"a": [-Infinity]}', "-inf is no number"),
            ('{"a": 1e999}', "inf is no number"),
            ("[" * 100_000, "nested deeper than 50 levels"),
            ("[" * 52 + "]" * 52, "nested deeper than 50 levels"),
            ("1" * 5000, "4300 digits"),
            ("{", "Expecting"),
        ],
    )
    def test_json_is_strict(self, document: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            documents.parse_json(document)

    def test_as_deep_as_is_said(self) -> None:
        assert documents.parse_json("[" * 50 + "]" * 50)
        assert documents.parse_json('{"a": [1, -2.5, true, null, "x"]}') == {
            "a": [1, -2.5, True, None, "x"]
        }

    @pytest.mark.parametrize(
        ("document", "message"),
        [
            ("a = 1\na = 2", "Cannot overwrite"),
            ("a = inf", "inf is no number"),
            ("a = 2020-01-01", "2020-01-01 is a date or time"),
            ("a = " + "[" * 100_000, "nested deeper"),
            (".".join("a" * 60) + " = 1", "nested deeper"),
            (".".join("a" * 200_000) + " = 1", "nested deeper"),
        ],
    )
    def test_toml_is_strict(self, document: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            documents.parse_toml(document)

    def test_long_lines_of_numbers_are_no_keys(self) -> None:
        line = ", ".join(["0.5"] * 500)
        assert documents.parse_toml(f"a.b.c = [\n {line}\n]")["a"]["b"]["c"] == [0.5] * 500

    def test_a_byte_order_mark_is_no_part_of_a_text(self, tmp_path: Path) -> None:
        popcount = macros()["popcount"]
        for name, content in {
            "a.toml": "width = 9",
            "a.json": '{"width": 9}',
            "a.csv": "width\n9\n",
            "p.json": '[{"width": 9}]',
        }.items():
            file = tmp_path / name
            file.write_bytes(BOM_UTF8 + content.encode())
            assert text.read_text(file) == content
            if name.startswith("a") and file.suffix != ".csv":
                assert read_spec(popcount, file=file) == PopcountSpec(width=9)
            else:
                assert plan(popcount, points=file).specs == (PopcountSpec(width=9),)
        file.write_bytes("width = 9".encode("utf-16"))
        with pytest.raises(ValueError, match="not a text file"):
            text.read_text(file)

    def test_large_files_are_not_read(self, tmp_path: Path) -> None:
        file = tmp_path / "a.json"
        with file.open("wb") as stream:
            stream.truncate(1 << 40)
        with (
            pytest.raises(UsageError, match=r"cannot read the thing .*more than 64 MiB"),
            reading(file, "the thing"),
        ):
            text.read_text(file)


def test_gzip_is_unpacked_no_further_than_expected() -> None:
    bomb = gzip.compress(b"\0" * (64 << 20))
    assert len(bomb) < 100_000
    with pytest.raises(ValueError, match="unpacks to more than 1 MiB"):
        unpacked(bomb, 1 << 20)
    assert peak(lambda: unpacked(bomb, 1 << 20)) < 8 << 20
    assert unpacked(gzip.compress(b"abc") + gzip.compress(b"def"), 6) == b"abcdef"


def test_values_are_quoted_in_a_part_of_a_line() -> None:
    large = {"a": [list(range(10_000))] * 10, "b": "x" * 100_000, "c": 10**4000}
    for value in (large, large["b"], large["c"], "a\nb\x1b[31m", [[[[[[1]]]]]], json.dumps(large)):
        for words in (quoted(value), plain(value)):
            assert len(words) <= LONGEST_VALUE
            assert words.isprintable()
    assert (quoted("abc"), plain("abc"), plain(3), quoted([1, 2])) == (
        "'abc'",
        "abc",
        "3",
        "[1, 2]",
    )


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RecursionError(),
        OSError("disk"),
        zipfile.BadZipFile("x"),
        OverflowError("y"),
        EOFError(),
        PermissionError(13, "Permission denied"),
        ValueError("z" * 10_000 + "\nmore"),
    ],
)
def test_whatever_reading_raises_is_one_sentence(error: Exception) -> None:
    with (
        pytest.raises(UsageError, match=r"^cannot read the thing a\.b: .") as caught,
        reading(Path("a.b"), "the thing"),
    ):
        raise error
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)
