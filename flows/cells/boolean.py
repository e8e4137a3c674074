"""Truth tables of Liberty's boolean expressions.

``! '`` invert, ``^`` binds closest of the operators on two, then ``* &`` and mere neighbours, then
``+ |``. A table is an integer whose bit i is the value for the inputs that i spells in binary,
the first input being its lowest bit.
"""

import re
from collections.abc import Sequence
from itertools import permutations

from neuroloom.flows.tools.errors import UsageError

TOKEN = re.compile(r"\s*([\w.$\[\]]+|[!'^*&+|()])")


def inputs_table(index: int, inputs: int) -> int:
    """The table of one input alone."""
    return sum(1 << row for row in range(1 << inputs) if row >> index & 1)


def truth_table(expression: str, inputs: Sequence[str]) -> int:
    """UsageError when the expression is none, or names a signal that is no input."""
    tokens = TOKEN.findall(expression)
    names = {name: inputs_table(i, len(inputs)) for i, name in enumerate(inputs)}
    reader = _ExpressionReader(expression, tokens, names, (1 << (1 << len(inputs))) - 1)
    table = reader.alternatives()
    if reader.tokens:
        raise reader.wrong()
    return table


def permuted(table: int, order: Sequence[int]) -> int:
    """The table after input i has become input ``order[i]``."""
    result = 0
    for row in range(1 << len(order)):
        target = sum((row >> i & 1) << place for i, place in enumerate(order))
        result |= (table >> row & 1) << target
    return result


def canonical(table: int, inputs: int) -> int:
    """The same number for all functions that differ in the order of their inputs only."""
    return min(permuted(table, order) for order in permutations(range(inputs)))


class _ExpressionReader:
    def __init__(self, text: str, tokens: list[str], names: dict[str, int], ones: int) -> None:
        self.text, self.tokens, self.ones = text, tokens, ones
        self.names = {"0": 0, "1": ones} | names

    def wrong(self) -> UsageError:
        return UsageError(f"the Liberty function {self.text!r} cannot be read")

    def _next(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def alternatives(self) -> int:
        table = self._products()
        while self._next() in ("+", "|"):
            self.tokens.pop(0)
            table |= self._products()
        return table

    def _products(self) -> int:
        table = self._sums()
        while self._next() and self._next() not in "+|)":
            if self._next() in ("*", "&"):
                self.tokens.pop(0)
            table &= self._sums()
        return table

    def _sums(self) -> int:
        table = self._literal()
        while self._next() == "^":
            self.tokens.pop(0)
            table ^= self._literal()
        return table

    def _literal(self) -> int:
        token = self.tokens.pop(0) if self.tokens else ""
        if token == "!":
            return self.ones ^ self._literal()
        if token == "(":
            table = self.alternatives()
            if self._next() != ")":
                raise self.wrong()
            self.tokens.pop(0)
        elif token in self.names:
            table = self.names[token]
        else:
            raise self.wrong()
        while self._next() == "'":
            self.tokens.pop(0)
            table ^= self.ones
        return table
