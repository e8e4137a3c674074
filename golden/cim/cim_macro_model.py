"""Golden model of the digital periphery of a compute-in-memory macro."""

from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.cim.converters import Converter, flash_codes
from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.golden.spec import Model

if TYPE_CHECKING:
    from neuroloom.golden.cim.cim_macro import CimMacroSpec


class CimMacroModel(Model["CimMacroSpec"]):
    """Sums of what the codes say, token by token.

    Every group of raised rows that :class:`ZeroSkipModel` gives is read once a column. The w codes
    of a weight make ``value = Σ_k ± code_k · 2**(w-1-k)``, the first negative for signed weights.
    A word of the accumulator begins at 0; with each group of a plane it becomes ``fit(word ±
    value)``, with the first of every plane but the first ``fit(2·word ± value)``: planes come from
    the top, and the top plane of signed inputs is subtracted. A plane without ones is not read and
    has codes of 0. The words after the last group of the last plane are the vector's sums.

    With codes that count the cells exactly these are ``inputs @ weights``. Wrong codes can drive a
    word outside its range; ``overflow`` says what becomes of it then. Words that the last
    converter has not are 0.
    """

    spec: "CimMacroSpec"

    def reads(self, vectors: Tokens) -> Tokens:
        """The tokens of ``reads`` for those of ``vector``."""
        rows, _, steps = self._groups(vectors)
        steps = np.where(rows.any(axis=1), steps, 0)
        begins = np.cumsum(steps) - steps
        column = np.arange(steps.sum()) - np.repeat(begins, steps)
        return {"rows": np.repeat(rows, steps, axis=0), "column": column}

    def _groups(self, vectors: Tokens) -> tuple[Integers, Integers, Integers]:
        """Rows, vector and columns read of each group of each plane."""
        spec, sent = self.spec, {"vector": vectors}
        controller = spec.row_controller
        number = controller.groups(controller.planes(sent)).sum(axis=1)
        precision = spec.precisions(sent)
        tags = {"tag": precision} if spec.precision_bits else {}
        values = {"values": np.asarray(vectors["values"], np.int64)}
        rows = controller.model().run({"vector": {**values, **tags}})["word_lines"]["rows"]
        vector = np.repeat(np.arange(len(number)), number)
        return np.asarray(rows), vector, np.array(spec.column_map.steps)[precision][vector]

    def run(self, traffic: Traffic) -> Traffic:
        spec, vectors = self.spec, traffic["vector"]
        codes = self._codes(traffic.get("codes", {}))
        reads = self.reads(vectors)
        if len(codes) != len(reads["column"]):
            raise ValueError(
                f"{len(vectors['values'])} vectors make {len(reads['column'])} reads; "
                f"there are {len(codes)} codes"
            )
        rows, vector, steps = self._groups(vectors)
        precision = spec.precisions(traffic)
        words = np.array(spec.column_map.words)[precision]
        begins = np.cumsum(words) - words
        sums = np.zeros((words.sum(), spec.adcs), np.int64)
        last = np.zeros(words.sum(), np.int64)
        last[begins + words - 1] = 1

        reads_taken = np.where(rows.any(axis=1), steps, 0)
        first_read = np.cumsum(reads_taken) - reads_taken
        for index in range(len(spec.weight_bits)):
            chosen = np.flatnonzero(precision == index)
            groups = np.flatnonzero(precision[vector] == index)
            at = first_read[groups][:, np.newaxis] + np.arange(spec.column_map.steps[index])
            read = reads_taken[groups] > 0
            slices = np.zeros((*at.shape, spec.adcs), np.int64)
            slices[read] = codes[at[read]]
            values = self._values(slices, index)
            accumulated = self._accumulated(
                values, vectors, chosen, spec.accumulators.word_format(index)
            )
            places = begins[chosen][:, np.newaxis] + np.arange(spec.column_map.words[index])
            sums[places.ravel()] = accumulated.reshape(-1, spec.adcs)
        return {"reads": reads, "sums": {"values": sums, "last": last}}

    def _codes(self, tokens: Tokens) -> Integers:
        """Codes of each converter (reads, converters)."""
        spec = self.spec
        if not tokens:
            return np.zeros((0, spec.adcs), np.int64)
        if spec.converter is Converter.BINARY:
            return np.asarray(tokens["code"], np.int64)
        levels = np.asarray(tokens["levels"], np.int64).reshape(-1, spec.levels)
        return flash_codes(levels, spec.bubbles).reshape(-1, spec.adcs)

    def _values(self, slices: Integers, precision: int) -> Integers:
        """Values (groups, words, converters) from slices (groups, columns, …)."""
        spec = self.spec
        bits, words = spec.weight_bits[precision], spec.column_map.words[precision]
        weights = 1 << np.arange(bits)[::-1]
        weights[0] *= -1 if spec.weight_signed else 1
        values = np.einsum("gwka,k->gwa", slices.reshape(-1, words, bits, spec.adcs), weights)
        values[:, spec.column_map.last_words[precision] :, -1] = 0
        return np.asarray(values)

    def _accumulated(
        self, values: Integers, vectors: Tokens, chosen: Integers, fmt: IntegerFormat
    ) -> Integers:
        """Words of the ``chosen`` vectors, whose groups have the ``values``, one after another."""
        spec, controller = self.spec, self.spec.row_controller
        planes = controller.planes({"vector": {"values": np.asarray(vectors["values"])[chosen]}})
        groups = controller.groups(planes)
        total = groups.sum(axis=1)
        first = np.cumsum(total) - total
        ends = np.cumsum(groups, axis=1)
        words = np.zeros((len(chosen), *values.shape[1:]), np.int64)
        for nth in range(total.max(initial=0)):
            here = np.flatnonzero(total > nth)
            begins = np.asarray((ends[here] == nth).any(axis=1))[:, np.newaxis, np.newaxis]
            top = (nth < groups[here, 0])[:, np.newaxis, np.newaxis]
            value = values[first[here] + nth]
            sign = np.where(top, -1, 1) if spec.input_signed else 1
            words[here] = fmt.fit(words[here] * (1 + begins) + sign * value)
        return words
