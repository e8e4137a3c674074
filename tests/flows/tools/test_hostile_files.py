"""Damaged and hostile files that once broke a command: each is one sentence now, and status 2."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.damaged import (
    LONG,
    archive,
    changed,
    deflated_wrong,
    described,
    lying,
    model,
    spoilt,
    whole,
)
from support.odd_words import called
from support.places import SHARED

CASES = SHARED / "cases" / "robust"
"""Files beside the project, for development."""


BOMB = archive("chip NPZ", header=lying((12 << 30,)))
CHIP, MAP = ("show", "crossbar_chip", "chip={}"), ("map", "{}")
IMPORT, TRAFFIC = ("import", "{}", "-o", "x.toml"), ("simulate", "bnn_layer", "--traffic", "{}")
COMPARE, POINTS = ("compare", "{}", "{}"), ("sweep", "popcount", "--points", "{}")
SPEC = ("show", "bnn_network", "--spec", "{}")
Case = tuple[tuple[str, ...], str, Callable[[], bytes], str]

FILES: dict[str, Case] = {
    "an empty chip": (CHIP, ".npz", lambda: b"", "is not a chip file: it is no npz archive"),
    "64 bits in a chip": (
        CHIP,
        ".json",
        lambda: changed("chip JSON", contents__0__leak__1=1 << 63),
        "contents.0.leak.1=9223372036854775808 is wrong: input should be less than",
    ),
    "64 bits in the arrays of a chip": (
        CHIP,
        ".npz",
        lambda: archive("chip NPZ", leak=np.full((2, 3), 2**64 - 1, np.uint64)),
        "contents.0.leak.0=18446744073709551615 is wrong",
    ),
    "a long field of a chip": (
        CHIP,
        ".json",
        lambda: changed("chip JSON", contents__0__dy__0=LONG),
        "contents.0.dy.0=xxxx",
    ),
    "a long field of a chip's core": (
        CHIP,
        ".npz",
        lambda: described("chip NPZ", "description", core__dx_bits=LONG),
        "core.dx_bits=xxxx",
    ),
    "an axis too many": (
        CHIP,
        ".npz",
        lambda: archive("chip NPZ", floor=np.zeros((2, 3, 1), int)),
        "floor has the shape (2, 3, 1); it takes (cores, neurons)",
    ),
    "no axis": (CHIP, ".npz", lambda: archive("chip NPZ", dy=np.array(0)), "dy has the shape ()"),
    "a description of terabytes": (
        CHIP,
        ".npz",
        lambda: archive("chip NPZ", description=lying((10**12,))),
        "description: it holds 64 bytes for the shape (1000000000000,)",
    ),
    "a description that is no text": (
        CHIP,
        ".npz",
        lambda: archive("chip NPZ", description=np.zeros(3)),
        "its description is no text",
    ),
    "a header of brackets": (
        CHIP,
        ".npz",
        lambda: archive("chip NPZ", leak=lying(()).replace(b"{'descr'", b"((((((((")),
        "leak: its header is damaged",
    ),
    "noise in a chip": (
        CHIP,
        ".npz",
        lambda: deflated_wrong("chip NPZ"),
        "is not a chip file: Error -3",
    ),
    "another compression": (
        CHIP,
        ".npz",
        lambda: spoilt("chip NPZ", 10, 99),
        "compression method is not supported",
    ),
    "a bomb for a chip": (CHIP, ".npz", lambda: BOMB, "(12884901888,)"),
    "a bomb for a network": (MAP, ".npz", lambda: BOMB, "(12884901888,)"),
    "a bomb for traffic": (TRAFFIC, ".npz", lambda: BOMB, "(12884901888,)"),
    "signs in a crossbar": (
        CHIP,
        ".json",
        lambda: changed("chip JSON", contents__0__crossbar__0="0x1"),
        "crossbar of neuron 0 is not hexadecimal: '0x1'",
    ),
    "underscores in a crossbar": (
        CHIP,
        ".json",
        lambda: changed("chip JSON", contents__0__crossbar__0="1_0"),
        "crossbar of neuron 0 is not hexadecimal: '1_0'",
    ),
    "text for a number of a chip": (
        CHIP,
        ".json",
        lambda: changed("chip JSON", contents__0__leak__0="1"),
        "contents.0.leak.0=1 is wrong: input should be a valid integer",
    ),
    "a field of a chip twice": (
        CHIP,
        ".json",
        lambda: whole("chip JSON").replace(b'"rows"', b'"rows": 1, "rows"', 1),
        "'rows' is given twice",
    ),
    "contents of a chip twice": (
        CHIP,
        ".npz",
        lambda: described("chip NPZ", "description", contents=[]),
        "its description has contents",
    ),
    "a long kind of layer": (
        MAP,
        ".json",
        lambda: changed("network JSON", layers__0__kind=LONG),
        "layers.0: Its kind should be one of 'convolution', ",
    ),
    "text for a number of a network": (
        MAP,
        ".json",
        lambda: changed("network JSON", image__height="8"),
        "image.height: Input",
    ),
    "a wrong version": (
        MAP,
        ".json",
        lambda: changed("network JSON", version=True),
        "version true; it takes",
    ),
    "noise in a network": (
        MAP,
        ".npz",
        lambda: deflated_wrong("integer network"),
        "Error -3 while decompressing",
    ),
    "text for a truth": (
        MAP,
        ".npz",
        lambda: described("integer network", "header", layers__0__relu="false"),
        "is wrong: layer 0: relu is 'false', not true or false",
    ),
    "a truth for a number": (
        MAP,
        ".npz",
        lambda: described("integer network", "header", layers__0__shift=True),
        "layer 0: shift is true, not an integer",
    ),
    "an unknown key": (
        MAP,
        ".npz",
        lambda: described("integer network", "header", colour="red"),
        "is wrong: the header has 'colour', which is no name in it",
    ),
    "an unknown array": (
        MAP,
        ".npz",
        lambda: archive("integer network", weights9=np.zeros(3)),
        "the file has 'weights9'",
    ),
    "64 bits in a network": (
        MAP,
        ".npz",
        lambda: archive("integer network", scale0=np.full(3, 2**64 - 1, np.uint64)),
        "scale: 18446744073709551615 is outside",
    ),
    "an axis of 2^31": (
        IMPORT,
        ".onnx",
        lambda: model(axis1=1 << 31),
        "[1, 2147483648] has more than 4,194,304",
    ),
    "an axis of 2^62": (
        IMPORT,
        ".onnx",
        lambda: model(axis1=1 << 62),
        "has more than 4,194,304 values",
    ),
    "a batch of 2^31": (
        IMPORT,
        ".onnx",
        lambda: model(axis0=1 << 31),
        "export the model for a smaller batch",
    ),
    "a long name": (IMPORT, ".onnx", model, "is not a valid ONNX model: "),
    "a long value of a specification": (
        SPEC,
        ".json",
        lambda: json.dumps({"layers": [{"coding": LONG}]}).encode(),
        "layers.0.coding=xxxx",
    ),
    "a manifest of another macro": (
        ("show", "lif", "--spec", "{}"),
        ".json",
        lambda: json.dumps({"macro": "integrate_and_fire", "spec": {"membrane_bits": 6}}).encode(),
        "is a specification of integrate_and_fire, not of lif",
    ),
    "a field of a specification twice": (
        SPEC,
        ".json",
        lambda: b'{"layers": [], "layers": []}',
        "'layers' is given twice",
    ),
    "text for a number of a specification": (
        ("show", "popcount", "--spec", "{}"),
        ".toml",
        lambda: b'width = "8"',
        "width=8 is wrong: input should be a valid integer",
    ),
    "a deep specification": (
        SPEC,
        ".json",
        lambda: b'{"a":' * 50_000,
        "is not valid JSON: it is nested deeper",
    ),
    "a long value of points": (
        POINTS,
        ".json",
        lambda: json.dumps([{"width": LONG}]).encode(),
        'width="xxxx',
    ),
    "a field of points twice": (
        POINTS,
        ".csv",
        lambda: b"width,width\n8,9\n",
        "its first line has 'width', empty or twice",
    ),
    "what is beside points": (
        POINTS,
        ".json",
        lambda: b'{"points": [{"width": 8}], "colour": 1}',
        "has 'colour' beside its points",
    ),
    "a report with a number of 400 digits": (
        COMPARE,
        ".json",
        lambda: changed("report", targets__0__resources__LUT4=10**400),
        "is not a JSON file: 1000",
    ),
    "a report of no operation": (
        COMPARE,
        ".json",
        lambda: changed("report", targets__2__power__operations=0),
        "targets.2.power.operations: input should be greater than or equal to 1",
    ),
    "an unknown key of a report": (
        COMPARE,
        ".json",
        lambda: changed("report", targets__0__colour=1),
        "targets.0.colour",
    ),
    "traffic with another compression": (
        TRAFFIC,
        ".npz",
        lambda: spoilt("traffic NPZ", 10, 99),
        "method is not supported",
    ),
    "traffic of no stream": (
        TRAFFIC,
        ".npy",
        lambda: whole("traffic NPY"),
        "bnn_layer has no input stream 'f'",
    ),
    "traffic of fractions": (
        TRAFFIC,
        ".npz",
        lambda: archive("traffic NPZ", **{"activations.bits": np.zeros((6, 5))}),
        "field activations.bits takes integers, not float64",
    ),
}


@pytest.mark.parametrize("case", FILES.values(), ids=FILES)
def test_one_sentence_and_status_2(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, suffix, make, sentence = case
    if suffix == ".onnx":
        pytest.importorskip("onnx", reason="the package onnx is not installed")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"f{suffix}"
    file.write_bytes(make())
    status, said = called([word.format(file) for word in words])
    assert status == 2, said[:2000]
    assert sentence in said
    assert said.startswith("neuroloom: ") and said.count("\n") == 1
    assert len(said.replace(str(file), "")) < 500
    if "f." in said:
        assert str(file) in said
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def commands(name: str, file: Path) -> list[list[str]]:
    """What is done with a file of that name."""
    readers: dict[str, list[tuple[str, ...]]] = {
        "chip": [CHIP],
        "net": [MAP],
        "onnx": [MAP, IMPORT],
        "npz-12GB": [CHIP, MAP, TRAFFIC],
        "traffic": [TRAFFIC],
        "points": [POINTS],
        "spec": [SPEC],
        "report": [COMPARE],
        "integrate": [("show", "lif", "--spec", "{}")],
        "mnist": [("reproduce", "bnn", "--mnist", "{}")],
    }
    found = [each for begin, all_ in readers.items() if name.startswith(begin) for each in all_]
    return [[word.format(file) for word in words] for words in found]


WORKS = {"report-d0eec6-1.json"}
FOUND = sorted(CASES.iterdir()) if CASES.is_dir() else []


@pytest.mark.parametrize("file", FOUND, ids=[file.name for file in FOUND])
def test_files_beside_the_project(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in commands(file.name, file):
        status, said = called(words)
        if file.name in WORKS:
            assert status == 0, said
            continue
        assert status == 2, (words, said)
        assert "Traceback" not in said and len(said.replace(str(file), "")) < 600
