"""A 2×2 switch: outputs whose order across flows depends on timing, for tests of benches."""

from typing import Any, ClassVar

import numpy as np
from amaranth.hdl import Module, Mux, Signal
from pydantic import Field as Parameter

from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import Inventory
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.hdl.component import Component
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_tokens


class SwitchSpec(Spec):
    """Parameters of ``switch``."""

    macro: ClassVar[str] = "switch"
    summary: ClassVar[str] = "tokens of two inputs go to two outputs"
    source: ClassVar[str] = "a macro for these tests"

    bits: int = Parameter(default=4, ge=1, le=32, description="width of a value [bit]")
    ordered: bool = Parameter(default=True, description="whether the order of a source counts")

    @property
    def streams(self) -> tuple[Stream, ...]:
        data = Field("data", self.bits, "the value")
        goal = Field("goal", 1, "0 for x, 1 for y")
        source = Field("source", 1, "0 from a, 1 from b")
        flow = ("source",) if self.ordered else ("source", "data")
        return (
            Stream("a", "in", (goal, data), "tokens"),
            Stream("b", "in", (goal, data), "tokens"),
            Stream("x", "out", (source, data), "tokens for x", flow),
            Stream("y", "out", (source, data), "tokens for y", flow),
        )

    @property
    def contract(self) -> Contract:
        return Contract(
            "pair",
            {"a": 1, "b": 1},
            {"x": 1, "y": 1},
            latency=1,
            interval=1,
            contention="tokens for the same output wait for each other",
        )

    @property
    def inventory(self) -> Inventory:
        return Inventory()

    def model(self) -> "SwitchModel":
        return SwitchModel(self)


class SwitchModel(Model[SwitchSpec]):
    """All of a, then all of b: one of the orders that may be."""

    def run(self, traffic: Traffic) -> Traffic:
        empty = {"goal": np.zeros(0, np.int64), "data": np.zeros(0, np.int64)}
        sent = [traffic.get(name, empty) for name in ("a", "b")]
        goal = np.concatenate([each["goal"] for each in sent])
        data = np.concatenate([each["data"] for each in sent])
        source = np.repeat([0, 1], [len(each["goal"]) for each in sent])
        return {
            name: {"source": source[goal == number], "data": data[goal == number]}
            for number, name in enumerate(("x", "y"))
        }


class Switch(Component[SwitchSpec]):
    """A register an output; after a token of a one of b comes first."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        for number, out in enumerate((self.x, self.y)):
            wants_a = Signal(name=f"wants_a_{number}")
            wants_b = Signal(name=f"wants_b_{number}")
            take_a = Signal(name=f"take_a_{number}")
            take_b = Signal(name=f"take_b_{number}")
            b_first = Signal(name=f"b_first_{number}")
            free = ~out.valid | out.ready
            m.d.comb += wants_a.eq(self.a.valid & (self.a.payload.goal == number))
            m.d.comb += wants_b.eq(self.b.valid & (self.b.payload.goal == number))
            m.d.comb += take_a.eq(free & wants_a & ~(wants_b & b_first))
            m.d.comb += take_b.eq(free & wants_b & ~(wants_a & ~b_first))
            with m.If(take_a):
                m.d.comb += self.a.ready.eq(1)
            with m.If(take_b):
                m.d.comb += self.b.ready.eq(1)
            with m.If(free):
                m.d.sync += out.valid.eq(take_a | take_b)
            with m.If(take_a | take_b):
                m.d.sync += b_first.eq(take_a)
                m.d.sync += out.payload.source.eq(take_b)
                m.d.sync += out.payload.data.eq(
                    Mux(take_a, self.a.payload.data, self.b.payload.data)
                )
        return m


class SwitchStimulus(Stimulus[SwitchSpec]):
    """Tokens for both outputs."""

    def corners(self) -> Traffic:
        return pairs(np.zeros(6, int), np.zeros(6, int))

    def random(self, rng: Rng, operations: int) -> Traffic:
        a, b = self.spec.input_streams
        return {"a": random_tokens(a, rng, operations), "b": random_tokens(b, rng, operations)}

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        goal = rng.integers(0, 2, operations)
        return pairs(goal, 1 - goal)

    def coverage(self) -> list[Cover]:
        return [
            Cover("both want x", lambda sent, _: not (sent["a"]["goal"] | sent["b"]["goal"]).all())
        ]

    @classmethod
    def random_spec(cls, rng: Rng) -> SwitchSpec:
        return SwitchSpec(bits=int(rng.integers(1, 9)))


def pairs(goal_of_a: Any, goal_of_b: Any, bits: int = 4) -> Traffic:
    """Tokens whose values count up."""
    data = np.arange(len(goal_of_a)) % (1 << bits)
    return {
        "a": {"goal": np.asarray(goal_of_a, np.int64), "data": data},
        "b": {"goal": np.asarray(goal_of_b, np.int64), "data": data},
    }
