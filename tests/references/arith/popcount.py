"""Ones of a word, counted by Python in its text."""

from neuroloom.golden.arith.popcount import PopcountSpec
from references.plain import Lists

KIND = "bit strings"


def expected(_spec: PopcountSpec, _: Lists, sent: Lists) -> Lists:
    words = ["".join(map(str, bits)) for bits in sent["word"]["bits"]]
    return {"count": {"ones": [word.count("1") for word in words]}}
