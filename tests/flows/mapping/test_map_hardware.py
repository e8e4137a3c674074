"""Integer networks of users as hardware: what `neuroloom map` writes, compares and refuses."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.command_line import run
from support.machine import NEEDS_COMPILER
from support.pages import check_page
from support.places import DOCS

from neuroloom.flows.mapping.imc import built as built_module
from neuroloom.flows.mapping.imc.assemble import Style, assemble
from neuroloom.flows.mapping.imc.cores import Chip, map_network
from neuroloom.flows.mapping.imc.hardware import hardware
from neuroloom.flows.mapping.imc.random_integers import random_integers
from neuroloom.flows.networks import convolutional_file, integer_network_file
from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Image,
)
from neuroloom.flows.networks.inference import scores
from neuroloom.flows.simulation.bulk.build import build
from neuroloom.flows.simulation.bulk.run import RunPhase
from neuroloom.flows.simulation.bulk.run import run as run_harness

TINY = ConvolutionalNetwork(
    name="tiny-2",
    image=Image(height=4, width=4, channels=1),
    layers=(Convolution(name="1", channels=2, padding=1), FullyConnected(name="FC", channels=3)),
)
INTEGERS = random_integers(TINY, seed=0)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.npz"
    integer_network_file.save(INTEGERS, file)
    return file


def system(**style: Any) -> Any:
    return assemble(INTEGERS, map_network(TINY, Chip()), Chip(), style=Style(**style))


def test_the_hardware_is_written(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tiny.parent / "out"
    status, text, message = run(capsys, "map", str(tiny), "--verilog", "-o", str(out))
    assert status == 0, message
    assert sorted(file.name for file in out.iterdir()) == [
        "activations.svg",
        "grid.svg",
        "mapping.html",
        "mapping.json",
        "mapping.md",
        "tiny_2.v",
    ]
    written = (out / "tiny_2.v").read_text()
    assert written == hardware(system().spec, "tiny_2").verilog
    assert written.count("module tiny_2 (") == 1
    assert "neuroloom_dot_product" not in written
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert f"written: {out}/tiny_2.v" in lines and "module tiny_2 in Verilog" in lines
    assert any(line.startswith("timestep in hardware 50 cycles") for line in lines)
    document = json.loads((out / "mapping.json").read_text())
    assert document["hardware"] == {
        "module": "tiny_2",
        "cycles": 50,
        "order": "columns",
        "check": None,
    }
    markdown = (out / "mapping.md").read_text()
    assert (
        "| module | tiny_2 | in Verilog |" in markdown and "Weights are not taken" not in markdown
    )
    check_page((out / "mapping.html").read_text())


def test_cycles_and_order(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tiny.parent / "out"
    words = ("--verilog", "--cycles", "40", "--order", "rows", "--parallel", "1=2", "--json")
    status, text, message = run(capsys, "map", str(tiny), *words, "-o", str(out))
    assert status == 0, message
    found = json.loads(text)
    assert found["files"][-1] == str(out / "tiny_2.v")
    assert (found["hardware"]["cycles"], found["hardware"]["order"]) == (40, "rows")
    header = (out / "tiny_2.v").read_text().split("\n\n")[0]
    assert "order=rows" in header and "parallel=2" in header and "interval=40" in header
    assert "a clock of 400 MHz; pixels of the image come row after row" in " ".join(
        (out / "mapping.md").read_text().split()
    )


def test_any_name_is_a_module_and_stays_in_its_comment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = (TINY.layers[0].model_copy(update={"name": "a\nmodule b(); endmodule"}),)
    network = ConvolutionalNetwork(name="module", image=TINY.image, layers=layers)
    file = tmp_path / "network.npz"
    integer_network_file.save(random_integers(network, 0), file)
    status, _, message = run(capsys, "map", str(file), "--verilog", "-o", str(tmp_path))
    assert status == 0, message
    text = (tmp_path / "module_.v").read_text()
    code = [line for line in text.splitlines() if line and not line.startswith("//")]
    assert not any(line.startswith("module b") for line in code)
    assert [line for line in code if line.startswith("module module_ ")] == ["module module_ ("]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["{}.npz", "--verilog"], "--verilog has nowhere to write to: name a folder with --output"),
        (
            ["{}.json", "--verilog", "-o", "{}.out"],
            "tiny.json does not give: the file of an integer network (.npz) has them, see "
            "docs/integer-cnn-format.md",
        ),
        (["{}.onnx", "--check", "1"], "hardware needs weights, which "),
        (
            ["{}.npz", "--check", "1", "--parallel", "1=8"],
            "tiny-2 cannot be built: parallel=8 is more than the 4 windows of a line",
        ),
        (["{}.npz", "--verilog", "-o", "{}.out", "--parallel", "1=8"], "tiny-2 cannot be built: "),
    ],
)
def test_mistakes_are_said_in_one_sentence(
    words: list[str], sentence: str, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    convolutional_file.save(TINY, tiny.with_suffix(".json"))
    before = sorted(tiny.parent.iterdir())
    stem = tiny.with_suffix("")
    status, text, message = run(capsys, "map", *(word.format(stem) for word in words))
    assert (status, text) == (2, ""), message
    assert message.startswith("neuroloom: ") and message.count("\n") == 1, message
    assert sentence in message
    assert sorted(tiny.parent.iterdir()) == before


def test_without_a_compiler_nothing_is_written(
    bare_path: None, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tiny.parent / "out"
    status, text, message = run(
        capsys, "map", str(tiny), "--verilog", "--check", "1", "-o", str(out)
    )
    assert (status, text) == (3, "") and "g++ was not found; install it with" in message
    assert not out.exists()


@NEEDS_COMPILER
@pytest.mark.regression
def test_images_through_the_hardware(
    tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal scores, an image every 16 pixels; then a network of which one score differs."""
    out = tiny.parent / "out"
    words = ("map", str(tiny), "--check", "2", "-o", str(out))
    status, text, message = run(capsys, *words)
    assert status == 0, message
    text = " ".join(text.split())
    check = json.loads((out / "mapping.json").read_text())["hardware"]["check"]
    cycles = check.pop("latency_cycles")
    # the last pixel comes in cycle 750, and its patch has to pass two cores and a pool
    assert 750 < cycles < 1100 and check.pop("latency") == cycles / 50
    assert check == {
        "images": 2,
        "seed": 1,
        "scores": 3,
        "differing": None,
        "interval_cycles": 800,
        "waiting_cycles": 0,
    }
    assert f"{cycles:,} cycles from image to image" in text
    assert "input had to wait 0 cycles" in text and not (out / "tiny_2.v").exists()
    markdown = (out / "mapping.md").read_text()
    assert "| random images | 2 | every score equals that of integer numpy; seed 1 |" in markdown
    assert "Verilator simulates it" in markdown
    assert "| from image to image in hardware | 16 timesteps | 800 cycles |" in markdown

    def other(*given: Any) -> np.ndarray:
        expected = scores(*given)
        expected[1, 2] += 1
        return expected

    monkeypatch.setattr(built_module, "scores", other)
    status, text, message = run(capsys, *words, "--json")
    assert status == 1 and json.loads(text)["hardware"]["check"]["differing"] == 1
    assert message.strip().splitlines()[-1] == (
        "neuroloom: tiny-2 in hardware: image 1 is the first whose scores differ from integer numpy"
    )


