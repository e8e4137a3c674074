"""Verilator's ``coverage.dat``: how often a simulation came to each point of its Verilog.

A line of the file is ``C '\\x01key\\x02value...' count``. Of the keys (``verilated_cov_key.h``)
``t`` tells the kind, ``l`` and ``n`` line and column, ``page`` the module, ``o`` what is counted
there: a way out of a branch, or a bit with its direction.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.tools.reading.text import read_text

HEAD = "# SystemC::Coverage-3"
RECORD = re.compile(r"C '((?:\x01[^\x01\x02']+\x02[^\x01\x02']*)+)' (\d{1,20})")
KINDS = ("line", "branch", "toggle")


@dataclass(frozen=True)
class CodeSite:
    """A place in a Verilog text where something is counted."""

    kind: str
    """``line``, ``branch`` or ``toggle``."""
    module: str
    line: int
    column: int
    event: str
    """``block``, ``if``, ``else``, ``elsif``, ``case``, ``cond_then``, ``cond_else`` or
    ``net[bit]:0->1``."""


def read_counts(file: Path) -> dict[CodeSite, int]:
    """How often each site was met; ToolFailed with the line that is not as Verilator writes it."""
    try:
        lines = read_text(file).split("\n")
    except (OSError, ValueError) as error:
        raise ToolFailed(f"Verilator left no coverage that can be read: {error}") from None
    if lines[0] != HEAD or lines[-1]:
        raise ToolFailed(f"Verilator's coverage does not begin with {HEAD!r} or is cut short")
    counts: dict[CodeSite, int] = {}
    for number, line in enumerate(lines[1:-1], 2):
        try:
            site, count = _record(line)
        except (LookupError, ValueError):
            raise ToolFailed(f"line {number} of Verilator's coverage is not a record") from None
        counts[site] = counts.get(site, 0) + count
    return counts


def _record(line: str) -> tuple[CodeSite, int]:
    """A site and its count; LookupError or ValueError where there is none."""
    matched = RECORD.fullmatch(line)
    if matched is None:
        raise ValueError(line)
    values = dict(part.split("\x02") for part in matched[1].split("\x01")[1:])
    if values["t"] not in KINDS:
        raise ValueError(values["t"])
    module = values["page"].partition("/")[2]
    site = CodeSite(values["t"], module, int(values["l"]), int(values["n"]), values["o"])
    return site, int(matched[2])
