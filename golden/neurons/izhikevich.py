"""Phenomenological neuron of the Izhikevich class: one update for each input event or tick."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import Int64, IntegerFormat, Overflow
from neuroloom.golden.inventory import Inventory, adder, comparator, saturation
from neuroloom.golden.neurons.decay import constant_leak
from neuroloom.golden.neurons.izhikevich_behaviours import (
    MECHANISMS,
    PARAMETERS,
    STATE,
    Behaviour,
    IzhikevichParameters,
    Mechanism,
)
from neuroloom.golden.ports import Field, Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec

FLAGS = (
    "spent",
    "armed",
    "active",
    "hasten",
    "phasic",
    "mixed",
    "rebound",
    "inhibited",
    "oscillates",
)
"""State and parameters of one bit."""


class IzhikevichSpec(Spec):
    """Parameters of ``izhikevich``.

    Only the mechanisms of ``behaviours`` are built; only their state and parameters are fields of
    a token. With ``parameters`` given they are constants and no fields.
    """

    macro: ClassVar[str] = "izhikevich"
    summary: ClassVar[str] = "phenomenological neuron update with up to 20 firing behaviours"
    """phenomenological neuron update: up to 20 firing behaviours from events and counters, chosen
    at run time; unused ones cost nothing
    """
    source: ClassVar[str] = (
        "behaviours: Izhikevich 2004, figure 1; events and counters in place of differential "
        "equations, as in Frenkel et al. 2019"
    )

    behaviours: tuple[Behaviour, ...] = Parameter(
        default=tuple(Behaviour),
        min_length=1,
        max_length=len(Behaviour),
        description="behaviours whose mechanisms are built",
    )
    membrane_bits: int = Parameter(
        default=8, ge=2, le=16, description="signed membrane, threshold's offset, reset [bit]"
    )
    weight_bits: int = Parameter(default=4, ge=1, le=16, description="signed weight [bit]")
    step_bits: int = Parameter(
        default=4,
        ge=1,
        le=16,
        description="leak, adaptation, recovery, tracking, plateau, unsigned [bit]",
    )
    timer_bits: int = Parameter(
        default=4, ge=1, le=8, description="times in ticks, and the stimulation [bit]"
    )
    burst_bits: int = Parameter(default=3, ge=1, le=8, description="spikes of a burst [bit]")
    parameters: IzhikevichParameters | None = Parameter(
        default=None, description="the same for every neuron; none: they come with the token"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.behaviours)) < len(self.behaviours):
            raise ValueError("behaviours name one twice: name each once")
        if self.parameters is None:
            return self
        defaults = IzhikevichParameters()
        for name in type(defaults).model_fields:
            value = getattr(self.parameters, name)
            fmt = self.formats[name]
            if not fmt.minimum <= value <= fmt.maximum:
                raise ValueError(
                    f"parameter {name} is {value}; it lies in {fmt.minimum} to {fmt.maximum}"
                )
            if name not in self.parameter_names and value != getattr(defaults, name):
                needed = ", ".join(sorted(PARAMETERS[name]))
                raise ValueError(
                    f"parameter {name} has no effect: none of the behaviours builds {needed}"
                )
        return self

    @property
    def mechanisms(self) -> frozenset[Mechanism]:
        """What is built."""
        return frozenset().union(*(MECHANISMS[behaviour] for behaviour in self.behaviours))

    @property
    def state_names(self) -> tuple[str, ...]:
        """State fields of a token, in order."""
        return "membrane", *(name for name, need in STATE.items() if need & self.mechanisms)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Parameters that have an effect, in order."""
        built = (name for name, need in PARAMETERS.items() if need & self.mechanisms)
        return "threshold", "leak", "reset", *built

    @property
    def formats(self) -> dict[str, IntegerFormat]:
        """Width, sign and overflow of every state field and every parameter."""
        time = IntegerFormat(bits=self.timer_bits, overflow=Overflow.SATURATE)
        step = IntegerFormat(bits=self.step_bits)
        spikes = IntegerFormat(bits=self.burst_bits)
        membrane = IntegerFormat(bits=self.membrane_bits, signed=True, overflow=Overflow.SATURATE)
        flags = dict.fromkeys(FLAGS, IntegerFormat(bits=1))
        steps = dict.fromkeys(("leak", "adaptation", "recovery", "tracking", "plateau"), step)
        times = ("stimulation", "timer", "refractory", "interval", "latency", "persistence")
        return {
            "membrane": membrane,
            "offset": membrane,
            "reset": membrane,
            "threshold": IntegerFormat(bits=self.membrane_bits - 1),
            "due": spikes if Mechanism.BURST in self.mechanisms else IntegerFormat(bits=1),
            "spikes": spikes,
            **flags,
            **steps,
            **dict.fromkeys((*times, "minimum"), time),
        }

    @property
    def streams(self) -> tuple[Stream, ...]:
        event = (
            Field("tick", 1, "1: a tick of time, 0: a synaptic input"),
            Field("weight", self.weight_bits, "of the synaptic input", signed=True),
        )
        state = self._fields(self.state_names, "before the event")
        parameters = () if self.parameters else self._fields(self.parameter_names, "parameter")
        spike = Field("spike", 1, "whether it fires")
        return (
            Stream("event", "in", (*event, *state, *parameters), "an event of some neuron"),
            Stream(
                "update",
                "out",
                (spike, *self._fields(self.state_names, "after the event")),
                "the neuron's new state",
            ),
        )

    def _fields(self, names: tuple[str, ...], doc: str) -> tuple[Field, ...]:
        every = self.formats
        return tuple(
            Field(name, every[name].bits, f"{name}, {doc}", signed=every[name].signed)
            for name in names
        )

    def absent(self, name: str) -> int:
        """Value of a state field or parameter that is no field of a token."""
        if name in self.parameter_names and self.parameters is not None:
            return int(getattr(self.parameters, name))
        return 1 if name == "spikes" else 0

    @property
    def contract(self) -> Contract:
        return Contract("event", {"event": 1}, {"update": 1}, latency=0, interval=1)

    @property
    def inventory(self) -> Inventory:
        built, bits, time = self.mechanisms, self.membrane_bits, self.timer_bits
        # one adder for weight and leak, clamped; the threshold's comparison; the reset
        parts = adder(bits, bits, bits + 1).then(saturation(bits + 1, bits, 2))
        parts += Inventory(xors=bits + self.step_bits, multiplexers=3 * bits)
        parts = parts.then(comparator(bits + 1))
        if "offset" in self.state_names:
            limit = adder(bits, bits, bits + 1)
            moved = adder(bits, bits, bits + 1).then(saturation(bits + 1, bits, 2))
            parts += limit + moved + Inventory(xors=self.step_bits, multiplexers=2 * bits)
        counters = {"stimulation": time, "timer": time, "due": self.formats["due"].bits}
        for name, width in counters.items():
            if name in self.state_names:
                parts += adder(width, width, width) + Inventory(multiplexers=2 * width)
        if Mechanism.MINIMUM in built:
            parts += comparator(time)
        if Mechanism.OSCILLATION in built:
            parts += Inventory(xors=bits, multiplexers=bits)
        return parts + Inventory(gates=4 * len(self.state_names) + 2 * len(built))

    def model(self) -> "IzhikevichModel":
        return IzhikevichModel(self)


