"""What every macro computes, once more and apart: plain Python, nothing of the model.

``references/<area>/<macro>.py`` has ``expected(spec, setup, sent)``: the tokens of every output for
a load ``setup`` and traffic ``sent``, as nested lists, and ``KIND``, in a few words how it is
computed. It reads the declared fields of the specification and nothing else of it: widths, tables
and constants are written out again, from the equations of the documentation and of the papers.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from references.plain import Lists

Oracle = Callable[[Any, Lists, Lists], Lists]

MODULES = {
    path.stem: f"references.{path.parent.name}.{path.stem}"
    for path in sorted(Path(__file__).parent.glob("*/*.py"))
    if path.stem != "__init__"
}
"""The module of each macro."""

ORACLES: dict[str, str] = {macro: import_module(module).KIND for macro, module in MODULES.items()}
"""Of each macro how its reference computes."""


def oracle(macro: str) -> Oracle:
    expected: Oracle = import_module(MODULES[macro]).expected
    return expected
