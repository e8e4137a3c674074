"""Emitted Verilog: lint, agreement with yosys' Verilog and with Amaranth's own simulator."""

import random
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value
from amaranth.lib.memory import Memory
from amaranth.sim import Simulator
from pyosys import libyosys
from support import writer_designs
from support.effort import effort
from support.verilog import comparison, lint, output, with_icarus, yosys

from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.flows.verilog.emit import emit
from neuroloom.flows.verilog.naming import KEYWORDS
from neuroloom.flows.verilog.rtlil import parse
from neuroloom.flows.verilog.writer import verilog_text

DESIGNS = [
    writer_designs.stream_payload,
    writer_designs.fsm,
    writer_designs.memories,
    writer_designs.signed_arithmetic,
    writer_designs.parts,
    writer_designs.switches,
    writer_designs.hierarchy,
    writer_designs.registers,
    writer_designs.asynchronous,
    writer_designs.adder_tree,
    writer_designs.tidiness,
    writer_designs.combinational,
    writer_designs.wide,
]
HEADER = "// Generated.\n// Do not edit.\n"


def convert(made: writer_designs.Made, name: str, src: bool = False) -> str:
    design, ports = made
    given = {} if ports is None else {"ports": ports}
    text: str = rtlil.convert(design, name=name, emit_src=src, **given)
    return text


@with_icarus
@pytest.mark.parametrize(
    "src", [False, pytest.param(True, marks=pytest.mark.regression)], ids=["plain", "source"]
)
@pytest.mark.parametrize("make", DESIGNS, ids=lambda make: make.__name__)
def test_design_agrees_with_yosys(
    make: Callable[[], writer_designs.Made], src: bool, tmp_path: Path
) -> None:
    text = verilog_text(convert(make(), "dut", src), "dut", HEADER)
    assert text.startswith(HEADER)
    assert "\\" not in text and "$1" not in text
    assert undeclared(text) == []
    lint(text, "dut", tmp_path)
    reference = convert(make(), "ref")
    (tmp_path / "ref.il").write_text(reference)
    yosys(
        f"read_rtlil {tmp_path}/ref.il",
        "proc",
        "chformal -remove",
        "delete t:$print",
        "memory_collect",
        f"write_verilog -noattr {tmp_path}/ref.v",
    )
    ports = [wire for wire in parse(reference)["ref"].wires.values() if wire.direction]
    (tmp_path / "tb.v").write_text(comparison([port for port in ports if port.width]))
    assert output("iverilog", "-g2005", "-o", "tb", "tb.v", "dut.v", "ref.v", folder=tmp_path) == ""
    verdict = output("vvp", "-n", "tb", folder=tmp_path).split()
    assert verdict[:1] == ["OK"], " ".join(verdict)[:2000]
    assert int(verdict[1]) > 500, "hardly any output was known"


def masked(value: Value) -> Value:
    """Past the end, Amaranth 0.5's simulator selects sign bits of a signal, but not of
    ``.as_signed()``, and ones of an inverted unsigned operand: only signals stay as they are."""
    return value if isinstance(value, Signal) else Cat(value)


def random_value(rng: random.Random, leaves: Sequence[Signal], depth: int) -> Any:
    if depth == 0 or rng.random() < 0.1:
        if rng.random() < 0.2:
            bits = rng.randint(1, 9)
            shape = Shape(bits, rng.random() < 0.5)
            low = -(1 << bits - 1) if shape.signed else 0
            return Const(rng.randrange(low, low + (1 << bits)), shape)
        return rng.choice(leaves)
    a, b, c = (random_value(rng, leaves, depth - 1) for _ in range(3))
    if not len(a):
        return Cat(a, b)
    low = rng.randrange(len(a))
    size, amount, copies = rng.randint(1, len(a)), rng.randrange(4), rng.randint(1, 3)
    small = b[: rng.randint(1, 3)]
    one: list[Callable[[], Value]] = [
        lambda: ~a,
        lambda: -a,
        lambda: abs(a),
        lambda: a.bool(),
        lambda: a.any(),
        lambda: a.all(),
        lambda: a.xor(),
        lambda: a[low : low + size],
        lambda: a.as_signed(),
        lambda: a.as_unsigned(),
        lambda: a.replicate(copies),
        lambda: a.shift_left(amount),
        lambda: a.shift_right(amount),
        lambda: a.rotate_left(amount),
        lambda: a << small,
        lambda: a >> small,
        lambda: masked(a).bit_select(small, size),
        lambda: masked(a).word_select(small, size),
    ]
    two: list[Callable[[], Value]] = [
        lambda: a + b,
        lambda: a - b,
        lambda: a * b,
        lambda: a // b,
        lambda: a % b,
        lambda: a & b,
        lambda: a | b,
        lambda: a ^ b,
        lambda: a == b,
        lambda: a != b,
        lambda: a < b,
        lambda: a <= b,
        lambda: a > b,
        lambda: a >= b,
        lambda: Cat(a, b),
        lambda: Mux(c, a, b),
    ]
    return rng.choice(rng.choice([one, two]))()


