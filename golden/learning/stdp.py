"""Pair-based spike-timing-dependent plasticity: one update of a synapse for each spike or tick."""

from enum import IntEnum, StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.lfsr import TAPS, Lfsr
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import Int64, IntegerFormat, Overflow, Rounding, shift_right
from neuroloom.golden.inventory import (
    Inventory,
    adder,
    index_bits,
    multiplier,
    register,
    saturation,
)
from neuroloom.golden.learning.stdp_window import (
    LookUp,
    Window,
    decay_shift,
    half_life_shift,
    halvings,
    table,
)
from neuroloom.golden.ports import Field, Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless

LFSR_DEGREE = 32
LONGEST_TABLE = 256


class StdpEvent(IntEnum):
    """What happens at the synapse."""

    PRE = 0
    POST = 1
    TICK = 2
    """Time goes on; only where there are traces. A fourth code is a tick, too."""


class Dependence(StrEnum):
    """How a change depends on the weight."""

    ADDITIVE = "additive"
    """Not at all; the weight saturates."""
    MULTIPLICATIVE = "multiplicative"
    """In proportion to the distance from the end that it moves to: a soft bound."""


class Pairing(StrEnum):
    """Which pairs of spikes count."""

    NEAREST = "nearest"
    """Each spike with the last one of the other side."""
    ALL = "all"
    """Each spike with every earlier one of the other side; the trace saturates."""


