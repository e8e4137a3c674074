"""A frame of registers around a macro, so that any number of ports needs three pads only."""

from neuroloom.flows.synthesis.design import Design

NAME = "neuroloom_harness"


def harness(design: Design) -> str:
    """Verilog of a module that registers every port of the design.

    Inputs come from a shift chain fed by one pad; outputs are caught in registers and folded
    into one pad by a chain with one XOR between registers. So every path of the macro lies
    between registers, and no path of the frame is longer than one LUT.
    """
    width_in = max(1, sum(design.inputs.values()))
    width_out = max(1, sum(design.outputs.values()))
    clock = [f".{design.clock}(clk)"] if design.clock else []
    connections = [*clock, *_slices(design.inputs, "chain"), *_slices(design.outputs, "result")]
    return f"""
module {NAME} (input clk, input serial_in, output serial_out);
  reg [{width_in - 1}:0] chain;
  wire [{width_out - 1}:0] result;
  reg [{width_out - 1}:0] caught;
  reg [{width_out - 1}:0] folded;
  always @(posedge clk) begin
    chain <= {{chain, serial_in}};
    caught <= result;
    folded <= caught ^ {{folded, 1'b0}};
  end
  assign serial_out = folded[{width_out - 1}];
  {design.name} macro ({", ".join(connections)});
endmodule
"""


def _slices(ports: dict[str, int], vector: str) -> list[str]:
    connections, low = [], 0
    for port, bits in ports.items():
        connections.append(f".{port}({vector}[{low + bits - 1}:{low}])")
        low += bits
    return connections