def check_random_expressions(seed: int, folder: Path) -> None:
    rng = random.Random(seed)
    leaves = [
        Signal(Shape(bits, signed), name=f"{'s' if signed else 'u'}{bits}")
        for bits in range(1, 10)
        for signed in (False, True)
    ]
    m = Module()
    outs: list[Signal] = []
    while len(outs) < 30:
        value = random_value(rng, leaves, rng.randint(1, 3))
        if 0 < len(value) < 200:
            outs.append(Signal(value.shape(), name=f"o{len(outs)}"))
            m.d.comb += outs[-1].eq(value)
    text = verilog_text(rtlil.convert(m, name="dut", ports=[*leaves, *outs]), "dut")
    lint(text, "dut", folder)
    lines = ["module tb;", "integer bad = 0;"]
    lines += [f"reg [{len(leaf) - 1}:0] {leaf.name};" for leaf in leaves]
    lines += [f"wire [{len(out) - 1}:0] {out.name};" for out in outs]
    pins = ", ".join(f".{port.name}({port.name})" for port in [*leaves, *outs])
    lines += [f"dut dut ({pins});", "initial begin"]

    async def process(context: Any) -> None:
        for _ in range(60):
            extremes = rng.random() < 0.2
            for leaf in leaves:
                bits = rng.choice([0, (1 << len(leaf)) - 1])
                bits = bits if extremes and rng.random() < 0.5 else rng.getrandbits(len(leaf))
                context.set(leaf.as_unsigned(), bits)
                lines.append(f"{leaf.name} = {len(leaf)}'h{bits:x};")
            await context.delay(1e-6)
            lines.append("#1;")
            for out in outs:
                value = context.get(out.as_unsigned())
                lines.append(
                    f"if ({out.name} !== {len(out)}'h{value:x}) begin bad = 1; "
                    f'$display("{out.name} %h {value:x}", {out.name}); end'
                )

    simulator = Simulator(m)
    simulator.add_testbench(process)
    simulator.run()
    lines += ['if (!bad) $display("OK");', "end", "endmodule"]
    (folder / "tb.v").write_text("\n".join(lines))
    assert output("iverilog", "-g2005", "-o", "tb", "tb.v", "dut.v", folder=folder) == ""
    said = output("vvp", "-n", "tb", folder=folder).strip()
    assert said == "OK", f"seed {seed}: {said[:1500]}"


@with_icarus
@pytest.mark.parametrize("seed", range(3))
def test_random_expressions(seed: int, tmp_path: Path) -> None:
    check_random_expressions(seed, tmp_path)


@with_icarus
@pytest.mark.regression
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_random_expressions(seed: int, tmp_path: Path) -> None:
    check_random_expressions(seed, tmp_path)


@pytest.mark.regression
@pytest.mark.parametrize(
    ("target", "block"), [("synth_ice40", "SB_RAM40_4K"), ("synth_ecp5", "DP16KD")]
)
@pytest.mark.parametrize(("depth", "bits"), [(256, 16), (512, 36)])
@pytest.mark.parametrize("kind", ["rom", "ram", "transparent"])
def test_memory_becomes_block_ram(
    target: str, block: str, depth: int, bits: int, kind: str, tmp_path: Path
) -> None:
    text = verilog_text(memory(depth, bits, kind), "dut")
    lint(text, "dut", tmp_path)
    cells = tmp_path / "stat"
    design = libyosys.Design()
    for line in (f"read_verilog {tmp_path}/dut.v", f"{target} -top dut"):
        libyosys.run_pass(f"tee -q {line}", design)
    libyosys.run_pass(f"tee -q -o {cells} stat", design)
    assert block in cells.read_text()


def memory(depth: int, bits: int, kind: str) -> str:
    rng = random.Random(1)
    read_at, write_at = Signal(range(depth), name="a"), Signal(range(depth), name="w")
    enable, data, out = Signal(name="en"), Signal(bits, name="d"), Signal(bits, name="o")
    m = Module()
    init = [rng.getrandbits(bits) for _ in range(depth)]
    m.submodules.memory = storage = Memory(shape=bits, depth=depth, init=init)
    transparent = []
    if kind != "rom":
        write = storage.write_port()
        m.d.comb += [write.addr.eq(write_at), write.data.eq(data), write.en.eq(enable)]
        transparent = [write] if kind == "transparent" else []
    read = storage.read_port(transparent_for=transparent)
    m.d.comb += [read.addr.eq(read_at), out.eq(read.data)]
    text: str = rtlil.convert(m, name="dut", ports=[read_at, write_at, enable, data, out])
    return text


