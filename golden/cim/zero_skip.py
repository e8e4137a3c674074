"""Row controller that skips zeros: word lines are raised for the ones of an input vector only."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.cim.row_groups import RowGroups
from neuroloom.golden.contract import Contract, Variation
from neuroloom.golden.inventory import Inventory, counter, equality, index_bits, register
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless

MAX_VECTOR_BITS = 32768


class PlaneOrder(StrEnum):
    """Order of the inputs' bits: which is served first."""

    MSB_FIRST = "msb-first"
    LSB_FIRST = "lsb-first"


class SelectStyle(StrEnum):
    """How the rows of the next group are found."""

    DIRECT = "direct"
    """Every cycle counts the ones that are left and takes the first: small."""
    MARKED = "marked"
    """The ones that start a group are marked once, ahead; every cycle takes the rows up to the next
    mark: fast."""


MOST_TAKEN = 10
"""Vectors that are taken while the output is held, at most: one in each register, one served."""


class ZeroSkipSpec(Spec):
    """Parameters of ``zero_skip``."""

    macro: ClassVar[str] = "zero_skip"
    summary: ClassVar[str] = "row controller of a memory array that skips the zeros of its input"
    """row controller of a memory array: only rows that are one, in groups; cycles follow the data
    """
    source: ClassVar[str] = (
        "input-sparsity-aware controller of a 40-nm RRAM macro, Lu et al. 2021; "
        "prefix network: Sklansky 1960"
    )

    rows: int = Parameter(default=128, ge=1, le=4096, description="rows of the array, inputs")
    group: int = Parameter(
        default=7, ge=1, le=4096, description="rows G that are raised together at most"
    )
    input_bits: int = Parameter(
        default=1, ge=1, le=16, description="width of an input; more than one go plane by plane"
    )
    input_signed: bool = Parameter(
        default=False, description="inputs in two's complement: the top plane weighs negative"
    )
    order: PlaneOrder = Parameter(default=PlaneOrder.MSB_FIRST, description="order of the planes")
    skip_empty_planes: bool = Parameter(
        default=False, description="no token for a plane without ones, unless there is no other"
    )
    style: SelectStyle = Parameter(default=SelectStyle.MARKED, description="how groups are found")
    segment: int = Parameter(
        default=8, ge=1, le=64, description="rows that are counted on their own before the network"
    )
    pipeline: int = Parameter(
        default=0, ge=0, le=8, description="registers between vector and marks [cycle]"
    )
    tag_bits: int = Parameter(
        default=0, ge=0, le=32, description="width of a tag that goes with a vector [bit]"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.rows * self.input_bits > MAX_VECTOR_BITS:
            raise ValueError(
                f"{self.rows} rows of {self.input_bits} bits make a vector of "
                f"{self.rows * self.input_bits} bits; it has at most {MAX_VECTOR_BITS}"
            )
        if self.pipeline and self.style is SelectStyle.DIRECT:
            raise ValueError(
                f"pipeline={self.pipeline} goes with style=marked: style=direct counts anew in "
                "every cycle"
            )
        if self.skip_empty_planes and self.input_bits == 1:
            raise ValueError("skip_empty_planes goes with input_bits of 2 and more")
        return self

    @property
    def row_groups(self) -> RowGroups:
        return RowGroups(self.rows, self.group, self.segment)

    @property
    def registers_behind(self) -> dict[int, int]:
        """Level of the prefix network to how many registers stand behind it."""
        levels = 0 if self.row_groups.single else len(self.row_groups.steps)
        stages = range(1, self.pipeline + 1)
        return Counter(round(levels * stage / self.pipeline) for stage in stages)

    @property
    def bit_serial(self) -> bool:
        return self.input_bits > 1

    @property
    def plane_bits(self) -> int:
        return index_bits(self.input_bits)

    @property
    def unused(self) -> frozenset[str]:
        return unless(
            order=self.input_bits > 1,
            skip_empty_planes=self.input_bits > 1,
            segment=self.style is SelectStyle.MARKED,
            pipeline=self.style is SelectStyle.MARKED,
        )

    @property
    def streams(self) -> tuple[Stream, ...]:
        doc = "row k in lane k"
        values = Field("values", self.input_bits, doc, self.input_signed, self.rows)
        lines = [
            Field("rows", 1, "word lines to raise, at most G", lanes=self.rows),
            Field("empty", 1, "no word line: the plane has no ones"),
            Field("last_group", 1, "the last group of its plane"),
        ]
        if self.bit_serial:
            lines.append(Field("plane", self.plane_bits, "bit of the inputs, 0 the lowest"))
            lines.append(Field("last_plane", 1, "of the vector's last plane"))
        tags = [Field("tag", self.tag_bits, "of the vector")] if self.tag_bits else []
        lines += tags
        return (
            Stream("vector", "in", (values, *tags), "input vectors"),
            Stream("word_lines", "out", tuple(lines), "groups of ones, rows in order"),
        )

    @property
    def contract(self) -> Contract:
        slowest = self.input_bits * -(-self.rows // self.group)
        planes = " a plane" if self.bit_serial else ""
        skip = self.skip_empty_planes
        least = "none for a plane without ones, at least 1 a vector" if skip else "at least 1"
        return Contract(
            "vector",
            {"vector": 1},
            {"word_lines": slowest},
            latency=slowest + self.pipeline + self.bit_serial,
            interval=slowest,
            varies=f"ceil(ones / {self.group}) groups{planes}, {least}, a cycle each",
            room=None if skip else {"vector": self._taken(np.full(MOST_TAKEN, self.input_bits))},
            readiness=f"while no output is accepted, vectors are taken up to that of plane "
            f"{self.pipeline + 2}, planes without ones not counted"
            if skip
            else "",
        )

    def room(self, sent: Traffic) -> Mapping[str, int]:
        if not self.skip_empty_planes:
            return self.contract.held
        return {"vector": self._taken((self.groups(self.planes(sent)) > 0).sum(axis=1))}

    def _taken(self, planes: Integers) -> int:
        """Vectors of so many ``planes`` each that are taken while the output is held: a plane is
        served, one stands in each register, and a vector of several planes waits beside them.
        """
        held = self.pipeline + 1
        whole = int((np.cumsum(planes) <= held).sum())
        return min(len(planes), whole + self.bit_serial)

    def variation(self, sent: Traffic, got: Traffic) -> Variation:
        groups = self.groups(self.planes(sent)).sum(axis=1)
        return Variation(groups, {"word_lines": groups})

    def planes(self, sent: Traffic) -> Integers:
        """The bits of the vectors in the order they are served: (vectors, planes, rows)."""
        shape = (0, self.rows)
        values = np.asarray(sent["vector"]["values"] if "vector" in sent else np.zeros(shape, int))
        planes = values[:, np.newaxis, :] >> np.arange(self.input_bits)[:, np.newaxis] & 1
        return planes[:, ::-1] if self.order is PlaneOrder.MSB_FIRST else planes

    def groups(self, planes: Integers) -> Integers:
        """Groups of each plane (vectors, planes), of planes as :meth:`planes` gives them."""
        groups: Integers = -(-planes.sum(axis=2) // self.group)
        if not self.skip_empty_planes:
            return np.maximum(groups, 1)
        groups[:, -1] += groups.sum(axis=1) == 0
        return groups

    @property
    def inventory(self) -> Inventory:
        plan = self.row_groups
        info = self.plane_bits + self.skip_empty_planes + self.tag_bits
        serving = register(self.rows + 2 + info) + Inventory(gates=2 * self.rows + 3)
        if not plan.single:
            if self.style is SelectStyle.MARKED:
                marks = self.rows - self.group
                parts = -(-marks // self.segment)
                serving += register(marks) + Inventory(gates=4 * marks, multiplexers=marks)
                serving += Inventory(half_adders=parts, xors=parts, adder_depth=parts)
            serving += Inventory(gates=2 * self.rows)
        serving += Inventory(multiplexers=self.rows)
        ahead = sum(
            stages * (self.rows + 1 + info + (0 if plan.single else plan.held_bits(level)))
            for level, stages in self.registers_behind.items()
        )
        return serving + register(ahead) + plan.inventory + self._planes_inventory

    @property
    def _planes_inventory(self) -> Inventory:
        """The vector whose planes are served, and which of them is next."""
        if not self.bit_serial:
            return Inventory()
        bits = self.rows * self.input_bits
        held = register(bits + self.tag_bits + 1) + Inventory(gates=3)
        if not self.skip_empty_planes:
            last = equality(self.plane_bits)
            return held + counter(self.input_bits) + Inventory(multiplexers=bits) + last
        some = Inventory(gates=bits - self.input_bits)
        choice = Inventory(gates=4 * self.input_bits, multiplexers=bits - self.rows)
        return held + register(self.input_bits) + some + choice

    def model(self) -> "ZeroSkipModel":
        return ZeroSkipModel(self)


class ZeroSkipModel(Model[ZeroSkipSpec]):
    """Every one of a plane is in one group, rows in order: groups of G and a last one of the rest.

    A plane without ones gives one group without rows; under ``skip_empty_planes`` only a vector
    without ones does, as its last plane. Every group has the tag of its vector.
    """

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        planes = spec.planes(traffic)
        groups = spec.groups(planes)
        vectors = len(planes)
        first = (np.cumsum(groups) - groups.ravel()).reshape(groups.shape)
        rank = np.cumsum(planes, axis=2) - planes
        vector, plane, row = np.nonzero(planes)
        rows = np.zeros((groups.sum(), spec.rows), np.int64)
        rows[first[vector, plane] + rank[vector, plane, row] // spec.group, row] = 1

        last_group = np.zeros(len(rows), np.int64)
        served = groups > 0
        last_group[(first + groups - 1)[served]] = 1
        empty = (rows.sum(axis=1) == 0).astype(np.int64)
        tokens = {"rows": rows, "empty": empty, "last_group": last_group}
        if spec.bit_serial:
            order = np.arange(spec.input_bits)
            last = np.where(served, order, -1).max(axis=1, initial=-1)
            index = np.repeat(np.tile(order, vectors), groups.ravel())
            end = np.repeat(last, groups.sum(axis=1))
            from_top = spec.order is PlaneOrder.MSB_FIRST
            tokens["plane"] = spec.input_bits - 1 - index if from_top else index
            tokens["last_plane"] = (index == end).astype(np.int64)
        if spec.tag_bits:
            tokens["tag"] = np.repeat(traffic["vector"]["tag"], groups.sum(axis=1))
        return {"word_lines": tokens}
