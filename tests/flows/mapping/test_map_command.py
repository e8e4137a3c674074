"""Networks of users mapped to cores: what the command prints, writes and refuses."""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from support.command_line import run
from support.mapped import told
from support.pages import check_page
from support.places import DOCS

from neuroloom.flows.mapping.imc import cores, study
from neuroloom.flows.mapping.imc.cores import Chip
from neuroloom.flows.mapping.imc.drawing import drawn
from neuroloom.flows.mapping.imc.grid import near_square
from neuroloom.flows.mapping.imc.parallel import pixels_a_timestep
from neuroloom.flows.networks import convolutional_file, integer_network_file
from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Image,
    Pooling,
)
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.networks.parameters import LayerParameters
from neuroloom.flows.networks.resnet import resnet
from neuroloom.flows.reports import mapping_page
from neuroloom.flows.reports.mapping_tables import key_figures, notes, terminal_rows
from neuroloom.flows.tools.errors import UsageError

SMALL = ConvolutionalNetwork(
    name="small",
    image=Image(height=8, width=6, channels=3),
    layers=(
        Convolution(name="a", channels=16, padding=1),
        Convolution(name="b", channels=16, padding=1, residual="a"),
        Pooling(name="p"),
        Convolution(name="c", channels=40),
        FullyConnected(name="fc", channels=10),
    ),
)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.json"
    convolutional_file.save(SMALL, file)
    return file