@NEEDS_COMPILER
@pytest.mark.regression
def test_the_written_file_computes_the_network(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The crossbars of the file have multipliers; those that are checked have loops."""
    status, _, message = run(capsys, "map", str(tiny), "--verilog", "-o", str(tiny.parent))
    assert status == 0, message
    spec = system().spec
    harness = build(spec, (tiny.parent / "tiny_2.v").read_text(), "tiny_2")
    images = np.random.default_rng(3).integers(0, 256, (2, 4, 4, 1), np.uint8)
    expected = scores(INTEGERS, images)
    pixels = images.swapaxes(1, 2).reshape(-1, 1).astype(np.int64)
    done = run_harness(
        harness,
        RunPhase({"pixels": {"values": pixels}}, {"results": {"values": np.zeros_like(expected)}}),
    )
    assert done.outputs["work"]["results"]["values"].tolist() == expected.tolist()


@NEEDS_COMPILER
@pytest.mark.regression
@pytest.mark.parametrize("page", ["cnn-format.md", "integer-cnn-format.md"])
def test_the_documents_are_true(
    page: str, tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (DOCS / page).read_text().split("\n## Hardware\n")[1].split("\n## ")[0]
    monkeypatch.chdir(tiny.parent)
    commands = re.findall(r"^    neuroloom (map (\S+) .*)$", text, re.M)
    assert len(commands) == 2
    for command, file in commands:
        tiny.with_name(file).write_bytes(tiny.read_bytes())
        status, printed, message = run(capsys, *command.split())
        assert status == 0, message
        expected = "written: out/" if "--verilog" in command else "every score equals"
        assert expected in " ".join(printed.split())
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(blocks) == (page == "integer-cnn-format.md")
    for block in blocks:
        names: dict[str, Any] = {}
        exec(block, names)
        assert names["found"].stalls == 0 and np.diff(names["found"].finished).tolist() == [800]
        written = next(tiny.parent.glob("out/digits/*.v")).read_text()
        assert (tiny.parent / "digits.v").read_text() == written.replace("tiny_2", "digits")
