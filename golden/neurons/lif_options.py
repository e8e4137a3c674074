"""What can be chosen about an integrate-and-fire neuron, and the numbers that it consists of."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Parameter

from neuroloom.golden.checks import WITHOUT_CHANCE, check_rounding
from neuroloom.golden.formats import IntegerFormat, Overflow, Rounding, unsigned_bits
from neuroloom.golden.neurons.decay import Leak
from neuroloom.golden.ports import Field
from neuroloom.golden.unused import unless

LFSR_DEGREE = 32


class UpdateStep(StrEnum):
    """What an update stands for."""

    INPUT_OR_TICK = "input-or-tick"
    """An input, or with ``tick`` the end of a time step: inputs add, ticks leak."""
    CLOCKED = "clocked"
    """A time step with its input: leak, then add."""
    TIME_STAMPED = "time-stamped"
    """An input at time ``now``: leak for all ticks since the last update at once, then add."""


class Reset(StrEnum):
    """What becomes of the membrane when it fires."""

    TO_VALUE = "to-value"
    SUBTRACT = "subtract"
    """The threshold that was reached is taken away."""
    SUBTRACT_NEXT = "subtract-next"
    """The threshold is taken away by the next time step, behind its leak: V keeps its peak until
    then, as with snnTorch's ``Leaky`` and ``reset_mechanism="subtract"``."""
    WRAP = "wrap"
    """The threshold is ``2**membrane_bits``: it fires when it overflows and keeps the rest."""


class Fire(StrEnum):
    """When the threshold is checked."""

    INPUT = "input"
    """A check after every update."""
    TICK = "tick"
    """A check at ticks only."""


class Noise(StrEnum):
    """Source of the random part of a threshold."""

    PORT = "port"
    LFSR = "lfsr"
    """``noise_bits`` fresh bits of an LFSR of degree 32 for every update."""


