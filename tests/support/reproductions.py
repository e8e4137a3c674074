"""A made-up reproduction with all that a record requires."""

from typing import Any

from neuroloom.flows.reports.figures import Printed
from neuroloom.flows.reports.published import (
    Judgement,
    LeftOut,
    Made,
    OpenChoice,
    PaperVerdict,
    Reproduction,
)

MADE = {
    "made": Made(
        command="neuroloom reproduce x --output FOLDER",
        conditions={"$PDK_ROOT": "set"},
        tools={"a tool": "1.0"},
    ),
    "verdict": Judgement(verdict=PaperVerdict.TREND, words="as far as is known."),
    "choices": (OpenChoice(name="seed", taken="0", otherwise="1 gives the same"),),
    "left_out": (LeftOut(what="the chip", why="it is analog"),),
}


def reproduction(**fields: Any) -> Reproduction:
    """A reproduction of a system that is called x unless ``fields`` say otherwise."""
    system = fields.get("system", "x")
    made = MADE["made"]
    assert isinstance(made, Made)
    called = made.model_copy(update={"command": f"neuroloom reproduce {system} --output FOLDER"})
    given = {"system": system, "title": "A <chip>", "paper": "Somebody 2020", "methods": ()}
    return Reproduction(**{**MADE, "made": called, **given, **fields})


def table_3(*values: float | None) -> tuple[Printed | None, ...]:
    """Figures of a made-up table."""
    return tuple(None if value is None else Printed(value, "Table 3") for value in values)
