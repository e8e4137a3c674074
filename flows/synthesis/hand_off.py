"""What a mapped design is handed on as: netlist, constraints, models, testbench and a script."""

from collections.abc import Sequence
from dataclasses import dataclass

from neuroloom.flows.cells.frame import CLOCK, netlist_verilog, plain_flip_flop
from neuroloom.flows.cells.gate_level import cell_models
from neuroloom.flows.cells.mapping import Mapped
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.verilog.testbench import testbench, vector_files
from neuroloom.flows.verilog.vectors import vectors
from neuroloom.golden.spec import Spec

SEED = 1
SDC = """\
# Constraints of {top} as it was timed: {corner}, no wires, an ideal clock.
# The times outside are those of a register at each port.
create_clock -name clk -period {period:.4f} [get_ports clk]
set inputs [list {inputs}]
set outputs [list {outputs}]
set_input_delay {before:.4f} -clock clk $inputs
set_output_delay {after:.4f} -clock clk $outputs
"""
SCRIPT = """\
#!/bin/sh
# Runs the testbench of {top} on its netlist for {target}: sh {script} [icarus|verilator]
set -e
cd "$(dirname "$0")"
files="{files}"
case "${{1:-icarus}}" in
icarus)
  iverilog -g2005 -o {stem}.vvp $files
  said=$(vvp -n {stem}.vvp) ;;
verilator)
  verilator --binary --timing -CFLAGS "-std=c++20 -fcoroutines" -Wno-fatal -Wno-lint \\
    --Mdir {stem}_verilator --top-module {top}_tb -o {stem} $files >/dev/null
  said=$(./{stem}_verilator/{stem}) ;;
*)
  echo "usage: sh {script} [icarus|verilator]" >&2
  exit 2 ;;
esac
echo "$said"
case "$said" in *PASS*) ;; *) exit 1 ;; esac
"""


@dataclass(frozen=True)
class MappedFiles:
    """Texts of a design that was mapped for one target."""

    target: str
    top: str
    netlist: str
    boxes: str
    """Memories as black boxes; empty without any."""
    models: str
    """Cells and memories that simulate."""
    sdc: str

    def texts(self) -> dict[str, str]:
        """Text by name of the file."""
        stem = f"{self.top}_{self.target}"
        texts = {
            f"{stem}.nl.v": self.netlist,
            f"{stem}_models.v": self.models,
            f"{stem}.sdc": self.sdc,
        }
        return texts | ({f"{stem}_memories.v": self.boxes} if self.boxes else {})


def mapped_files(target: str, best: Mapped, working: WorkingLibrary, period: float) -> MappedFiles:
    """Texts of a mapping; ``period`` of the clock [ns] is what its constraints ask for."""
    netlist = best.netlist
    return MappedFiles(
        target,
        netlist.top,
        netlist_verilog(netlist),
        "\n".join(each.black_box for each in working.memories),
        cell_models(netlist, working),
        _constraints(best, working, period),
    )


def _constraints(best: Mapped, working: WorkingLibrary, period: float) -> str:
    """Constraints that ask for what own timing asks of the registers at the ports."""
    library, netlist = working.library, best.netlist
    register = plain_flip_flop(library)
    arcs = [arc for pin in register.outputs for arc in pin.arcs if arc.clocked]
    data = register.pins[register.data[0]]
    checks = [
        table.at(0.0, 0.0)
        for check in data.checks
        if check.setup
        for table in (check.rise, check.fall)
        if table
    ]
    before = max((max(arc.rise.at(0.0, 0.0), arc.fall.at(0.0, 0.0)) for arc in arcs), default=0.0)

    def ports(names: Sequence[str]) -> str:
        return " ".join(f"[get_ports {{{name}}}]" for name in names)

    inputs = [str(at) for at, net in netlist.inputs.items() if net not in netlist.clocks]
    unit = library.time_unit
    return SDC.format(
        top=netlist.top,
        corner=library.corner,
        period=period / unit,
        inputs=ports([name for name in inputs if name != CLOCK]),
        outputs=ports([str(place) for place in netlist.outputs]),
        before=before / unit,
        after=max(checks, default=0.0) / unit,
    )


def hand_off(spec: Spec | None, files: Sequence[MappedFiles]) -> dict[str, str]:
    """All texts by name of the file: for a macro of the catalogue with a testbench, its vectors
    and a script for each target that runs it on the netlist.
    """
    texts = {name: text for each in files for name, text in each.texts().items()}
    if not files or spec is None or any(stream.asynchronous for stream in spec.streams):
        return texts
    top = files[0].top
    phases = vectors(spec, SEED).phases
    texts |= vector_files(spec, top, phases) | {f"{top}_tb.v": testbench(spec, top, phases)}
    for each in files:
        stem = f"{top}_{each.target}"
        script = f"{stem}.sh"
        named = f"{stem}.nl.v {stem}_models.v {top}_tb.v"
        texts[script] = SCRIPT.format(
            top=top, target=each.target, script=script, stem=stem, files=named
        )
    return texts