def test_thousands_of_cells_are_written_within_seconds() -> None:
    m = Module()
    x, y = Signal(32, name="x"), Signal(32, name="y")
    value: Value = x
    for number in range(1000):
        value = (value ^ x)[:32] + number
        if number % 4 == 0:
            step = Signal(32, name=f"step_{number}")
            m.d.comb += step.eq(value)
            value = step
    m.d.comb += y.eq(value)
    text = rtlil.convert(m, name="big", ports=[x, y], emit_src=False)
    assert sum(len(module.cells) for module in parse(text).values()) >= 2000
    begin = time.process_time()
    verilog_text(text, "big")
    assert time.process_time() - begin < 3


@pytest.mark.flow
def test_megabit_memory_is_written_within_seconds(tmp_path: Path) -> None:
    text = memory(1024, 1024, "rom")
    begin = time.process_time()
    written = verilog_text(text, "dut")
    assert time.process_time() - begin < 6
    lint(written, "dut", tmp_path)


def test_unknown_cell_is_named() -> None:
    m = Module()
    a, o = Signal(8, name="a"), Signal(8, name="o")
    m.d.comb += o.eq(a + 1)
    text = rtlil.convert(m, name="t", ports=[a, o]).replace("$add", "$pow")
    with pytest.raises(ValueError, match=r"\$pow"):
        verilog_text(text, "t")


DECLARATION = re.compile(
    r"(?:end\s+)*(?:wire|reg|integer)\s+(?:\[[^\]]*\]\s*)?(\w+)(.*)", re.DOTALL
)
PORT = re.compile(r"(?:input|output)\s+(?:wire|reg)\s+(?:\[[^\]]*\]\s*)?(\w+)")
INSTANCE = re.compile(r"(?:end\s+)*(\w+)\s+(?:#\s*\(.*\)\s*)?(\w+)\s*\(\s*\..*", re.DOTALL)
NOT_A_USE = re.compile(r"\d+'s?[bdh][0-9a-fxz_?]+|\$\w+|\.\w+|\"[^\"]*\"", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z_]\w*")


def undeclared(text: str) -> list[str]:
    """Names that stand in the text before their declaration."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/|\(\*(?!\)).*?\*\)", "", text, flags=re.DOTALL)
    found = []
    for module in re.findall(r"\bmodule\b(.*?)\bendmodule\b", text, re.DOTALL):
        head, *statements = module.split(";")
        declared = set(PORT.findall(head))
        for statement in map(str.strip, statements):
            uses, declares = statement, None
            if match := DECLARATION.match(statement):
                declares, uses = match.groups()
            elif (match := INSTANCE.fullmatch(statement)) and match[1] not in KEYWORDS:
                uses = statement.replace(match[1], "", 1).replace(match[2], "", 1)
            names = set(NAME.findall(NOT_A_USE.sub(" ", uses))) - KEYWORDS
            found += sorted(names - declared)
            declared |= {declares} if declares else set()
    return found


def test_a_name_used_too_early_is_found() -> None:
    late = "module a (\n input wire x,\n output wire y\n);\n wire b = c;\n wire c = x;\nendmodule"
    assert undeclared(late) == ["c"]
    assert undeclared(late.replace("b = c", "b = x")) == []


def check_macro(macro: Macro, seed: int | None, folder: Path) -> None:
    random_spec = macro.stimulus_type.random_spec
    spec = macro.spec() if seed is None else random_spec(np.random.default_rng(seed))
    text = emit(spec).verilog
    assert undeclared(text) == [], f"seed {seed}: {spec.model_dump_json()}"
    lint(text, macro.name, folder)


MACROS = pytest.mark.parametrize("macro", macros().values(), ids=macros())


@MACROS
@pytest.mark.flow
def test_macro_is_free_of_warnings(macro: Macro, tmp_path: Path) -> None:
    check_macro(macro, None, tmp_path)


@pytest.mark.regression
@MACROS
@pytest.mark.parametrize("seed", range(effort(3, 10)))
def test_random_macro_is_free_of_warnings(macro: Macro, seed: int, tmp_path: Path) -> None:
    check_macro(macro, seed, tmp_path)


def test_a_process_that_reads_nothing_is_an_assignment() -> None:
    """``always @*`` without a signal to wait for would never run."""
    m = Module()
    enabled, mask = Signal(), Signal(2)
    m.d.comb += enabled.eq(1)
    for bit in range(2):
        with m.If(enabled):
            m.d.comb += mask[bit].eq(1)
    text = verilog_text(convert((m, [mask]), "dut"), "dut")
    assert "assign mask = 2'd3;" in text
    assert "always" not in text
