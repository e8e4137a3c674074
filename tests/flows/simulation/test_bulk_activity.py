"""Toggle counts of every net, against counts made with numpy from known values."""

import numpy as np
import pytest
from support.machine import NEEDS_COMPILER

from neuroloom.flows.simulation.bulk.activity import record_activity
from neuroloom.flows.simulation.bulk.run import Pace
from neuroloom.flows.simulation.bulk.simulate import random_traffic
from neuroloom.flows.tools.errors import UsageError, VerificationFailed
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.bnn.layer import BnnLayerSpec

pytestmark = NEEDS_COMPILER

CELLS = """
module HALF_ADDER (input A, input B, output S, output CO);
  wire inside = A ^ B;
  assign S = inside; assign CO = A & B;
endmodule
module DFF (input CK, input D, output reg Q);
  always @(posedge CK) Q <= D;
endmodule
"""


def words(number: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2, (number, width))


def traffic(bits: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    return {"word": {"bits": bits}}


def edges(values: np.ndarray) -> np.ndarray:
    """Changes down the first axis, from 0 on."""
    return np.abs(np.diff(values, axis=0, prepend=np.zeros_like(values[:1]))).sum(axis=0)


def bits_of(values: np.ndarray, width: int) -> np.ndarray:
    return values[..., None] >> np.arange(width) & 1


@pytest.mark.parametrize("pipeline", [0, 1, 3])
def test_ports_toggle_as_often_as_their_known_values(pipeline: int) -> None:
    spec = PopcountSpec(width=19, pipeline=pipeline)
    bits = words(300, 19)
    activity = record_activity(spec, traffic(bits))
    assert activity.operations == 300
    assert activity.cycles == 300 + spec.contract.latency
    assert activity.toggles["clk"] == 2 * activity.cycles
    assert activity.toggles["rst"] == 0
    assert [activity.toggles[f"word_bits[{i}]"] for i in range(19)] == edges(bits).tolist()
    ones = bits_of(bits.sum(axis=1), 5)
    counted = [activity.toggles[f"count_ones[{i}]"] for i in range(5)]
    if pipeline == 0:
        assert counted == edges(ones).tolist()
    else:  # what the registers hold before the first word is none of the values above
        assert counted[4] in (edges(ones)[4], edges(ones)[4] + 2)
    # ready was 1 before the window and stays so: a first value is no edge
    assert activity.toggles["word_ready"] == 0


def test_an_idle_macro_moves_its_clock_only() -> None:
    for spec in (
        PopcountSpec(width=19, pipeline=2),
        BnnLayerSpec(inputs=9, neurons=4, pe=2, simd=3),
    ):
        activity = record_activity(spec, cycles=123)
        assert (activity.cycles, activity.operations) == (123, 0)
        moving = {net: count for net, count in activity.toggles.items() if count}
        assert moving == {"clk": 2 * 123}
        assert len(activity.toggles) > 30


def test_spacing_sets_the_rate_of_operations_exactly() -> None:
    bits = words(50, 19)
    activity = record_activity(PopcountSpec(width=19), traffic(bits), pace=Pace(spacing=7))
    assert (activity.cycles, activity.operations) == (350, 50)
    assert activity.toggles["clk"] == 700
    assert activity.toggles["word_valid"] == 100
    # the payload keeps still while nothing is offered
    assert [activity.toggles[f"word_bits[{i}]"] for i in range(19)] == edges(bits).tolist()


def test_a_beat_sets_the_rate_of_tokens_exactly() -> None:
    bits = words(50, 19)
    activity = record_activity(PopcountSpec(width=19), traffic(bits), pace=Pace(beat=7))
    assert (activity.cycles, activity.operations) == (49 * 7 + 1, 50)
    # the window ends with the last token
    assert activity.toggles["word_valid"] == 99


def test_a_window_may_be_shorter_or_longer_than_the_traffic() -> None:
    spec, bits = PopcountSpec(width=19), words(50, 19)
    short = record_activity(spec, traffic(bits), cycles=10)
    assert short.toggles["clk"] == 20
    assert [short.toggles[f"word_bits[{i}]"] for i in range(19)] == edges(bits[:10]).tolist()
    long = record_activity(spec, traffic(bits), cycles=90)
    assert long.toggles["clk"] == 180
    assert long.toggles["word_valid"] == 2
    assert [long.toggles[f"word_bits[{i}]"] for i in range(19)] == edges(bits).tolist()


def test_reset_and_loads_are_not_counted() -> None:
    spec = BnnLayerSpec(inputs=20, neurons=8, pe=4, simd=5)
    work, setup = random_traffic(spec, 60, seed=3)
    activity = record_activity(spec, work, setup)
    assert activity.cycles == spec.contract.cycles(60)
    loads = [net for net in activity.toggles if net.startswith(("weights_", "thresholds_"))]
    assert {"weights_bits[19]", "weights_valid", "thresholds_values[0]"} <= set(loads)
    moving = {net for net in loads if activity.toggles[net] and not net.endswith("_ready")}
    assert not moving
    assert activity.toggles["rst"] == 0
    sent = work["activations"]["bits"]
    counted = [activity.toggles[f"activations_bits[{i}]"] for i in range(5)]
    assert counted == edges(sent).tolist()


def netlist(width: int, sum_bits: int) -> str:
    """A chain of half adders: ``s<k>`` is the number of ones among the first k bits.

    Bit j of it is a scalar net, an escaped name or a bit of a vector, by turns; the clock drives a
    flip-flop through a buffer that inverts it twice. ``alias`` and ``inside`` are keywords of
    SystemVerilog and names in Verilog.
    """

    def net(k: int, j: int) -> str:
        if k % 3 == 0:
            return f"_{k}_{j}_"
        return f"\\u.s{k}[{j}] " if k % 3 == 1 else f"s{k}[{j}]"

    lines = [
        "module popcount (clk, rst, word_bits, word_valid, word_ready, count_ones, count_valid,"
        " count_ready);",
        f"  input clk, rst; input [{width - 1}:0] word_bits; input word_valid; output word_ready;",
        f"  output [{sum_bits - 1}:0] count_ones; output count_valid; input count_ready;",
        "  wire nclk = ~clk; wire cclk = ~nclk; wire last;",
        "  DFF parity (.CK(cclk), .D(word_bits[0]), .Q(last));",
        "  assign word_ready = count_ready; assign count_valid = word_valid;",
        f"  wire alias = {net(width, 0)};",
    ]
    for k in range(width + 1):
        if k % 3 == 2:
            lines.append(f"  wire [{sum_bits - 1}:0] s{k};")
        else:
            lines += [f"  wire {net(k, j)};" for j in range(sum_bits)]
        lines.append(f"  wire [{sum_bits}:0] c{k};")
    lines += [f"  assign {net(0, j)} = 1'b0;" for j in range(sum_bits)]
    for k in range(width):
        lines.append(f"  assign c{k}[0] = word_bits[{k}];")
        lines += [
            f"  HALF_ADDER h{k}_{j} (.A({net(k, j)}), .B(c{k}[{j}]), .S({net(k + 1, j)}),"
            f" .CO(c{k}[{j + 1}]));"
            for j in range(sum_bits)
        ]
    lines += [f"  assign count_ones[{j}] = {net(width, j)};" for j in range(sum_bits)]
    return "\n".join([*lines, "endmodule", CELLS])


@pytest.mark.parametrize(
    ("width", "sum_bits"), [(31, 5), pytest.param(255, 8, marks=pytest.mark.flow)]
)
def test_every_net_of_a_netlist_of_cells(width: int, sum_bits: int) -> None:
    bits = words(120, width, seed=5)
    text = netlist(width, sum_bits)
    activity = record_activity(
        PopcountSpec(width=width), traffic(bits), verilog=text, top="popcount", pace=Pace(spacing=3)
    )
    toggles = activity.toggles
    assert activity.cycles == 360
    assert toggles["clk"] == toggles["nclk"] == toggles["cclk"] == 720
    assert toggles["last"] == edges(bits[:, 0])
    sums = np.concatenate([np.zeros((120, 1), int), bits.cumsum(axis=1)], axis=1)
    counted = 0
    for k in range(width + 1):
        expected = edges(bits_of(sums[:, k], sum_bits))
        for j in range(sum_bits):
            name = f"_{k}_{j}_" if k % 3 == 0 else f"u.s{k}[{j}]" if k % 3 == 1 else f"s{k}[{j}]"
            assert toggles[name] == expected[j], name
            counted += 1
    assert counted == (width + 1) * sum_bits
    assert toggles["alias"] == toggles["count_ones[0]"] == edges(sums[:, width] & 1)
    carries = bits_of(sums[:, 20], sum_bits)[:, :3].all(axis=1) & (bits[:, 20] == 1)
    assert toggles["c20[3]"] == edges(carries.astype(int)) > 0
    assert not any("inside" in net for net in toggles)
    assert len(toggles) > 2 * counted


def test_activity_of_a_wrong_netlist_is_refused() -> None:
    text = netlist(15, 4).replace("assign S = inside;", "assign S = A | B;")
    with pytest.raises(VerificationFailed, match=r"stream 'count', token .* expected ones"):
        record_activity(PopcountSpec(width=15), traffic(words(20, 15)), verilog=text)


def test_nothing_to_count_is_said() -> None:
    with pytest.raises(UsageError, match="there is nothing to count"):
        record_activity(PopcountSpec(width=15))
    with pytest.raises(UsageError, match="a spacing of 0 cycles is too short"):
        record_activity(PopcountSpec(width=15), traffic(words(2, 15)), pace=Pace(spacing=0))
