"""Sums of many operands: Python adds them."""

from neuroloom.golden.arith.adder_tree import AdderTreeSpec
from references.plain import Lists

KIND = "plain integers"


def expected(_spec: AdderTreeSpec, _: Lists, sent: Lists) -> Lists:
    return {"total": {"sum": [sum(numbers) for numbers in sent["operands"]["data"]]}}