class StdpSpec(Spec):
    """Parameters of ``stdp``.

    Amplitudes are in units of ``2**-fraction_bits`` weight steps, or of the distance from the end
    where ``dependence=multiplicative``.
    """

    macro: ClassVar[str] = "stdp"
    summary: ClassVar[str] = "pair STDP update of a synapse: time stamps or traces, soft bounds"
    source: ClassVar[str] = (
        "pair STDP: Song, Miller and Abbott 2000; soft bounds: van Rossum, Bi and Turrigiano 2000; "
        "nearest spikes: Morrison, Diesmann and Gerstner 2008, section 4"
    )

    weight_bits: int = Parameter(default=8, ge=1, le=16, description="width of a weight [bit]")
    weight_signed: bool = Parameter(default=False, description="weights in two's complement")
    window: Window = Parameter(
        default=Window.TABLE, description="how the exponential of the time between spikes is made"
    )
    pairing: Pairing = Parameter(
        default=Pairing.NEAREST, description="pairs that count; all goes with window=trace"
    )
    dependence: Dependence = Parameter(
        default=Dependence.ADDITIVE, description="how a change depends on the weight"
    )
    potentiation: int = Parameter(
        default=64, ge=0, lt=1 << 16, description="amplitude when post follows pre"
    )
    depression: int = Parameter(
        default=72, ge=0, lt=1 << 16, description="amplitude when pre follows post"
    )
    potentiation_tau: int = Parameter(
        default=20, ge=1, le=4096,
        description="time constant of potentiation; to a power of two for shift and trace [tick]",
    )  # fmt: skip
    depression_tau: int = Parameter(
        default=20, ge=1, le=4096, description="the same of depression [tick]"
    )
    fraction_bits: int = Parameter(
        default=4, ge=0, le=16, description="bits of a change below a weight step, rounded off"
    )
    rounding: Rounding = Parameter(
        default=Rounding.NEAREST_EVEN, description="rounding of the new weight"
    )
    time_bits: int = Parameter(
        default=8, ge=1, le=16, description="width of a time stamp, which wraps [bit]"
    )
    trace_bits: int = Parameter(
        default=8, ge=1, le=16, description="width of a trace, for window=trace [bit]"
    )
    seed: int = Parameter(
        default=1, ge=1, lt=1 << LFSR_DEGREE, description="state of the LFSR after reset"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.window is Window.TRACE:
            for name in ("potentiation", "depression"):
                amplitude = getattr(self, name)
                if amplitude >> self.trace_bits:
                    raise ValueError(
                        f"{name}={amplitude} does not fit in a trace of {self.trace_bits} bits"
                    )
            return self
        if self.pairing is Pairing.ALL:
            raise ValueError("pairing=all needs window=trace: a time stamp knows one spike only")
        for side in (self.potentiating, self.depressing):
            if len(side.amplitudes) > LONGEST_TABLE:
                raise ValueError(
                    f"a table of {len(side.amplitudes)} ticks is longer than {LONGEST_TABLE}: "
                    "take window=shift or a shorter time constant"
                )
        return self

    @property
    def traces(self) -> bool:
        """Whether a synapse has traces instead of time stamps."""
        return self.window is Window.TRACE

    @property
    def potentiating(self) -> LookUp:
        """Changes by the time since the last presynaptic spike, for time stamps."""
        return self._look_up(self.potentiation, self.potentiation_tau)

    @property
    def depressing(self) -> LookUp:
        """Changes by the time since the last postsynaptic spike, for time stamps."""
        return self._look_up(self.depression, self.depression_tau)

    def _look_up(self, amplitude: int, tau: int) -> LookUp:
        if self.window is Window.TABLE:
            return LookUp(table(amplitude, tau), 0)
        return LookUp(halvings(amplitude), half_life_shift(tau))

    @property
    def stochastic(self) -> bool:
        """Whether bits are drawn for each token."""
        return self.rounding is Rounding.STOCHASTIC and self.fraction_bits > 0

    @property
    def weight_format(self) -> IntegerFormat:
        return IntegerFormat(
            bits=self.weight_bits, signed=self.weight_signed, overflow=Overflow.SATURATE
        )

    @property
    def trace_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.trace_bits, overflow=Overflow.SATURATE)

    @property
    def amplitude_bits(self) -> int:
        """Width of the greatest change that a pair can make, before the weight's part in it."""
        greatest = max(self.potentiation, self.depression)
        return self.trace_bits if self.traces else max(1, greatest.bit_length())

    @property
    def unused(self) -> frozenset[str]:
        return unless(
            pairing=self.traces,
            trace_bits=self.traces,
            time_bits=not self.traces,
            rounding=self.fraction_bits > 0,
            seed=self.rounding is Rounding.STOCHASTIC,
        )

    @property
    def streams(self) -> tuple[Stream, ...]:
        weight = Field("weight", self.weight_bits, "of the synapse", signed=self.weight_signed)
        if self.traces:
            kind = Field("kind", 2, "0: presynaptic spike, 1: postsynaptic spike, 2 and 3: tick")
            past = (
                Field("pre_trace", self.trace_bits, "of presynaptic spikes"),
                Field("post_trace", self.trace_bits, "of postsynaptic spikes"),
            )
            return (
                Stream("event", "in", (kind, weight, *past), "an event at some synapse"),
                Stream("update", "out", (weight, *past), "weight and traces after it"),
            )
        kind = Field("kind", 1, "0: presynaptic spike, 1: postsynaptic spike")
        now = Field("now", self.time_bits, "the time [tick]")
        past = (
            Field("pre_time", self.time_bits, "of the last presynaptic spike [tick]"),
            Field("post_time", self.time_bits, "of the last postsynaptic spike [tick]"),
        )
        return (
            Stream("event", "in", (kind, weight, now, *past), "a spike at some synapse"),
            Stream("update", "out", (weight, *past), "weight and times after it"),
        )

    @property
    def contract(self) -> Contract:
        return Contract("event", {"event": 1}, {"update": 1}, latency=0, interval=1)

    @property
    def inventory(self) -> Inventory:
        bits, change = self.weight_bits, self.amplitude_bits
        parts = Inventory()
        if self.traces:
            for tau in (self.potentiation_tau, self.depression_tau):
                wide = self.trace_bits + decay_shift(tau)
                parts += adder(self.trace_bits, wide, wide)
                parts += Inventory(multiplexers=2 * self.trace_bits)
        else:
            parts += adder(self.time_bits, self.time_bits, self.time_bits)
            parts += Inventory(multiplexers=3 * self.time_bits)
            for side in (self.potentiating, self.depressing):
                # a function of n bits needs about 2**n / n gates (Lupanov 1958)
                entries = len(side.amplitudes)
                parts += Inventory(gates=change * entries // max(1, index_bits(entries)))
        if self.dependence is Dependence.MULTIPLICATIVE:
            parts += Inventory(xors=bits)
            parts = parts.then(multiplier(change, bits))
            change += bits
        width = max(bits + self.fraction_bits, change) + 1
        parts = parts.then(adder(change, width, width)).then(saturation(width, bits, 2))
        if self.stochastic:
            taps = TAPS[LFSR_DEGREE].bit_count() - 1
            parts += register(LFSR_DEGREE) + Inventory(xors=self.fraction_bits * taps)
        return parts

    def model(self) -> "StdpModel":
        return StdpModel(self)


class StdpModel(Model[StdpSpec]):
    """``weight = fit(round(weight ± change / 2**fraction_bits))``; up at a post spike, else down.

    The change is the window of the other side's last spike: for a time stamp of the ticks since
    then (``now - time``, modulo ``2**time_bits``), else its trace. With soft bounds it is times
    the distance from the upper or lower end of the weights.

    A spike sets its own time to ``now``, or its own trace to the amplitude (nearest) or up by it
    (all). A tick takes ``trace / 2**shift`` off a trace, the rest rounded down, and leaves weights
    alone. Under stochastic rounding each token takes ``fraction_bits`` from the LFSR.
    """

    def __init__(self, spec: StdpSpec) -> None:
        super().__init__(spec)
        self._lfsr = Lfsr(LFSR_DEGREE, spec.seed)

    def reset(self) -> None:
        self._lfsr.reset()

    def run(self, traffic: Traffic) -> Traffic:
        spec, token = self.spec, traffic["event"]
        weight, kind = np.asarray(token["weight"], np.int64), np.asarray(token["kind"])
        count = len(weight)
        entropy = self._lfsr.words(count, spec.fraction_bits) if spec.stochastic else None
        post, spike = kind == StdpEvent.POST, kind <= StdpEvent.POST
        amplitude = np.where(spike, self._amplitude(token, post), 0)
        if spec.dependence is Dependence.MULTIPLICATIVE:
            fmt = spec.weight_format
            amplitude = amplitude * np.where(post, fmt.maximum - weight, weight - fmt.minimum)
        exact = (weight << spec.fraction_bits) + np.where(post, amplitude, -amplitude)
        rounding = spec.rounding if spec.fraction_bits else Rounding.FLOOR
        rounded = shift_right(exact, spec.fraction_bits, rounding, entropy)
        changed = np.where(spike, spec.weight_format.fit(rounded), weight)
        return {"update": {"weight": changed, **self._past(token)}}

    def _amplitude(self, token: Tokens, post: Int64) -> Int64:
        spec = self.spec
        if spec.traces:
            return np.where(post, token["pre_trace"], token["post_trace"])
        last = np.where(post, token["pre_time"], token["post_time"])
        elapsed = (np.asarray(token["now"], np.int64) - last) & ((1 << spec.time_bits) - 1)
        up, down = spec.potentiating, spec.depressing
        return np.where(post, up.at(elapsed), down.at(elapsed))

    def _past(self, token: Tokens) -> dict[str, Int64]:
        """Times or traces after the event."""
        spec, kind = self.spec, np.asarray(token["kind"])
        sides = {"pre": StdpEvent.PRE, "post": StdpEvent.POST}
        if not spec.traces:
            return {
                f"{side}_time": np.where(kind == event, token["now"], token[f"{side}_time"])
                for side, event in sides.items()
            }
        peaks = {
            "pre": (spec.potentiation, spec.potentiation_tau),
            "post": (spec.depression, spec.depression_tau),
        }
        after = {}
        for side, event in sides.items():
            trace = np.asarray(token[f"{side}_trace"], np.int64)
            peak, tau = peaks[side]
            shift = decay_shift(tau)
            left = ((trace << shift) - trace) >> shift
            every = spec.pairing is Pairing.ALL
            refreshed = spec.trace_format.fit(trace + peak) if every else np.int64(peak)
            ticked = np.where(kind >= StdpEvent.TICK, left, trace)
            after[f"{side}_trace"] = np.where(kind == event, refreshed, ticked)
        return after
