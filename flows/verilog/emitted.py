"""Verilog emitted once: what is simulated again is found by its specification and the code."""

from neuroloom.flows.macros.by_code import text_by_code
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.spec import Spec

CODE = ("neuroloom.golden", "neuroloom.hdl", "neuroloom.flows.verilog")
"""Packages that decide the text of a macro."""


def emitted_verilog(spec: Spec) -> str:
    """The text that :func:`~neuroloom.flows.verilog.emit.emit` gives, from the cache where the
    same code has made it before.
    """
    return text_by_code(f"verilog-{spec.macro}", CODE, spec, "", lambda: emit(spec).verilog)