class LifOptions(BaseModel):
    """An integrate-and-fire neuron: leak, synapse, threshold, reset, refractory period."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    membrane_bits: int = Parameter(default=8, ge=2, le=32, description="width of V [bit]")
    membrane_signed: bool = Parameter(default=False, description="V in two's complement")
    input_bits: int = Parameter(
        default=4, ge=2, le=24, description="width of an input, in two's complement [bit]"
    )
    overflow: Overflow = Parameter(
        default=Overflow.SATURATE, description="rule for V and I outside their range"
    )
    step: UpdateStep = Parameter(
        default=UpdateStep.INPUT_OR_TICK, description="what an update stands for"
    )
    leak: Leak = Parameter(default=Leak.SHIFT, description="what a tick takes from V")
    leak_bits: int = Parameter(
        default=4,
        ge=1,
        le=16,
        description="shift k; width of a constant amount; fractional bits of a multiplier [bit]",
    )
    rounding: Rounding = Parameter(
        default=Rounding.FLOOR, description="rounding of every decay, not stochastic"
    )
    current_bits: int = Parameter(
        default=0,
        ge=0,
        le=32,
        description="width of a synaptic current I that V integrates, signed; 0 for none [bit]",
    )
    current_shift: int = Parameter(
        default=2, ge=1, le=16, description="a tick takes I >> current_shift from I"
    )
    fire: Fire = Parameter(default=Fire.INPUT, description="when the threshold is checked")
    reset: Reset = Parameter(default=Reset.TO_VALUE, description="what V becomes when it fires")
    reset_value: int = Parameter(
        default=0, ge=-(1 << 31), lt=1 << 32, description="V after firing, for reset=to-value"
    )
    adaptation_bits: int = Parameter(
        default=0,
        ge=0,
        le=32,
        description="width of what is added to the threshold after spikes; 0 for none [bit]",
    )
    adaptation_jump: int = Parameter(
        default=1, ge=1, lt=1 << 32, description="added to the adaptation by a spike, saturating"
    )
    adaptation_shift: int = Parameter(
        default=4, ge=1, le=16, description="a tick takes this shift of the adaptation from it"
    )
    refractory: int = Parameter(
        default=0, ge=0, le=255, description="least ticks from one spike to the next"
    )
    refractory_input: bool = Parameter(
        default=False, description="V integrates in the refractory period; else nothing is added"
    )
    noise_bits: int = Parameter(
        default=0, ge=0, le=16, description="width of what is added to the threshold at random"
    )
    noise: Noise = Parameter(default=Noise.PORT, description="where the random bits come from")
    seed: int = Parameter(
        default=1, ge=1, lt=1 << LFSR_DEGREE, description="state of the LFSR after reset"
    )
    time_bits: int = Parameter(
        default=4, ge=1, le=8, description="width of a time stamp, modulo 2**time_bits [bit]"
    )
    multiplier_bits: int = Parameter(
        default=8,
        ge=1,
        le=16,
        description="fractional bits of the table that decays several ticks at once [bit]",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.overflow is Overflow.ERROR:
            raise ValueError(
                "overflow=error cannot be promised for any inputs: choose wrap or saturate"
            )
        check_rounding(self.rounding, WITHOUT_CHANCE)
        if self.addend_bits > self.membrane_bits + 1:
            name = "current_bits" if self.current_bits else "input_bits"
            raise ValueError(
                f"{name}={self.addend_bits} is too wide for a membrane of {self.membrane_bits} "
                f"bits: at most {self.membrane_bits + 1}"
            )
        if 0 < self.current_bits < self.input_bits:
            raise ValueError(
                f"current_bits={self.current_bits} cannot hold an input: give "
                f"{self.input_bits} bits or more"
            )
        for name, shift, bits in (
            ("leak_bits", self.leak_bits if self.leak is Leak.SHIFT else 0, self.membrane_bits),
            ("current_shift", self.current_shift, self.current_bits),
            ("adaptation_shift", self.adaptation_shift, self.adaptation_bits),
        ):
            if 0 < bits <= shift:
                raise ValueError(
                    f"a shift of {name}={shift} leaves nothing of {bits} bits: take less"
                )
        if self.adaptation_jump >> self.adaptation_bits and self.adaptation_bits:
            raise ValueError(
                f"adaptation_jump={self.adaptation_jump} does not fit in "
                f"adaptation_bits={self.adaptation_bits}"
            )
        self._check_step()
        self._check_reset()
        return self

    def _check_step(self) -> None:
        if self.fire is Fire.TICK and self.step is not UpdateStep.INPUT_OR_TICK:
            raise ValueError("fire=tick goes with step=input-or-tick: else every update has ticks")
        if self.fire is Fire.INPUT and self.current_bits and self.by_ticks:
            raise ValueError(
                "an input moves the current, and only a tick the membrane: take fire=tick"
            )
        if self.step is UpdateStep.CLOCKED and self.refractory == 1:
            raise ValueError(
                "refractory=1 changes nothing where every update is a tick: take 0 or more than 1"
            )
        if self.step is UpdateStep.TIME_STAMPED:
            if self.leak is Leak.MULTIPLICATIVE:
                raise ValueError(
                    "step=time-stamped goes with leak=none, shift or constant: powers "
                    "of a multiplier that is given are not computed"
                )
            if self.current_bits:
                raise ValueError(
                    "step=time-stamped goes without a current: what the membrane "
                    "gathers between two updates is not computed"
                )

    def _check_reset(self) -> None:
        fmt = self.membrane_format
        if not fmt.minimum <= self.reset_value <= fmt.maximum:
            raise ValueError(
                f"reset_value={self.reset_value} is not a membrane: it lies in "
                f"{fmt.minimum} to {fmt.maximum}"
            )
        if self.reset is not Reset.TO_VALUE and self.reset_value:
            raise ValueError("reset_value goes with reset=to-value")
        if self.reset is Reset.SUBTRACT_NEXT:
            self._check_subtract_next()
        if self.reset is not Reset.WRAP:
            return
        if self.membrane_signed or self.overflow is not Overflow.SATURATE:
            raise ValueError("reset=wrap goes with an unsigned membrane that saturates at 0")
        if self.fire is Fire.TICK or self.refractory:
            raise ValueError(
                "reset=wrap fires at every overflow: it goes with fire=input and refractory=0"
            )
        if self.adaptation_bits or self.noise_bits:
            raise ValueError(
                "reset=wrap has a fixed threshold: it goes without adaptation and noise"
            )

    def _check_subtract_next(self) -> None:
        if self.step is UpdateStep.TIME_STAMPED or (self.by_ticks and self.fire is Fire.INPUT):
            raise ValueError(
                "reset=subtract-next needs a check a time step: it goes with "
                "step=clocked, or with fire=tick"
            )
        if self.adaptation_bits or self.noise_bits:
            raise ValueError(
                "reset=subtract-next takes the threshold that is given: it goes "
                "without adaptation and noise"
            )

    @property
    def unused(self) -> frozenset[str]:
        """Fields that do nothing: those of what this neuron does not have."""
        stamped = self.step is UpdateStep.TIME_STAMPED
        leaks = self.leak in (Leak.SHIFT, Leak.MULTIPLICATIVE)
        adapts = self.adaptation_bits > 0
        return unless(
            leak_bits=self.leak is not Leak.NONE,
            rounding=leaks or adapts or self.current_bits > 0,
            current_shift=self.current_bits > 0,
            reset_value=self.reset is Reset.TO_VALUE,
            adaptation_jump=adapts,
            adaptation_shift=adapts,
            refractory_input=self.refractory > 0,
            noise=self.noise_bits > 0,
            seed=self.noise_bits > 0 and self.noise is Noise.LFSR,
            time_bits=stamped,
            multiplier_bits=stamped and (leaks or adapts),
        )

    @property
    def by_ticks(self) -> bool:
        return self.step is UpdateStep.INPUT_OR_TICK

    @property
    def owes(self) -> bool:
        """Whether a spike leaves the threshold to be taken off by the next time step."""
        return self.reset is Reset.SUBTRACT_NEXT

    @property
    def one_adder(self) -> bool:
        """Whether an update adds either an input or what a leak takes, never both."""
        apart = self.by_ticks and not self.current_bits and not self.owes
        return apart and self.leak in (Leak.SHIFT, Leak.CONSTANT)

    @property
    def addend_bits(self) -> int:
        """Width of what is added to the membrane."""
        return self.current_bits or self.input_bits

    @property
    def membrane_format(self) -> IntegerFormat:
        return IntegerFormat(
            bits=self.membrane_bits, signed=self.membrane_signed, overflow=self.overflow
        )

    @property
    def current_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.current_bits, signed=True, overflow=self.overflow)

    @property
    def adaptation_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.adaptation_bits, overflow=Overflow.SATURATE)

    @property
    def state(self) -> tuple[Field, ...]:
        """What is kept of a neuron from one update to the next; all zero after reset."""
        fields = [Field("membrane", self.membrane_bits, "V", self.membrane_signed)]
        if self.current_bits:
            fields.append(Field("current", self.current_bits, "I", signed=True))
        if self.adaptation_bits:
            fields.append(Field("adaptation", self.adaptation_bits, "added to the threshold"))
        if self.refractory:
            bits = unsigned_bits(self.refractory)
            fields.append(Field("refractory", bits, "ticks until it may fire"))
        if self.owes:
            fields.append(Field("fired", 1, "the threshold is still to be taken off"))
        if self.step is UpdateStep.TIME_STAMPED:
            fields.append(Field("stamp", self.time_bits, "time of the last update"))
        return tuple(fields)

    @property
    def threshold_bits(self) -> int:
        """Width of a threshold: 0 and greater, as great as V can be."""
        return self.membrane_bits - self.membrane_signed

    @property
    def parameters(self) -> tuple[Field, ...]:
        """What is given to every update besides state and input."""
        fields = []
        if self.reset is not Reset.WRAP:
            fields.append(Field("threshold", self.threshold_bits, "fires at V >= threshold"))
        if self.leak in (Leak.CONSTANT, Leak.MULTIPLICATIVE):
            doc = "amount" if self.leak is Leak.CONSTANT else f"m of v·m >> {self.leak_bits}"
            fields.append(Field("leak", self.leak_bits, doc))
        return tuple(fields)

    @property
    def drive(self) -> tuple[Field, ...]:
        """What comes with an update."""
        fields = [Field("input", self.input_bits, "added", signed=True)]
        if self.by_ticks:
            fields.append(Field("tick", 1, "1: a time step ends, the input does not count"))
        if self.step is UpdateStep.TIME_STAMPED:
            fields.append(Field("now", self.time_bits, "time, modulo its width"))
        if self.noise_bits and self.noise is Noise.PORT:
            fields.append(Field("noise", self.noise_bits, "added to the threshold"))
        return tuple(fields)

    @property
    def reached_bits(self) -> int:
        """Width of the threshold with all that is added to it."""
        ends = (self.threshold_bits, self.adaptation_bits, self.noise_bits)
        return unsigned_bits(sum((1 << bits) - 1 for bits in ends))

    @property
    def integrated(self) -> tuple[Field, ...]:
        """What stands between integration and firing."""
        fields = list(self.state)
        if self.reset is Reset.WRAP:
            fields.append(Field("over", 1, "the membrane overflowed"))
        else:
            fields.append(Field("reached", self.reached_bits, "the threshold, all included"))
        if self.fire is Fire.TICK:
            fields.append(Field("checked", 1, "the threshold counts"))
        return tuple(fields)
