"""What a crossbar core is programmed with, by the names of the field and as words of memories."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Parameter

from neuroloom.golden.formats import from_hexadecimal
from neuroloom.golden.inventory import index_bits
from neuroloom.golden.memories.memory_map import MappedMemory, Words
from neuroloom.golden.ports import Field, Integers
from neuroloom.golden.wording import quoted

if TYPE_CHECKING:
    from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec


class ResetMode(StrEnum):
    """What becomes of the membrane when a threshold is crossed (gamma in Cassidy et al. 2013)."""

    VALUE = "value"
    """It becomes the reset value; below the negative threshold, its negative."""
    SUBTRACT = "subtract"
    """The threshold is taken off; below the negative threshold, it is added."""
    NONE = "none"
    """It stays."""


class Floor(StrEnum):
    """What the negative threshold is (kappa in Cassidy et al. 2013)."""

    RESET = "reset"
    """The neuron is reset by its mode below it; it has the threshold's noise."""
    SATURATE = "saturate"
    """The membrane does not go below it."""


MODES, FLOORS = tuple(ResetMode), tuple(Floor)
"""Their codes are their places."""

Entry = Annotated[int, Parameter(ge=-(1 << 63), lt=1 << 63)]
"""Number as wide as the arrays that it goes into; how wide its memory is, the core says."""
Column = tuple[Entry, ...]


