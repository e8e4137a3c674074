"""A design to synthesize: of the catalogue, or somebody's own Verilog."""

import json
import re
import shlex
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from neuroloom.flows.errors import ToolFailed, UsageError
from neuroloom.flows.process import run
from neuroloom.flows.synthesis.yosys import OWN_TEXT, SYNTHESIS_SECONDS, WORKER
from neuroloom.flows.verilog.emit import Emitted, emit
from neuroloom.golden.contract import Contract
from neuroloom.golden.spec import Spec
from neuroloom.hdl.component import port_name

CLOCKED_PORTS = ("CLK", "RD_CLK", "WR_CLK")
FLIP_FLOPS = ("$dff", "$sdff", "$adff", "$aldff")


@dataclass(frozen=True)
class Design:
    """Verilog with one top module and at most one clock.

    ``read`` is the yosys pass that reads it; ``verilog`` the text of ``design.v`` beside it, and
    for files elsewhere their text, so that equal designs are known as such.
    """

    name: str
    verilog: str
    read: str
    clock: str | None
    inputs: dict[str, int]
    """Port to bits, without the clock."""
    outputs: dict[str, int]
    modules: int
    spec: Spec | None = None

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
    if not re.fullmatch(r"[A-Za-z_]\w*", top):
        raise UsageError(f"{top!r} is not the name of a Verilog module")
    paths = [str(file.resolve()) for file in files]
    read = f"read_slang --top {top} {shlex.join(paths)}"
    modules = _elaborate(read, top)
    ports: dict[str, dict[str, int]] = {"input": {}, "output": {}, "inout": {}}
    module = modules[top]
    for name, port in module["ports"].items():
        ports[port["direction"]][name] = len(port["bits"])
    if ports["inout"]:
        raise UsageError(
            f"{top} has inout ports ({', '.join(ports['inout'])}); "
            "split them into inputs and outputs to synthesize it"
        )
    clocks = _clocks(module)
    if len(clocks) > 1:
        raise UsageError(
            f"{top} is clocked by several nets ({', '.join(sorted(clocks))}); "
            "timing and power are for designs of one clock"
        )
    clock = next(iter(clocks), None)
    if clock is not None and clock not in ports["input"]:
        raise UsageError(f"the clock of {top}, {clock}, is not one of its inputs")
    inputs = {name: bits for name, bits in ports["input"].items() if name != clock}
    text = "\n".join(file.read_text(errors="replace") for file in files)
    return Design(top, text, read, clock, inputs, ports["output"], 1)


def _elaborate(read: str, top: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="neuroloom-") as name:
        folder = Path(name)
        passes = [read, f"hierarchy -check -top {top}", "proc", "flatten", "write_json ports.json"]
        (folder / "script").write_text("\n".join(passes) + "\n")
        try:
            run([sys.executable, "-c", WORKER, "script"], folder / "log", SYNTHESIS_SECONDS,
                folder=folder)  # fmt: skip
        except ToolFailed as error:
            raise UsageError(f"the Verilog cannot be read: {error}") from None
        made: dict[str, Any] = json.loads((folder / "ports.json").read_text())["modules"]
        return made


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
        names |= dict.fromkeys(entry["bits"], name)
    return {names[bit] for bit in bits if not isinstance(bit, str)}
