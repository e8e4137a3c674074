"""Macros composed of parts and wires: all but their contract follows from these."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from pydantic import model_validator

from neuroloom.golden.inventory import Inventory
from neuroloom.golden.memories.memory_map import MappedMemory
from neuroloom.golden.ports import Stream, Tokens, Traffic, concatenate, count
from neuroloom.golden.program import Program
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.streams.stream_fifo import stream_fifo
from neuroloom.golden.streams.stream_fork import constant_stream, stream_fork
from neuroloom.golden.wires import Constant, End, Wire
from neuroloom.golden.wiring import Wiring

S = TypeVar("S")


class Composition(Spec):
    """A Spec that says which parts it has and how they are wired.

    Streams, inventory, golden model and hardware follow; the contract is written. Outputs depend
    on the order of tokens alone, and so does what a network of parts gives, with queues of any
    length. Whether a queue is long enough for tokens that meet again is not checked: the bench
    finds it, and :meth:`cautions` tells of it where the model follows. Where parts wait for each
    other's results, or for what comes first in time, the model is written by hand.
    """

    batch: ClassVar[int | None] = None
    """Operations that the model runs at once; None for all. Bounds the memory that it takes."""

    @property
    @abstractmethod
    def parts(self) -> Mapping[str, Spec]:
        """The parts by name: macros, or further compositions."""

    @property
    @abstractmethod
    def wires(self) -> tuple[Wire, ...]:
        """Wires inside, each from a part's output to a part's input."""

    @property
    @abstractmethod
    def outer(self) -> Mapping[str, End | Stream | Program]:
        """The streams by name, in the order of the ports: the part's end that each one is.

        An input that wires cut in lanes, or an output that they put together, is a stream of its
        own instead; one that loads several parts is a program.
        """

    @property
    def constants(self) -> tuple[Constant, ...]:
        """Tokens that parts are given after reset."""
        return ()

    def kept(self, name: str) -> Inventory:
        """What is left of a part here: all, unless its neighbours let some of it be unused."""
        return self.wiring.parts[name].inventory

    def check(self) -> None:
        """ValueError where fields do not go together, before parts are made of them."""
        return

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.check()
        _ = self.wiring
        self._check_contract()
        return self

    def _check_contract(self) -> None:
        """ValueError where the contract is not of these streams."""
        contract = self.contract
        for told, direction, counts in (
            ("consumes", "in", contract.consumes),
            ("produces", "out", contract.produces),
        ):
            known = [stream.name for stream in self.streams if stream.direction == direction]
            for name in counts:
                if name not in known:
                    raise ValueError(
                        f"the contract {told} {name!r}, which is no {direction}put; there are "
                        f"{', '.join(known)}"
                    )
        if not any(contract.produces.values()):
            raise ValueError("the contract produces nothing, so that no operation would end")

    @cached_property
    def wiring(self) -> Wiring:
        """Parts and wires, found to fit."""
        return Wiring(self.parts, self.wires, self.constants, self.outer, self.follows)

    @property
    def follows(self) -> bool:
        """Whether the model follows from parts and wires."""
        return type(self).model is Composition.model

    @property
    def streams(self) -> tuple[Stream, ...]:
        return tuple(self.wiring.outer.values())

    @property
    def memory_map(self) -> tuple[MappedMemory, ...]:
        """The memories that programs write, of all parts that they load."""
        programs = self.wiring.programs.values()
        return tuple(memory for program in programs for memory in program.memories)

    def cautions(self) -> tuple[str, ...]:
        """Those of the parts, and where queues may be too short."""
        told = [
            f"{name}: {caution}"
            for name, part in self.wiring.parts.items()
            for caution in part.cautions()
        ]
        if self.follows:
            told += [
                f"tokens that {source} gives meet again at {sink}: whether the queues between hold "
                "enough of them is not checked"
                for source, sink in self.wiring.meetings
            ]
        return tuple(told)

    @property
    def inventory(self) -> Inventory:
        wiring = self.wiring
        pieces = [wiring.chosen, *map(self.kept, wiring.parts)]
        pieces += [
            stream_fifo(wiring.width(wire), wire.places) for wire in self.wires if wire.places
        ]
        pieces += [
            stream_fork(len(several)) for several in wiring.takers.values() if len(several) > 1
        ]
        for constant in self.constants:
            if not constant.tokens:
                continue
            bits = sum(field.port_bits for field in wiring.stream(constant.sink).fields)
            pieces.append(constant_stream(bits, count(constant.tokens)))
        return sum(pieces, Inventory())

    def model(self) -> "Model[Any]":
        return CompositionModel(self)


class CompositionModel(Model[Composition]):
    """The models of the parts, each behind those that it takes tokens from."""

    def __init__(self, spec: Composition) -> None:
        super().__init__(spec)
        self.parts: dict[str, Model[Any]] = {
            name: spec.wiring.parts[name].model() for name in spec.wiring.order
        }
        self._constants = dict(spec.wiring.constants)

    def reset(self) -> None:
        for part in self.parts.values():
            part.reset()
        self._constants = dict(self.spec.wiring.constants)

    def run(self, traffic: Traffic) -> Traffic:
        batch, consumed = self.spec.batch, self.spec.contract.consumes
        operations = max(
            (
                count(traffic[name]) // per_operation
                for name, per_operation in consumed.items()
                if per_operation and name in traffic
            ),
            default=0,
        )
        if batch is None or operations <= batch:
            return self._through(traffic)
        loads = {name: tokens for name, tokens in traffic.items() if name not in consumed}
        batches = []
        for first in range(0, operations, batch):
            last = first + batch if first + batch < operations else None
            work = {
                name: {
                    field: values[first * per_operation : last and last * per_operation]
                    for field, values in traffic[name].items()
                }
                for name, per_operation in consumed.items()
                if name in traffic
            }
            batches.append(self._through({**work, **(loads if first == 0 else {})}))
        return concatenate(batches)

    def _through(self, traffic: Traffic) -> Traffic:
        wiring = self.spec.wiring
        tokens: dict[End, Tokens] = dict(traffic)
        for name in self.spec.contract.consumes:
            tokens.setdefault(name, _none(wiring.outer[name]))
        for name, part in self.parts.items():
            sent: dict[str, Tokens] = {}
            for stream in part.spec.input_streams:
                end = f"{name}.{stream.name}"
                wire = wiring.wire_to.get(end)
                if wire is None:
                    constant = self._constants.pop(end, None)
                    if constant is not None:
                        sent[stream.name] = constant.tokens or _none(stream)
                elif all(source in tokens for source in wire.sources):
                    passed = wiring.passed(wire, tokens)
                    if wire.where is None or count(passed):  # else a load of nothing
                        sent[stream.name] = passed
                elif stream.name in part.spec.contract.consumes:
                    sent[stream.name] = _none(stream)
            for stream_name, given_tokens in part.run(sent).items():
                tokens[f"{name}.{stream_name}"] = given_tokens
        return {
            stream.name: wiring.passed(wiring.wire_to[stream.name], tokens)
            for stream in self.spec.output_streams
        }


def numbered(name: str, parts: Iterable[Spec]) -> dict[str, Spec]:
    """Parts that are called ``name`` with their number behind it, from 0."""
    return {f"{name}{number}": part for number, part in enumerate(parts)}


def together(*groups: Mapping[str, S]) -> dict[str, S]:
    """All of several groups. ValueError for a name twice, of which one would be lost."""
    merged: dict[str, S] = {}
    for group in groups:
        twice = [name for name in group if name in merged]
        if twice:
            raise ValueError(f"two parts or streams are called {twice[0]!r}")
        merged |= group
    return merged


def _none(stream: Stream) -> Tokens:
    """No tokens."""
    return {field.name: np.zeros(field.shape(0), np.int64) for field in stream.fields}
