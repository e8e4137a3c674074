"""Memories: no contents where they are written first, contents that yosys reads in linear time."""

import ast
import json
import random
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Signal
from amaranth.lib.memory import Memory
from pyosys import libyosys
from typer.testing import CliRunner

import neuroloom.hdl
from neuroloom.flows.cli import app
from neuroloom.flows.verilog.emit import emit
from neuroloom.flows.verilog.memories import BLOCK_ROWS
from neuroloom.flows.verilog.writer import verilog_text
from neuroloom.golden.events.event_fifo import EventFifoSpec
from neuroloom.golden.memories.memory_map import programming_tokens
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec
from neuroloom.golden.spec import Spec
from neuroloom.verif.neurons.crossbar_core import CrossbarCoreStimulus

HDL = Path(neuroloom.hdl.__path__[0])
ROW = re.compile(r"^ +\w+\[\w+\] = \d+'h", re.MULTILINE)
DEEP = (NeuronCoreSpec(), EventFifoSpec(depth=65536))


def read(text: str, folder: Path, *passes: str) -> Any:
    (folder / "design.v").write_text(text)
    design = libyosys.Design()
    for line in (f"read_verilog {folder}/design.v", *passes):
        libyosys.run_pass(f"tee -q {line}", design)
    return design


def test_every_memory_declares_whether_it_has_contents() -> None:
    """A memory of Amaranth's own would begin with zeros."""
    found = []
    for file in HDL.rglob("*.py"):
        text = file.read_text()
        for node in ast.walk(ast.parse(text)) if "Memory" in text else ():
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr == "Memory":
                found.append(str(file.relative_to(HDL)))
    assert sorted(set(found)) == ["memory_contents.py", "streams/constant_stream.py"]


@pytest.mark.parametrize("spec", DEEP, ids=lambda spec: spec.macro)
def test_deep_memories_have_no_contents_and_are_read_at_once(spec: Spec, tmp_path: Path) -> None:
    text = emit(spec).verilog
    assert "[0:" in text
    assert not ROW.search(text)
    begin = time.process_time()
    read(text, tmp_path)
    assert time.process_time() - begin < 2


def test_an_option_keeps_the_zeros_and_is_told_in_the_manifest(tmp_path: Path) -> None:
    made = {}
    for option in ([], ["--memory-zeros"]):
        folder = tmp_path / f"made{len(option)}"
        words = ["generate", "event_fifo", "depth=600", "-o", str(folder), *option, "--json"]
        assert CliRunner().invoke(app, words).exit_code == 0
        manifest = json.loads((folder / "event_fifo_manifest.json").read_text())
        made[manifest["memory_zeros"]] = (folder / "event_fifo.v").read_text()
    assert not ROW.search(made[False])
    assert len(ROW.findall(made[True])) == 3
    assert re.findall(r"i\w* = (\d+); i\w* < (\d+);", made[True]) == [
        ("0", "256"),
        ("256", "512"),
        ("512", "599"),
    ]


def test_contents_are_the_same_through_yosys(tmp_path: Path) -> None:
    """Runs of equal rows, single ones, and both across the blocks that they are written in."""
    rng = random.Random(1)
    rows: list[int] = []
    while len(rows) < 5 * BLOCK_ROWS:
        rows += [rng.choice([0, rng.getrandbits(16)])] * rng.choice([1, 1, 7, 8, 40, 300])
    m = Module()
    address, out = Signal(range(len(rows)), name="address"), Signal(16, name="out")
    m.submodules.rows = storage = Memory(shape=16, depth=len(rows), init=rows)
    port = storage.read_port()
    m.d.comb += [port.addr.eq(address), out.eq(port.data)]
    text = verilog_text(rtlil.convert(m, name="rom", ports=[address, out]), "rom")
    blocks = re.findall(r"initial begin(.*?)\bend\b", text, re.DOTALL)
    assert len(blocks) == -(-len(rows) // BLOCK_ROWS)
    read(text, tmp_path, "proc", "memory_collect", f"write_json {tmp_path}/rom.json")
    cells = json.loads((tmp_path / "rom.json").read_text())["modules"]["rom"]["cells"]
    (init,) = [c["parameters"]["INIT"] for c in cells.values() if c["type"] == "$mem_v2"]
    held = [int(init[at : at + 16], 2) for at in range(0, len(init), 16)]
    assert held[::-1] == rows


def test_contents_are_read_in_linear_time(tmp_path: Path) -> None:
    def seconds(depth: int) -> float:
        text = emit(EventFifoSpec(depth=depth), memory_zeros=True).verilog
        begin = time.process_time()
        read(text, tmp_path)
        return time.process_time() - begin

    seconds(64)
    assert seconds(8192) < 6 * seconds(2048) + 0.2


def test_a_word_of_a_crossbar_core_that_was_never_loaded() -> None:
    spec = CrossbarCoreSpec(axons=5, neurons=3)
    stimulus, rng = CrossbarCoreStimulus(spec), np.random.default_rng(1)
    words = {each.name: np.zeros(each.depth, np.int64) for each in spec.memories}
    whole = programming_tokens(spec.memories, words)
    work = stimulus.random(rng, 1)
    for kind, address in ((1, 4), (0, 0)):
        there = (whole["kind"] != kind) | (whole["address"] != address)
        part = {name: values[there] for name, values in whole.items()}
        name = spec.memories[kind].name
        model = spec.model()
        with pytest.raises(ValueError, match=f"nothing was written to word {address} of {name}"):
            model.run({"program": part, **work})
        alone = {name: values[~there] for name, values in whole.items()} | {"last": np.array([1])}
        model.run({"program": alone, **work})
