"""Mutants of arithmetic, and of number formats that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import EQUAL_END, WIDER, Key

EQUIVALENT: dict[Key, str] = {
    (
        "arith.adder_networks",
        "PipelinedNetwork._word_sum",
        "adder.total == tuple(self._outputs)",
        "adder.total != tuple(self._outputs)",
        0,
    ): "the repeated bit lies above the sum: it only shapes the logic",
    (
        "arith.adder_networks",
        "_extended",
        "width - len(each)",
        "width + len(each)",
        0,
    ): "signs above the width of the sum",
    ("arith.adders", "add_words", "width - len(each)", "width + len(each)", 0): WIDER,
    (
        "arith.adders",
        "topped",
        "width - 1 - len(each)",
        "width - 1 + len(each)",
        0,
    ): "the repeated bit lies above the sum: it only shapes the logic",
    (
        "arith.adders",
        "topped",
        "width - 1",
        "width + 1",
        0,
    ): "the repeated bit lies above the sum: it only shapes the logic",
    ("arith.adders", "_prefix", "width - 1", "width + 1", 1): WIDER,
    (
        "arith.one_hot",
        "lowest",
        "len(bits) > MANY",
        "len(bits) >= MANY",
        0,
    ): "both trees find the lowest one: they differ in gates and levels",
    ("arith.one_hot", "one_at", "size - 1 >> cut", "size - 1 << cut", 0): WIDER,
    ("arith.one_hot", "one_at", "size - 1", "size + 1", 0): "rows that no place is read from",
    ("formats", "fit", "value > fmt.maximum", "value >= fmt.maximum", 0): EQUAL_END,
    ("formats", "fit", "value < fmt.minimum", "value <= fmt.minimum", 0): EQUAL_END,
    ("formats", "shift_right", "value >> shift", "value << shift", 0): WIDER,
    ("formats", "shift_right", "total >> shift", "total << shift", 0): WIDER,
}
