"""A frame of registers around a macro, so that any number of ports needs six pads only."""

from neuroloom.golden.ports import Stream
from neuroloom.golden.spec import Spec
from neuroloom.hdl.component import port_name

NAME = "harness"


def harness(spec: Spec, name: str) -> str:
    """Verilog of a module that registers every port of the module ``name``.

    Inputs come from a shift chain fed by one pad; outputs are caught in registers and folded
    into one pad by a chain with one XOR between registers. So every path of the macro lies
    between registers, and no path of the frame is longer than one LUT.
    """
    inputs: list[tuple[str, int]] = [("rst", 1)]
    outputs: list[tuple[str, int]] = []
    for stream in spec.streams:
        into, out_of = (inputs, outputs) if stream.direction == "in" else (outputs, inputs)
        into.extend(_payload(stream))
        into.append((port_name(stream, "valid"), 1))
        out_of.append((port_name(stream, "ready"), 1))
    width_in, width_out = sum(bits for _, bits in inputs), sum(bits for _, bits in outputs)
    connections = [".clk(clk)", *_slices(inputs, "chain"), *_slices(outputs, "result")]
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
  {name} macro ({", ".join(connections)});
endmodule
"""


def _payload(stream: Stream) -> list[tuple[str, int]]:
    return [(port_name(stream, field.name), field.port_bits) for field in stream.fields]


def _slices(ports: list[tuple[str, int]], vector: str) -> list[str]:
    connections, low = [], 0
    for port, bits in ports:
        connections.append(f".{port}({vector}[{low + bits - 1}:{low}])")
        low += bits
    return connections
