"""How much is run: what notices a mistake, or everything with ``$NEUROLOOM_THOROUGH``."""

import os
from typing import TypeVar

T = TypeVar("T")
THOROUGH = bool(os.environ.get("NEUROLOOM_THOROUGH"))


def effort(usual: T, thorough: T) -> T:
    """``thorough`` where the whole of it was asked for, else ``usual``."""
    return thorough if THOROUGH else usual
