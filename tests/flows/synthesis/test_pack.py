"""Logic cells as they are packed, held against what the netlist has."""

import pytest

from neuroloom.flows.designs.design import of_spec
from neuroloom.flows.synthesis.on_device import on_device
from neuroloom.flows.synthesis.pack import packed_cells
from neuroloom.flows.synthesis.targets import TARGETS, Target
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.golden.spec import Spec

ICE40, ECP5 = TARGETS["ice40-hx8k"], TARGETS["ecp5-25k"]
pytestmark = pytest.mark.flow


def counted(spec: Spec, target: Target) -> dict[str, int]:
    unplaced = Target(target.name, "", target.script, target.resources)
    return on_device(of_spec(spec), unplaced, (), lambda _: None).resources


@pytest.mark.parametrize("target", [ICE40, ECP5], ids=lambda each: each.name)
def test_luts_alone_take_a_cell_each(target: Target) -> None:
    spec = PopcountSpec(width=6, style=PopcountStyle.COMPRESSOR)
    found = counted(spec, target)
    assert found["carry"] == 0
    # and those that give constants: 0 and 1 on iCE40, one of them on ECP5
    constants = 2 if target is ICE40 else 1
    assert packed_cells(of_spec(spec), target) == found["LUT4"] + constants


def test_carries_take_cells_beside_the_luts() -> None:
    spec = PopcountSpec(width=64, style=PopcountStyle.COUNTER)
    found = counted(spec, ECP5)
    assert found["carry"] > 0
    # two bits of a chain in each of its cells, and ways into and out of it
    assert packed_cells(of_spec(spec), ECP5) >= found["LUT4"] + 2 * found["carry"]
    found = counted(spec, ICE40)
    packed = packed_cells(of_spec(spec), ICE40)
    assert max(found["LUT4"], found["carry"]) < packed <= 2 * (found["LUT4"] + found["carry"])


def test_what_is_not_placed_is_not_packed() -> None:
    with pytest.raises(UsageError, match="target gates has no cells"):
        packed_cells(of_spec(PopcountSpec(width=4)), TARGETS["gates"])
