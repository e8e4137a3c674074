"""Phenomenological neuron of the Izhikevich class."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import C, Module, Mux, Shape, Signal, Value, signed

from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.neurons.izhikevich import IzhikevichSpec
from neuroloom.hdl.arith.carry_in import as_signed, sum_with_carry
from neuroloom.hdl.arith.pipeline import lockstep
from neuroloom.hdl.component import Component
from neuroloom.hdl.formats import fit


class Izhikevich(Component[IzhikevichSpec]):
    """The update in gates alone, between two streams tied together."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        lockstep(m, self.event, self.update, stages=0)
        token = {
            field.name: self.event.payload[field.name] for field in self.spec.streams[0].fields
        }
        for name, value in izhikevich_update(m, self.spec, token).items():
            m.d.comb += self.update.payload[name].eq(value)
        return m


def izhikevich_update(
    m: Module, spec: IzhikevichSpec, token: Mapping[str, Value]
) -> dict[str, Value]:
    """``spike`` and the new state, from the fields of the stream ``event``; combinational.

    A membrane and its complement are equally far from both thresholds, so that a turn of sign
    comes last. What has no field is a constant, and the logic behind it falls away.
    """
    tick, weight = token["tick"], token["weight"]
    now: dict[str, Any] = {
        name: token.get(name, C(spec.absent(name), Shape(fmt.bits, fmt.signed)))
        for name, fmt in spec.formats.items()
    }
    membrane, phasic, oscillates = now["membrane"], now["phasic"], now["oscillates"]

    # what the neuron is in the middle of: spikes to come, a timer, a plateau, a membrane off rest
    resting, running, bistable, away = Signal(), Signal(), Signal(), Signal()
    m.d.comb += [
        resting.eq(now["due"] == 0),
        running.eq(now["timer"] != 0),
        bistable.eq(now["plateau"] != 0),
        away.eq(membrane != 0),
    ]
    # what keeps a weight from the membrane; the timer of an oscillator does not
    busy, excitatory, ends, deaf = Signal(), Signal(), Signal(), Signal()
    m.d.comb += [
        busy.eq(~resting | (running & ~oscillates)),
        excitatory.eq(~tick & ~weight[-1]),
        ends.eq(now["active"] & excitatory & (now["stimulation"] == 0)),
        deaf.eq(ends | (now["spent"] & (phasic | bistable))),
    ]

    # one timer for latency, interval, refractory period and half a period of oscillation, since no
    # two of them run at once
    counted, remaining, expired = Signal(), Signal.like(now["timer"]), Signal()
    m.d.comb += [
        counted.eq(running & (tick | (now["hasten"] & excitatory & ~resting))),
        remaining.eq(now["timer"] - counted),
        expired.eq(remaining == 0),
    ]
    turns, starts = Signal(), Signal()
    m.d.comb += turns.eq(oscillates & resting & counted & expired & away)
    m.d.comb += starts.eq(oscillates & resting & ~tick & ~away)

    # the membrane: weight, plateau or leak through one carry chain; a leak stops at rest
    held, leaks, sinks = Signal(), Signal(), Signal()
    m.d.comb += held.eq(busy | turns | (~tick & deaf))
    m.d.comb += leaks.eq(tick & ~now["active"] & ~held)
    m.d.comb += sinks.eq(leaks & ~membrane[-1])
    change = Signal(signed(max(spec.step_bits + 1, spec.weight_bits)))
    by_tick = Mux(now["active"], now["plateau"], now["leak"])
    with m.If(~held):
        m.d.comb += change.eq(Mux(tick, _turned(by_tick, sinks), weight))
    moved = _moved(m, spec.formats["membrane"], membrane, change, sinks, leaks)

    # how long there has been input: excitation prolongs it, ticks wear it off
    gain = Signal(signed(spec.timer_bits + 1))
    m.d.comb += gain.eq(Mux(tick, -1, Mux(excitatory, now["persistence"], 0)))
    stimulation = fit(m, now["stimulation"] + gain, spec.formats["stimulation"])
    lasting = Signal()
    m.d.comb += lasting.eq(stimulation != 0)

    # the complement of a negative membrane is compared: one comparator for both thresholds
    limit, reached, below = Signal(signed(spec.membrane_bits + 1)), Signal(), Signal()
    m.d.comb += limit.eq(now["threshold"] + now["offset"])
    m.d.comb += reached.eq(Mux(moved[-1], ~moved, moved) >= limit)
    m.d.comb += below.eq(moved[-1] ^ turns)
    enough, wanted, fires = Signal(), Signal(), Signal()
    m.d.comb += [
        enough.eq(stimulation >= now["minimum"]),
        wanted.eq(Mux(below, now["inhibited"] & reached, now["armed"] | (reached & enough))),
        fires.eq(wanted & ~busy & ~(phasic & now["spent"])),
    ]

    # a spike is due at once or after a latency, the others of a burst an interval apart
    due, left, ready = Signal.like(now["due"]), Signal.like(now["due"]), Signal()
    single = Signal()
    spike, timer = Signal(), Signal.like(remaining)
    m.d.comb += [
        single.eq(now["mixed"] & now["spent"]),
        due.eq(Mux(fires, Mux(single, now["spikes"] != 0, now["spikes"]), now["due"])),
        ready.eq(Mux(fires, now["latency"] == 0, expired)),
        spike.eq((due != 0) & ready),
        left.eq(due - spike),
        timer.eq(remaining),
    ]
    with m.If(spike):
        m.d.comb += timer.eq(Mux(left != 0, now["interval"], now["refractory"]))
    with m.Elif(fires):
        m.d.comb += timer.eq(now["latency"])
    with m.Elif(turns | starts):
        m.d.comb += timer.eq(now["refractory"])

    after = {
        "membrane": Mux(spike, now["reset"], Mux(turns, ~moved, moved)),
        "offset": _offset(m, spec, now, tick, away, spike),
        "stimulation": stimulation,
        "timer": timer,
        "due": left,
        "spent": (fires | ends | now["spent"]) & lasting,
        "armed": below & (now["armed"] | (now["rebound"] & reached)),
        "active": bistable & ~ends & (now["active"] | fires),
    }
    return {"spike": spike, **{name: after[name] for name in spec.state_names}}


