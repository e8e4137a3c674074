"""Levels of logic of a netlist."""

import json
from functools import cache

from neuroloom.flows.designs.yosys import MappedDesign

PORTS_OUT = ("Y", "Q")


def levels(netlist: MappedDesign, top: str) -> int:
    """Cells one after the other on the longest path between ports and flip-flops.

    For a netlist of single-bit yosys cells; an inverter counts like any other.
    """
    cells = json.loads(netlist.json)["modules"][top]["cells"].values()
    driver = {
        bit: [bits[0] for port, bits in cell["connections"].items() if port not in PORTS_OUT]
        for cell in cells
        if "DFF" not in cell["type"]
        for bit in cell["connections"]["Y"]
    }

    @cache
    def level(net: int | str) -> int:
        return 1 + max(map(level, driver[net])) if net in driver else 0

    return max((level(net) for net in driver), default=0)
