"""The base of every specification and of every golden model."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar

import tomli_w
from pydantic import BaseModel, ConfigDict

from neuroloom.golden.contract import Contract, Counts, Variation
from neuroloom.golden.documents import parse_toml
from neuroloom.golden.inventory import Inventory
from neuroloom.golden.memories.memory_map import MappedMemory
from neuroloom.golden.ports import Integers, Stream, Traffic


class Spec(BaseModel, ABC):
    """What the user chooses about a macro: validated, frozen, serialisable.

    A macro's module path is the same below ``golden``, ``hdl`` and ``verif``, and its classes
    share a stem: ``PopcountSpec`` and ``PopcountModel`` in ``golden/arith/popcount.py``,
    ``Popcount`` in ``hdl/arith/popcount.py``, ``PopcountStimulus`` in ``verif/arith/popcount.py``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_enum_values=False)

    macro: ClassVar[str]
    """Name in the catalogue and default name of the Verilog module."""
    summary: ClassVar[str]
    """One line for the catalogue; text below it, as this is, says more for its page."""
    source: ClassVar[str]
    """Source of the behaviour: paper, equation, table."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy as pydantic has it, but without what was worked out of the fields before."""
        copied = super().model_copy(update=update, deep=deep)
        for name in [name for name in copied.__dict__ if name not in type(self).model_fields]:
            del copied.__dict__[name]
        return copied

    def __iter__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        """Names and values of the fields, without what was worked out of them."""
        return ((name, getattr(self, name)) for name in type(self).model_fields)

    @property
    def unused(self) -> frozenset[str]:
        """Fields that do nothing in this specification: those of another style, policy or mode.

        Neither the hardware nor the model depends on them, whatever their value; shown as such.
        """
        return frozenset()

    @property
    @abstractmethod
    def streams(self) -> tuple[Stream, ...]:
        """Inputs, then outputs, in the order of the Verilog ports."""

    @property
    def memory_map(self) -> tuple[MappedMemory, ...]:
        """The memories that a programming stream writes, for macros that have one."""
        return ()

    @property
    @abstractmethod
    def contract(self) -> Contract:
        """Latency and interval for this specification."""

    def consumption(self, sent: Traffic) -> Mapping[str, Counts]:
        """Tokens that each operation of ``sent`` takes, (operations,), where that depends on data.

        Keyed by input stream, the same streams whatever is sent; ``contract.consumes`` then has
        the most that there are, or the least where there is no most. What comes behind the last
        operation is not counted.
        """
        return {}

    def variation(self, sent: Traffic, got: Traffic) -> Variation | None:
        """Cycles and tokens of each operation of ``sent``; None where all take the same.

        For macros whose contract varies. ``sent`` are whole operations, loads, or both, ``got``
        what the model gives for them: counts that follow from state can be read off the outputs.
        """
        return None

    def room(self, sent: Traffic) -> Mapping[str, int]:
        """Tokens of inputs that are taken while every output is held, from a standstill on.

        Empty where that is not stated; where it depends on data, those of ``sent``.
        """
        return self.contract.held

    @property
    @abstractmethod
    def inventory(self) -> Inventory:
        """What the hardware of this specification consists of at register-transfer level.

        Read off the structure, not off a synthesis tool: analytic cost models price it, and its
        flip-flops and memory bits are compared with synthesis.
        """

    def cautions(self) -> tuple[str, ...]:
        """What of this specification does not compute what is wanted of it, a sentence each.

        For what is possible and yet hardly meant, such as results that cannot be exact. It is said
        wherever the specification is used; a sweep does not recommend it.
        """
        return ()

    @abstractmethod
    def model(self) -> "Model[Any]":
        """A golden model in its state after reset."""

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        return tuple(stream for stream in self.streams if stream.direction == "in")

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        return tuple(stream for stream in self.streams if stream.direction == "out")

    def to_toml(self) -> str:
        """The fields as TOML; a field at None is left out."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_none=True))

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """The Spec of a TOML document.

        ValueError where that is none, a name is no field, or a value is not of its field's type:
        text is no number, and a number no truth value.
        """
        return cls.model_validate_json(json.dumps(parse_toml(text)), strict=True)


S = TypeVar("S", bound=Spec)


class Model(ABC, Generic[S]):
    """The golden model: it *defines* what the macro computes, token by token, bit by bit.

    Time plays no part in it: outputs depend on the order of tokens within each stream only.
    """

    def __init__(self, spec: S) -> None:
        self.spec = spec

    def reset(self) -> None:
        """Return to the state after reset. A model without state need not override it."""
        return

    @abstractmethod
    def run(self, traffic: Traffic) -> Traffic:
        """Every token that the macro gives for these, the state carried over from call to call.

        Takes whole operations; ValueError when tokens are left over.
        """

    def operations(self, stream: str, values: Integers) -> Integers:
        """``values``, one row a token of ``stream``, cut into operations along a new first axis."""
        per_operation = self.spec.contract.consumes[stream]
        if len(values) % per_operation:
            raise ValueError(
                f"stream {stream!r} takes {per_operation} tokens for each "
                f"{self.spec.contract.operation}; {len(values)} leave a part of one over"
            )
        return values.reshape(-1, per_operation, *values.shape[1:])
