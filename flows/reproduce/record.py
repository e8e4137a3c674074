"""What is said of a published system before any of it is built."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroloom.flows.reports.published import Reproduction

Progress = Callable[[str], None]
"""Called with a few words before each step."""
Rebuild = Callable[[Progress, Path | None], "Reproduction"]
"""Builds and measures; shown the images of a folder of MNIST's IDX files where one is given."""


@dataclass(frozen=True)
class System:
    """A published system: ``SYSTEM`` of the module ``system`` in its folder, which loads nothing
    that is slow to load."""

    name: str
    """Name on the command line; folders of results are called so, too."""
    title: str
    paper: str
    needs: tuple[str, ...]
    """What a machine must have beside Python packages, in words."""
    run: Rebuild
    images: bool = False
    """Whether it is shown handwritten digits, those of MNIST where they are given."""
