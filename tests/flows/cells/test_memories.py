"""Memories on standard cells: what they ask for, which macros hold them, and that they do."""

import itertools
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.srams import MadeMacro, written
from support.verilog import comparison, output, with_icarus, yosys

from neuroloom.flows.cells.corners import corner_notes, corner_timings
from neuroloom.flows.cells.mapping import RELAXED_PS, map_design
from neuroloom.flows.cells.memories import plan as plans
from neuroloom.flows.cells.memories.macro import SramMacro, macros_of, read_macros
from neuroloom.flows.cells.memories.names import MemoryMode, SramAim
from neuroloom.flows.cells.memories.needs import flat_memories
from neuroloom.flows.cells.memories.plan import MemoryPlan, plan
from neuroloom.flows.cells.memories.proofs import NeverTogether, prove
from neuroloom.flows.cells.memories.tiling import tile
from neuroloom.flows.cells.memories.wrapper import wrapper
from neuroloom.flows.cells.nodes import NODES
from neuroloom.flows.cells.predictive import predictive_text
from neuroloom.flows.cells.sources import (
    WorkingLibrary,
    corner_libraries,
    from_kit,
    kit_files,
    working_library,
)
from neuroloom.flows.designs.design import Design
from neuroloom.flows.designs.yosys import OWN_TEXT
from neuroloom.flows.tools.errors import UsageError

NODE = max(NODES)
TOGETHER = NeverTogether(read_and_write=False, same_word=False)
APART = NeverTogether(read_and_write=True, same_word=True)


@dataclass(frozen=True)
class Port:
    name: str
    direction: str
    width: int


def memory(
    words: int = 20, width: int = 6, parts: int = 1, *, first: str = "read", apart: bool = False
) -> tuple[Design, list[Port]]:
    """A memory at the ports of a design: ``first`` says what a read of a written word gives."""
    address = (words - 1).bit_length()
    ports = [
        Port("\\clk", "input", 1),
        Port("\\rst", "input", 1),
        Port("\\re", "input", 1),
        Port("\\ra", "input", address),
        Port("\\we", "input", parts),
        Port("\\wa", "input", address),
        Port("\\wd", "input", width),
        Port("\\rd", "output", width),
    ]
    heads = ", ".join(
        f"{port.direction} {'reg ' * (port.direction == 'output')}[{port.width - 1}:0] "
        f"{port.name[1:]}"
        for port in ports
    )
    part = width // parts
    writes = " ".join(
        f"if (we[{at}]{' & ~re' if apart else ''}) "
        f"words[wa][{at * part} +: {part}] <= wd[{at * part} +: {part}];"
        for at in range(parts)
    )
    if parts == 1:
        writes = f"if (we{' & ~re' if apart else ''}) words[wa] <= wd;"
    seen = "words[ra]"
    if first == "write":
        seen = "(we && wa == ra) ? wd : words[ra]"
    # addresses past the end have no word in the model, and one in a macro
    text = f"""module memory ({heads});
  reg [{width - 1}:0] words [0:{words - 1}];
  always @(posedge clk) begin {writes} if (re) rd <= {seen}; end
endmodule
"""
    sizes = {port.name[1:]: port.width for port in ports[1:-1]}
    return Design("memory", text, OWN_TEXT, "clk", sizes, {"rd": width}, 1), ports


@pytest.fixture(scope="module")
def cells() -> WorkingLibrary:
    return working_library([("cells", predictive_text(NODE))], ())


def planned(
    design: Design, cells: WorkingLibrary, macros: tuple[SramMacro, ...], **options: object
) -> MemoryPlan:
    mode = options.get("mode", MemoryMode.SRAM)
    assert mode is None or isinstance(mode, MemoryMode)
    bits = options.get("bits", 1 << 20)
    assert isinstance(bits, int)
    return plan(design, cells, macros, mode, SramAim.AREA, bits)


