"""Chips of crossbar cores: files, packets in the right tick, a network for a thousand ticks."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from references.systems.crossbar_chip import FIELDS, ReferenceChip
from support.effort import effort
from support.machine import NEEDS_COMPILER
from support.places import DOCS
from typer.testing import CliRunner

from neuroloom.flows.cli import app
from neuroloom.flows.macros import chip_file
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.simulation.bulk.simulate import simulate as simulate_bulk
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.neurons.crossbar_contents import CoreContents
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.systems.crossbar_chip import CrossbarChipSpec
from neuroloom.verif.systems.crossbar_chip import CrossbarChipStimulus, random_chip
from neuroloom.verif.systems.heard_events import unheard

CORE = CrossbarCoreSpec(
    axons=24,
    neurons=16,
    membrane_bits=8,
    threshold_bits=6,
    weight_bits=6,
    slots=16,
    word=8,
    overflow="wrap",
    dx_bits=4,
    dy_bits=4,
)

"""Tick, source, columns and rows to go as the neuron says, axon, delay."""


@pytest.fixture
def chip() -> CrossbarChipSpec:
    return random_chip(3, 3, CORE, np.random.default_rng(11))


@pytest.mark.parametrize("kind", ["json", "npz"])
def test_a_chip_survives_its_file(chip: CrossbarChipSpec, kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"chip.{kind}"
    chip_file.save(chip, file)
    assert chip_file.load(file) == chip
    assert read_spec(macro("crossbar_chip"), [f"chip={file}"]) == chip


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("format",), "other", "not a chip file: format 'other', version 1"),
        (("version",), 2, "version 2; it takes format 'neuroloom-chip', version 1"),
        (("columns",), 2, "contents has 9 cores for a grid of 2 × 3"),
        (("core", "dx_bits"), 2, "dx_bits=2 does not reach across and out of a grid of 3 × 3"),
        (("contents", 4, "types", 3), 4, "core of column 1, row 1: types of axon 3 is 4"),
        (("contents", 8, "dx", 0), 8, "core of column 2, row 2: destinations: dx of neuron 0 is 8"),
        (("contents", 2, "axon", 5), 24, "column 2, row 0: axon of neuron 5 is 24"),
        (("contents", 2, "crossbar"), ["0"], "row 0: crossbar has 1 entries for 16 neurons"),
        (("contents", 0, "reset_mode", 1), "maybe", "contents.0.reset_mode.1: .*'value'"),
        (("contents", 0, "colour"), 1, "contents.0.colour: Extra inputs"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    chip: CrossbarChipSpec, path: tuple[Any, ...], value: Any, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "chip.json"
    chip_file.save(chip, file)
    fields = json.loads(file.read_text())
    at = fields
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    file.write_text(json.dumps(fields))
    with pytest.raises(UsageError, match=message):
        chip_file.load(file)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"description": None}, "it has no array description"),
        ({"colour": np.zeros(9, int)}, "there is no field colour"),
        ({"leak": np.zeros((8, 16), int)}, "different numbers of cores"),
        ({"leak": np.zeros((9, 16))}, "leak does not hold integers"),
        ({"crossbar": np.full((9, 16, 24), 2)}, "with 0 and 1"),
        ({"floor": np.full((9, 16), 2)}, "floor has a value that is not one of 0 to 1"),
    ],
)
def test_what_is_wrong_with_arrays_is_said(
    chip: CrossbarChipSpec, changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    file = tmp_path / "chip.npz"
    chip_file.save(chip, file)
    with np.load(file) as archive:
        arrays = {**{name: archive[name] for name in archive.files}, **changes}
    np.savez(file, **{name: values for name, values in arrays.items() if values is not None})
    with pytest.raises(UsageError, match=message):
        chip_file.load(file)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("chip.txt", "", "a chip file ends in .json or .npz, not chip.txt"),
        ("chip.json", "{", "chip.json is not a chip file"),
        ("chip.json", "[]", "it does not hold an object"),
        ("chip.npz", "no archive", "chip.npz is not a chip file"),
    ],
)
def test_files_that_are_no_chips(name: str, text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=message):
        chip_file.read(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the chip .*: No such file"):
        chip_file.load(tmp_path / "chip.json")


def test_an_event_for_a_core_that_is_not_there(chip: CrossbarChipSpec) -> None:
    one = {"tick": [0, 1], "x": [3, 0], "y": [0, 0], "axon": [0, 0], "delay": [0, 0]}
    with pytest.raises(ValueError, match="no core in column 3, row 0: the grid has 3 × 3"):
        chip.model().run({"events": {name: np.array(values) for name, values in one.items()}})


def test_packets_of_random_chips_depend_on_what_events_say() -> None:
    """Else events of two cores could be exchanged and no packet would tell."""
    rng = np.random.default_rng(6)
    deaf = []
    for _ in range(12):
        spec = CrossbarChipStimulus.random_spec(rng)
        deaf.append(unheard(spec, CrossbarChipStimulus(spec).random(rng, 15)))
    assert sum("the core of events" in each or "the axon of events" in each for each in deaf) <= 3
    assert sum("the delay of events" in each for each in deaf) <= 3
    assert sum(bool(each) for each in deaf) <= 8


def test_a_chip_that_never_fires_ignores_its_events() -> None:
    core = CORE.model_copy(update={"threshold_bits": 7})
    chip = random_chip(2, 1, core, np.random.default_rng(6))
    quiet = {"weights": ((0,) * core.types,) * core.neurons, "leak": (0,) * core.neurons}
    quiet |= {"positive_threshold": (1,) * core.neurons, "reset_value": (0,) * core.neurons}
    contents = tuple(each.model_copy(update=quiet) for each in chip.contents)
    silent = CrossbarChipSpec(columns=2, rows=1, core=core, contents=contents)
    events = CrossbarChipStimulus(silent).random(np.random.default_rng(6), 15)
    of_events = ["the core of events", "the axon of events", "the delay of events"]
    assert set(of_events) <= set(unheard(silent, events))
    assert not set(of_events) & set(unheard(chip, events))


@pytest.mark.regression
@NEEDS_COMPILER
def test_a_network_from_a_file_runs_for_a_thousand_ticks(
    chip: CrossbarChipSpec, tmp_path: Path
) -> None:
    """Nine cores; every packet that leaves in its tick, membranes that wrap, weights below zero."""
    file = tmp_path / "chip.json"
    chip_file.save(chip, file)
    spec = chip_file.load(file)
    sent = CrossbarChipStimulus(spec).random(np.random.default_rng(4), 1000)
    reference = ReferenceChip(spec)
    events = (sent["events"][name].tolist() for name in ("tick", "x", "y", "axon", "delay"))
    expected = reference.run(list(zip(*events, strict=True)))
    seen = set().union(*(core.seen for core in reference.cores))
    assert seen >= {"above", "below", "negative weight", "saturates", "fires 1", "falls 1"}
    assert len(expected) > 1000
    result = simulate_bulk(spec, sent, chunk=1000)
    assert result.report.passed, result.report.message
    packets = (result.outputs["packets"][name].tolist() for name in FIELDS)
    assert sorted(zip(*packets, strict=True)) == sorted(expected)


@pytest.mark.flow
@NEEDS_COMPILER
def test_commands_take_a_file(chip: CrossbarChipSpec, tmp_path: Path) -> None:
    file = tmp_path / "chip.npz"
    chip_file.save(random_chip(2, 1, CORE, np.random.default_rng(2)), file)
    given = [f"chip={file}"]
    done = CliRunner().invoke(app, ["generate", "crossbar_chip", *given, "-o", str(tmp_path / "o")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "o" / "crossbar_chip.v").exists()
    given += ["--operations", "5", *effort(("--only",), ())]  # companions are compiled anew each
    done = CliRunner().invoke(app, ["verify", "crossbar_chip", *given])
    assert done.exit_code == 0, done.output


def test_the_file_in_the_documentation_is_a_chip(tmp_path: Path) -> None:
    text = (DOCS / "chip-format.md").read_text()
    file = tmp_path / "chip.json"
    file.write_text(text.split("```json\n")[1].split("```")[0])
    spec = chip_file.load(file)
    assert (spec.columns, spec.core.neurons, spec.contents[0].weights[1]) == (1, 2, (100, -100))
    missing = set(CoreContents.model_fields) - set(text.replace(",", "").split("`"))
    assert not missing, "fields that the documentation does not name"


def test_an_event_leaves_the_default_chip() -> None:
    """Two columns to the east of the only one is one further; it is due in the first tick."""
    events = {"tick": [0, 1, 1, 1], "x": [0] * 4, "y": [0] * 4, "axon": [0] * 4, "delay": [1] * 4}
    sent = {"events": {name: np.array(values) for name, values in events.items()}}
    packets = CrossbarChipSpec().model().run(sent)["packets"]
    (number,) = np.flatnonzero(packets["tick"] == 0)
    leaves = {name: int(values[number]) for name, values in packets.items() if values[number]}
    assert leaves == {"port": CrossbarChipSpec().ports.index("to_east_0"), "dx": 1, "delay": 1}
