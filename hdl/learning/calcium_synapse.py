"""Calcium-gated bistable synapse."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import C, Module, Mux, Signal, Value, signed

from neuroloom.golden.learning.calcium_synapse import CalciumSynapseSpec, SynapseEvent
from neuroloom.hdl.arith.pipeline import lockstep
from neuroloom.hdl.component import Component
from neuroloom.hdl.formats import fit


class CalciumSynapse(Component[CalciumSynapseSpec]):
    """Synapse and calcium in gates alone, between two streams tied together."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        lockstep(m, self.event, self.update, stages=0)
        token = {each.name: self.event.payload[each.name] for each in spec.streams[0].fields}
        pre, post, tick = Signal(), Signal(), Signal()
        m.d.comb += pre.eq(token["kind"] == SynapseEvent.PRE)
        m.d.comb += post.eq(token["kind"] == SynapseEvent.POST)
        m.d.comb += tick.eq(token["kind"][1])
        m.d.comb += self.update.payload.weight.eq(synapse_update(m, spec, pre, tick, token))
        m.d.comb += self.update.payload.calcium.eq(
            calcium_update(m, spec, post, tick, token["calcium"])
        )
        return m


def synapse_update(
    m: Module, spec: CalciumSynapseSpec, pre: Value, tick: Value, token: Mapping[str, Value]
) -> Signal:
    """A synapse's weight after a presynaptic spike, a tick or neither; combinational.

    ``token`` has the weight, membrane and calcium of the neuron behind it, and the thresholds
    that are not constants, by the names of the stream's fields.
    """
    levels: dict[str, Any] = {name: C(level) for name, level in spec.thresholds.items()}
    now = {**levels, **token}
    weight, calcium = now["weight"], now["calcium"]
    depolarized, begun, goes_up, goes_down = Signal(), Signal(), Signal(), Signal()
    m.d.comb += [
        depolarized.eq(now["membrane"] >= now["membrane_threshold"]),
        begun.eq(calcium >= now["calcium_from"]),
        goes_up.eq(depolarized & begun & (calcium < now["calcium_up"])),
        goes_down.eq(~depolarized & begun & (calcium < now["calcium_down"])),
    ]
    sizes = (spec.jump_up, spec.jump_down, spec.drift_up, spec.drift_down)
    change = Signal(signed(max(sizes).bit_length() + 1))
    with m.If(tick):
        m.d.comb += change.eq(Mux(weight[-1], spec.drift_up, -spec.drift_down))
    with m.Elif(pre & goes_up):
        m.d.comb += change.eq(spec.jump_up)
    with m.Elif(pre & goes_down):
        m.d.comb += change.eq(-spec.jump_down)
    return fit(m, weight + change, spec.weight_format)


def calcium_update(
    m: Module, spec: CalciumSynapseSpec, post: Value, tick: Value, calcium: Value
) -> Signal:
    """A neuron's calcium after a spike of its own, a tick or neither; combinational."""
    change = Signal(signed(max(spec.calcium_jump, spec.calcium_leak).bit_length() + 1))
    with m.If(post):
        m.d.comb += change.eq(spec.calcium_jump)
    with m.Elif(tick):
        m.d.comb += change.eq(-spec.calcium_leak)
    return fit(m, calcium + change, spec.calcium_format)
