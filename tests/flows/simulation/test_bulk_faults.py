"""Broken Verilog in bulk simulation: what is wrong, and where."""

from support.bulk import ADAPTER, frames, wrapped
from support.machine import NEEDS_COMPILER

from neuroloom.flows.simulation.bulk.run import Pace
from neuroloom.flows.simulation.bulk.simulate import simulate


@NEEDS_COMPILER
def test_the_wrapper_alone_breaks_nothing() -> None:
    text = wrapped(
        "assign repacked_data = d; assign repacked_valid = v; assign r = repacked_ready;"
    )
    assert simulate(ADAPTER, frames(20), verilog=text).report.passed


@NEEDS_COMPILER
def test_a_wrong_bit_is_shown_with_stream_token_and_values() -> None:
    text = wrapped(
        "assign repacked_data = d ^ (n == 8'd40 ? 20'd1 : 20'd0);"
        "assign repacked_valid = v; assign r = repacked_ready;"
    )
    assert simulate(ADAPTER, frames(30), chunk=4, verilog=text).report.passed  # never gets to 40
    report = simulate(ADAPTER, frames(30), chunk=16, verilog=text).report
    assert not report.passed
    assert not report.golden_match
    assert report.wrong_tokens == 2
    right = ADAPTER.model().run(frames(30))["repacked"]["data"]
    assert [each.token for each in report.mismatches] == [40, 48 + 40]
    for each in report.mismatches:
        wrong = right[each.token].copy()
        wrong[0] ^= 1
        assert each.stream == "repacked"
        assert each.expected == {"data": right[each.token].tolist()}
        assert each.got == {"data": wrong.tolist()}


@NEEDS_COMPILER
def test_a_token_that_is_lost_is_missed() -> None:
    text = wrapped(
        "wire lost = n == 8'd59; assign repacked_data = d;"
        "assign repacked_valid = v & ~lost; assign r = repacked_ready | lost;"
    )
    report = simulate(ADAPTER, frames(20), verilog=text).report
    assert report.wrong_tokens == 1
    (mismatch,) = report.mismatches
    assert (mismatch.token, mismatch.got) == (59, None)
    assert report.problems == (
        "frames from 0 on: nothing moved any more: stream 'repacked' gave 59 of 60 tokens",
    )


@NEEDS_COMPILER
def test_a_token_too_much_is_seen() -> None:
    text = wrapped(
        "reg done; wire extra = n == 8'd60 & ~v & ~done;"
        "always @(posedge clk) done <= ~rst & (done | extra & repacked_ready);"
        "assign repacked_data = d; assign repacked_valid = v | extra; assign r = repacked_ready;"
    )
    report = simulate(ADAPTER, frames(20), verilog=text).report
    assert report.wrong_tokens == 1
    (mismatch,) = report.mismatches
    assert (mismatch.token, mismatch.expected) == (60, None)
    assert report.contract is None


@NEEDS_COMPILER
def test_a_token_after_reset_is_seen() -> None:
    text = wrapped(
        "assign repacked_data = d; assign repacked_valid = v | ~packed_valid;"
        "assign r = repacked_ready;"
    )
    report = simulate(ADAPTER, frames(1), verilog=text).report
    assert not report.golden_match
    assert report.problems[0].startswith(
        "frames from 0 on: after reset: stream 'repacked', token 0: expected no token, got data="
    )


@NEEDS_COMPILER
def test_a_cycle_too_much_breaks_the_contract_only() -> None:
    text = wrapped(
        "reg late; always @(posedge clk) late <= n == 8'd5 & v;"
        "wire go = n != 8'd5 | late; assign repacked_data = d;"
        "assign repacked_valid = v & go; assign r = repacked_ready & go;"
    )
    report = simulate(ADAPTER, frames(20), verilog=text).report
    assert report.golden_match
    assert report.contract is False
    assert not report.passed
    assert report.message == (
        "frames from 0 on: contract: frame 1 of 20 was complete 13 cycles after the first token, "
        "not 12"
    )
    assert simulate(ADAPTER, frames(20), verilog=text, pace=Pace(accept=0.9)).report.passed


@NEEDS_COMPILER
def test_a_token_that_changes_while_it_waits_is_seen() -> None:
    text = wrapped(
        "reg flip; always @(posedge clk) flip <= v & ~repacked_ready & ~flip;"
        "assign repacked_data = d ^ {19'd0, flip & ~repacked_ready};"
        "assign repacked_valid = v; assign r = repacked_ready;"
    )
    assert simulate(ADAPTER, frames(40), verilog=text).report.passed
    report = simulate(ADAPTER, frames(40), verilog=text, pace=Pace(accept=0.2)).report
    assert report.golden_match
    assert "stream 'repacked' changed or withdrew token" in report.message


@NEEDS_COMPILER
def test_a_macro_that_takes_nothing_is_told_in_words() -> None:
    text = wrapped("assign repacked_data = d; assign repacked_valid = 1'b0; assign r = 1'b0;")
    report = simulate(ADAPTER, frames(3), verilog=text).report
    assert "stream 'packed' accepted " in report.problems[0]
    assert "stream 'repacked' gave 0 of 9 tokens" in report.problems[0]
