"""Bank of accumulators whose number and width change together: few wide ones or many narrow."""

from enum import IntEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import IntegerFormat, Overflow
from neuroloom.golden.inventory import Inventory, adder, register, saturation
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec

MAX_WORDS = 64
MAX_WIDTH = 32


class Command(IntEnum):
    """What becomes of the addressed word of every unit."""

    ADD = 0
    """The unit's value joins its word."""
    READ = 1
    """Nothing."""
    CLEAR = 2
    """It becomes zero."""
    CLEAR_ALL = 3
    """All words of all units become zero."""


class AccumulatorBankSpec(Spec):
    """Parameters of ``accumulator_bank``."""

    macro: ClassVar[str] = "accumulator_bank"
    summary: ClassVar[str] = "accumulators with shared storage: few wide ones or many narrow ones"
    """few wide or many narrow accumulators in the same flip-flops"""
    source: ClassVar[str] = "accumulator of a compute-in-memory macro, Lu et al. 2021, Table 4"

    units: int = Parameter(default=16, ge=1, le=4096, description="units that add in one cycle")
    words: tuple[int, ...] = Parameter(
        default=(8, 4, 2, 1), description="words of a unit at each precision, not rising"
    )
    widths: tuple[int, ...] = Parameter(
        default=(8, 10, 12, 16), description="width of a word at each precision, rising [bit]"
    )
    value_bits: int = Parameter(default=11, ge=1, le=32, description="width of a value [bit]")
    signed: bool = Parameter(default=True, description="values and words in two's complement")
    overflow: Overflow = Parameter(
        default=Overflow.WRAP, description="rule for sums outside a word: wrap or saturate"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.words) != len(self.widths) or not self.words:
            raise ValueError(
                f"words has {len(self.words)} and widths {len(self.widths)} entries: "
                "give one of each for every precision"
            )
        if any(low < high for low, high in zip(self.words, self.words[1:], strict=False)):
            raise ValueError("words must not rise from one precision to the next")
        if any(low >= high for low, high in zip(self.widths, self.widths[1:], strict=False)):
            raise ValueError("widths must rise from one precision to the next")
        if not (self.words[-1] >= 1 and self.words[0] <= MAX_WORDS):
            raise ValueError(f"words lie in 1 to {MAX_WORDS}")
        if not (self.widths[0] >= 1 and self.widths[-1] <= MAX_WIDTH):
            raise ValueError(f"widths lie in 1 to {MAX_WIDTH}")
        if self.signed and min(self.value_bits, self.widths[0]) < 2:
            raise ValueError("signed values and words have 2 bits or more: a sign and a digit")
        if self.overflow is Overflow.ERROR:
            raise ValueError(
                "overflow=error cannot be promised for sums of any length: choose wrap or saturate"
            )
        return self

    @property
    def storage_bits(self) -> int:
        """Flip-flops of a unit: what the most demanding precision needs."""
        return max(words * width for words, width in zip(self.words, self.widths, strict=True))

    def word_format(self, precision: int) -> IntegerFormat:
        bits = self.widths[precision]
        return IntegerFormat(bits=bits, signed=self.signed, overflow=self.overflow)

    def places(self, precision: int, word: int) -> list[int]:
        """Places of the stored bits of a word: the narrowest width at the same place at every
        precision, what goes beyond it behind the last word.
        """
        narrow = self.widths[0]
        more = self.widths[precision] - narrow
        beyond = self.words[precision] * narrow + word * more
        return [*range(word * narrow, (word + 1) * narrow), *range(beyond, beyond + more)]

    @property
    def streams(self) -> tuple[Stream, ...]:
        index_bits = max(1, (self.words[0] - 1).bit_length())
        fields = [
            Field("command", 2, "0 add, 1 read, 2 clear, 3 clear all"),
            Field("index", index_bits, "word, the same in every unit"),
            Field("values", self.value_bits, "one a unit", self.signed, self.units),
        ]
        if len(self.words) > 1:
            precision_bits = (len(self.words) - 1).bit_length()
            fields.insert(1, Field("precision", precision_bits, "entry of words and widths"))
        words = Field(
            "words", self.widths[-1], "of every unit, before the command", self.signed, self.units
        )
        return (
            Stream("commands", "in", tuple(fields), "what to do with a word of every unit"),
            Stream("words", "out", (words,), "one a command"),
        )

    @property
    def contract(self) -> Contract:
        return Contract("command", {"commands": 1}, {"words": 1}, latency=0, interval=1)

    @property
    def storage_inventory(self) -> Inventory:
        """The words of all units, written and read through one index."""
        widest, narrow = self.widths[-1], self.widths[0]
        select = narrow * (self.words[0] - 1) + (widest - narrow) * (len(self.words) - 1)
        spread, written = 0, self.words[0] * narrow
        for words, width in zip(self.words[1:], self.widths[1:], strict=True):
            select += (width - narrow) * (words - 1)
            spread += (width - narrow) * words
            written += (width - narrow) * words
        select += written - self.storage_bits  # stored bits that belong to several words
        steering = Inventory(multiplexers=select, gates=spread + widest)
        decoding = Inventory(gates=4 * sum(self.words))
        return self.units * (steering + register(self.storage_bits)) + decoding

    @property
    def inventory(self) -> Inventory:
        widest = self.widths[-1]
        exact = max(widest, self.value_bits) + 1
        clip = self.overflow is Overflow.SATURATE
        addition = adder(widest, self.value_bits, exact if clip else widest)
        if self.signed:  # the sign of a value reaches to the top
            addition = Inventory(full_adders=widest - 1, half_adders=1, adder_depth=widest)
        clips = len(self.widths) * saturation(exact, widest, 1 + self.signed) if clip else None
        path = addition.then(clips) if clips else addition
        return self.units * path + self.storage_inventory

    def model(self) -> "AccumulatorBankModel":
        return AccumulatorBankModel(self)