def _offset(
    m: Module, spec: IzhikevichSpec, now: Mapping[str, Any], tick: Value, away: Value, spike: Value
) -> Value:
    """The threshold's offset: up at a spike, at a tick toward the membrane's sign or back."""
    offset = now["offset"]
    tracks, recovers, sinks = Signal(), Signal(), Signal()
    m.d.comb += [
        tracks.eq((now["tracking"] != 0) & away),
        recovers.eq(~spike & ~tracks),
        sinks.eq(tick & ~spike & Mux(tracks, now["membrane"][-1], ~offset[-1])),
    ]
    change = Signal(signed(spec.step_bits + 1))
    with m.If(spike):
        m.d.comb += change.eq(now["adaptation"])
    with m.Elif(tick):
        m.d.comb += change.eq(_turned(Mux(tracks, now["tracking"], now["recovery"]), sinks))
    return _moved(m, spec.formats["offset"], offset, change, sinks, recovers)


def _turned(step: Value, turns: Value) -> Value:
    """The complement of an unsigned ``step`` where ``turns``, signed."""
    return Mux(turns, ~as_signed(step), as_signed(step))


def _moved(
    m: Module, fmt: IntegerFormat, start: Value, change: Value, carry: Value, ends: Value
) -> Value:
    """``start + change + carry`` in ``fmt``, in one carry chain; zero not passed where ``ends``."""
    exact = sum_with_carry(m, start, change, carry)
    moved = Signal(signed(fmt.bits))
    m.d.comb += moved.eq(fit(m, exact, fmt))
    with m.If(ends & (exact[-1] != start[-1])):
        m.d.comb += moved.eq(0)
    return moved