def run(folder: Path, made: MemoryPlan, ports: list[Port], original: str) -> str:
    """Both designs under random inputs in Icarus; what the comparison says."""
    (folder / "made.il").write_text(made.design.text)
    yosys(
        f"read_rtlil {folder}/made.il",
        "delete =A:blackbox",
        "rename memory dut",
        f"write_verilog -noattr {folder}/made.v",
    )
    models = "\n".join(each.model for each in made.working.memories)
    texts = {
        "made.v": (folder / "made.v").read_text() + models,
        "ref.v": original.replace("module memory", "module ref"),
        "tb.v": comparison(ports),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    build = output("iverilog", "-g2005", "-o", "tb.vvp", *texts, folder=folder)
    assert "error" not in build, build
    return output("vvp", "-n", "tb.vvp", folder=folder)


def test_a_macro_is_read_from_its_liberty_file(tmp_path: Path) -> None:
    [one] = macros_of(written(tmp_path, MadeMacro(16, 4, area=123.0)))
    assert (one.words, one.width, one.area, one.mask_bits, one.two_ports) == (16, 4, 123, 1, False)
    assert (one.read_pj, one.write_pj, one.cell.ports[0].idle) == (8.0, 10.0, 0.5)
    assert (one.access_ns, one.setup_ns, one.hold_ns) == (1.5, 0.25, 0.125)
    assert one.cell.leakage == 5 and one.corner == "1.2 V, 25 °C"
    assert len(one.cell.pins) == 1 + 3 + 2 + 4 + 3 * 4  # clock, enables, ties, address, words
    assert set(one.cell.data) == {name for name, pin in one.cell.pins.items() if pin.checks} | {
        "A_DLY",
        "A_BIST_EN",
    }
    [two] = macros_of(written(tmp_path, MadeMacro(16, 4, ports=2, family="openram", mask=False)))
    assert two.two_ports and [port.writes for port in two.ports] == [True, False]


def test_pins_that_are_not_understood_are_named(tmp_path: Path) -> None:
    [file] = written(tmp_path, MadeMacro(16, 4))
    file.write_text(file.read_text().replace("A_WEN", "A_STROBE"))
    with pytest.raises(UsageError, match=r"what A_STROBE of the memory ihp_1p_16x4 are for is not"):
        macros_of((file,))


@pytest.mark.parametrize("kit", ["sg13g2_sram", "gf180mcu_fd_ip_sram", "sky130_sram_macros"])
def test_macros_of_the_kits_are_as_large_as_their_names_say(kit: str) -> None:
    files = [*Path(os.environ.get("PDK_ROOT", "/nonexistent")).glob(f"*/libs.ref/{kit}/lib/*.lib*")]
    if not files:
        pytest.skip("needs PDK_ROOT")
    for file in sorted(files)[:4]:
        [macro] = macros_of((file,))
        sizes = re.search(r"(\d+)x(\d+)", macro.name)
        assert sizes
        stated = {int(sizes[1]), int(sizes[2])}
        assert {macro.words, macro.width} == stated
        assert macro.read_pj > 0 and macro.write_pj > 0 and macro.access_ns > 0 and macro.area > 0


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (("if (re) rd <= words[ra]; end", "end always @* rd = words[ra];"), "without a clock edge"),
        (("always", "initial words[3] = 1; always"), "needs contents from the start"),
        (
            (
                "always @(posedge clk) begin if (we) words[wa] <= wd;",
                "integer n; initial for (n = 0; n < 20; n = n + 1) words[n] = n;"
                "always @(posedge clk) begin",
            ),
            "nothing writes it",
        ),
        (("end\n", "if (rst) words[ra] <= 0; end\n"), "several write ports"),
    ],
)
def test_what_no_sram_can_do_is_told(
    edit: tuple[str, str], reason: str, cells: WorkingLibrary, tmp_path: Path
) -> None:
    design, _ = memory()
    assert edit[0] in design.text
    changed = Design(
        design.name, design.text.replace(*edit), OWN_TEXT, "clk", design.inputs, design.outputs, 1
    )
    macros = macros_of(written(tmp_path, MadeMacro(32, 8), MadeMacro(32, 8, ports=2)))
    [use] = planned(changed, cells, macros).uses
    assert use.mode is MemoryMode.FLIP_FLOPS and reason in use.reason
    with pytest.raises(UsageError, match=f"bits of memory.*{reason}"):
        planned(changed, cells, macros, bits=50)


def test_only_large_memories_become_sram_without_being_asked_for(
    cells: WorkingLibrary, tmp_path: Path
) -> None:
    macros = macros_of(written(tmp_path, MadeMacro(64, 32, ports=2)))
    for words, mode in ((31, MemoryMode.FLIP_FLOPS), (32, MemoryMode.SRAM)):
        [use] = planned(memory(words, 32)[0], cells, macros, mode=None).uses
        assert use.mode is mode


