"""What the operation that failed was given, so that a failure can be understood from its report."""

from collections.abc import Iterable, Mapping

import numpy as np

from neuroloom.golden.contract import Contract, Counts, Variation
from neuroloom.golden.wording import cut
from neuroloom.verif.partners import BenchError, NotCovered, Producer, words_shown

WIDEST = 110
"""Characters of a line."""
MOST_STREAMS = 4
MOST_TOKENS = 32
"""Tokens of an operation that are looked at; more never fit the line."""


def inputs_behind(
    error: BenchError,
    contract: Contract,
    producers: Mapping[str, Producer],
    consumption: Mapping[str, Counts],
    variation: Variation | None,
) -> tuple[str, ...]:
    """The inputs of the operation that an error is about, a line a stream.

    ``consumption`` and ``variation`` are those of the traffic, where it varies. Where the operation
    cannot be told, as where several contend, the token that each stream took last.
    """
    if isinstance(error, NotCovered):
        return ()
    operation = _operation(error, contract, variation)
    lines: list[str] = []
    if operation is not None:
        for name, per_operation in contract.consumes.items():
            first, end = _tokens(operation, per_operation, consumption.get(name))
            lines += _line(producers[name], first, end, f"{contract.operation} {operation}")
    if not lines:
        for producer in producers.values():
            taken = len(producer.taken)
            lines += _line(producer, taken - 1, taken, "taken last")
    return tuple(lines[:MOST_STREAMS])


def _operation(error: BenchError, contract: Contract, variation: Variation | None) -> int | None:
    if error.operation is not None or error.token is None or contract.contention:
        return error.operation
    if variation is not None and error.stream in variation.produces:
        ends = np.cumsum(variation.produces[error.stream])
        return int(np.searchsorted(ends, error.token, side="right"))
    per_operation = contract.produces.get(error.stream, 0)
    return error.token // per_operation if per_operation else None


def _tokens(operation: int, per_operation: int, varying: Counts | None) -> tuple[int, int]:
    """The first token that an operation takes from a stream, and the one behind its last."""
    if varying is None:
        return operation * per_operation, (operation + 1) * per_operation
    ends = np.cumsum([0, *varying])
    if operation + 1 >= len(ends):
        return 0, 0
    return int(ends[operation]), int(ends[operation + 1])


def _line(producer: Producer, first: int, end: int, whose: str) -> Iterable[str]:
    words = producer.words[max(first, 0) : end]
    if not words:
        return
    which = f"token {first}" if end - first == 1 else f"tokens {first} to {end - 1}"
    shown = "; ".join(words_shown(producer.stream, word) for word in words[:MOST_TOKENS])
    yield cut(f"{whose}, stream {producer.stream.name!r}, {which}: {shown}", WIDEST)