class CoreContents(BaseModel):
    """One crossbar core's network: everything that its memories hold.

    Lists have an entry a neuron, ``types`` an axon. What is left out is zero.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    crossbar: tuple[str, ...] = Parameter(
        description="synapses of each neuron in hexadecimal, axon 0 in the lowest bit"
    )
    types: Column = Parameter(description="type of each axon")
    weights: tuple[Column, ...] = Parameter(description="of each neuron, a weight a type")
    leak: Column = Parameter(description="added every tick")
    positive_threshold: Column = Parameter(description="it fires at this and above")
    negative_threshold: Column = Parameter(description="without its sign")
    reset_value: Column = Parameter(description="for mode value")
    reset_mode: tuple[ResetMode, ...] = Parameter(description="value, subtract or none")
    floor: tuple[Floor, ...] = Parameter(description="reset or saturate")
    dx: Column = Parameter(description="columns to the destination, east positive")
    dy: Column = Parameter(description="rows to the destination, north positive")
    axon: Column = Parameter(description="axon of the destination")
    delay: Column = Parameter(description="ticks to the destination; 0 stands for all slots")
    random_weights: tuple[Column, ...] | None = Parameter(
        default=None, description="1 where a weight acts by chance"
    )
    random_leak: Column | None = Parameter(
        default=None, description="1 where the leak acts by chance"
    )
    leak_reversal: Column | None = Parameter(
        default=None, description="1 where the leak has the membrane's sign"
    )
    noise_mask: Column | None = Parameter(
        default=None, description="bits of noise that are added to the thresholds"
    )

    def words(self, spec: "CrossbarCoreSpec") -> Words:
        """The words of every memory of ``spec``. ValueError when something does not fit."""
        axons, neurons, types = spec.axons, spec.neurons, spec.types
        columns: dict[str, Integers] = {}
        for name in COLUMNS:
            entries: Any = getattr(self, name)
            if entries is None:
                entries = [[0] * types] * neurons if name == "random_weights" else [0] * neurons
            number = axons if name == "types" else neurons
            if len(entries) != number:
                things = "axons" if name == "types" else "neurons"
                raise ValueError(f"{name} has {len(entries)} entries for {number} {things}")
            if name in ("weights", "random_weights"):
                for neuron, row in enumerate(entries):
                    if len(row) != types:
                        raise ValueError(
                            f"{name} of neuron {neuron} has {len(row)} entries for {types} types"
                        )
            columns[name] = np.array(entries, np.int64)
        self._check(spec, columns)
        modes = np.array([MODES.index(mode) for mode in _entries(self.reset_mode, neurons)])
        floors = np.array([FLOORS.index(floor) for floor in _entries(self.floor, neurons)])
        leaks = {"weight": "leak", "random": "random_leak", "reversal": "leak_reversal"}
        rows = {
            "weight": columns["weights"],
            "random": columns["random_weights"],
            "reversal": np.zeros((neurons, types), np.int64),
        }
        values = {
            "crossbar": {"synapses": self._synapses(spec)},
            "types": {"type": columns["types"]},
            "weights": {
                name: np.column_stack([rows[name], columns[leak]]) for name, leak in leaks.items()
            },
            "thresholds": {
                "positive": columns["positive_threshold"],
                "negative": columns["negative_threshold"],
                "noise": columns["noise_mask"],
            },
            "resets": {"value": columns["reset_value"], "mode": modes, "floor": floors},
            "destinations": {name: columns[name] for name in ("dx", "dy", "axon", "delay")},
        }
        return {memory.name: memory.pack(values[memory.name]) for memory in spec.memories}

    def _synapses(self, spec: "CrossbarCoreSpec") -> Integers:
        lanes, words = spec.scheduler.lanes, spec.scheduler.words
        rows = []
        for neuron, text in enumerate(_entries(self.crossbar, spec.neurons, "crossbar")):
            try:
                row = from_hexadecimal(text)
            except ValueError as error:
                raise ValueError(f"crossbar of neuron {neuron} is not {error}") from None
            if row >> spec.axons:
                raise ValueError(
                    f"crossbar of neuron {neuron} has more than {spec.axons} axons: {quoted(text)}"
                )
            rows.append([row >> lanes * word & ((1 << lanes) - 1) for word in range(words)])
        return np.array(rows, np.int64)

    def _check(self, spec: "CrossbarCoreSpec", columns: dict[str, Integers]) -> None:
        """Numbers that a field could hold, and that nevertheless are not there."""
        limits = {"types": spec.types, "axon": spec.axons, "delay": spec.slots}
        for name, number in limits.items():
            wrong = np.flatnonzero((columns[name] < 0) | (columns[name] >= number))
            if wrong.size:
                owner = "axon" if name == "types" else "neuron"
                raise ValueError(
                    f"{name} of {owner} {wrong[0]} is {columns[name][wrong[0]]}; "
                    f"it lies in 0 to {number - 1}"
                )
        options = {
            "random_weights": (spec.stochastic, "stochastic=true"),
            "random_leak": (spec.stochastic, "stochastic=true"),
            "leak_reversal": (spec.leak_reversal, "leak_reversal=true"),
            "noise_mask": (spec.noise_bits > 0, "noise_bits"),
        }
        for name, (there, option) in options.items():
            if columns[name].any() and not there:
                raise ValueError(f"{name} needs {option}, which the core does not have")

    @classmethod
    def from_words(cls, spec: "CrossbarCoreSpec", words: Words) -> Self:
        """The contents that :meth:`words` turns into these."""
        maps = {memory.name: memory.unpack(words[memory.name]) for memory in spec.memories}
        lanes = spec.scheduler.lanes
        rows = [
            sum(int(part) << lanes * place for place, part in enumerate(row))
            for row in maps["crossbar"]["synapses"]
        ]
        weights, thresholds, resets = maps["weights"], maps["thresholds"], maps["resets"]
        fields: dict[str, Any] = {
            "crossbar": tuple(f"{row:0{-(-spec.axons // 4)}x}" for row in rows),
            "types": _column(maps["types"]["type"]) if "types" in maps else (0,) * spec.axons,
            "weights": tuple(_column(row) for row in weights["weight"][:, :-1]),
            "leak": _column(weights["weight"][:, -1]),
            "positive_threshold": _column(thresholds["positive"]),
            "negative_threshold": _column(thresholds["negative"]),
            "reset_value": _column(resets["value"]),
            "reset_mode": tuple(MODES[mode] for mode in resets["mode"]),
            "floor": tuple(FLOORS[floor] for floor in resets["floor"]),
            **{name: _column(column) for name, column in maps["destinations"].items()},
        }
        if spec.stochastic:
            fields["random_weights"] = tuple(_column(row) for row in weights["random"][:, :-1])
            fields["random_leak"] = _column(weights["random"][:, -1])
        if spec.leak_reversal:
            fields["leak_reversal"] = _column(weights["reversal"][:, -1])
        if spec.noise_bits:
            fields["noise_mask"] = _column(thresholds["noise"])
        return cls.model_validate(fields)


COLUMNS = tuple(
    name for name in CoreContents.model_fields if name not in ("crossbar", "reset_mode", "floor")
)
"""The fields that hold numbers."""


def core_memories(spec: "CrossbarCoreSpec") -> tuple[MappedMemory, ...]:
    """The memories of a core; a field that an option would need is only there with it."""
    scheduler = spec.scheduler
    neuron = ("neuron", spec.neurons)
    weight = [Field("weight", spec.weight_bits, "weight or leak", signed=True)]
    if spec.stochastic:
        weight.append(Field("random", 1, "acts by chance"))
    if spec.leak_reversal:
        weight.append(Field("reversal", 1, "of the leak: it has the membrane's sign"))
    thresholds = [
        Field("positive", spec.threshold_bits, "fires at this and above"),
        Field("negative", spec.threshold_bits, "without its sign"),
    ]
    if spec.noise_bits:
        thresholds.append(Field("noise", spec.noise_bits, "mask of the noise added to both"))
    resets = (
        Field("value", spec.membrane_bits, "reset value", signed=True),
        Field("mode", 2, "0 value, 1 subtract, 2 none"),
        Field("floor", 1, "negative threshold: 0 reset, 1 saturate"),
    )
    synapses = Field("synapses", scheduler.lanes, "a bit an axon, the lowest in bit 0")
    kind = Field("type", max(1, index_bits(spec.types)), f"0 to {spec.types - 1}")
    rows: Sequence[tuple[str, tuple[tuple[str, int], ...], tuple[Field, ...], str]] = (
        ("crossbar", (neuron, ("word", scheduler.words)), (synapses,), "binary synapses"),
        ("types", (("axon", spec.axons),), (kind,), "axon types"),
        (
            "weights",
            (neuron, ("type", spec.types + 1)),
            tuple(weight),
            f"a weight a type, and the leak in place of type {spec.types}",
        ),
        ("thresholds", (neuron,), tuple(thresholds), "thresholds"),
        ("resets", (neuron,), resets, "what follows the crossing of a threshold"),
        ("destinations", (neuron,), spec.destination_fields, "where packets go"),
    )
    needed = [row for row in rows if spec.types > 1 or row[0] != "types"]
    return tuple(
        MappedMemory(name, number, index, fields, doc)
        for number, (name, index, fields, doc) in enumerate(needed)
    )


def _entries(
    entries: Sequence[Any], number: int, name: str = "reset_mode and floor"
) -> Sequence[Any]:
    if len(entries) != number:
        raise ValueError(f"{name} has {len(entries)} entries for {number} neurons")
    return entries


def _column(values: Integers) -> Column:
    return tuple(int(value) for value in values)
