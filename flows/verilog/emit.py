"""Verilog from a specification."""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from amaranth.back import rtlil
from amaranth.hdl._ir import PortDirection

from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.flows.macros.sizes import refuse_oversize
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verilog.header import header
from neuroloom.flows.verilog.naming import KEYWORDS
from neuroloom.flows.verilog.writer import verilog_text
from neuroloom.golden.spec import Spec
from neuroloom.golden.wording import quoted
from neuroloom.hdl.component import Component
from neuroloom.hdl.memory_contents import WRITTEN_FIRST
from neuroloom.hdl.platform import Platform
from neuroloom.hdl.port_family import Ports
from neuroloom.hdl.ports import FLAT
from neuroloom.hdl.ports import family as family_of_ports
from neuroloom.hdl.sharing import SharedModules

LONGEST_NAME = 128
"""Files are named after the module, with an ending."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

LARGE = 1 << 22
"""Characters of RTLIL above which the design is taken out of memory before Verilog is written."""


@dataclass(frozen=True)
class Emitted:
    """A macro as text."""

    name: str
    verilog: str
    rtlil: str


def emit(
    spec: Spec,
    name: str | None = None,
    component: Component[Any] | None = None,
    memory_zeros: bool = False,
    behavioural: bool = False,
    ports: str = FLAT,
) -> Emitted:
    """The macro's Verilog under the module name ``name`` (by default the macro's own).

    ``component`` stands in for the catalogue's own, for tests that break it. Memories that are
    written before they are read have no initial contents; with ``memory_zeros`` they begin with
    zeros. ``behavioural`` dot products are instances of a module that is not in the text
    (:class:`neuroloom.hdl.platform.Platform`). ``ports`` is a family of :mod:`neuroloom.hdl.ports`.
    UsageError when the name is not a Verilog identifier or is a keyword, or when there is no such
    family.
    """
    name, kind = check_name(name or spec.macro), _ports_named(ports)
    with _uncollected():
        design = kind(component or macro_of(spec).component(spec))
        text = _rtlil(design, name, behavioural)
        if len(text) > LARGE:
            gc.collect()  # the design refers to itself and has many times the memory of its text
        empty = WRITTEN_FIRST in text and not memory_zeros
        top = header(spec, name, empty)
        verilog = verilog_text(text, name, top, memory_zeros, list(design.ports))
    return Emitted(name, verilog, text)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Context without garbage collection, which looks at millions of live objects again and again:
    it took half of the time of large macros.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def netlist(
    component: Component[Any], name: str, behavioural: bool = False, ports: str = FLAT
) -> str:
    """RTLIL of a component with ports of a family, clock and reset."""
    return _rtlil(_ports_named(ports)(component), name, behavioural)


def _ports_named(family: str) -> type[Ports]:
    try:
        return family_of_ports(family)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _rtlil(design: Ports, name: str, behavioural: bool) -> str:
    refuse_oversize(design.component.spec)
    ports = {
        port: (signal, PortDirection.Input if design.is_input(port) else PortDirection.Output)
        for port, signal in design.ports.items()
    }
    modules = SharedModules(name)
    text: str = rtlil.convert(
        design, name=name, platform=Platform(modules, behavioural), ports=ports, emit_src=False
    )
    return modules.text + text


def check_name(name: str) -> str:
    """``name`` if it can name a Verilog module; UsageError if not."""
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{quoted(name)} cannot name a Verilog module: use letters, digits and _, "
            "beginning with a letter"
        )
    if len(name) > LONGEST_NAME:
        raise UsageError(
            f"{quoted(name)} has {len(name)} characters; a module's name has {LONGEST_NAME} at most"
        )
    if name in KEYWORDS:
        raise UsageError(f"{name!r} is a Verilog keyword; choose another module name")
    return name