class IzhikevichModel(Model[IzhikevichSpec]):
    """One token, one event; all tokens at once, since each brings its own state.

    The membrane and the threshold's offset saturate, leak and recovery end at zero, the
    stimulation saturates and ends at zero. Nothing is rounded.

    A neuron is *busy*, and its membrane holds, while spikes are due or its refractory time runs.
    Otherwise an input adds its weight, a tick brings the membrane toward zero by ``leak``. It
    fires from ``threshold + offset`` on; the same, mirrored (``-1 - membrane``), is the lower
    threshold. ``spikes`` are then due, the first after ``latency`` ticks. A stimulus lasts while
    ``stimulation`` is above zero: an excitatory input adds ``persistence``, a tick takes one.
    """

    def __init__(self, spec: IzhikevichSpec) -> None:
        super().__init__(spec)
        self._formats = spec.formats
        names = (*IzhikevichParameters.model_fields, "membrane", *STATE)
        self._absent = {name: spec.absent(name) for name in names}
        self._state_names = spec.state_names

    def run(self, traffic: Traffic) -> Traffic:
        return {"update": self.update(traffic["event"])}

    def state(self, neurons: int) -> dict[str, Int64]:
        """The state of so many neurons at rest."""
        return {name: np.zeros(neurons, np.int64) for name in self._state_names}

    def update(self, token: Tokens) -> dict[str, Int64]:
        """``spike`` and the new state of every neuron, for the fields of ``event``: (tokens,)."""
        operands = {**self._absent, **token}
        now = {name: np.asarray(values, np.int64) for name, values in operands.items()}
        flag = {name: now[name] == 1 for name in FLAGS}
        tick, due, timer, membrane = now["tick"] == 1, now["due"], now["timer"], now["membrane"]

        resting = due == 0
        running = timer != 0
        busy = ~resting | (running & ~flag["oscillates"])
        excitatory = ~tick & (now["weight"] >= 0)
        ends = flag["active"] & excitatory & (now["stimulation"] == 0)
        deaf = ends | (flag["spent"] & (flag["phasic"] | (now["plateau"] != 0)))
        counted = running & (tick | (flag["hasten"] & excitatory & ~resting))
        timer = timer - counted

        turns = flag["oscillates"] & resting & counted & (timer == 0) & (membrane != 0)
        still = constant_leak(membrane, now["leak"])
        pushed = self._fit("membrane", membrane + now["plateau"])
        by_tick = np.where(turns, ~membrane, np.where(flag["active"], pushed, still))
        by_input = np.where(deaf, membrane, self._fit("membrane", membrane + now["weight"]))
        moved = np.where(busy, membrane, np.where(tick, by_tick, by_input))

        stimulated = now["stimulation"] + excitatory * now["persistence"] - tick
        stimulation = self._fit("stimulation", stimulated)
        below = moved < 0
        reached = np.where(below, ~moved, moved) >= now["threshold"] + now["offset"]
        enough = stimulation >= now["minimum"]
        wanted = np.where(below, flag["inhibited"] & reached, (reached & enough) | flag["armed"])
        fires = wanted & ~busy & ~(flag["phasic"] & flag["spent"])

        burst = np.where(flag["mixed"] & flag["spent"], np.minimum(now["spikes"], 1), now["spikes"])
        due = np.where(fires, burst, due)
        starts = flag["oscillates"] & resting & ~tick & (membrane == 0)
        timer = np.where(turns | starts, now["refractory"], timer)
        timer = np.where(fires, now["latency"], timer)
        spike = (due != 0) & (timer == 0)
        due = due - spike
        timer = np.where(spike, np.where(due != 0, now["interval"], now["refractory"]), timer)

        tracks = (now["tracking"] != 0) & (membrane != 0)
        followed = now["offset"] + np.where(membrane < 0, -now["tracking"], now["tracking"])
        back = np.where(tracks, followed, constant_leak(now["offset"], now["recovery"]))
        offset = np.where(tick, back, now["offset"])
        offset = np.where(spike, now["offset"] + now["adaptation"], offset)

        after = {
            "membrane": np.where(spike, now["reset"], moved),
            "offset": self._fit("offset", offset),
            "stimulation": stimulation,
            "timer": timer,
            "due": due,
            "spent": (fires | ends | flag["spent"]) & (stimulation != 0),
            "armed": below & (flag["armed"] | (flag["rebound"] & reached)),
            "active": (now["plateau"] != 0) & ~ends & (flag["active"] | fires),
        }
        shown = {name: np.asarray(after[name], np.int64) for name in self._state_names}
        return {"spike": spike.astype(np.int64), **shown}

    def _fit(self, name: str, values: Int64) -> Int64:
        return self._formats[name].fit(values)


def fields_of(parameters: IzhikevichParameters, spec: IzhikevichSpec) -> Mapping[str, Any]:
    """The parameters that are fields of a token of ``spec``; none where they are constants."""
    if spec.parameters is not None:
        return {}
    return {name: getattr(parameters, name) for name in spec.parameter_names}
