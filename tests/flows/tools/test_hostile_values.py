"""Damaged images and labels, figures beyond all measure, truth values and words that are wrong."""

import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import hostile
from support.damaged import archive, changed, whole
from support.odd_words import called

from neuroloom.flows.macros import chip_file
from neuroloom.flows.simulation.bulk.files import read_traffic
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.training import idx as idx_reader
from neuroloom.flows.training.idx import load_idx


def idx(*sizes: int, values: bytes = b"") -> bytes:
    return bytes([0, 0, 8, len(sizes)]) + b"".join(s.to_bytes(4, "big") for s in sizes) + values


# without the time of day, which would name the test differently in each worker of a run
CUT_OFF = gzip.compress(idx(1, 2, 2, values=bytes(4)), mtime=0)[:-9]


@pytest.mark.parametrize(
    ("images", "labels", "sentence"),
    [
        (CUT_OFF, idx(1, values=b"\3"), "cannot read"),
        (gzip.compress(bytes(2 << 20)), idx(0), "unpacks to more than 1 MiB"),
        (idx(0, 28, 28), idx(0), "train has no images: their shape is (0, 28, 28)"),
        (idx(2, 0, 5), idx(2, values=b"\1\2"), "train has no images: their shape is (2, 0, 5)"),
        (idx(*[1] * 65, values=b"\1"), idx(1, values=b"\1"), "has 65 dimensions; 8 are the most"),
        (idx(1, 1, 1, values=b"\1"), idx(1, values=b"\x0a"), "has the label 10; labels are 0 to 9"),
        (idx(1, 1, 1, values=b"\1\2"), idx(1, values=b"\1"), "it goes on behind them"),
        (idx(*[1 << 31] * 8, values=b"\1"), idx(1, values=b"\1"), "it is cut off"),
    ],
)
def test_images_and_labels(
    images: bytes, labels: bytes, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idx_reader, "MOST_BYTES", 1 << 20)
    suffix = ".gz" if images[:2] == b"\x1f\x8b" else ""
    (tmp_path / f"train-images-idx3-ubyte{suffix}").write_bytes(images)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(labels)
    with pytest.raises(UsageError) as caught:
        load_idx(tmp_path, "train")
    assert sentence in str(caught.value) and str(tmp_path) in str(caught.value)


def test_figures_beyond_all_measure_are_compared(tmp_path: Path) -> None:
    for name, value in (("a.json", 1e300), ("b.json", 1e-300)):
        content = changed("report", targets__2__area__total_um2=value)
        (tmp_path / name).write_bytes(content)
    status, said = called(["compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")])
    assert status == 0, said


def test_truth_values_are_integers(tmp_path: Path) -> None:
    """In chip files and in traffic, where numpy gives them without being asked."""
    with np.load(io.BytesIO(whole("chip NPZ"))) as given:
        crossbar = given["crossbar"]
    (tmp_path / "c.npz").write_bytes(archive("chip NPZ", crossbar=crossbar.astype(bool)))
    (tmp_path / "d.npz").write_bytes(whole("chip NPZ"))
    assert chip_file.load(tmp_path / "c.npz") == chip_file.load(tmp_path / "d.npz")
    truths: dict[str, Any] = {"activations.bits": np.ones((4, 5), bool)}
    np.savez(tmp_path / "t.npz", **truths)
    bits = read_traffic(hostile.LAYER, [tmp_path / "t.npz"])["activations"]["bits"]
    assert bits.dtype == np.uint8 and bits.tolist() == [[1] * 5] * 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show", "popcount", "width=8", "width=9"], "width is given twice"),
        (["show", "crossbar_chip", f"chip={'x' * 300}.json"], "File name too long"),
        (["show", "popcount", "--spec", "x" * 300], "File name too long"),
        (["map", f"{'x' * 300}.json"], "File name too long"),
        (["compare", "x" * 300, "y"], "File name too long"),
        (["generate", "popcount", "--seed", "-1"], "--seed"),
        (["synth", "popcount", "--clock", "inf", "--target", "gates"], "--clock"),
    ],
)
def test_wrong_words(words: list[str], sentence: str) -> None:
    status, said = called(words)
    assert status == 2, said
    assert sentence in said
