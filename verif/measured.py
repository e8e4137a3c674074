"""What a bench run measures and reports."""

from dataclasses import asdict, dataclass, field
from typing import Any

from neuroloom.golden.contract import Variation


@dataclass
class Measurement:
    """What one phase of traffic took."""

    first_accept: int
    deliveries: list[int]
    """Cycle of each operation's last delivery; none where operations contend."""
    cycles: int
    variation: Variation | None
    """What each operation should take, where that depends on the data."""


@dataclass
class BenchReport:
    """What a bench run saw. A run that fails raises BenchError instead."""

    seed: int
    operations: int = 0
    tokens: int = 0
    cycles: int = 0
    latency: int | None = None
    interval: float | None = None
    coverage: dict[str, bool] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
