"""The command that imports a network: its file, and nothing where it fails or lacks a package."""

import json
from importlib import util
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the package onnx is not installed")

from support.command_line import run
from support.onnx_graphs import Chain, dense, saved

from neuroloom.flows.importing.import_network import import_network
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.tools.errors import ToolMissing
from neuroloom.golden.bnn.layer_options import LayerOutput


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chain = Chain([1, 64]).dense(np.ones((64, 8))).then("BipolarQuant", 1.0)
    chain.dense(np.ones((8, 3)))
    file, output = saved(chain.model(), tmp_path), tmp_path / "new" / "network.toml"
    words = ["import", str(file), "--output", str(output), "--cycles", "32"]
    status, text, _ = run(capsys, *words)
    assert status == 0
    rows = [line.split() for line in text.splitlines()]
    assert ["0", "MatMul_1,", "BipolarQuant_2", "64", "8", "1", "16", "32", "bits"] in rows
    assert ["1", "MatMul_4", "8", "3", "1", "1", "24", "scores"] in rows
    assert "each score is given as p, 0 to 8; the graph's is 2·p -8" in text
    assert f"neuroloom verify bnn_network --spec {output}" in text
    spec = read_spec(macro("bnn_network"), (), output)
    assert spec == import_network(file, cycles=32).spec
    status, text, _ = run(capsys, *words, "--result", "class", "--input", "binary", "--json")
    document = json.loads(text)
    assert status == 0 and document["files"] == [str(output)]
    assert document["layers"][1] == {
        "nodes": ["MatMul_4"],
        "inputs": 8,
        "neurons": 3,
        "pe": 1,
        "simd": 1,
        "cycles": 24,
        "output": "class",
    }
    assert document["notes"][0].endswith("is 1, and 0 where it is 0")
    assert (
        read_spec(macro("bnn_network"), (), output)
        == import_network(file, cycles=32, levels=(0, 1), result=LayerOutput.CLASS).spec
    )


def test_command_that_fails_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, output = saved(dense().then("Relu").model(), tmp_path), tmp_path / "new" / "network.toml"
    status, text, message = run(capsys, "import", str(file), "-o", str(output))
    assert (status, text, output.parent.exists()) == (2, "", False)
    assert message.startswith(f"neuroloom: {file}: node Relu_2 (Relu) is not supported")
    good = saved(dense().model(), tmp_path)
    status, _, message = run(capsys, "import", str(good), "-o", str(tmp_path / "network.yaml"))
    assert status == 2 and "ends in .toml, not" in message
    (tmp_path / "file").write_text("")
    status, _, message = run(capsys, "import", str(good), "-o", str(tmp_path / "file" / "n.toml"))
    assert status == 2 and "cannot write to" in message
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "network.onnx"]


def test_without_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = saved(dense().model(), tmp_path)
    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "onnx" else found(name))
    with pytest.raises(ToolMissing, match=r"install it with: pip install 'neuroloom\[onnx\]'"):
        import_network(file)
