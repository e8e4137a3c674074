"""A design to synthesize: of the catalogue, or somebody's own Verilog."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from neuroloom.flows.designs.memories import DesignMemory, declared_memories, stated_memories
from neuroloom.flows.designs.refused_verilog import refusal
from neuroloom.flows.designs.yosys import OWN_RTLIL, OWN_TEXT, check_top, run_passes
from neuroloom.flows.tools.errors import ToolFailed, UsageError
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.tools.reading.refusal import reading
from neuroloom.flows.verilog.emit import Emitted, emit
from neuroloom.golden.contract import Contract
from neuroloom.golden.ports import port_name
from neuroloom.golden.spec import Spec

CLOCKED_PORTS = ("CLK", "RD_CLK", "WR_CLK")
FLIP_FLOPS = ("$dff", "$sdff", "$adff", "$aldff")


@dataclass(frozen=True)
class Design:
    """Verilog with one top module and at most one clock.

    ``read`` is the yosys pass that reads ``text`` from ``design.v``: Verilog, or the RTLIL that
    somebody's files were read into.
    """

    name: str
    text: str
    read: str
    clock: str | None
    inputs: dict[str, int]
    """Port to bits, without the clock."""
    outputs: dict[str, int]
    modules: int
    """How many are reported apart."""
    spec: Spec | None = None
    module_names: frozenset[str] = frozenset()
    own_memories: tuple[DesignMemory, ...] = ()
    """Memories of a design without a specification."""

    @cached_property
    def memories(self) -> tuple[DesignMemory, ...]:
        """What is known before any synthesis."""
        if self.spec is None:
            return self.own_memories
        return stated_memories(self.spec.inventory)

    @cached_property
    def contract(self) -> Contract | None:
        return self.spec.contract if self.spec is not None else None


def of_spec(spec: Spec, emitted: Emitted | None = None) -> Design:
    """The Verilog of a macro of the catalogue."""
    emitted = emitted or emit(spec)
    inputs: dict[str, int] = {"rst": 1}
    outputs: dict[str, int] = {}
    for stream in spec.streams:
        into, out_of = (inputs, outputs) if stream.direction == "in" else (outputs, inputs)
        into |= {port_name(stream, field.name): field.port_bits for field in stream.fields}
        for control, side in zip(stream.controls, (into, out_of), strict=False):
            side[port_name(stream, control)] = 1
    modules = emitted.verilog.count("\nendmodule")
    return Design(emitted.name, emitted.verilog, OWN_TEXT, "clk", inputs, outputs, modules, spec)


def of_files(files: Sequence[Path], top: str) -> Design:
    """Somebody's own Verilog or SystemVerilog, read with the slang front end.

    UsageError when a file is missing, the text is wrong (with the reader's words), ``top`` is not
    in it, or several clocks are used.
    """
    for file in files:
        if not file.is_file():
            raise UsageError(f"there is no Verilog file {file}")
        with reading(file, "the Verilog file"):
            file.open("rb").close()
    check_top(top)
    text, modules = _elaborate(files, top)
    ports: dict[str, dict[str, int]] = {"input": {}, "output": {}, "inout": {}}
    module = modules[top]
    for name, port in module["ports"].items():
        ports[port["direction"]][name] = len(port["bits"])
    if ports["inout"]:
        raise UsageError(
            f"{top} has inout ports ({', '.join(ports['inout'])}); "
            "split them into inputs and outputs to synthesize it"
        )
    if not ports["output"]:
        raise UsageError(
            f"{top} has no outputs, so that synthesis would leave nothing of it; "
            "name with --top the module that has them"
        )
    clocks = _clocks(module)
    if len(clocks) > 1:
        raise UsageError(
            f"{top} is clocked by several nets ({', '.join(sorted(clocks))}); "
            "timing and power are for designs of one clock"
        )
    clock = next(iter(clocks), None)
    if clock is not None and ports["input"].get(clock) != 1:
        raise UsageError(f"the clock of {top}, {clock}, is not one of its inputs")
    inputs = {name: bits for name, bits in ports["input"].items() if name != clock}
    names = frozenset(modules)
    return Design(
        top,
        text,
        OWN_RTLIL,
        clock,
        inputs,
        ports["output"],
        1,
        module_names=names,
        own_memories=declared_memories(module),
    )


def _elaborate(files: Sequence[Path], top: str) -> tuple[str, dict[str, Any]]:
    """The design as RTLIL, and its modules once more in JSON, the top one flat."""
    with scratch_folder() as folder:
        links = [folder / f"source{number}.sv" for number in range(len(files))]
        for link, file in zip(links, files, strict=True):
            link.symlink_to(file.resolve())
        passes = [
            f"read_slang --top {{top}} {' '.join(link.name for link in links)}",
            "hierarchy -check -top {top}",
            "write_rtlil design.il",
            "write_json modules.json",
            # the clock of a submodule is then the net that it hangs on, and no buffer of that
            "proc",
            "flatten",
            "opt_expr",
            "opt_clean",
            "write_json flat.json",
        ]
        try:
            run_passes(folder, passes, top)
        except ToolFailed as error:
            refused = refusal(folder, files, top)
            raise refused or type(error)(f"the Verilog was not read: {error}") from None
        made, flat = (
            json.loads((folder / file).read_text())["modules"]
            for file in ("modules.json", "flat.json")
        )
        return (folder / "design.il").read_text(), made | flat


def _clocks(module: dict[str, Any]) -> set[str]:
    """Names of the nets at clock pins: of ports where they are ports."""
    bits: set[int | str] = set()
    for cell in module["cells"].values():
        pins = cell["connections"]
        if cell["type"].startswith(FLIP_FLOPS):
            bits.add(pins["CLK"][0])
        for pin in CLOCKED_PORTS:
            if cell["type"].startswith("$mem") and pin in pins:
                enabled = reversed(cell["parameters"][f"{pin}_ENABLE"])
                bits |= {bit for bit, on in zip(pins[pin], enabled, strict=False) if on == "1"}
    names: dict[int | str, str] = {}
    for name, entry in [*module["netnames"].items(), *module["ports"].items()]:
        wide = len(entry["bits"]) > 1
        names |= {bit: f"{name}[{at}]" if wide else name for at, bit in enumerate(entry["bits"])}
    return {names[bit] for bit in bits if not isinstance(bit, str)}