@pytest.mark.parametrize("apart", [False, True])
def test_reads_that_never_meet_writes_are_proved(apart: bool, tmp_path: Path) -> None:
    design, _ = memory(apart=apart)
    [need] = flat_memories(tmp_path, design)
    assert (need.name, need.words, need.width, need.lanes) == ("words", 20, 6, (0,))
    assert (need.read_ports, need.write_ports, need.read_enable) == (1, 1, True)
    [proved] = prove(tmp_path, design.name, [need]).values()
    assert (proved.read_and_write, proved.same_word) == (apart, apart)


def cost(columns: tuple[MadeMacro, ...], words: int, aim: SramAim) -> float:
    """Area of columns of so many words, or energy of an access: macros that rest take 0.5."""
    rows = [-(-words // each.words) for each in columns]
    if aim is SramAim.AREA:
        return sum(row * each.area for row, each in zip(rows, columns, strict=True))
    return sum(each.read + 0.5 * (row - 1) for row, each in zip(rows, columns, strict=True))


def test_the_choice_is_the_least_of_all_ways_to_cut_a_word(tmp_path: Path) -> None:
    kinds = (
        MadeMacro(16, 4, area=70, read=2, write=2),
        MadeMacro(32, 4, area=100, read=5, write=5),
        MadeMacro(16, 8, area=130, read=3, write=3),
        MadeMacro(64, 16, area=700, read=20, write=20),
    )
    macros = macros_of(written(tmp_path, *kinds))
    for words, width in ((16, 4), (17, 9), (40, 21), (64, 16), (100, 3)):
        [need] = flat_memories(tmp_path, memory(words, width)[0])
        for aim in SramAim:
            found = tile(need, APART, macros, aim)
            assert found is not None
            least = min(
                cost(each, words, aim)
                for number in range(1, 7)
                for each in itertools.combinations_with_replacement(kinds, number)
                if sum(m.width for m in each) >= width
            )
            assert (found.area if aim is SramAim.AREA else found.read_pj) == pytest.approx(least)
            covered = [bit for c in found.columns for bit in range(c.low, c.low + c.width)]
            assert covered == list(range(width))


def test_a_mask_of_whole_words_holds_no_parts(tmp_path: Path) -> None:
    [need] = flat_memories(tmp_path, memory(20, 6, 3)[0])
    assert need.lanes == (0, 2, 4)
    plain, masked = (MadeMacro(32, 6, 2, area, mask=mask) for area, mask in ((1, False), (2, True)))
    assert tile(need, TOGETHER, macros_of(written(tmp_path, plain)), SramAim.AREA) is None
    both = macros_of(written(tmp_path, plain, masked))
    found = tile(need, TOGETHER, both, SramAim.AREA)
    assert found is not None and found.area == 2


SHAPES = {
    "one macro": ({}, (MadeMacro(32, 8, 2),)),
    "deep, wide and in parts": ({"words": 40, "width": 12, "parts": 4}, (MadeMacro(16, 5, 2),)),
    "write first": ({"first": "write"}, (MadeMacro(32, 8, 2),)),
    "one port in parts": (
        {"words": 40, "width": 8, "parts": 2, "apart": True},
        (MadeMacro(16, 5, 1),),
    ),
    "output of a cycle": ({"words": 40}, (MadeMacro(16, 8, 2, mask=False, family="openram"),)),
    "one port, output of a cycle": (
        {"words": 40, "apart": True},
        (MadeMacro(16, 8, 1, mask=False, family="openram"),),
    ),
}


@with_icarus
@pytest.mark.parametrize("shape", SHAPES)
def test_macros_do_what_the_memory_did(shape: str, cells: WorkingLibrary, tmp_path: Path) -> None:
    options, kinds = SHAPES[shape]
    design, ports = memory(**options)  # type: ignore[arg-type]
    made = planned(design, cells, macros_of(written(tmp_path, *kinds)))
    [use] = made.uses
    assert use.mode is MemoryMode.SRAM
    said = run(tmp_path, made, ports, design.text)
    known = re.search(r"^OK (\d+)", said, re.MULTILINE)
    assert known and int(known[1]) > 1000, said


@with_icarus
def test_black_boxes_outside_do_what_the_memory_did(cells: WorkingLibrary, tmp_path: Path) -> None:
    for first, parts in (("write", 1), ("read", 3)):
        design, ports = memory(first=first, parts=parts)
        made = planned(design, cells, (), mode=MemoryMode.OUTSIDE)
        assert [use.mode for use in made.uses] == [MemoryMode.OUTSIDE]
        [box] = made.working.memories
        assert box.name == "memory_memory_0" and "write_address" in box.black_box
        assert "OK" in run(tmp_path, made, ports, design.text)


FAULTS = {
    "swapped halves": (
        ("reads_0_0_0 = read_0 & (ra_0_0[5:4] == 0)", "reads_0_0_0 = read_0 & (ra_0_0[5:4] == 1)"),
        ("reads_0_0_1 = read_0 & (ra_0_0[5:4] == 1)", "reads_0_0_1 = read_0 & (ra_0_0[5:4] == 0)"),
    ),
    "wrong mask": (("write_bits[2 +: 5]}", "write_bits[3 +: 5]}"),),
    "row chosen a cycle early": (("case (row_0_0)", "case (ra_0_0[5:4])"),),
    "writes that wait are not handed on": (
        ("write_bits & {12{read_address_0 == write_address}}", "12'd0"),
    ),
}


@with_icarus
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_the_tiling_are_seen(
    fault: str, cells: WorkingLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = wrapper

    def wrong(*args: object) -> str:
        text = right(*args)  # type: ignore[arg-type]
        for before, after in FAULTS[fault]:
            assert before in text, text
            text = text.replace(before, after)
        return text

    monkeypatch.setattr(plans, "wrapper", wrong)
    options, kinds = SHAPES["deep, wide and in parts"]
    design, ports = memory(**options)  # type: ignore[arg-type]
    made = planned(design, cells, macros_of(written(tmp_path, *kinds)))
    assert "FAILED" in run(tmp_path, made, ports, design.text)


def test_a_word_that_comes_half_a_cycle_later_has_half_a_cycle_left(
    cells: WorkingLibrary, tmp_path: Path
) -> None:
    design, _ = memory(32, 8, apart=True)
    [file] = written(tmp_path, MadeMacro(32, 8, 1, mask=False, family="openram"))
    periods = []
    for edge in ("rising_edge", "falling_edge"):
        file.write_text(re.sub("(rising|falling)_edge", edge, file.read_text()))
        made = planned(design, cells, tuple(read_macros(file)))
        [mapped] = map_design(
            made.design.text, "memory", made.working, (("area", RELAXED_PS),), read=made.design.read
        ).points
        assert mapped.timing.path[0].cell == made.working.memories[0].name
        periods.append(mapped.timing.period)
    assert periods[1] == pytest.approx(2 * periods[0]) and periods[0] > 1.5


def test_corners_have_their_own_cells_and_typical_memories(tmp_path: Path) -> None:
    if not kit_files("sg13g2") or not corner_libraries("sg13g2"):
        pytest.skip("needs PDK_ROOT")
    cells = from_kit("sg13g2")
    made = planned(memory(32, 8)[0], cells, macros_of(written(tmp_path, MadeMacro(32, 8, 2))))
    [mapped] = map_design(
        made.design.text, "memory", made.working, (("area", RELAXED_PS),), read=made.design.read
    ).points
    typical, slow, fast = corner_timings("sg13g2", mapped, made.working)
    assert [each.name for each in (typical, slow, fast)] == ["typical", "slow", "fast"]
    assert "1.08 V, 125 °C" in slow.corner and "1.32 V, -40 °C" in fast.corner
    assert typical.setup_ns == pytest.approx(mapped.timing.period)
    assert fast.setup_ns < typical.setup_ns < slow.setup_ns
    assert typical.without_memories_ns is not None and slow.without_memories_ns is not None
    assert typical.without_memories_ns < slow.without_memories_ns < slow.setup_ns
    assert (typical.memory, slow.memory) == ("", "typical memory")
    leaks = {
        name: sum(
            each.cell.leakage if library is None else library.library.cells[each.cell.name].leakage
            for each in mapped.netlist.design
            if not each.cell.is_memory
        )
        for name, library in {"typical": None, **corner_libraries("sg13g2")}.items()
    }
    for each in (typical, slow, fast):
        assert each.leakage_uw == pytest.approx(leaks[each.name] / 1000)
    [note] = corner_notes("sg13g2", made.working)
    assert "typical tables at every corner" in note
    assert "typical corner only" in corner_notes("predictive-45", made.working)[0]
