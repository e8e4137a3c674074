"""What a design is built for reaches the parts of its parts, and nothing else does."""

from typing import Any

from amaranth.back import rtlil
from amaranth.hdl import Fragment

from neuroloom.flows.verilog.emit import emit, netlist
from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.hdl.imc.crossbar import Crossbar
from neuroloom.hdl.imc.dot_product import BEHAVIOUR
from neuroloom.hdl.platform import Platform
from neuroloom.hdl.sharing import SharedModules

SPEC = CrossbarSpec(rows=4, columns=4, units=2)


def text(platform: Platform | None) -> str:
    written: str = rtlil.convert(Crossbar(SPEC), name="top", platform=platform, emit_src=False)
    return written if platform is None or platform.modules is None else platform.modules.text


def instances(fragment: Any) -> int:
    """Of the module that stands for dot products, in all levels of a design."""
    own = getattr(fragment, "type", "") == BEHAVIOUR
    return own + sum(instances(part) for part, *_ in fragment.subfragments)


def test_parts_of_parts_are_built_for_the_platform_of_the_whole() -> None:
    assert instances(Fragment.get(Crossbar(SPEC), Platform(behavioural=True))) == SPEC.units
    assert instances(Fragment.get(Crossbar(SPEC), Platform())) == 0
    assert instances(Fragment.get(Crossbar(SPEC), None)) == 0


def test_modules_that_are_shared_are_built_for_it_too() -> None:
    """Once, where both units are equal."""
    behavioural = text(Platform(SharedModules("top"), behavioural=True))
    assert behavioural.count(f"cell \\{BEHAVIOUR}") == 1 and "$mul" not in behavioural
    multipliers = text(Platform(SharedModules("top")))
    assert BEHAVIOUR not in multipliers and multipliers.count("cell $mul") == SPEC.rows
    apart = text(None)
    assert BEHAVIOUR not in apart and apart.count("cell $mul") == SPEC.units * SPEC.rows


def test_a_design_is_not_built_for_the_platform_of_the_one_before() -> None:
    usual = emit(SPEC).verilog
    assert f"{BEHAVIOUR} " in emit(SPEC, behavioural=True).verilog
    assert emit(SPEC).verilog == usual and BEHAVIOUR not in usual
    assert BEHAVIOUR in netlist(Crossbar(SPEC), "top", behavioural=True)
