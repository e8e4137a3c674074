"""What is said of a published system before any of it is built."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from neuroloom.flows.reports.published import Made, Reproduction

Progress = Callable[[str], None]
"""Called with a few words before each step."""
Rebuild = Callable[[Progress, Path | None], "Reproduction"]
"""Builds and measures; shown the images of a folder of MNIST's IDX files where one is given."""


@dataclass(frozen=True)
class System:
    """A published system: ``SYSTEM`` of the module ``system`` in its folder, which loads nothing
    that is slow to load. ``reproduce`` of the module ``rebuild`` beside it does the work."""

    name: str
    """Name on the command line; folders of results are called so, too."""
    title: str
    paper: str
    needs: tuple[str, ...]
    """What a machine must have beside Python packages, in words."""
    module: str
    """``__name__`` of the module that it stands in."""
    images: bool = False
    """Whether it is shown handwritten digits, those of MNIST where they are given."""

    @property
    def run(self) -> Rebuild:
        package, _, _ = self.module.rpartition(".")
        return cast(Rebuild, import_module(f"{package}.rebuild").reproduce)

    def made(self, mnist: Path | None = None) -> "Made":
        """The command that writes its page, with what else moves what the page says."""
        from neuroloom.flows.reports.published import Made
        from neuroloom.flows.tools.process import has_tool
        from neuroloom.flows.tools.provenance import ALL, provenance

        found = provenance(ALL)
        words = ["neuroloom", "reproduce", self.name, *(["--mnist", "MNIST"] if mnist else [])]
        versions = {name: found[name] for name in ("neuroloom", "python")}
        return Made(
            command=" ".join([*words, "--output", "FOLDER"]),
            conditions={
                "$PDK_ROOT": "set" if os.environ.get("PDK_ROOT") else "not set",
                "OpenSTA": "installed" if has_tool("sta") else "not installed",
            },
            tools={**versions, **found["tools"]},
        )
