"""A compute-in-memory macro as a walk over planes, groups, columns and words."""

from collections.abc import Iterator

from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.converters import Converter
from references.cim.adc_post import thermometer
from references.plain import Lists, columns, fitted, rows

KIND = "plain integers"
Token = tuple[list[int], int]


def converters(spec: CimMacroSpec) -> int:
    """Those left over at the end are not there where they have no whole weight."""
    whole, rest = divmod(spec.columns, spec.columns_per_adc)
    return whole + (rest >= spec.weight_bits[0])


def word_bits(spec: CimMacroSpec, weight_bits: int) -> int:
    """What holds inputs times weights in an array whose codes are exact, and any one value."""
    greatest_code = 2**spec.adc_bits - 1
    whole, rest = divmod(spec.rows, spec.group)
    ones = whole * min(spec.group, greatest_code) + min(rest, greatest_code)
    ones = max(ones, greatest_code, 2)
    planes = [2**bit for bit in range(spec.input_bits)]
    if spec.input_signed:
        planes[-1] = -planes[-1]
    slices = [2**bit for bit in range(weight_bits)]
    if spec.weight_signed:
        slices[-1] = -slices[-1]
    ends = [
        ones
        * sum(plane for plane in planes if plane * sign > 0)
        * sum(part for part in slices if part * other > 0)
        for sign in (1, -1)
        for other in (1, -1)
    ]
    low, high, signed = min(ends), max(ends), spec.weight_signed or spec.input_signed
    bits = 1
    while not (-(2 ** (bits - signed)) * signed <= low and high < 2 ** (bits - signed)):
        bits += 1
    return bits + spec.guard_bits


def binary(spec: CimMacroSpec, token: list[int]) -> list[int]:
    """The codes of all converters."""
    if spec.converter is Converter.BINARY:
        return token
    size = 2**spec.adc_bits - 1
    return [thermometer(spec.bubbles, token[at : at + size]) for at in range(0, len(token), size)]


class Vector:
    """One vector on its way: its reads, and its sums word by word."""

    def __init__(self, spec: CimMacroSpec, precision: int) -> None:
        self.spec, self.bits = spec, spec.weight_bits[precision]
        self.adcs = converters(spec)
        self.position = min(spec.columns, spec.columns_per_adc)
        self.words = [[0] * self.adcs for _ in range(self.position // self.bits)]
        self.reads: list[Token] = []

    def run(self, values: list[int], answers: Iterator[list[int]]) -> None:
        spec = self.spec
        for plane in reversed(range(spec.input_bits)):
            ones = [row for row, value in enumerate(values) if value >> plane & 1]
            top = plane == spec.input_bits - 1
            groups = [ones[at : at + spec.group] for at in range(0, len(ones), spec.group)]
            for nth, group in enumerate(groups or [[]]):
                doubled = nth == 0 and not top
                sign = -1 if spec.input_signed and top else 1
                for index in range(len(self.words)):
                    self._add(index, group, 2 if doubled else 1, sign, answers)

    def _add(
        self, index: int, group: list[int], factor: int, sign: int, answers: Iterator[list[int]]
    ) -> None:
        """Reads the columns of a word, and adds what their codes say."""
        spec, value = self.spec, [0] * self.adcs
        for k in range(self.bits if group else 0):
            self.reads.append(
                ([int(row in group) for row in range(spec.rows)], index * self.bits + k)
            )
            weight = (1 << (self.bits - 1 - k)) * (-1 if not k and spec.weight_signed else 1)
            for adc, code in enumerate(binary(spec, next(answers))):
                value[adc] += weight * code
        width = word_bits(spec, self.bits)
        signed = spec.weight_signed or spec.input_signed
        for adc in range(self.adcs):
            there = min(self.position, spec.columns - adc * spec.columns_per_adc)
            part = value[adc] if index < there // self.bits else 0
            exact = self.words[index][adc] * factor + sign * part
            self.words[index][adc] = fitted(exact, width, signed, spec.overflow)


def expected(spec: CimMacroSpec, _: Lists, sent: Lists) -> Lists:
    (tokens,) = sent["codes"].values()
    answers = iter(tokens)
    reads: list[Token] = []
    sums: list[Token] = []
    for token in rows(sent["vector"]):
        vector = Vector(spec, token.get("precision", 0))
        vector.run(token["values"], answers)
        reads += vector.reads
        last = len(vector.words) - 1
        sums += [(word, int(index == last)) for index, word in enumerate(vector.words)]
    assert next(answers, None) is None
    return {
        "reads": columns(list(reads), "rows", "column"),
        "sums": columns(list(sums), "values", "last"),
    }
