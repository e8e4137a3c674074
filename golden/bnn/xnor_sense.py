"""The digital side of one tile of differential memory: rows raised, outputs read, XNOR done."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Ahead, Contract
from neuroloom.golden.inventory import Inventory, counter, index_bits, register, stream_output
from neuroloom.golden.ports import Field, Handshake, Integers, Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec

ANSWER = 3
"""Cycles that a partner takes, beside the synchronizer: outputs high again in the cycle after it
sees the acknowledge, that seen, the acknowledge down."""


class XnorSenseSpec(Spec):
    """Parameters of ``xnor_sense``. The defaults are the block of one kilobit.

    Amplifier a senses the columns ``a·k … a·k + k - 1``, one a read, with k columns an amplifier;
    a read row takes k reads. A column that is not there is read all the same and ignored.

    The array says when it has evaluated: by a dummy column that always resolves, or by
    ``sensed_req`` tied to ``read_strobe``. With the tie ``evaluate_cycles`` alone says when outputs
    are latched, and a column that is slower counts as unresolved.
    """

    macro: ClassVar[str] = "xnor_sense"
    summary: ClassVar[str] = "reads words of a differential memory tile, XNOR in its amplifiers"
    """reads words of a differential (2T2R) memory tile: precharge, evaluate, latch; XNOR of every
    column, unresolved ones told
    """
    source: ClassVar[str] = (
        "pre-charge sense amplifiers with XNOR in the read, Querlioz et al. 2019, Fig. 1(d)"
    )

    rows: int = Parameter(default=32, ge=1, le=4096, description="rows of the array, word lines")
    columns: int = Parameter(default=32, ge=1, le=4096, description="columns, bits of a word")
    columns_per_amplifier: int = Parameter(
        default=1, ge=1, le=64, description="columns that share a sense amplifier"
    )
    precharge_cycles: int = Parameter(
        default=2,
        ge=1,
        le=255,
        description="for which both outputs are charged at least, before an evaluation [cycle]",
    )
    evaluate_cycles: int = Parameter(
        default=3,
        ge=1,
        le=255,
        description="from the end of precharge to the latch at least; synchronizer + 1 [cycle]",
    )
    synchronizer: int = Parameter(
        default=2,
        ge=0,
        le=4,
        description="flip-flops behind the completion wire; 0 if it keeps to the clock",
    )
    tag_bits: int = Parameter(
        default=0, ge=0, le=32, description="width of a tag that goes with a request [bit]"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.evaluate_cycles <= self.synchronizer:
            raise ValueError(
                f"evaluate_cycles={self.evaluate_cycles} ends before completion is seen behind "
                f"{self.synchronizer} flip-flops: give {self.synchronizer + 1} cycles or more"
            )
        if self.columns_per_amplifier > self.columns:
            raise ValueError(
                f"columns_per_amplifier={self.columns_per_amplifier} is more than there are "
                f"columns: give {self.columns} or fewer"
            )
        return self

    @property
    def amplifiers(self) -> int:
        return -(-self.columns // self.columns_per_amplifier)

    @property
    def row_bits(self) -> int:
        return max(1, index_bits(self.rows))

    @property
    def streams(self) -> tuple[Stream, ...]:
        row = Field("row", self.row_bits, "row to read; one that is not there raises no line")
        activations = Field("activations", 1, "of column k in lane k", lanes=self.columns)
        tag = (Field("tag", self.tag_bits, "of the request"),) if self.tag_bits else ()
        lines = [Field("rows", 1, "word lines, one of them up", lanes=self.rows)]
        if (steps := self.columns_per_amplifier) > 1:
            doc = "select lines, one of them up: the column of every amplifier"
            lines.append(Field("columns", 1, doc, lanes=steps))
        doc = "output of each amplifier that falls when the {} device conducts better"
        sensed = tuple(
            Field(side, 1, doc.format(side), lanes=self.amplifiers) for side in ("left", "right")
        )
        word = (
            Field("bits", 1, "XNOR of weight and activation; 0 if unresolved", lanes=self.columns),
            Field("unresolved", 1, "not exactly one output had fallen", lanes=self.columns),
        )
        return (
            Stream("request", "in", (row, activations, *tag), "rows to read"),
            Stream(
                "sensed",
                "in",
                sensed,
                "from the amplifiers: request means that they have "
                "evaluated, acknowledge that they are latched",
                handshake=Handshake.FOUR_PHASE,
            ),
            Stream(
                "read",
                "out",
                tuple(lines),
                "to the array: amplifiers evaluate while the strobe "
                "is high and precharge while it is low",
                handshake=Handshake.STROBE,
                pulse=(self.evaluate_cycles, self.precharge_cycles),
            ),
            Stream("word", "out", (*word, *tag), "one a request"),
        )

    @property
    def read_cycles(self) -> int:
        """Cycles from one latch to the next, with a partner that answers in the cycle after."""
        return self.evaluate_cycles + max(self.precharge_cycles, self.synchronizer + ANSWER)

    @property
    def contract(self) -> Contract:
        """Cycles with an array that has evaluated by the latch, and that answers the acknowledge in
        the cycle after it sees it.
        """
        steps = self.columns_per_amplifier
        return Contract(
            "request",
            {"request": 1, "sensed": steps},
            {"read": steps, "word": 1},
            latency=self.evaluate_cycles + 1 + (steps - 1) * self.read_cycles,
            interval=steps * self.read_cycles,
            start=max(self.precharge_cycles - 1, self.synchronizer + 1),
            ahead=(Ahead("read", "sensed", 1),),
        )

    @property
    def inventory(self) -> Inventory:
        steps, columns = self.columns_per_amplifier, self.columns
        select = register(steps if steps > 1 else 0)
        decoder = Inventory(gates=2 * self.rows)
        held = register(self.rows + columns)
        phases = counter(max(self.precharge_cycles, self.evaluate_cycles))
        control = register(3 + self.synchronizer) + Inventory(gates=12)
        column = Inventory(xors=1, gates=2, multiplexers=1)
        return (
            select
            + decoder
            + held
            + phases
            + control
            + columns * column
            + stream_output(2 * columns + self.tag_bits)
        )

    def model(self) -> "XnorSenseModel":
        return XnorSenseModel(self)


def straightened(left: Integers, right: Integers, activations: Integers) -> Tokens:
    """``bits`` and ``unresolved`` of outputs and activations, of any equal shape.

    A weight of 1 lets left fall, one of 0 right. Activation 1 takes the outputs straight, 0
    crosses them: ``bits`` is the one, and not the other. Both high or both low has no weight: it is
    ``unresolved``, and no agreement whatever the activation.
    """
    left, right = np.asarray(left, np.int64), np.asarray(right, np.int64)
    unresolved = (left == right).astype(np.int64)
    straight = np.where(np.asarray(activations, bool), right, left)
    return {"bits": straight & (1 - unresolved), "unresolved": unresolved}


class XnorSenseModel(Model[XnorSenseSpec]):
    """A word for every request, of what the amplifiers give for its reads.

    Read s of a request selects column ``a·k + s`` at amplifier a. :func:`straightened` says what
    the outputs mean.
    """

    def reads(self, requests: Tokens) -> Tokens:
        """The tokens of ``read`` for those of ``request``."""
        spec, steps = self.spec, self.spec.columns_per_amplifier
        row = np.repeat(np.asarray(requests["row"], np.int64), steps)
        tokens = {"rows": (row[:, np.newaxis] == np.arange(spec.rows)).astype(np.int64)}
        if steps > 1:
            step = np.tile(np.arange(steps), len(row) // steps)
            tokens["columns"] = (step[:, np.newaxis] == np.arange(steps)).astype(np.int64)
        return tokens

    def run(self, traffic: Traffic) -> Traffic:
        spec, requests = self.spec, traffic["request"]
        activations = np.asarray(requests["activations"], np.int64)
        left, right = (self._columns(traffic["sensed"], side) for side in ("left", "right"))
        if len(left) != len(activations):
            raise ValueError(
                f"{len(activations)} requests make {spec.columns_per_amplifier} reads each; "
                f"there are answers for {len(left)}"
            )
        word = dict(straightened(left, right, activations))
        if spec.tag_bits:
            word["tag"] = np.asarray(requests["tag"])
        return {"read": self.reads(requests), "word": word}

    def _columns(self, sensed: Tokens, side: str) -> Integers:
        """Outputs of one side, amplifier by amplifier, as columns (requests, columns)."""
        spec = self.spec
        whole = self.operations("sensed", np.asarray(sensed[side], np.int64))
        columns = whole.transpose(0, 2, 1).reshape(
            len(whole), spec.amplifiers * spec.columns_per_amplifier
        )
        return columns[:, : spec.columns]
