"""A neuron and a synapse of it in a core that learns: what becomes of them in a step."""

from collections.abc import Mapping

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, signed

from neuroloom.golden.learning.plastic_core import PlasticCoreSpec
from neuroloom.golden.learning.stdp_options import StdpEvent
from neuroloom.hdl.learning.calcium_synapse import calcium_update, synapse_update
from neuroloom.hdl.learning.stdp import decayed, refreshed, stdp_update
from neuroloom.hdl.neurons.lif_update import fire, integrate


class PlasticLane:
    """Combinational, from a neuron's ``state``, what is ``learned`` of it, its synapse's ``weight``
    and its axon's ``trace``.

    ``step`` has the flags of the step. ``spike``, ``next_state`` and ``next_learned`` are those
    after a row or a sweep, ``next_weight`` that after a step which learns.
    """

    def __init__(
        self,
        m: Module,
        spec: PlasticCoreSpec,
        step: Mapping[str, Value],
        state: Mapping[str, Value],
        parameters: Mapping[str, Value],
        learned: Value,
        weight: Value,
        trace: Value,
    ) -> None:
        arriving = Signal(signed(spec.neuron.input_bits))
        m.d.comb += arriving.eq(weight)
        given = {**state, **parameters, "input": arriving, "tick": step["sweep"]}
        after = fire(m, spec.neuron, integrate(m, spec.neuron, given))
        self.spike: Value = after["spike"]
        self.next_state = Cat(after[field.name] for field in spec.neuron.state)
        update = _pairs if spec.by_pairs else _calcium
        updated, ticked = update(
            m,
            spec,
            step,
            {**state, "weight": weight, "learned": learned, "trace": trace},
            self.spike,
        )
        self.next_weight = updated[: spec.weight_bits]
        self.next_learned = Mux(step["sweep"] & step["learn"], ticked, learned)


def _pairs(
    m: Module,
    spec: PlasticCoreSpec,
    step: Mapping[str, Value],
    now: Mapping[str, Value],
    spike: Value,
) -> tuple[Value, Value]:
    """The weight after a pair, and the neuron's trace after a tick."""
    stdp, trace = spec.stdp, now["learned"]
    kind = Cat(step["column"], C(0, 1))
    event = {"kind": kind, "weight": now["weight"], "pre_trace": now["trace"], "post_trace": trace}
    weight = stdp_update(m, stdp, event, C(0))["weight"]
    latest = Signal(stdp.trace_bits, name="latest")
    m.d.comb += latest.eq(Mux(spike, refreshed(m, stdp, StdpEvent.POST, trace), trace))
    return weight, decayed(m, stdp, StdpEvent.POST, latest)


def _calcium(
    m: Module,
    spec: PlasticCoreSpec,
    step: Mapping[str, Value],
    now: Mapping[str, Value],
    spike: Value,
) -> tuple[Value, Value]:
    """The weight after an event or a drift, and the neuron's calcium after a tick."""
    rule = spec.calcium
    synapse = {"weight": now["weight"], "membrane": now["membrane"], "calcium": now["learned"]}
    weight = synapse_update(m, rule, step["row"], step["axons"], synapse)
    raised = calcium_update(m, rule, spike, C(0), now["learned"])
    return weight, calcium_update(m, rule, C(0), C(1), raised)
