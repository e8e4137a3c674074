"""Crossbar of an in-memory-computing core, in behaviour: patches become sums of products."""

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.checks import check_divides
from neuroloom.golden.cim.activation_functions import Range, bits_for
from neuroloom.golden.contract import Contract, Variation
from neuroloom.golden.formats import Int64, IntegerFormat, Overflow
from neuroloom.golden.inventory import (
    Inventory,
    adder,
    counter,
    equality,
    index_bits,
    multiplier,
    register,
    saturation,
)
from neuroloom.golden.memories.parameters import parameter_memory
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless

MAX_PORT_BITS = (1 << 16) - 1
HANDSHAKES = 8
"""Clock, reset, and two bits a stream."""
TERMS = 16
"""Products that are added at once, before a register."""
STAGES = 2
"""Cycles from the last columns of a pass to their sums: parts of sums, sums."""
MOST_TAKEN = 4
"""Patches at most that are taken while sums are held: two passes and the stages hold no more."""
TAKEN = "while no output is accepted, patches are taken until the second window's last sums wait"
EXACT_BITS = 53
"""Integers of as many bits, and their sums, are exact in double precision."""


class CrossbarSpec(Spec):
    """Parameters of ``crossbar``.

    A patch has ``lanes`` inputs in ``blocks`` equal blocks. Window w takes from each block the
    ``rows / blocks`` lanes from ``w·step`` on, one block after the other. A pass computes a window
    after the other with one kernel or, ``replicated``, all of them with a kernel each.
    """

    macro: ClassVar[str] = "crossbar"
    summary: ClassVar[str] = "patches times a kernel matrix, all rows at once; replicas for more"
    """patches times a kernel matrix of signed weights, as an ideal crossbar would: loadable,
    replicas for several windows of a patch, sums that saturate
    """
    source: ClassVar[str] = "Dazzi et al. 2021, Eq. 1, sections 2.2.1 (Method 1) and 3.1"

    rows: int = Parameter(
        default=36, ge=1, le=16384, description="inputs of a kernel: its pixels times channels"
    )
    columns: int = Parameter(default=8, ge=1, le=1024, description="outputs of a kernel")
    windows: int = Parameter(
        default=1, ge=1, le=64, description="neighbouring windows computed from one patch"
    )
    step: int = Parameter(
        default=12, ge=1, le=16384, description="lanes of a block from a window to the next one"
    )
    blocks: int = Parameter(
        default=1, ge=1, le=16384, description="parts of a patch that every window takes lanes of"
    )
    counted: bool = Parameter(
        default=False, description="a patch says how many of its windows, the last ones, count"
    )
    replicated: bool = Parameter(
        default=False,
        description="holds a kernel for each window and computes all windows of a patch at once",
    )
    input_bits: int = Parameter(default=8, ge=1, le=32, description="width of an input [bit]")
    input_signed: bool = Parameter(default=False, description="inputs in two's complement")
    weight_bits: int = Parameter(
        default=8, ge=2, le=16, description="width of a signed weight [bit]"
    )
    sum_bits: int = Parameter(
        default=20, ge=2, le=32, description="width of a signed sum, which saturates [bit]"
    )
    units: int = Parameter(
        default=1, ge=1, le=1024, description="columns of each kernel computed a cycle"
    )
    interval: int = Parameter(
        default=1,
        ge=1,
        le=1 << 16,
        description="from the start of an operation to that of the next, at least [cycle]",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_divides("units", self.units, self.columns, "columns")
        check_divides("blocks", self.blocks, self.rows, "rows")
        if self.port_bits > MAX_PORT_BITS:
            raise ValueError(
                f"patches, weights and sums would have {self.port_bits} port bits, the most is "
                f"{MAX_PORT_BITS}: take fewer rows, columns, windows or units"
            )
        return self

    @property
    def port_bits(self) -> int:
        """Bits of all ports, clock and reset included."""
        fields = [field for stream in self.streams for field in stream.fields]
        return HANDSHAKES + sum(field.port_bits for field in fields)

    @property
    def folds(self) -> int:
        """Cycles of a pass."""
        return self.columns // self.units

    @property
    def kernels(self) -> int:
        """Kernels that are held, and windows of a pass."""
        return self.windows if self.replicated else 1

    @property
    def passes(self) -> int:
        """Passes of a patch all of whose windows count."""
        return self.windows // self.kernels

    @property
    def period(self) -> int:
        """Cycles from a patch to the next, at least: those for which its sums are given, too."""
        return max(self.interval, self.kernels)

    @property
    def pace(self) -> int:
        """Cycles from a patch to the next where all of their windows count."""
        return max(self.period, self.passes * self.folds)

    @property
    def later(self) -> int:
        """Cycles by which one more window that counts makes the last sums later."""
        return self.folds if self.passes > 1 else 1

    @property
    def block_rows(self) -> int:
        """Lanes that a window takes of a block."""
        return self.rows // self.blocks

    @property
    def pitch(self) -> int:
        """Lanes of a block."""
        return self.block_rows + (self.windows - 1) * self.step

    @property
    def lanes(self) -> int:
        """Inputs of a patch."""
        return self.blocks * self.pitch

    def starts(self, window: int) -> list[int]:
        """First lane that a window takes of each block."""
        return [block * self.pitch + window * self.step for block in range(self.blocks)]

    @property
    def parts(self) -> list[int]:
        """Products in each part of a sum."""
        whole, rest = divmod(self.rows, TERMS)
        return [TERMS] * whole + [rest] * (rest > 0)

    def range_of(self, terms: int) -> Range:
        """Least and greatest sum of as many products."""
        value = IntegerFormat(bits=self.input_bits, signed=self.input_signed)
        weight = IntegerFormat(bits=self.weight_bits, signed=True)
        products = [
            extreme * other
            for extreme in (value.minimum, value.maximum)
            for other in (weight.minimum, weight.maximum)
        ]
        return terms * min(products), terms * max(products)

    @property
    def sum_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.sum_bits, signed=True, overflow=Overflow.SATURATE)

    @property
    def kept_bits(self) -> int:
        """Bits of a sum that are not its sign again."""
        return min(self.sum_bits, bits_for(*self.range_of(self.rows)))

    @property
    def timed(self) -> bool:
        """Whether an operation can end before the next one may start."""
        return self.period > self.folds * (1 if self.counted else self.passes)

    @property
    def unused(self) -> frozenset[str]:
        several = self.windows > 1
        return unless(step=several, blocks=several, replicated=several)

    @property
    def streams(self) -> tuple[Stream, ...]:
        values = Field(
            "values", self.input_bits, "block after block", self.input_signed, self.lanes
        )
        windows = Field("windows", self.windows.bit_length(), "how many count, the last ones")
        weights = Field(
            "values",
            self.weight_bits,
            ("kernel after kernel, " if self.kernels > 1 else "")
            + "unit after unit, rows in order",
            signed=True,
            lanes=self.kernels * self.units * self.rows,
        )
        sums = Field("values", self.sum_bits, "one a column", signed=True, lanes=self.columns)
        return (
            Stream("patches", "in", (values, *((windows,) * self.counted)), "inputs of windows"),
            Stream("weights", "in", (weights,), "columns/units tokens a load, columns in order"),
            Stream("sums", "out", (sums,), "one for each window"),
        )

    @property
    def contract(self) -> Contract:
        busy = self.passes * self.folds
        uneven = self.counted and self.passes > 1
        return Contract(
            "patch",
            {"patches": 1},
            {"sums": self.windows},
            latency=busy + STAGES + self.kernels - 1,
            interval=max(self.period, self.folds) + self.later * (self.windows - 1)
            if self.counted
            else self.pace,
            varies="how many windows of the patch count" if self.counted else "",
            room=None if uneven else {"patches": self._taken(np.full(MOST_TAKEN, busy))},
            readiness=TAKEN if uneven else "",
        )

    def room(self, sent: Traffic) -> Mapping[str, int]:
        if self.contract.room is not None:
            return self.contract.held
        windows = np.asarray(sent["patches"]["windows"], np.int64)
        return {"patches": self._taken(windows * self.folds)}

    def _taken(self, busy: Integers) -> int:
        """Patches, each ``busy`` for so many cycles, that are taken while the sums are held: until
        the last sums of the second pass wait for those of the first.
        """
        if not len(busy):
            return 0
        starts = np.cumsum(np.concatenate([[0], np.maximum(self.period, busy)]))[:-1]
        ends = np.concatenate(
            [
                start + np.arange(self.folds, cycles + 1, self.folds)
                for start, cycles in zip(starts[:2], busy[:2], strict=True)
            ]
        )
        waits = ends[1] + STAGES - 1 if len(ends) > 1 else np.inf
        return int((starts < waits).sum())

    def variation(self, sent: Traffic, got: Traffic) -> Variation | None:
        if not self.counted:
            return None
        patches = sent.get("patches", {"windows": np.zeros(0, np.int64)})
        windows = np.asarray(patches["windows"], np.int64)
        # the first comes as early, and each start as soon, as the windows of the patch before say
        ends = self.later * windows
        first = self.contract.interval + ends[:1] - self.later * self.windows
        starts = np.maximum(self.period, ends[:-1] if self.passes > 1 else self.folds)
        return Variation(np.concatenate([first, starts + np.diff(ends)]), {"sums": windows})

    @property
    def inventory(self) -> Inventory:
        used = self.block_rows + (self.windows - 1) * min(self.step, self.block_rows)
        patch = register(self.blocks * used * self.input_bits)
        choice = Inventory(multiplexers=(self.passes - 1) * self.rows * self.input_bits)
        units = self.kernels * self.units
        rows = parameter_memory(units * self.rows * self.weight_bits, self.folds, True)
        control = counter(self.folds) + counter(self.windows) + Inventory(gates=10)
        control += register(STAGES * (2 if self.folds > 1 else 1))
        bits = index_bits(self.windows)
        if self.counted:
            control += adder(bits, bits, bits) + Inventory(multiplexers=bits)
            if self.kernels > 1:
                control += register(2 * bits)
        if self.timed:
            bits = index_bits(self.period)
            control += register(bits) + adder(bits, bits, bits) + equality(bits)
        sums = register(self.kernels * (2 * self.columns - self.units) * self.kept_bits + 1)
        sums += Inventory(multiplexers=(self.kernels - 1) * self.columns * self.kept_bits)
        return patch + choice.then(units * self._unit) + rows + control + sums

    @property
    def _unit(self) -> Inventory:
        """A product for each row, added by pairs, with registers behind ``TERMS`` of them."""
        bits = self.input_bits + self.weight_bits
        product = multiplier(self.input_bits, self.weight_bits)
        unit = Inventory()
        for terms in self.parts:
            held = bits_for(*self.range_of(terms))
            part = (terms * product).then(_added(terms, bits)).then(adder(held, held, held))
            unit += part + register(held)
        total = _added(len(self.parts), bits_for(*self.range_of(TERMS)))
        exact = bits_for(*self.range_of(self.rows))
        if exact > self.sum_bits:
            total = total.then(saturation(exact, self.sum_bits, 2))
        return unit + total

    def model(self) -> "CrossbarModel":
        return CrossbarModel(self)


