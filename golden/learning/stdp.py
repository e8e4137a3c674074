"""Pair-based spike-timing-dependent plasticity: one update of a synapse for each spike or tick."""

from typing import ClassVar, Self

from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.lfsr import TAPS
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import IntegerFormat, Overflow, Rounding
from neuroloom.golden.inventory import (
    Inventory,
    adder,
    index_bits,
    multiplier,
    register,
    saturation,
)
from neuroloom.golden.learning.stdp_model import StdpModel
from neuroloom.golden.learning.stdp_options import LFSR_DEGREE, Dependence, Pairing
from neuroloom.golden.learning.stdp_window import (
    LookUp,
    Window,
    decay_shift,
    half_life_shift,
    halvings,
    table,
)
from neuroloom.golden.ports import Field, Stream
from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import unless

LONGEST_TABLE = 256


class StdpSpec(Spec):
    """Parameters of ``stdp``.

    Amplitudes are in units of ``2**-fraction_bits`` weight steps, or of the distance from the end
    where ``dependence=multiplicative``.
    """

    macro: ClassVar[str] = "stdp"
    summary: ClassVar[str] = "pair STDP update of a synapse: time stamps or traces, soft bounds"
    """pair STDP of a synapse: time stamps or traces; pairs symmetric, presynaptic-centred, reduced
    or all; hard or soft bounds, any rounding, 1 … 16 bits
    """
    source: ClassVar[str] = (
        "pair STDP: Song, Miller and Abbott 2000; soft bounds: van Rossum, Bi and Turrigiano 2000; "
        "pairs that count: Morrison, Diesmann and Gerstner 2008, Fig. 7"
    )

    weight_bits: int = Parameter(default=8, ge=1, le=16, description="width of a weight [bit]")
    weight_signed: bool = Parameter(default=False, description="weights in two's complement")
    window: Window = Parameter(
        default=Window.TABLE, description="how the exponential of the time between spikes is made"
    )
    pairing: Pairing = Parameter(
        default=Pairing.NEAREST,
        description="pairs that count; all and presynaptic-centred go with window=trace",
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
        default=20,
        ge=1,
        le=4096,
        description="time constant of potentiation; to a power of two for shift and trace [tick]",
    )
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
        if not self.pairing.by_stamps:
            raise ValueError(
                f"pairing={self.pairing} needs window=trace: a time stamp knows one spike only"
            )
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
    def window_ticks(self) -> int:
        """Ticks from a spike to the first at which no pair with it counts, for time stamps."""
        return max(self.potentiating.ticks, self.depressing.ticks)

    @property
    def look_ticks(self) -> int:
        """Ticks from one look at a time stamp to the next, at most, for none to look new again."""
        return (1 << self.time_bits) - self.window_ticks

    def cautions(self) -> tuple[str, ...]:
        if self.traces or self.look_ticks > 0:
            return ()
        return (
            f"time_bits={self.time_bits} tells {1 << self.time_bits} ticks apart, and the window "
            f"has {self.window_ticks}: older spikes look new; exact from "
            f"time_bits={self.window_ticks.bit_length()} on",
        )

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
        due = f", due every {self.look_ticks} ticks" if self.look_ticks > 0 else ""
        kind = Field(
            "kind",
            2,
            "0: presynaptic spike, 1: postsynaptic spike, "
            f"2: a look at the postsynaptic time, 3: at the presynaptic one{due}",
        )
        now = Field("now", self.time_bits, "the time [tick]")
        times = (
            Field("pre_time", self.time_bits, "of the last presynaptic spike [tick]"),
            Field("post_time", self.time_bits, "of the last postsynaptic spike [tick]"),
            Field("pre_seen", 1, "that time counts; 0: no spike yet, or long ago"),
            Field("post_seen", 1, "that time counts; 0: no spike yet, or long ago"),
        )
        return (
            Stream("event", "in", (kind, weight, now, *times), "a spike at a synapse, or a look"),
            Stream("update", "out", (weight, *times), "weight and times after it"),
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
            # whether the spike looked at was seen and is in its window, and both after it
            parts += Inventory(gates=2 * self.time_bits + 4, multiplexers=4)
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

    def model(self) -> StdpModel:
        return StdpModel(self)
