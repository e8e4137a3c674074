"""What it would cost to hold every valid and ready of a macro low while ``rst`` is high.

``python -m neuroloom.flows.results.reset_gating`` prints LUT4 of iCE40 for every reference design
that is measured there, as it is and with both gated.
"""

from typing import Any

from amaranth.hdl import Module, ResetSignal

from neuroloom.flows.catalogue import macro
from neuroloom.flows.results.references import REFERENCES
from neuroloom.flows.specification import validate
from neuroloom.flows.synthesis import yosys
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.spec import Spec
from neuroloom.hdl.component import Component

TARGET = "ice40-hx8k"


class Gated(Component[Any]):
    """A component whose streams offer and accept nothing while reset is high."""

    def __init__(self, inner: Component[Any]) -> None:
        super().__init__(inner.spec)
        self.inner = inner

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.submodules.inner = self.inner
        for stream in self.spec.streams:
            ours, theirs = getattr(self, stream.name), getattr(self.inner, stream.name)
            if stream.direction == "out":
                ours, theirs = theirs, ours
            forward, *answers = stream.controls
            m.d.comb += theirs.payload.eq(ours.payload)
            m.d.comb += self._gated(getattr(theirs, forward), getattr(ours, forward), stream, "out")
            for answer in answers:
                m.d.comb += self._gated(
                    getattr(ours, answer), getattr(theirs, answer), stream, "in"
                )
        return m

    def _gated(self, target: Any, source: Any, stream: Any, driven: str) -> Any:
        """Only what the macro drives: valid of its outputs, ready of its inputs."""
        ours = stream.direction == driven and not stream.asynchronous
        return target.eq(source & ~ResetSignal() if ours else source)


def luts(spec: Spec, gated: bool) -> int:
    """LUT4 of a macro."""
    component = macro(spec.macro).component(spec)
    text = emit(spec, component=Gated(component) if gated else component).verilog
    target = TARGETS[TARGET]
    mapped = yosys.synthesize(text, spec.macro, target.script)
    return yosys.resources(mapped.cells, target)["LUT4"]


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