def _added(terms: int, bits: int) -> Inventory:
    """Adders of ``terms`` numbers of ``bits``, by pairs."""
    tree = Inventory()
    while terms > 1:
        tree = tree.then(terms // 2 * adder(bits, bits, bits + 1))
        terms, bits = terms - terms // 2, bits + 1
    return tree


class CrossbarModel(Model[CrossbarSpec]):
    """``sum[w, c] = fit(sum over r of patch[row r of window w]·weight[k, c, r])``, exact before
    ``fit``, for each window w that counts; kernel k is w where there is one for each window, or 0.
    """

    def __init__(self, spec: CrossbarSpec) -> None:
        super().__init__(spec)
        self._weights: Int64 | None = None

    def reset(self) -> None:
        self._weights = None

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        if "weights" in traffic:
            self._load(traffic["weights"]["values"])
        patches = traffic.get("patches")
        if patches is None or not len(patches["values"]):
            return {"sums": {"values": np.zeros((0, spec.columns), np.int64)}}
        if self._weights is None:
            raise ValueError("there are no weights yet: load them before the first patch")
        windows = self.windows(np.asarray(patches["values"], np.int64))
        if spec.counted:
            counts = np.asarray(patches["windows"], np.int64)
            outside = counts[(counts < 1) | (counts > spec.windows)]
            if outside.size:
                raise ValueError(f"a patch has 1 to {spec.windows} windows, not {outside[0]}")
        exact = bits_for(*spec.range_of(spec.rows)) <= EXACT_BITS
        number = np.float64 if exact else np.int64
        passes = windows.reshape(-1, spec.kernels, spec.rows).swapaxes(0, 1).astype(number)
        products = passes @ self._weights.swapaxes(1, 2).astype(number)
        sums = products.swapaxes(0, 1).astype(np.int64).reshape(-1, spec.windows, spec.columns)
        if spec.counted:
            sums = sums[np.arange(spec.windows) >= spec.windows - counts[:, np.newaxis]]
        return {"sums": {"values": spec.sum_format.fit(sums.reshape(-1, spec.columns))}}

    def windows(self, patches: Integers) -> Integers:
        """Patches (count, lanes) to the inputs of all their windows (count, windows, rows)."""
        spec = self.spec
        rows = np.arange(spec.block_rows)
        lanes = [np.add.outer(spec.starts(window), rows) for window in range(spec.windows)]
        return patches[:, np.reshape(lanes, (spec.windows, spec.rows))]

    def _load(self, tokens: Integers) -> None:
        spec = self.spec
        if len(tokens) % spec.folds:
            raise ValueError(
                f"a load has {spec.folds} tokens; {len(tokens)} leave a part of one over"
            )
        if len(tokens):
            last = np.asarray(tokens, np.int64)[-spec.folds :]
            columns = last.reshape(spec.folds, spec.kernels, spec.units, spec.rows)
            kernels = columns.swapaxes(0, 1)
            self._weights = kernels.reshape(spec.kernels, spec.columns, spec.rows)
