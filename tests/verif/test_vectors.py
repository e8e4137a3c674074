"""Golden vectors are of a size that can be written, and say what was left out."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from neuroloom.flows.cli import app
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.verilog import vectors as golden
from neuroloom.flows.verilog.vectors import operation_values, operations_of, vectors
from neuroloom.golden.ports import PACKED, Field, count


@pytest.mark.parametrize("name", ["popcount", "max_pool", "zero_skip", "rram_program", "crossbar"])
def test_usual_operations_are_written_whole(name: str) -> None:
    spec = macro(name).spec()
    made = vectors(spec, 1)
    stimulus = macro(name).stimulus(spec)
    every = operations_of(spec, stimulus.corners()) + stimulus.operations
    assert made.left_out == ""
    assert operations_of(spec, made.phases[-1]) == every


@pytest.mark.parametrize(
    ("fit", "operations", "said"),
    [
        (1000, 67, ""),
        (20, 20, "leave out 47 random operations: one dot product"),
        (8, 8, "leave out all corners and 52 random operations: one"),
        (0, 1, "leave out all corners and 59 random operations: one"),
    ],
)
def test_as_many_operations_as_fit_are_written(
    fit: int, operations: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = macro("xnor_popcount").spec()
    assert operations_of(spec, macro("xnor_popcount").stimulus(spec).corners()) == 7
    monkeypatch.setattr(golden, "MOST_VALUES", fit * operation_values(spec))
    made = vectors(spec, 1)
    assert operations_of(spec, made.phases[-1]) == operations
    assert count(made.phases[-1]["score"]) == operations
    assert said in made.left_out and bool(made.left_out) == bool(said)


def test_what_is_left_out_stands_in_the_manifest_and_is_said(tmp_path: Path) -> None:
    words = ["generate", "rram_program", "columns=4096", "-o", str(tmp_path)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    manifest = json.loads((tmp_path / "rram_program_manifest.json").read_text())
    said = "the vectors leave out all corners and all random operations but short ones: one command"
    assert manifest["vectors_left_out"].startswith(said)
    assert said in " ".join(done.output.split())
    tokens = {each["name"]: each["tokens"] for each in manifest["streams"]}
    assert tokens == {"command": 1, "words": 1, "pulses": 0, "reads": 1, "status": 1}
    assert len((tmp_path / "rram_program_status.hex").read_text().splitlines()) == 1


@pytest.mark.parametrize("case", ["xnor_popcount lanes=64", "rram_program columns=5"])
def test_words_do_not_depend_on_how_many_are_packed_at_once(case: str) -> None:
    name, override = case.split()
    field = read_spec(macro(name), [override]).input_streams[0].fields[1]
    assert field.lanes
    rng = np.random.default_rng(3)
    tokens = 3 * PACKED // field.port_bits + 1
    values = rng.integers(0, 2, (tokens, field.lanes))
    words = field.pack(values)
    few = [field.pack(values[each : each + 1])[0] for each in (0, tokens // 2, tokens - 1)]
    assert [words[0], words[tokens // 2], words[-1]] == few
    assert len(words) == tokens


def test_wide_tokens_are_packed_one_by_one() -> None:
    field = Field("values", 1, "", lanes=PACKED + 3)
    values = np.zeros((2, PACKED + 3), np.int64)
    values[0, 0] = values[1, -1] = 1
    assert field.pack(values) == [1, 1 << (PACKED + 2)]
