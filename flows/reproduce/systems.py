"""The published systems: found by the places of their files, none is listed by hand."""

from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from neuroloom.flows.reproduce.record import Progress, System
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.wording import nearest, quoted

if TYPE_CHECKING:
    from neuroloom.flows.reports.published import Reproduction

FOLDERS = [str(Path(__file__).parent)]


@cache
def systems() -> dict[str, System]:
    """Systems by name, in alphabetical order: ``SYSTEM`` of ``<folder>/system.py`` each."""
    found = [
        import_module(f"{__package__}.{module.name}.system").SYSTEM
        for module in iter_modules(FOLDERS)
        if module.ispkg
    ]
    return {system.name: system for system in sorted(found, key=lambda system: system.name)}


def system(name: str) -> System:
    """The system of that name; UsageError when there is none."""
    if name not in systems():
        raise UsageError(
            f"there is no published system {quoted(name)}; {nearest(name, list(systems()))}"
        )
    return systems()[name]


def reproduce(
    name: str, progress: Progress = lambda _: None, mnist: Path | None = None
) -> "Reproduction":
    """Rebuild and measure a published system; UsageError when there is none of that name.

    ``mnist`` is a folder of MNIST's IDX files; without it scikit-learn's digits are used.
    UsageError for a system that takes none.
    """
    chosen = system(name)
    if mnist is not None and not chosen.images:
        raise UsageError(f"{name} is not shown MNIST's digits: leave --mnist out")
    return chosen.run(progress, mnist)
