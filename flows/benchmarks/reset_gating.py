"""What it would cost to hold every valid and ready of a macro low while ``rst`` is high.

``python -m neuroloom.flows.benchmarks.reset_gating`` prints LUT4 of iCE40 for every reference
design that is measured there, as it is and with both gated.
"""

from typing import Any

from amaranth.hdl import Module, ResetSignal

from neuroloom.flows.benchmarks.references import REFERENCES
from neuroloom.flows.designs import yosys
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.spec import Spec
from neuroloom.verif.formal import Tampered

TARGET = "ice40-hx8k"


def gated(m: Module, inner: Any, outer: Any) -> None:
    """Streams offer and accept nothing while reset is high."""
    for stream in outer.spec.streams:
        if not stream.asynchronous:
            driven = "valid" if stream.direction == "out" else "ready"
            ours, theirs = getattr(outer, stream.name), getattr(inner, stream.name)
            m.d.comb += getattr(ours, driven).eq(getattr(theirs, driven) & ~ResetSignal())


def luts(spec: Spec, held_low: bool) -> int:
    """LUT4 of a macro."""
    component = macro(spec.macro).component(spec)
    text = emit(spec, component=Tampered(component, gated) if held_low else component).verilog
    target = TARGETS[TARGET]
    mapped = yosys.synthesize(text, spec.macro, target.script)
    return target.count(mapped.cells)["LUT4"]


def main() -> None:
    """Measure and print."""
    total, added, beyond = 0, 0, 0
    for reference in REFERENCES:
        if reference.on is not None and TARGET not in reference.on:
            continue
        spec = validate(macro(reference.macro), dict(reference.fields))
        plain, more = luts(spec, False), luts(spec, True)
        total, added, beyond = total + plain, added + more - plain, beyond + (more > 1.01 * plain)
        print(f"{reference.function}: {plain} LUT4, gated {more}", flush=True)
    print(f"{total} LUT4, {added:+} gated ({100 * added / total:+.1f} %); {beyond} above 1 %")


if __name__ == "__main__":
    main()
