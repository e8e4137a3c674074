"""What is proved of ``spike_register``: every edge is served, merged with others of its line."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal

from neuroloom.golden.events.aer_encoder import ServingOrder
from neuroloom.golden.events.spike_register import SpikeRegisterSpec
from neuroloom.hdl.events.spike_register import SpikeRegister
from neuroloom.verif.formal import Fault, Proof, Properties, chosen, implies


class SpikeRegisterProperties(Properties[SpikeRegisterSpec]):
    """Any one line is watched. Its spike is moved to the output in the cycle before it is shown
    there: what is known of the line is a cycle late, and caught up with what the output shows.
    """

    def state(self, proof: Proof, component: Any) -> None:
        spec, m = self.spec, proof.m
        samples, spikes = component.samples, component.spikes
        watched = proof.constant("watched", range(spec.lines))
        proof.assume(watched < spec.lines)
        edge = proof.past(self._edge(proof, samples, chosen(samples.payload.lines, watched)))
        moved, free = Signal(name="moved"), Signal(name="free")
        held, again = Signal(name="held"), Signal(name="again")
        waits, twice = Signal(name="held_before"), Signal(name="again_before")
        new = spikes.valid & proof.past(free)
        m.d.comb += [
            free.eq(~spikes.valid | spikes.ready),
            moved.eq(new & (spikes.payload.address == watched)),
            held.eq((waits & ~moved) | edge),
            again.eq(waits & ~moved & (twice | edge)),
        ]
        m.d.sync += [waits.eq(held), twice.eq(again)]
        proof.always("risen", "a line is served only if it rose", implies(moved, waits))
        proof.always(
            "merged",
            "its spike tells whether it rose again before",
            implies(moved, spikes.payload.merged == twice),
        )
        proof.always(
            "serves",
            "while a line is held the output is never empty",
            implies(proof.past(held & free), spikes.valid),
        )
        proof.always(
            "there",
            "lines that are served are there",
            implies(spikes.valid, spikes.payload.address < spec.lines),
        )
        proof.always("taken", "samples never wait", samples.ready)
        if spec.order is ServingOrder.ROUND_ROBIN and spec.lines > 1:
            proof.at_most(
                "turns",
                "a line that is held waits for one spike of each other line at most",
                counted=new & waits & ~moved,
                cleared=moved | ~waits,
                limit=spec.lines - 1,
            )
        proof.can("again", "a spike stands for several edges", moved & twice)
        proof.can("anew", "a line rises while its spike is moved", moved & edge)

    def _edge(self, proof: Proof, samples: Any, level: Any) -> Signal:
        """Whether the watched line rises behind the synchronizer, in this cycle."""
        m, before = proof.m, Signal(self.spec.synchronizer + 1, init=-1, name="levels")
        edge = Signal(name="edge")
        passed = Cat(level, before)
        m.d.comb += edge.eq(samples.valid & passed[-2] & ~passed[-1])
        with m.If(samples.valid):
            m.d.sync += before.eq(passed)
        return edge

    def faults(self) -> list[Fault]:
        def deaf(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += inner.samples.valid.eq(0)

        def next_one(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.spikes.payload.address.eq(inner.spikes.payload.address + 1)

        def silent(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.spikes.payload.merged.eq(~inner.spikes.payload.merged)

        def busy(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.samples.ready.eq(Mux(inner.spikes.valid, 0, 1))

        def beyond(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.spikes.payload.address.eq(-1)

        spec = self.spec
        faults = [
            Fault("deaf", "no line ever rises", self.tampered(deaf), ("serves",)),
            Fault("silent", "merged spikes are told wrong", self.tampered(silent), ("merged",)),
            Fault("busy", "samples wait while a spike is shown", self.tampered(busy), ("taken",)),
        ]
        if spec.lines > 1:
            faults.append(
                Fault("next", "the next line is told", self.tampered(next_one), ("risen",))
            )
        if spec.lines & (spec.lines - 1):
            faults.append(
                Fault(
                    "beyond", "a line is told that is not there", self.tampered(beyond), ("there",)
                )
            )
        if spec.order is ServingOrder.ROUND_ROBIN and spec.lines > 1:
            other = spec.model_copy(update={"order": ServingOrder.FIXED})
            faults.append(
                Fault(
                    "unfair", "the lowest line goes first", lambda: SpikeRegister(other), ("turns",)
                )
            )
        return faults

    @classmethod
    def small_specs(cls) -> list[SpikeRegisterSpec]:
        fixed = ServingOrder.FIXED
        return [
            SpikeRegisterSpec(lines=3, synchronizer=0),
            SpikeRegisterSpec(lines=3, synchronizer=1, order=fixed),
            SpikeRegisterSpec(lines=3, synchronizer=2),
        ]
