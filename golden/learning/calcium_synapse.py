"""Calcium-gated bistable synapse: spike-driven plasticity with drift toward either end."""

from enum import IntEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import Int64, IntegerFormat, Overflow
from neuroloom.golden.inventory import Inventory, adder, comparator, saturation
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class SynapseEvent(IntEnum):
    """What happens at the synapse or at the neuron behind it."""

    PRE = 0
    POST = 1
    TICK = 2
    """Time goes on. A fourth code is a tick, too."""


class CalciumSynapseSpec(Spec):
    """Parameters of ``calcium_synapse``. Thresholds that are not given come with each token."""

    macro: ClassVar[str] = "calcium_synapse"
    summary: ClassVar[str] = "bistable synapse: jumps gated by membrane and calcium, and drift"
    """bistable synapse: jumps gated by membrane and calcium, drift to the nearer end; calcium
    counter
    """
    source: ClassVar[str] = (
        "Brader, Senn and Fusi 2007, section 2.2, with one lower calcium threshold for both jumps, "
        "as in Frenkel et al. 2019"
    )

    weight_bits: int = Parameter(default=8, ge=1, le=16, description="unsigned weight [bit]")
    membrane_bits: int = Parameter(default=8, ge=1, le=16, description="membrane [bit]")
    membrane_signed: bool = Parameter(default=True, description="membrane in two's complement")
    calcium_bits: int = Parameter(default=4, ge=1, le=8, description="unsigned calcium [bit]")
    jump_up: int = Parameter(
        default=24, ge=0, lt=1 << 16, description="up at a presynaptic spike [weight step]"
    )
    jump_down: int = Parameter(default=24, ge=0, lt=1 << 16, description="down at one")
    drift_up: int = Parameter(
        default=1, ge=0, lt=1 << 16, description="up at a tick, above the middle [weight step]"
    )
    drift_down: int = Parameter(default=1, ge=0, lt=1 << 16, description="down at one, below it")
    calcium_jump: int = Parameter(
        default=1, ge=0, lt=1 << 8, description="calcium up at a postsynaptic spike"
    )
    calcium_leak: int = Parameter(
        default=1, ge=0, lt=1 << 8, description="calcium toward zero at a tick"
    )
    membrane_threshold: int | None = Parameter(
        default=None,
        ge=-(1 << 15),
        lt=1 << 16,
        description="membrane from which on a jump goes up; none: comes with the token",
    )
    calcium_thresholds: tuple[int, int, int] | None = Parameter(
        default=None,
        description="calcium that jumps begin at, that those down and that those up end at",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        fmt, level = self.membrane_format, self.membrane_threshold
        if level is not None and not fmt.minimum <= level <= fmt.maximum:
            raise ValueError(
                f"membrane_threshold={level} is no membrane: it lies in {fmt.minimum} to "
                f"{fmt.maximum}"
            )
        if self.calcium_thresholds is not None:
            first, down, up = self.calcium_thresholds
            most = self.calcium_format.maximum
            if not 0 <= first <= down <= up <= most:
                raise ValueError(
                    f"calcium_thresholds {first}, {down}, {up} must not fall and lie in 0 to {most}"
                )
        return self

    @property
    def weight_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.weight_bits, overflow=Overflow.SATURATE)

    @property
    def membrane_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.membrane_bits, signed=self.membrane_signed)

    @property
    def calcium_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.calcium_bits, overflow=Overflow.SATURATE)

    @property
    def thresholds(self) -> dict[str, int]:
        """Those that are constants, by the name of the field that they replace."""
        constants = {}
        if self.membrane_threshold is not None:
            constants["membrane_threshold"] = self.membrane_threshold
        if self.calcium_thresholds is not None:
            names = ("calcium_from", "calcium_down", "calcium_up")
            constants |= dict(zip(names, self.calcium_thresholds, strict=True))
        return constants

    @property
    def streams(self) -> tuple[Stream, ...]:
        weight = Field("weight", self.weight_bits, "of the synapse")
        calcium = Field("calcium", self.calcium_bits, "of the neuron behind it")
        levels = (
            Field(
                "membrane_threshold",
                self.membrane_bits,
                "from which on a jump goes up",
                signed=self.membrane_signed,
            ),
            Field("calcium_from", self.calcium_bits, "calcium that jumps begin at"),
            Field("calcium_down", self.calcium_bits, "calcium that jumps down end at"),
            Field("calcium_up", self.calcium_bits, "calcium that jumps up end at"),
        )
        event = (
            Field("kind", 2, "0: presynaptic spike, 1: postsynaptic spike, 2 and 3: tick"),
            weight,
            Field("membrane", self.membrane_bits, "of the neuron", signed=self.membrane_signed),
            calcium,
            *(level for level in levels if level.name not in self.thresholds),
        )
        return (
            Stream("event", "in", event, "an event at some synapse"),
            Stream("update", "out", (weight, calcium), "weight and calcium after it"),
        )

    @property
    def contract(self) -> Contract:
        return Contract("event", {"event": 1}, {"update": 1}, latency=0, interval=1)

    @property
    def inventory(self) -> Inventory:
        weight, calcium = self.weight_bits, self.calcium_bits
        # a constant to compare with leaves a gate of each comparator bit
        membrane = comparator(self.membrane_bits)
        gate = 3 * comparator(calcium)
        if "membrane_threshold" in self.thresholds:
            membrane = Inventory(gates=self.membrane_bits)
        if "calcium_from" in self.thresholds:
            gate = Inventory(gates=3 * calcium)
        moves = adder(weight, weight, weight + 1).then(saturation(weight + 1, weight, 2))
        counts = adder(calcium, calcium, calcium + 1).then(saturation(calcium + 1, calcium, 2))
        return (membrane + gate).then(moves) + counts + Inventory(gates=8)

    def model(self) -> "CalciumSynapseModel":
        return CalciumSynapseModel(self)


class CalciumSynapseModel(Model[CalciumSynapseSpec]):
    """Everything saturates; nothing is rounded.

    At a presynaptic spike the weight goes up by ``jump_up`` where the membrane is at its
    threshold or above and ``calcium_from <= calcium < calcium_up``, and down by ``jump_down``
    where the membrane is below and ``calcium_from <= calcium < calcium_down``. At a tick a weight
    of the upper half (its highest bit is one) drifts up, another down, and calcium leaks. A
    postsynaptic spike raises calcium.
    """

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        operands = (*spec.thresholds.items(), *traffic["event"].items())
        now: dict[str, Int64] = {name: np.asarray(values, np.int64) for name, values in operands}
        weight, calcium, kind = now["weight"], now["calcium"], now["kind"]
        tick = kind >= SynapseEvent.TICK

        depolarized = now["membrane"] >= now["membrane_threshold"]
        begun = calcium >= now["calcium_from"]
        up = depolarized & begun & (calcium < now["calcium_up"])
        down = ~depolarized & begun & (calcium < now["calcium_down"])
        jump = np.where(up, spec.jump_up, 0) - np.where(down, spec.jump_down, 0)
        upper = weight >> (spec.weight_bits - 1) == 1
        drift = np.where(upper, spec.drift_up, -spec.drift_down)
        moved = np.where(kind == SynapseEvent.PRE, jump, np.where(tick, drift, 0))

        raised = np.where(kind == SynapseEvent.POST, spec.calcium_jump, 0)
        gained: Int64 = raised - np.where(tick, spec.calcium_leak, 0)
        return {
            "update": {
                "weight": spec.weight_format.fit(weight + moved),
                "calcium": spec.calcium_format.fit(calcium + gained),
            }
        }
