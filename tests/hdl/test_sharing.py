"""Equal submodules are one module of the Verilog, whatever is connected to each of them."""

from pathlib import Path
from typing import Any

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from support.verilog import comparison, lint, output, with_icarus
from support.verilog import yosys as yosys_run

from neuroloom.flows.designs import yosys
from neuroloom.flows.synthesis.targets import GATES
from neuroloom.flows.verilog.emit import emit
from neuroloom.flows.verilog.rtlil import parse
from neuroloom.flows.verilog.writer import verilog_text
from neuroloom.golden.cim.digital_cim import DigitalCimSpec
from neuroloom.hdl.platform import Platform
from neuroloom.hdl.sharing import Shared, SharedModules


class Inverter(wiring.Component):
    """Without a clock."""

    def __init__(self) -> None:
        super().__init__({"a": In(3), "y": Out(3)})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.d.comb += self.y.eq(~self.a)
        return m


class Held(wiring.Component):
    """A register behind an inverter, which is shared itself; the flag may be left open."""

    def __init__(self, step: int) -> None:
        self.step = step
        super().__init__({"items": In(stream.Signature(3)), "held": Out(4), "odd": Out(1)})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        inverter = Inverter()
        m.submodules.inverter = Shared(inverter)
        m.d.comb += [
            inverter.a.eq(self.items.payload),
            self.items.ready.eq(~self.held[0]),
            self.odd.eq(self.held[0]),
        ]
        with m.If(self.items.valid):
            m.d.sync += self.held.eq(inverter.y + self.step)
        return m


class Design(wiring.Component):
    """Two equal parts, one without its flag and one that counts nowhere, and a different one."""

    def __init__(self) -> None:
        super().__init__(
            {
                "a": In(3),
                "b": In(3),
                "go": In(1),
                "first": Out(4),
                "second": Out(4),
                "third": Out(4),
                "odd": Out(1),
                "taken": Out(2),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        parts = [Held(1), Held(1), Held(2), Held(1)]
        for number, part in enumerate(parts):
            m.submodules[f"part{number}"] = Shared(part, part.step)
            m.d.comb += part.items.valid.eq(self.go if number else 1)
            m.d.comb += part.items.payload.eq(self.b if number else self.a)
        lost = Signal(4)
        m.d.comb += [
            self.first.eq(parts[0].held),
            self.second.eq(parts[1].held),
            self.third.eq(parts[2].held),
            self.odd.eq(parts[1].odd),
            lost.eq(parts[3].held),
            self.taken.eq(parts[0].items.ready + parts[1].items.ready),
        ]
        return m


def shared_text(name: str) -> str:
    modules = SharedModules(name)
    platform = Platform(modules)
    text: str = rtlil.convert(Design(), name=name, platform=platform, emit_src=False)
    return modules.text + text


@with_icarus
def test_shared_modules_do_what_each_did_alone(tmp_path: Path) -> None:
    text = verilog_text(shared_text("dut"), "dut")
    modules = [line.split()[1] for line in text.splitlines() if line.startswith("module ")]
    assert sorted(modules) == ["dut", "dut_held", "dut_held_2", "dut_inverter"]
    lint(text, "dut", tmp_path)
    apart = rtlil.convert(Design(), name="ref", emit_src=False)
    (tmp_path / "ref.il").write_text(apart)
    yosys_run(f"read_rtlil {tmp_path}/ref.il", "proc", f"write_verilog -noattr {tmp_path}/ref.v")
    ports = [wire for wire in parse(apart)["ref"].wires.values() if wire.direction]
    (tmp_path / "tb.v").write_text(comparison(ports))
    assert output("iverilog", "-g2005", "-o", "tb", "tb.v", "dut.v", "ref.v", folder=tmp_path) == ""
    verdict = output("vvp", "-n", "tb", folder=tmp_path).split()
    assert verdict[:1] == ["OK"], " ".join(verdict)[:2000]


def test_columns_are_one_module_however_many() -> None:
    texts = [emit(DigitalCimSpec(rows=40, columns=columns)).verilog for columns in (2, 16)]
    assert len(texts[1]) - len(texts[0]) < 14 * 500
    assert [text.count("\nendmodule") for text in texts] == [5, 5]


@pytest.mark.flow
def test_a_table_by_module_counts_every_instance() -> None:
    emitted = emit(DigitalCimSpec(rows=6, columns=5, weight_bits=2, input_bits=2))
    script = tuple(line.replace("-flatten ", "") for line in GATES.script)
    apart = yosys.synthesize(emitted.verilog, emitted.name, script)
    columns = GATES.count(apart.modules["digital_cim_cim_column ×5"])
    assert columns["FF"] == 5 * 2 * 6 * 2
    whole = sum(GATES.count(cells)["FF"] for cells in apart.modules.values())
    flat = yosys.synthesize(emitted.verilog, emitted.name, GATES.script)
    assert whole == GATES.count(flat.cells)["FF"]


def test_occurrences_multiply_down_the_hierarchy() -> None:
    cells = {"top": {"a": 2, "b": 1, "$and": 9}, "a": {"b": 3}, "b": {"$or": 1}, "unused": {}}
    assert yosys.occurrences(cells, "top") == {"top": 1, "a": 2, "b": 7}
