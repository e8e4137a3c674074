"""The published systems by name."""

from collections.abc import Callable

from neuroloom.flows.catalogue import nearest
from neuroloom.flows.errors import UsageError
from neuroloom.flows.reproduce import cim_macro
from neuroloom.flows.reproduce.published import Reproduction

Progress = Callable[[str], None]
SYSTEMS: dict[str, Callable[[Progress], Reproduction]] = {"cim-macro": cim_macro.reproduce}


def reproduce(system: str, progress: Progress = lambda _: None) -> Reproduction:
    """Rebuild and measure a published system; UsageError when there is none of that name.

    ``progress`` is called with a few words before each step.
    """
    if system not in SYSTEMS:
        hint = nearest(system, list(SYSTEMS))
        raise UsageError(f"there is no published system {system!r}; {hint}")
    return SYSTEMS[system](progress)
