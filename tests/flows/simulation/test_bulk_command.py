"""The command `simulate` and its messages."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from support.bulk import ADAPTER, frames
from support.machine import NEEDS_COMPILER
from typer.testing import CliRunner

from neuroloom.flows.commands.simulate import simulate as command
from neuroloom.flows.simulation.bulk.files import read_traffic
from neuroloom.flows.simulation.bulk.simulate import random_traffic, simulate
from neuroloom.flows.simulation.job import load_traffic, save_traffic
from neuroloom.flows.tools.errors import ToolMissing, UsageError
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.events.event_fifo import EventFifoSpec


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
        *fields,
        "-t",
        str(tmp_path / "work.npz"),
        "--setup",
        str(tmp_path / "weights.npz"),
        "-o",
        str(tmp_path / "out"),
        "--chunk",
        "10",
        "--json",
    )
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
    named: dict[str, Any] = {key.replace("__", "."): each for key, each in arrays.items()}
    np.savez(folder / "t.npz", **named)
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
        (("--random", "5", "-o", "/proc/nowhere"), "cannot write to /proc/nowhere"),
    ],
)
def test_wrong_words_are_refused_in_a_sentence(words: tuple[str, ...], message: str) -> None:
    status, _, error = call("width_adapter", *words)
    assert status == 2
    assert message in str(error)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    for name, text in (
        ("a.npz", "PK nonsense"),
        ("packed.data.csv", "1,x\n"),
        ("packed.data.npy", ""),
    ):
        (tmp_path / name).write_text(text)
        status, _, error = call("width_adapter", "-t", str(tmp_path / name))
        assert status == 2
        assert f"cannot read {tmp_path / name}" in str(error)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("packed.data", "1,2\n# so far\n\n3\n4,5\n", "line 4 has 1 number where a token takes 2"),
        ("packed.data", "1,2\n3,4,5\n", "line 2 has 3 numbers where a token takes 2"),
        ("packed.data", "1,2,3\n4,5,6\n", "line 1 has 3 numbers where a token takes 2"),
        ("packed.data", "1,2,\n", "line 1 has 3 numbers where a token takes 2"),
        ("packed.data", "1,2\n3,1.5 # half\n", "line 2: '1.5' is no integer"),
        ("packed.data", "1,2\n,4\n", "line 2: '' is no integer"),
        ("packed.data", "1,99999999999999999999\n", "99999999999999999999"),
        ("packed.data", "# nothing\n", "it holds no numbers"),
        ("write.event", "1,2,3\n", "line 1 has 3 numbers where a token takes 1"),
    ],
)
def test_wrong_rows_are_refused_with_their_line(
    name: str, text: str, sentence: str, tmp_path: Path
) -> None:
    file = tmp_path / f"{name}.csv"
    file.write_text(text)
    spec = ADAPTER if name == "packed.data" else EventFifoSpec()
    with pytest.raises(UsageError) as caught:
        read_traffic(spec, [file])
    assert str(caught.value).startswith(f"cannot read {file}: ")
    assert sentence in str(caught.value)


def test_rows_are_tokens_also_where_there_is_one(tmp_path: Path) -> None:
    file = tmp_path / "packed.data.csv"
    file.write_text("\ufeff1, 2\r\n")
    assert read_traffic(ADAPTER, [file])["packed"]["data"].tolist() == [[1, 2]]


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
    from neuroloom.golden.streams.width_adapter import WidthAdapterModel

    right = WidthAdapterModel.run
    monkeypatch.setattr(
        WidthAdapterModel,
        "run",
        lambda self, traffic: {"repacked": {"data": 1 - right(self, traffic)["repacked"]["data"]}},
    )
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
