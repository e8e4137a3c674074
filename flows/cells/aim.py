"""What standard cells are chosen for."""

from enum import StrEnum


class Aim(StrEnum):
    """What a mapping is chosen for."""

    BALANCED = "balanced"
    """Least area × period."""
    AREA = "area"
    SPEED = "speed"
