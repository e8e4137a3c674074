"""How many cycles a macro takes: promised beside the golden model, measured by the bench."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Contract:
    """Timing of a macro whose input always has the next token and whose output never waits.

    ``latency`` counts the cycles from the one that accepts the first token of an operation to the
    one that delivers its last token, for the first operation after reset (or after a pause);
    ``interval`` the cycles from the last delivery of one operation to that of the next.
    """

    operation: str
    """What one operation is, in words: "word", "vector", "image"."""
    consumes: dict[str, int]
    """Tokens that one operation takes from each input stream."""
    produces: dict[str, int]
    """Tokens that one operation gives on each output stream."""
    latency: int
    interval: int

    def deliveries(self, operations: int) -> NDArray[np.int64]:
        """Cycle of each operation's last delivery, counted from the first acceptance."""
        return self.latency + self.interval * np.arange(operations, dtype=np.int64)

    def cycles(self, operations: int) -> int:
        """Cycles from the first acceptance to the end of the last delivery, both included."""
        return int(self.deliveries(operations)[-1]) + 1 if operations else 0
