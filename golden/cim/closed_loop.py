"""The loop around a compute-in-memory macro closed through models of its array and converters."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.converters import Converter
from neuroloom.golden.devices.adc import Flash, FlashAdc
from neuroloom.golden.devices.array import Analog, Array
from neuroloom.golden.ports import Integers, Tokens, Traffic

READS_AT_ONCE = 4096


class CodeConverter(Protocol):
    """What gives a code for the analog sum of a column: any model of ``golden.devices.adc``."""

    def convert(self, analog: Analog) -> Integers: ...


class ClosedLoop:
    """An array and the converters at it, answering the reads of a macro.

    ``array`` has the rows and columns of the Spec; what its cells hold comes from
    :meth:`ColumnMap.cells`. ``converters`` are one a converter of the Spec, :class:`FlashAdc` for
    thermometer words; ideal ones of one level a code by default. ValueError when they do not fit.
    """

    def __init__(
        self, spec: CimMacroSpec, array: Array, converters: Sequence[CodeConverter] | None = None
    ) -> None:
        if (array.rows, array.columns) != (spec.rows, spec.columns):
            raise ValueError(
                f"the array has {array.rows} rows and {array.columns} columns, "
                f"not {spec.rows} and {spec.columns}"
            )
        if converters is None:
            converters = [FlashAdc(Flash(comparators=spec.levels))] * spec.adcs
        if len(converters) != spec.adcs:
            raise ValueError(f"there are {len(converters)} converters, not {spec.adcs}")
        self.spec = spec
        self.array = array
        self.converters = converters

    def codes(self, reads: Tokens) -> Tokens:
        """The tokens of ``codes`` for those of ``reads``. A column that is not there gives 0."""
        rows, column = np.asarray(reads["rows"]), np.asarray(reads["column"])
        parts = [
            self._converted(rows[begin : begin + READS_AT_ONCE], column[begin:][:READS_AT_ONCE])
            for begin in range(0, max(1, len(column)), READS_AT_ONCE)
        ]
        name = "levels" if self.spec.converter is Converter.FLASH else "code"
        return {name: np.concatenate(parts)}

    def _converted(self, rows: Integers, column: Integers) -> Integers:
        spec = self.spec
        counts = self.array.counts(rows)
        converted = []
        for adc, converter in enumerate(self.converters):
            places = adc * spec.columns_per_adc + column
            there = places < spec.columns
            seen = counts[np.arange(len(places)), np.where(there, places, 0)]
            analog = np.where(there, seen, 0.0)
            if spec.converter is Converter.BINARY:
                converted.append(np.clip(converter.convert(analog), 0, spec.levels)[:, np.newaxis])
            elif isinstance(converter, FlashAdc):
                converted.append(converter.thermometer(analog))
            else:
                raise ValueError("converter=flash needs a FlashAdc for every converter")
        return np.concatenate(converted, axis=1)

    def traffic(self, vectors: Tokens) -> Traffic:
        """``vectors`` and the codes of their reads."""
        return {"vector": vectors, "codes": self.codes(self.spec.model().reads(vectors))}

    def products(self, inputs: Integers, precision: int = 0) -> Integers:
        """The macro's sums (vectors, outputs) for ``inputs`` (vectors, rows)."""
        spec, columns = self.spec, self.spec.column_map
        vectors = {"values": np.asarray(inputs)}
        if spec.precision_bits:
            vectors["precision"] = np.full(len(inputs), precision)
        sums = spec.model().run(self.traffic(vectors))["sums"]["values"]
        words = np.asarray(sums).reshape(len(inputs), columns.words[precision], spec.adcs)
        return columns.in_order(words, precision)