def test_resnet_32(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "resnet.json"
    convolutional_file.save(resnet(), file)
    single = told(capsys, str(file))
    assert (single["cores"], single["grid"], single["latency"]) == (43, [7, 7], 1630)
    assert (single["images"], single["batch_end"]) == (10, 1630 + 9 * 1024)
    assert (single["interval"], single["arrival"]) == (1024, 1024)
    assert single["throughput"] == pytest.approx(10 / (10846 * 100e-9))
    assert sum(single["links"].values()) == 70
    layers = {layer["name"]: layer for layer in single["layers"]}
    assert layers["23"]["residual"] == "RS2"
    last = layers["31"]
    assert (last["cores"], last["row_splits"], last["column_splits"]) == (2, 2, 1)
    assert (last["rows"], last["columns"]) == (252, 56)
    assert last["utilisation"] == pytest.approx(252 * 56 / 65536)
    assert last["bandwidth"] == pytest.approx(4.48e9)
    assert (last["first"], last["last"], last["busy"]) == (1567, 1630, 64)
    assert (layers["13"]["memory_columns"], layers["13"]["waiting"]) == (3, 32)
    # crossbars that hold four kernels of layers 2 to 11 and two of 13 to 21
    fast = told(capsys, str(file), "--rows", "336", "--parallel", "paced")
    assert (fast["cores"], fast["latency"], fast["interval"]) == (43, 526, 256)
    assert [fast["layers"][at]["tile"] for at in (0, 14, 32)] == [[4, 1], [2, 1], [1, 1]]
    square = told(capsys, str(file), "--parallel", "paced", "--widest", "2", "--images", "1")
    assert (square["cores"], square["latency"], square["interval"]) == (52, 614, None)
    assert max(layer["memory_columns"] for layer in square["layers"]) == 6


def test_input_memories_and_why(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = {layer["name"]: layer["memory"] for layer in told(capsys, str(small))["layers"]}
    assert layers["a"] == {
        "mapping": "KLIP",
        "channels": 3,
        "words": 8,
        "bytes": 128.0,
        "reads": [1, 1],
        "writes": [1, 1],
        "why": "PLIP and IWAP: 4 words read and written, not 2",
    }
    # seven channels of 16 go into a crossbar of 63 rows: five, five and six
    parts = told(capsys, str(small), "--rows", "63")["layers"][1]
    assert (parts["row_splits"], parts["memory"]["channels"], parts["rows"]) == (3, 6, 54)
    assert (layers["b"]["mapping"], layers["b"]["words"]) == ("PLIP", 24)
    assert layers["b"]["why"] == "KLIP and IWAP: the same addresses"
    # 16 channels of 8 bits are 8 more than a word: PLIP takes two words a pixel
    tight = told(capsys, str(small), "--words", "31", "--word-bits", "120")["layers"][1]["memory"]
    assert (tight["mapping"], tight["words"]) == ("IWAP", 26)
    assert (tight["reads"], tight["writes"]) == ([4, 4], [2, 2])
    assert tight["why"] == "PLIP: 48 words, which do not fit; KLIP: 32 words, which do not fit"


def test_the_summary(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = run(capsys, "map", str(small), "--parallel", "a=4,b=2")
    assert status == 0
    rows = [line.split() for line in text.splitlines()]
    assert rows[0] == ["small", "on", "5", "cores"]
    found = study.study(SMALL, Chip(), {"a": 4, "b": 2}).figures
    for cells in terminal_rows(found)[1]:
        assert " ".join(cells).split() in rows
    for key in key_figures(found):
        assert any(key.name in line and key.value in line for line in text.splitlines())
    # four pixels a timestep come to layer b, and two are computed
    needed = [each.memory_columns for each in found.layers]
    assert "until their last use: a, b; most are needed in layer b, 32 columns" in text
    assert (needed[:2], max(needed)) == ([4, 32], 32)
    assert notes(study.study(SMALL, Chip()).figures) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1", {"a": 1, "b": 1, "p": 1, "c": 1, "fc": 1}),
        ("4", {"a": 4, "b": 4, "p": 4, "c": 2, "fc": 1}),
        ("a=3,p=2", {"a": 3, "p": 2}),
        ("paced", {"a": 4, "b": 4, "p": 2, "c": 1}),
    ],
)
def test_pixels_a_timestep(text: str, wanted: dict[str, int]) -> None:
    assert pixels_a_timestep(text, SMALL) == wanted


@pytest.mark.parametrize(
    ("cores", "columns", "rows", "grid"),
    [
        (1, None, None, (1, 1)),
        (2, None, None, (2, 1)),
        (43, None, None, (7, 7)),
        (42, None, None, (7, 6)),
        (43, 8, None, (8, 6)),
        (43, None, 5, (9, 5)),
        (43, 8, 9, (8, 9)),
    ],
)
def test_the_least_grid(
    cores: int, columns: int | None, rows: int | None, grid: tuple[int, int]
) -> None:
    assert near_square(cores, columns, rows) == grid


def test_integer_networks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = ConvolutionalNetwork(
        name="int",
        image=Image(height=4, width=4, channels=2),
        layers=(Convolution(name="a", channels=3),),
    )
    parameters = LayerParameters(
        weights=np.ones((3, 3, 3, 2), np.int64),
        scale=np.ones(3, np.int64),
        offset=np.zeros(3, np.int64),
        shift=4,
        bits=8,
        signed=False,
        relu=True,
        weight_bits=4,
        scale_bits=8,
        offset_bits=16,
    )
    file = tmp_path / "network.npz"
    integer_network_file.save(IntegerNetwork(network, {"a": parameters}), file)
    found = told(capsys, str(file), "--images", "1")
    assert (found["network"], found["cores"], found["layers"][0]["rows"]) == ("int", 1, 18)


def test_names_of_any_letters_and_length(tmp_path: Path) -> None:
    name = "_a$b$<&|" + "x" * 32
    layers = tuple(
        each.model_copy(update={"name": name})
        if each.name == "a"
        else each.model_copy(update={"residual": name})
        if each.name == "b"
        else each
        for each in SMALL.layers
    )
    network = ConvolutionalNetwork(name="n", image=SMALL.image, layers=layers)
    found = study.study(network, Chip(), images=1)
    mapping_page.write_mapping_page(found, tmp_path)
    check_page((tmp_path / "mapping.html").read_text())
    texts = ElementTree.parse(tmp_path / "grid.svg").getroot().itertext()
    assert "…xxxxxxxx" in list(texts)
    assert "_a$b$&lt;&amp;|" in (tmp_path / "activations.svg").read_text()
    assert r"| _a$b$<&\|xxx" in (tmp_path / "mapping.md").read_text()


def test_drawings_of_small_grids_and_paths() -> None:
    """A legend in lines, of what there is; the end of a path as a core's name."""
    layers = (
        Convolution(name="block/first/conv", channels=4, padding=1),
        Convolution(name="second", channels=4, padding=1, residual="block/first/conv"),
        FullyConnected(name="longest_name", channels=2),
    )
    network = ConvolutionalNetwork(name="n", image=SMALL.image, layers=layers)
    found = study.study(network, Chip(), columns=2, images=1)
    svg = ElementTree.fromstring(drawn(found.placement))
    texts = [each.text for each in svg.iter("text")]
    assert texts[:6:2] == ["conv", "second", "…est_name"]
    assert texts[6:] == ["feedforward: 2"]
    assert (svg.get("width"), svg.get("height")) == ("184", "214")
    assert [each.get("transform") for each in svg.iter("g")][-1] == "translate(0 184) scale(1)"
    assert {each.get("stroke-opacity") for each in svg.iter("path")} == {"1", None}


def test_the_legend_of_a_wide_drawing_is_as_large_as_text() -> None:
    layers = tuple(Convolution(name=f"{at}", channels=1, kernel=1) for at in range(110))
    network = ConvolutionalNetwork(name="n", image=SMALL.image, layers=layers)
    svg = ElementTree.fromstring(
        drawn(study.study(network, Chip(), columns=50, images=1).placement)
    )
    assert (svg.get("width"), svg.get("height")) == ("4600", str(3 * 92 + 138))
    assert [each.get("transform") for each in svg.iter("g")][-1] == "translate(0 276) scale(4.6)"
    assert {each.get("stroke-opacity") for each in svg.iter("path")} == {"0.55", None}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["none.json"], "cannot read the network none.json: No such file or directory"),
        (["none.onnx"], "cannot read the model none.onnx: No such file"),
        (["none.npz"], "cannot read the network none.npz: No such file"),
        (["none.txt"], "none.txt does not end in .json, .npz or .onnx"),
        (["{}", "--rows", "8"], "layer 'a': 1 kernels of 3×3 do not fit into 8 rows"),
        (["{}", "--words", "7"], "'b': 3 columns of 8 pixels with 16 channels take 24 words"),
        (["{}", "--grid-columns", "2", "--grid-rows", "2"], "small takes 5 cores; a grid of 2×2"),
        (["{}", "--parallel", "z=2"], "there is no layer 'z' in small"),
        (["{}", "--parallel", "a=49"], "layer 'a': 49 pixels a timestep are not 1 to 48"),
        (["{}", "--parallel", "a=2,a=3"], "--parallel names layer 'a' twice"),
        (["{}", "--parallel", "fast"], "--parallel 'fast' is not paced, a number of 1 or more"),
        (["{}", "--parallel", "a=-1"], "--parallel 'a=-1' is not paced, a number"),
        (["{}", "--parallel", "0"], "--parallel '0' is not paced, a number"),
        (["{}", "--parallel", "a=" + "9" * 5000], "is not paced, a number of 1 or more"),
        (["{}", "--images", "1000000"], "1,000,000 images with 111 pixels in all layers of small"),
        (["{}", "-o", "{}"], "cannot write to"),
    ],
)
def test_mistakes_are_said_in_one_sentence(
    words: list[str], sentence: str, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if words[0].endswith(".onnx"):
        pytest.importorskip("onnx", reason="the package onnx is not installed")
    before = sorted(small.parent.iterdir())
    status, text, message = run(capsys, "map", *(word.format(small) for word in words))
    assert (status, text) == (2, ""), message
    assert message.startswith("neuroloom: ") and message.count("\n") == 1, message
    assert sentence in message
    assert sorted(small.parent.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        ["--rows", "0"],
        ["--columns", "-3"],
        ["--rows", "1e3"],
        ["--word-bits", "99999999999"],
        ["--timestep", "0"],
        ["--timestep", "nan"],
        ["--images", "0"],
        ["--widest", "0"],
        ["--grid-rows", "0"],
    ],
)
def test_absurd_numbers(words: list[str], small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, text, message = run(capsys, "map", str(small), *words)
    assert (status, text) == (2, "")
    assert words[0] in message and "Traceback" not in message


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("n.json", b"{", "is not a network file: Expecting"),
        ("n.json", b"[" * 100_000, "is not a network file: it is nested deeper than 50 levels"),
        ("n.json", b"\xff\xfe", "is not a network file: not a text file"),
        ("n.json", b"{}", "is not a network file: it names no format; it takes"),
        ("n.npz", b"PK", "is not the file of an integer network: it is no npz archive"),
        ("n.onnx", b"\x08\x07\x12", "is not a valid ONNX model"),
        ("n.onnx", b"", "is not a valid ONNX model"),
    ],
)
def test_broken_files(
    name: str, content: bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name.endswith(".onnx"):
        pytest.importorskip("onnx", reason="the package onnx is not installed")
    file = tmp_path / name
    file.write_bytes(content)
    status, text, message = run(capsys, "map", str(file), "-o", str(tmp_path / "out"))
    assert (status, text) == (2, "")
    assert message.count("\n") == 1 and sentence in message
    assert not (tmp_path / "out").exists()


def test_more_cores_than_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"layer 'b' takes \d+ cores, more than the 4096"):
        study.study(
            ConvolutionalNetwork(
                name="n",
                image=Image(height=3, width=3, channels=3),
                layers=(
                    Convolution(name="a", channels=512, kernel=1),
                    Convolution(name="b", channels=512),
                ),
            ),
            Chip(rows=9, columns=4),
        )
    monkeypatch.setattr(cores, "MOST_CORES", 42)
    with pytest.raises(UsageError, match="ResNet-32 up to layer 'FC' takes 43 cores, more than"):
        study.study(resnet(), Chip())


def test_half_a_page_is_never_written(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise ValueError("no drawing")

    found = study.study(SMALL, Chip())
    monkeypatch.setattr(mapping_page, "drawn_alone", broken)
    with pytest.raises(ValueError, match="no drawing"):
        mapping_page.write_mapping_page(found, small.parent / "out")
    assert sorted(small.parent.iterdir()) == [small]


def test_the_document_shows_options_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    text = (DOCS / "cnn-format.md").read_text()
    _, printed, _ = run(capsys, "map", "--help")
    named = set(re.findall(r"(--[a-z][a-z-]+)", text))
    assert len(named) >= 10
    assert named <= set(re.findall(r"(--[a-z][a-z-]+)", printed)) | {"--json", "--output"}
