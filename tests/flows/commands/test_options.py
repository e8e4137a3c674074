"""Options of every command: units in the help, bounds that refuse nonsense."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args, get_type_hints

import pytest
from support.command_line import run
from typer.models import OptionInfo

from neuroloom.flows.commands.groups import functions
from neuroloom.flows.simulation.bulk.compare import unpromised
from neuroloom.flows.simulation.bulk.run import Pace
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.events.mesh import MeshSpec

WITHOUT_UNIT = (
    "probability",
    "seed",
    "how many",
    "number",
    "operations",
    "rows",
    "columns",
    "words",
    "images",
    "at once",
    "steps that",
    "cores in",
)
"""Parts of the help of what is counted, or has no unit."""


@dataclass(frozen=True)
class Number:
    """An option of a command that takes a number."""

    command: str
    name: str
    help: str

    def __str__(self) -> str:
        return f"{self.command} {self.name}"


def numbers() -> Iterator[Number]:
    for name, command in functions():
        for word, kind in get_type_hints(command, include_extras=True).items():
            for info in getattr(kind, "__metadata__", ()):
                if isinstance(info, OptionInfo) and {int, float} & {
                    kind.__origin__,
                    *get_args(kind.__origin__),
                }:
                    yield Number(name, f"--{word.replace('_', '-')}", info.help or "")


BOUNDED = ("--seed", "--seeds", "--time-limit", "--clock")
"""Options that have a greatest value."""
NONSENSE = [
    pytest.param(option, text, id=f"{option}={text}")
    for option in numbers()
    for text in ("nan", "inf", "-1", "99999999999999999999")
    if text[0] != "9" or option.name in BOUNDED
]
EACH = pytest.mark.parametrize("option", list(numbers()), ids=str)


def test_there_are_numbers() -> None:
    assert len(list(numbers())) > 25


@EACH
def test_a_quantity_has_its_unit_in_the_help(option: Number) -> None:
    assert "[" in option.help or any(words in option.help for words in WITHOUT_UNIT), option


@pytest.mark.parametrize(("option", "text"), NONSENSE)
def test_nonsense_is_refused_with_status_2(
    option: Number, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = {"import": ["a.onnx"], "map": ["a.json"]}.get(option.command, ["popcount"])
    words = [] if option.command == "demo" else words
    status, out, error = run(capsys, option.command, *words, f"{option.name}={text}")
    assert (status, out) == (2, "")
    assert option.name in error or "probability" in error
    assert "Traceback" not in error


def test_why_cycles_are_not_promised() -> None:
    mesh, popcount = MeshSpec(), PopcountSpec()
    gaps = Pace(offer=0.5)
    assert unpromised(popcount, gaps) == "not promised with gaps"
    assert unpromised(mesh, Pace()) == (
        "not promised under contention: packets for the same link wait for each other, in turns"
    )
    assert unpromised(mesh, gaps).startswith("not promised under contention")
    assert unpromised(popcount, Pace()) == "not judged: not every token came as it should"
