"""What the tests of bulk simulation share."""

import numpy as np

from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec

ADAPTER = WidthAdapterSpec(length=12, input_lanes=2, output_lanes=4, bits=5)


def frames(number: int, seed: int = 0) -> dict[str, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    return {"packed": {"data": rng.integers(0, 32, (number * 6, 2))}}


THROUGH = "assign repacked_data = d; assign repacked_valid = v; assign r = repacked_ready;"


def broken(old: str, new: str) -> str:
    text = emit(ADAPTER).verilog
    assert text.count(old) >= 1, text
    return text.replace(old, new, 1)


def wrapped(body: str) -> str:
    """The adapter inside of a module that spoils its output."""
    inner = emit(ADAPTER, "inner").verilog
    return (
        inner
        + f"""
module width_adapter (input clk, input rst, input [9:0] packed_data, input packed_valid,
  output packed_ready, output [19:0] repacked_data, output repacked_valid, input repacked_ready);
  wire [19:0] d; wire v; wire r;
  inner inner (.clk(clk), .rst(rst), .packed_data(packed_data), .packed_valid(packed_valid),
    .packed_ready(packed_ready), .repacked_data(d), .repacked_valid(v), .repacked_ready(r));
  reg [7:0] n; always @(posedge clk) n <= rst ? 8'd0 : n + {{7'd0, v & r}};
  {body}
endmodule
"""
    )
