"""Bulk simulation: packing, the compiled harness on every macro, chunks, faults and messages."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import typer
from effort import effort
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from neuroloom.flows.catalogue import Macro, macros
from neuroloom.flows.commands.simulate import simulate as command
from neuroloom.flows.errors import ToolMissing, UsageError
from neuroloom.flows.process import has_tool
from neuroloom.flows.simulation.bulk.build import build
from neuroloom.flows.simulation.bulk.packing import check, field_bytes, pack, unpack
from neuroloom.flows.simulation.bulk.run import Pace, golden, run
from neuroloom.flows.simulation.bulk.simulate import random_traffic, simulate
from neuroloom.flows.simulation.job import load_traffic, save_traffic
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.events.width_adapter import WidthAdapterSpec
from neuroloom.golden.formats import Rounding
from neuroloom.golden.ports import Field, Stream

NEEDS_COMPILER = pytest.mark.skipif(not has_tool("g++"), reason="g++ is not installed")
ADAPTER = WidthAdapterSpec(length=12, input_lanes=2, output_lanes=4, bits=5)


def frames(number: int, seed: int = 0) -> dict[str, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    return {"packed": {"data": rng.integers(0, 32, (number * 6, 2))}}


# Packing


@given(
    bits=st.integers(1, 63),
    signed=st.booleans(),
    lanes=st.one_of(st.none(), st.integers(1, 40)),
    tokens=st.integers(0, 5),
    seed=st.integers(0, 1 << 32),
)
def test_packing_gives_the_bits_that_the_field_gives(
    bits: int, signed: bool, lanes: int | None, tokens: int, seed: int
) -> None:
    field = Field("x", bits, "", signed, lanes)
    stream = Stream("s", "in", (Field("before", 3, ""), field), "")
    rng = np.random.default_rng(seed)
    values = rng.integers(
        field.minimum, field.maximum, field.shape(tokens), np.int64, endpoint=True
    )
    if values.size:
        values.flat[0], values.flat[-1] = field.minimum, field.maximum
    given_tokens = {"before": np.arange(tokens) % 8, "x": values}
    check(stream, given_tokens)
    rows = pack(stream, given_tokens)
    assert rows.shape == (tokens, 1 + field_bytes(field))
    assert [int.from_bytes(row[1:].tobytes(), "little") for row in rows] == field.pack(values)
    again = unpack(stream, rows)
    assert again["x"].dtype == np.int64
    np.testing.assert_array_equal(again["x"], values)
    np.testing.assert_array_equal(again["before"], given_tokens["before"])


@pytest.mark.parametrize(
    ("bits", "lanes", "size"),
    [(1, None, 1), (8, None, 1), (9, None, 2), (16, 2, 4), (33, None, 8), (8, 8, 8),
     (13, 5, 12), (1, 97, 16), (1, 65, 12)],
)  # fmt: skip
def test_a_field_takes_the_bytes_of_verilators_variable(
    bits: int, lanes: int | None, size: int
) -> None:
    assert field_bytes(Field("x", bits, "", lanes=lanes)) == size


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([0, 8]), "field s.x holds 0 to 7, not 0 to 8"),
        (np.array([-1]), "field s.x holds 0 to 7, not -1 to -1"),
        (np.array([[1]]), r"field s.x takes the shape \(tokens\), not \(1, 1\)"),
        (np.array([1.0]), "field s.x takes integers, not float64"),
        (np.array(1), "field s.x takes an array, not a single number"),
    ],
)
def test_values_that_do_not_fit_are_refused(values: np.ndarray, message: str) -> None:
    stream = Stream("s", "in", (Field("x", 3, ""),), "")
    with pytest.raises(ValueError, match=message):
        check(stream, {"x": values})


# The harness


@NEEDS_COMPILER
def test_every_token_and_every_cycle_is_the_models() -> None:
    result = simulate(ADAPTER, frames(50), chunk=20)
    report = result.report
    assert report.passed
    assert (report.operations, report.chunks, report.contract) == (50, 3, True)
    assert report.tokens == {"packed": 300, "repacked": 150}
    # six tokens a frame, each chunk of 20, 20 and 10 frames alone: latency 6, interval 6
    assert report.cycles == 3 + 6 * 50
    assert report.stalls == {"packed": 0, "repacked": 0}
    expected = ADAPTER.model().run(frames(50))
    np.testing.assert_array_equal(result.outputs["repacked"]["data"], expected["repacked"]["data"])


@NEEDS_COMPILER
@pytest.mark.parametrize("seed", range(3))
def test_gaps_change_cycles_and_no_token(seed: int) -> None:
    pace = Pace(offer=0.6, accept=0.3, seed=seed)
    report = simulate(ADAPTER, frames(200), chunk=200, pace=pace).report
    assert report.golden_match
    assert not report.problems
    assert report.contract is None
    # a frame takes 6 tokens offered in 6 / 0.6 cycles, or 3 accepted in 3 / 0.3
    assert report.cycles > 1.0 * 10 * 200
    assert report.cycles < 2.5 * 10 * 200
    assert report.stalls["packed"] > 0
    assert report.stalls["repacked"] > 0
    again = simulate(ADAPTER, frames(200), chunk=200, pace=pace).report
    assert again.cycles == report.cycles


@NEEDS_COMPILER
def test_operations_start_exactly_a_spacing_apart() -> None:
    _, work = golden(ADAPTER, frames(30))
    done = run(build(ADAPTER), work, pace=Pace(spacing=17), record=True)
    taken = done.handovers["packed"].astype(np.int64).reshape(30, 6)
    np.testing.assert_array_equal(taken, 17 * np.arange(30)[:, None] + np.arange(6))


@NEEDS_COMPILER
def test_loads_are_through_before_work_begins() -> None:
    spec = BnnLayerSpec(inputs=10, neurons=6, pe=2, simd=5)
    traffic, setup = random_traffic(spec, 40, seed=4)
    assert setup is not None
    before, work = golden(spec, traffic, setup)
    done = run(build(spec), work, before, record=True)
    assert done.phases["setup"].streams["weights"].tokens == 6
    assert done.phases["setup"].streams["thresholds"].tokens == 3
    assert done.phases["work"].streams["weights"].tokens == 0
    assert list(done.handovers["activations"][:2]) == [0, 1]
    # loads that come with the operations go before them, too
    assert simulate(
        spec, {**traffic, **{k: setup[k] for k in ("weights", "thresholds")}}
    ).report.passed


def random_macro_spec(macro: Macro, seed: int):  # type: ignore[no-untyped-def]
    return macro.stimulus_type.random_spec(np.random.default_rng(seed))


@NEEDS_COMPILER
@pytest.mark.regression
@pytest.mark.parametrize("macro", macros().values(), ids=macros())
@pytest.mark.parametrize("seed", [None, *range(5000, effort(5001, 5003))])
def test_every_macro_in_bulk(macro: Macro, seed: int | None) -> None:
    spec = macro.spec() if seed is None else random_macro_spec(macro, seed)
    shown = f"seed {seed}: {spec.model_dump_json(exclude_none=True)}"
    traffic, setup = random_traffic(spec, 40, seed or 1)
    straight = simulate(spec, traffic, setup, chunk=25).report
    assert straight.passed, f"{shown}\n{straight.message}"
    assert straight.operations == 40, shown
    gaps = simulate(spec, traffic, setup, pace=Pace(0.5, 0.4, seed=seed or 1)).report
    assert gaps.passed, f"{shown}\n{gaps.message}"


@NEEDS_COMPILER
@pytest.mark.regression
@pytest.mark.parametrize("lanes", [1, 7, 8, 9, 16, 17, 32, 33, 64, 65, 200])
def test_ports_of_every_width(lanes: int) -> None:
    for bits in effort((3, 37), (1, 3, 8, 37)):
        spec = WidthAdapterSpec(length=2 * lanes, input_lanes=lanes, output_lanes=lanes, bits=bits)
        traffic, _ = random_traffic(spec, 60, seed=bits)
        for pace in (Pace(), Pace(accept=0.5)):
            assert simulate(spec, traffic, pace=pace).report.passed, (lanes, bits)


# Broken Verilog

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


# Chunks


@NEEDS_COMPILER
def test_state_that_a_chunk_does_not_carry_on_is_reported() -> None:
    spec = RequantizeSpec(rounding=Rounding.STOCHASTIC)
    traffic, _ = random_traffic(spec, 90, seed=1)
    cut = simulate(spec, traffic, chunk=30)
    assert cut.report.passed
    assert cut.report.chunks_with_state == 2
    whole = simulate(spec, traffic, chunk=90)
    assert whole.report.passed
    assert whole.report.chunks_with_state == 0
    expected = spec.model().run(traffic)["result"]["data"]
    np.testing.assert_array_equal(whole.outputs["result"]["data"], expected)
    assert (cut.outputs["result"]["data"] != expected).any()


@NEEDS_COMPILER
def test_finished_chunks_are_kept_and_used_for_the_same_content_only(tmp_path: Path) -> None:
    first = simulate(ADAPTER, frames(30), chunk=10, folder=tmp_path)
    assert first.report.chunks_reused == 0
    outputs = load_traffic(tmp_path / "outputs.npz")
    np.testing.assert_array_equal(outputs["repacked"]["data"], first.outputs["repacked"]["data"])
    assert json.loads((tmp_path / "report.json").read_text())["operations"] == 30
    again = simulate(ADAPTER, frames(30), chunk=10, folder=tmp_path)
    assert again.report.chunks_reused == 3
    np.testing.assert_array_equal(
        again.outputs["repacked"]["data"], first.outputs["repacked"]["data"]
    )
    other = frames(30)
    other["packed"]["data"][-1, -1] ^= 1
    assert simulate(ADAPTER, other, chunk=10, folder=tmp_path).report.chunks_reused == 2
    assert simulate(
        ADAPTER, frames(30), chunk=10, folder=tmp_path, pace=Pace(accept=0.5)
    ).report.chunks_reused == 0  # fmt: skip
    text = wrapped(
        "assign repacked_data = d; assign repacked_valid = v; assign r = repacked_ready;"
    )
    assert simulate(
        ADAPTER, frames(30), chunk=10, folder=tmp_path, verilog=text
    ).report.chunks_reused == 0  # fmt: skip


LONG_RUN = """
import sys
from pathlib import Path
from test_bulk import ADAPTER, frames, simulate
simulate(ADAPTER, frames(4000), chunk=10, workers=2, folder=Path(sys.argv[1]))
"""


@NEEDS_COMPILER
@pytest.mark.flow
def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    build(ADAPTER)
    process = subprocess.Popen(
        [sys.executable, "-c", LONG_RUN, str(tmp_path)], cwd=Path(__file__).parent
    )
    chunks = tmp_path / "chunks"
    limit = time.monotonic() + 60
    while len(list(chunks.glob("*.json"))) < 5 and time.monotonic() < limit:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it ended before it was killed"
    done = {
        file: hashlib.sha256(file.read_bytes()).hexdigest() for file in chunks.glob("*.json")
        if file.with_suffix(".npz").exists()
    }  # fmt: skip
    assert 5 <= len(done) < 400
    result = simulate(ADAPTER, frames(4000), chunk=10, folder=tmp_path)
    assert result.report.passed
    assert result.report.chunks_reused == len(done)
    assert {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in done} == done
    expected = ADAPTER.model().run(frames(4000))["repacked"]["data"]
    np.testing.assert_array_equal(result.outputs["repacked"]["data"], expected)


# The command and its messages


def call(*words: str) -> tuple[int, str, Exception | None]:
    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, list(words))
    error = result.exception if isinstance(result.exception, Exception) else None
    return getattr(error, "exit_status", result.exit_code), result.stdout, error


@NEEDS_COMPILER
def test_the_command_runs_files_with_loads(tmp_path: Path) -> None:
    spec = BnnLayerSpec(inputs=10, neurons=6, pe=2, simd=5)
    traffic, setup = random_traffic(spec, 25, seed=2)
    assert setup is not None
    save_traffic(traffic, tmp_path / "work.npz")
    save_traffic(setup, tmp_path / "weights.npz")
    fields = ("bnn_layer", "inputs=10", "neurons=6", "pe=2", "simd=5")
    status, text, error = call(
        *fields, "-t", str(tmp_path / "work.npz"), "--setup", str(tmp_path / "weights.npz"),
        "-o", str(tmp_path / "out"), "--chunk", "10", "--json",
    )  # fmt: skip
    assert (status, error) == (0, None)
    report = json.loads(text)
    assert (report["operations"], report["golden_match"], report["chunks"]) == (25, True, 3)
    model = spec.model()
    model.run(setup)
    expected = model.run(traffic)["result"]["bits"]
    got = load_traffic(tmp_path / "out/outputs.npz")["result"]["bits"]
    np.testing.assert_array_equal(got, expected)


@NEEDS_COMPILER
def test_files_of_single_fields_and_random_operations(tmp_path: Path) -> None:
    data = frames(8)["packed"]["data"]
    np.save(tmp_path / "packed.data.npy", data)
    np.savetxt(tmp_path / "packed.data.csv", data, "%d", delimiter=",")
    fields = ("width_adapter", "length=12", "input_lanes=2", "output_lanes=4", "bits=5")
    for files, operations in ((("npy",), 8), (("csv",), 8), (("npy", "csv"), 16)):
        words = [word for each in files for word in ("-t", str(tmp_path / f"packed.data.{each}"))]
        status, text, error = call(*fields, *words, "--json")
        assert (status, error) == (0, None)
        assert json.loads(text)["operations"] == operations
    status, text, error = call(*fields, "--random", "33")
    assert (status, error) == (0, None)
    assert "33 in 1 chunk" in text
    assert "every token equal" in text


def stored(folder: Path, **arrays: np.ndarray) -> str:
    np.savez(folder / "t.npz", **{key.replace("__", "."): each for key, each in arrays.items()})
    return str(folder / "t.npz")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"packd__data": np.zeros((6, 2), int)}, "no input stream 'packd'; did you mean 'packed'?"),
        ({"packed__dat": np.zeros((6, 2), int)}, "no field 'dat'; did you mean 'data'?"),
        ({"repacked__data": np.zeros((6, 4), int)}, "'repacked' is an output of width_adapter"),
        ({"packed__data": np.zeros((6, 3), int)}, r"takes the shape (tokens, 2), not (6, 3)"),
        ({"packed__data": np.full((6, 2), 32)}, "packed.data holds 0 to 31, not 32 to 32"),
        ({"packed__data": np.zeros((6, 2))}, "packed.data takes integers, not float64"),
        ({"packed__data": np.zeros((7, 2), int)}, "has 7 tokens; a frame takes 6"),
        ({"packed__data": np.zeros((0, 2), int)}, "no frame to simulate: give packed.data"),
    ],
)
def test_wrong_traffic_is_refused_in_a_sentence(
    arrays: dict[str, np.ndarray], message: str, tmp_path: Path
) -> None:
    fields = ("width_adapter", "length=12", "input_lanes=2", "output_lanes=4", "bits=5")
    out = tmp_path / "out"
    status, _, error = call(*fields, "-t", stored(tmp_path, **arrays), "-o", str(out))
    assert status == 2
    assert message in str(error)
    assert "\n" not in str(error)
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-t", "absent.npz"), "cannot read absent.npz: No such file or directory"),
        (("-t", "absent.txt"), "absent.txt is of no known kind"),
        ((), "give either files with --traffic or a number with --random"),
        (("--random", "5", "-t", "x.npz"), "give either files"),
        (("--random", "5", "--spacing", "7"), "spacing of 7 cycles is too short"),
        (("--random", "5", "--accept", "0"), "the probability to accept is 0.0"),
        (("--random", "5", "-o", "/proc/nowhere"), "cannot write to /proc/nowhere"),
    ],
)
def test_wrong_words_are_refused_in_a_sentence(words: tuple[str, ...], message: str) -> None:
    status, _, error = call("width_adapter", *words)
    assert status == 2
    assert message in str(error)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    for name, text in (("a.npz", "PK nonsense"), ("packed.data.csv", "1,x\n"), ("b.npy", "")):
        (tmp_path / name).write_text(text)
        status, _, error = call("width_adapter", "-t", str(tmp_path / name))
        assert status == 2
        assert f"cannot read {tmp_path / name}" in str(error)


def test_weights_that_were_not_loaded_are_asked_for() -> None:
    spec = BnnLayerSpec(inputs=10, neurons=6, pe=2, simd=5)
    traffic, _ = random_traffic(spec, 3, seed=2)
    with pytest.raises(UsageError, match=r"bnn_layer cannot take this traffic: .* no weights yet"):
        simulate(spec, traffic)


def test_without_a_compiler_the_install_line_is_shown(bare_path: None, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(ToolMissing, match=r"g\+\+ was not found; install it with: sudo apt-get"):
        simulate(PopcountSpec(width=9), {"word": {"bits": np.zeros((4, 9), int)}}, folder=out)
    assert not out.exists()


@NEEDS_COMPILER
def test_a_command_that_finds_a_difference_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from neuroloom.golden.events.width_adapter import WidthAdapterModel

    right = WidthAdapterModel.run
    monkeypatch.setattr(
        WidthAdapterModel, "run",
        lambda self, traffic: {"repacked": {"data": 1 - right(self, traffic)["repacked"]["data"]}},
    )  # fmt: skip
    status, text, error = call("width_adapter", "--random", "4")
    assert status == 1
    assert "8 tokens differ" in text
    assert "width_adapter differs from its golden model: stream 'repacked', token 0" in str(error)


@NEEDS_COMPILER
def test_waves_show_the_first_chunk(tmp_path: Path) -> None:
    file = tmp_path / "first.vcd"
    assert simulate(ADAPTER, frames(4), waves=file).report.passed
    text = file.read_text()
    assert "$var wire" in text
    assert " packed_data [9:0] $end" in text
    assert [each.name for each in tmp_path.iterdir()] == ["first.vcd"]
