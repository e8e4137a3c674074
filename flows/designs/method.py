"""How a figure was had, as data: equal methods give figures that can be compared."""

from typing import Any

from pydantic import model_validator

from neuroloom.flows.tools.frozen import Frozen


class Method(Frozen):
    """A tool and what it was told; nothing in it depends on the design or on its name."""

    tool: str
    """Name and version."""
    options: tuple[str, ...] = ()
    """Passes, options and assumptions, in the order that they apply."""
    corner: str = ""
    """Library, voltage, temperature."""
    outcome: str = ""
    """What became of it for this design, such as the mapping that was chosen."""

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, value: Any) -> Any:
        """Reports of earlier versions have a line of text."""
        return {"tool": value} if isinstance(value, str) else value

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.way, self.outcome)))

    @property
    def way(self) -> str:
        """Tool, options and corner, for people."""
        told = "; ".join(filter(None, (*self.options, self.corner)))
        return f"{self.tool}: {told}" if told else self.tool