class AccumulatorBankModel(Model[AccumulatorBankSpec]):
    """Every command is answered by the addressed word of each unit as it was before it.

    ``add`` makes it ``fit(word + value)``. Precisions share the storage as
    :meth:`AccumulatorBankSpec.places` says: clear all before another precision is used, or the
    words hold what was left there. All words are zero after reset. ValueError for an index or a
    precision that is not there.
    """

    def __init__(self, spec: AccumulatorBankSpec) -> None:
        super().__init__(spec)
        self._places = [
            [spec.places(precision, word) for word in range(words)]
            for precision, words in enumerate(spec.words)
        ]
        self.reset()

    def reset(self) -> None:
        self._bits = np.zeros((self.spec.units, self.spec.storage_bits), np.int64)

    def run(self, traffic: Traffic) -> Traffic:
        tokens = traffic["commands"]
        values = np.asarray(tokens["values"], np.int64)
        answers = np.zeros(values.shape, np.int64)
        precisions = tokens.get("precision", np.zeros(len(values), np.int64))
        rows = zip(tokens["command"], precisions, tokens["index"], values, strict=True)
        for nth, (command, precision, index, value) in enumerate(rows):
            answers[nth] = self._execute(int(command), int(precision), int(index), value)
        return {"words": {"words": answers}}

    def _execute(self, command: int, precision: int, index: int, value: Integers) -> Integers:
        spec = self.spec
        if precision >= len(spec.words) or index >= spec.words[precision]:
            raise ValueError(f"there is no word {index} at precision {precision}")
        places = self._places[precision][index]
        fmt = spec.word_format(precision)
        weights = np.int64(1) << np.arange(fmt.bits, dtype=np.int64)
        raw = self._bits[:, places] @ weights
        before = fmt.model_copy(update={"overflow": Overflow.WRAP}).fit(raw)
        match command:
            case Command.ADD:
                after = fmt.fit(before + value)
                self._bits[:, places] = after[:, np.newaxis] >> np.arange(fmt.bits) & 1
            case Command.CLEAR:
                self._bits[:, places] = 0
            case Command.CLEAR_ALL:
                self._bits[:] = 0
        return before
