"""Mutants of arithmetic, and of number formats that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import EQUAL_END, WIDER

EQUIVALENT: dict[tuple[str, str, str, str], str] = {
    (
        "arith.adder_networks", "if adder.total == tuple(self._outputs):",
        "adder.total == tuple(self._outputs)", "adder.total != tuple(self._outputs)",
    ): "the repeated bit lies above the sum: it only shapes the logic",
    (
        "arith.adder_networks",
        "left, right = (Cat(each, each[-1].replicate(width - len(each)))[:-1] "
        "for each in (left, right))", "width - len(each)", "width + len(each)",
    ): "signs above the width of the sum",
    (
        "arith.adders", "a, b = (Cat(each, C(0, max(0, width - len(each))))[:width] "
        "for each in (left, right))", "width - len(each)", "width + len(each)",
    ): WIDER,
    (
        "arith.adders", "above = [C(0, width - 1 - len(each)) for each in (left, right)]",
        "width - 1 - len(each)", "width - 1 + len(each)",
    ): "the repeated bit lies above the sum: it only shapes the logic",
    (
        "arith.adders", "above = [C(0, width - 1 - len(each)) for each in (left, right)]",
        "width - 1", "width + 1",
    ): "the repeated bit lies above the sum: it only shapes the logic",
    (
        "arith.adders", "m.d.comb += carry.eq(Cat(C(0, 1), generate[: width - 1]))",
        "width - 1", "width + 1",
    ): WIDER,
    (
        "arith.one_hot", "if len(bits) > MANY:", "len(bits) > MANY", "len(bits) >= MANY",
    ): "both trees find the lowest one: they differ in gates and levels",
    (
        "arith.one_hot", "rows = Signal((size - 1 >> cut) + 1)", "size - 1 >> cut",
        "size - 1 << cut",
    ): WIDER,
    (
        "arith.one_hot", "rows = Signal((size - 1 >> cut) + 1)", "size - 1", "size + 1",
    ): "rows that no place is read from",
    (
        "formats", "with m.If(value > fmt.maximum):",
        "value > fmt.maximum", "value >= fmt.maximum",
    ): EQUAL_END,
    (
        "formats", "with m.Elif(value < fmt.minimum):",
        "value < fmt.minimum", "value <= fmt.minimum",
    ): EQUAL_END,
    (
        "formats", "whole = Signal((value >> shift).shape())", "value >> shift", "value << shift",
    ): WIDER,
    (
        "formats", "rounded = Signal((total >> shift).shape())",
        "total >> shift", "total << shift",
    ): WIDER,
}  # fmt: skip
