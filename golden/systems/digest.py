"""Digests of tokens: a number for all lanes of one, which no error in a single lane leaves."""

import numpy as np

from neuroloom.golden.ports import Integers

BITS = 32
STEP = 0x9E3779B1
"""Odd, and so are all factors: a lane that differs by less than 2**32 changes the digest."""


def factors(lanes: int) -> list[int]:
    """Odd number that each lane is multiplied by, below 2**32."""
    return [((2 * lane + 1) * STEP) % (1 << BITS) for lane in range(lanes)]


def digests(tokens: Integers) -> Integers:
    """Tokens (count, lanes) of less than 32 bits a lane to their digests (count,): the sum of
    lanes times :func:`factors`, modulo 2**32.
    """
    found: Integers = (tokens * np.array(factors(tokens.shape[1]))).sum(axis=1) % (1 << BITS)
    return found
