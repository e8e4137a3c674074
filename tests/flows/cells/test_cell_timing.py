"""Timing and energy of netlists small enough to be done by hand."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.cells import TEXT, tiny_library

from neuroloom.flows.cells import opensta
from neuroloom.flows.cells.frame import netlist_verilog, with_frame
from neuroloom.flows.cells.netlist import MappedNetlist, read_netlist
from neuroloom.flows.cells.power import energies
from neuroloom.flows.cells.sources import from_files
from neuroloom.flows.cells.timing import time_netlist
from neuroloom.flows.simulation.bulk.activity import Activity
from neuroloom.flows.tools.errors import ToolFailed


def design(
    cells: dict[str, tuple[str, dict[str, Any]]],
    ports: dict[str, tuple[str, list[Any]]],
    names: dict[str, list[Any]] | None = None,
) -> MappedNetlist:
    """A netlist as yosys would write it."""
    module = {
        "ports": {name: {"direction": way, "bits": bits} for name, (way, bits) in ports.items()},
        "cells": {
            name: {"type": kind, "connections": {pin: [net] for pin, net in pins.items()}}
            for name, (kind, pins) in cells.items()
        },
        "netnames": {
            name: {"bits": bits}
            for name, bits in {**{n: b for n, (_, b) in ports.items()}, **(names or {})}.items()
        },
    }
    return read_netlist(json.dumps({"modules": {"top": module}}), "top", tiny_library())


# register 1 → nand (B) → inverter → register 2; input a → nand (A)
PIPELINE = design(
    {
        "one": ("dff", {"CLK": 2, "D": 4, "Q": 5}),
        "gate": ("nand2", {"A": 3, "B": 5, "Y": 6}),
        "flip": ("inv", {"A": 6, "Y": 7}),
        "two": ("dff", {"CLK": 2, "D": 7, "Q": 8}),
    },
    {"clk": ("input", [2]), "a": ("input", [3]), "d": ("input", [4]), "q": ("output", [8])},
    {"state": [5], "sum": [6], "$made$name": [6]},
)


def test_period_and_path_are_those_of_the_tables() -> None:
    timing = time_netlist(with_frame(PIPELINE, tiny_library()))
    # each delay is its base plus 1 ns/pF times the load: 10 fF of the pin that follows
    assert timing.period == pytest.approx((1.0 + 0.01) + (0.3 + 0.01) + (0.1 + 0.01) + 0.5)
    assert [step.cell for step in timing.path] == ["dff", "nand2", "inv", "dff"]
    assert [step.net for step in timing.path] == ["state", "sum", "7", "q"]
    assert sum(step.delay for step in timing.path) == pytest.approx(timing.period)
    # from a register at port d straight into register 1
    assert timing.hold_slack == pytest.approx(1.0 + 0.01 - 0.05)
    assert timing.loads[2] == pytest.approx((5 * 0.02, 5 * 0.02))


@pytest.mark.skipif(shutil.which("sta") is None, reason="OpenSTA is not installed")
def test_opensta_finds_the_same(tmp_path: Path) -> None:
    (tmp_path / "tiny.lib").write_text(TEXT)
    working = from_files([tmp_path / "tiny.lib"])
    framed = with_frame(PIPELINE, working.library)
    own = time_netlist(framed)
    other = opensta.analyse(framed, working)
    assert other.period == pytest.approx(own.period, rel=1e-4)
    assert other.hold_slack == pytest.approx(own.hold_slack, rel=1e-4)


def test_a_loop_is_named_by_its_signals() -> None:
    loop = design(
        {"a": ("inv", {"A": 3, "Y": 4}), "b": ("inv", {"A": 4, "Y": 3})},
        {"q": ("output", [4])},
        {"ring": [3]},
    )
    with pytest.raises(ToolFailed, match=r"combinational loop through .*(ring|q).*put a register"):
        time_netlist(loop)


def test_a_design_without_paths_is_refused() -> None:
    with pytest.raises(ToolFailed, match="nothing to time"):
        time_netlist(design({"a": ("inv", {"A": 3, "Y": 4})}, {"q": ("output", [4])}))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("$_DLATCH_P_", "the design has a latch; only flip-flops of one clock can be timed"),
        ("$_TBUF_", r"no cell of the library tiny can do \$_TBUF_"),
    ],
)
def test_what_the_library_cannot_do_is_said(kind: str, message: str) -> None:
    with pytest.raises(ToolFailed, match=message):
        design({"odd": (kind, {"D": 3})}, {"a": ("input", [3])})


def test_area_and_cells_leave_the_frame_out() -> None:
    framed = with_frame(PIPELINE, tiny_library())
    assert framed.area() == PIPELINE.area() == 10 + 3 + 2 + 10
    assert framed.area(sequential=True) == 20
    assert framed.area(sequential=False) == 5
    assert framed.cells() == {"dff": 2, "inv": 1, "nand2": 1}
    assert len(framed.instances) == 4 + 3


def test_constants_and_vectors_are_written() -> None:
    made = design(
        {"gate": ("nand2", {"A": 3, "B": "1", "Y": 4}), "odd": ("inv", {"A": "x", "Y": 5})},
        {"bits": ("input", [3, 6]), "out": ("output", [4, "1", 5])},
    )
    text = netlist_verilog(made)
    assert "input [1:0] bits" in text
    assert "output [2:0] out" in text
    assert "assign n3 = bits[0];" in text
    assert "assign out[1] = 1'b1;" in text
    assert "nand2 c0 (.A(n3), .B(1'b1), .Y(n4));" in text
    assert "inv c1 (.A(1'b0), .Y(n5));" in text


def test_energy_is_that_of_every_toggle() -> None:
    timing = time_netlist(with_frame(PIPELINE, tiny_library()))
    activity = Activity(10, 1, {"n2": 20, "n3": 2, "n4": 3, "n5": 4, "n6": 6, "n7": 8, "n8": 5})
    spent = energies(PIPELINE, timing, tiny_library(), activity)
    half_v2 = 2.0**2 / 2
    # the clock: the design's own two pins of the five on its net
    assert spent.clock == pytest.approx(20 * 2 * (0.02 * half_v2 + (0.5 + 0.3) / 2))
    assert spent.clock_inside == pytest.approx(20 * 2 * (0.5 + 0.3) / 2)
    # registers drive 10 fF each: the nand and the frame
    assert spent.sequential == pytest.approx((4 + 5) * 0.01 * half_v2)
    assert spent.combinational == pytest.approx((6 + 8) * 0.01 * half_v2 + 8 * (0.02 + 0.04) / 2)
    each = [energies(PIPELINE, timing, tiny_library(), activity, [i]) for i in PIPELINE.design]
    assert sum(one.dynamic for one in each) == pytest.approx(spent.dynamic)
    assert [one.clock > 0 for one in each] == [i.cell.is_flip_flop for i in PIPELINE.design]


def test_an_idle_design_spends_on_its_clock_only() -> None:
    timing = time_netlist(with_frame(PIPELINE, tiny_library()))
    spent = energies(PIPELINE, timing, tiny_library(), Activity(10, 0, {"n2": 20}))
    assert spent.sequential == spent.combinational == 0
    assert spent.clock > 0
