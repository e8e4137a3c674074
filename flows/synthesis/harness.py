"""A frame of registers around a macro, so that any number of ports needs three pads only."""

import json
from collections.abc import Mapping

from neuroloom.flows.designs.design import Design
from neuroloom.flows.verilog.naming import escaped

NAME = "neuroloom_harness"
INSTANCE = "macro"
CHAIN, RESULT, CAUGHT, FOLDED = "chain", "result", "caught", "folded"
"""Nets of the harness: what drives the inputs, what the outputs drive, and its other registers."""


def harness_name(design: Design) -> str:
    """The harness's module name, which none of the design's modules has."""
    name = NAME
    while name == design.name or name in design.module_names:
        name += "_"
    return name


def harness(design: Design) -> str:
    """Verilog of a module that registers every port of the design.

    Inputs come from a shift chain fed by one pad; outputs are caught in registers and folded
    into one pad by a chain with one XOR between registers. So every path of the macro lies
    between registers, and no path of the frame is longer than one LUT.
    """
    width_in = max(1, sum(design.inputs.values()))
    width_out = max(1, sum(design.outputs.values()))
    clock = [f".{escaped(design.clock)}(clk)"] if design.clock else []
    connections = [*clock, *_slices(design.inputs, CHAIN), *_slices(design.outputs, RESULT)]
    return f"""
module {harness_name(design)} (input clk, input serial_in, output serial_out);
  reg [{width_in - 1}:0] {CHAIN};
  wire [{width_out - 1}:0] {RESULT};
  reg [{width_out - 1}:0] {CAUGHT};
  reg [{width_out - 1}:0] {FOLDED};
  always @(posedge clk) begin
    {CHAIN} <= {{{CHAIN}, serial_in}};
    {CAUGHT} <= {RESULT};
    {FOLDED} <= {CAUGHT} ^ {{{FOLDED}, 1'b0}};
  end
  assign serial_out = {FOLDED}[{width_out - 1}];
  {escaped(design.name)} {INSTANCE} ({", ".join(connections)});
endmodule
"""


def register_ports(design: Design, netlist: str) -> dict[str, str]:
    """Names of cells at the frame's nets in mapped yosys JSON, each with the port it stands at."""
    module = json.loads(netlist)["modules"][harness_name(design)]
    port_at: dict[int, str] = {}
    # a register that drives a port through a wire is that of the input
    at_ports = (RESULT, design.outputs), (CHAIN, design.inputs), (CAUGHT, design.outputs)
    for vector, ports in at_ports:
        labels = [port for port, bits in ports.items() for _ in range(bits)]
        bits = module["netnames"].get(vector, {"bits": []})["bits"]
        port_at |= dict(zip(bits, labels, strict=False))
    return {
        name: port_at[bits[0]]
        for name, cell in module["cells"].items()
        if name.startswith((CHAIN, RESULT, CAUGHT))
        for pin, bits in cell["connections"].items()
        if cell["port_directions"].get(pin) == "output" and bits and bits[0] in port_at
    }


def _slices(ports: Mapping[str, int], vector: str) -> list[str]:
    connections, low = [], 0
    for port, bits in ports.items():
        connections.append(f".{escaped(port)}({vector}[{low + bits - 1}:{low}])")
        low += bits
    return connections
