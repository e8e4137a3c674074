"""Programming of a differential tile: the pulses of every attempt, and the faults that are found,
all of them and no others.
"""

import itertools

import numpy as np
import pytest
from pydantic import ValidationError

from neuroloom.flows.verify import replay, verify
from neuroloom.golden.bnn.rram_program import RramProgramSpec
from neuroloom.golden.bnn.rram_tile import ProgrammedTile, SensedTile
from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec
from neuroloom.golden.devices.differential import ResistiveDevice
from neuroloom.golden.devices.differential_array import DifferentialArray, State
from neuroloom.golden.ports import Integers, Tokens
from neuroloom.hdl.bnn.rram_program import RramProgram
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.simulator import Simulator, simulate

EXACT = ResistiveDevice(lrs_sigma=0, hrs_sigma=0)
ROWS, COLUMNS = 11, 13
SPEC = RramProgramSpec(rows=ROWS, columns=COLUMNS, cells=4, attempts=3, form_cycles=3)
ODD = RramProgramSpec(
    rows=2,
    columns=3,
    cells=2,
    attempts=2,
    set_cycles=2,
    reset_cycles=1,
    form_cycles=5,
    gap_cycles=3,
)


def every_row(bits: Integers, form: int = 0, write: int = 1) -> Tokens:
    rows = len(bits)
    return {
        "row": np.arange(rows),
        "bits": bits,
        "write": np.full(rows, write),
        "form": np.full(rows, form),
    }


def needed(bits: Integers) -> Integers:
    """The state of both devices (rows, columns, 2) that holds the bits."""
    low = np.stack([bits == 1, bits == 0], axis=-1)
    return np.where(low, int(State.LRS), int(State.HRS))


@pytest.mark.parametrize("seed", range(6))
def test_stuck_cells_are_reported_all_and_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    share = (0.0, 0.01, 0.1, 0.4)[seed % 4]
    stuck = rng.choice([0, 1, 2], (ROWS, COLUMNS, 2), p=[1 - share, share / 2, share / 2])
    bits = rng.integers(0, 2, (ROWS, COLUMNS))
    array = DifferentialArray(ROWS, COLUMNS, EXACT, stuck=stuck, formed=False)
    tile = ProgrammedTile(SPEC, array)
    status = tile.program(every_row(bits, form=1))
    injected = ((stuck > 0) & (stuck != needed(bits))).any(axis=-1)
    assert (status["failed"] == injected).all(), f"seed {seed}"
    assert (status["attempts"] == np.where(injected.any(axis=1), 3, 1)).all(), f"seed {seed}"
    assert (status["row"] == np.arange(ROWS)).all()
    again = tile.program(every_row(1 - bits))
    injected = ((stuck > 0) & (stuck != needed(1 - bits))).any(axis=-1)
    assert (again["failed"] == injected).all(), f"seed {seed}: written to the complement"


@pytest.mark.parametrize("seed", range(6))
def test_cells_that_miss_pulses_take_the_attempts_they_need(seed: int) -> None:
    """Each attempt of a write pulses each device once, so misses and attempts can be counted."""
    rng = np.random.default_rng(seed)
    missed = rng.choice([0, 1, 2, 3, 5], (ROWS, COLUMNS, 2), p=[0.6, 0.2, 0.1, 0.05, 0.05])
    bits = rng.integers(0, 2, (ROWS, COLUMNS))
    array = DifferentialArray(ROWS, COLUMNS, EXACT, missed=missed)
    # devices begin in the HRS: only the one that is to be low needs a pulse that works
    low = np.where(bits == 1, missed[..., 0], missed[..., 1])
    status = ProgrammedTile(SPEC, array).program(every_row(bits))
    assert (status["failed"] == (low >= 3)).all(), f"seed {seed}"
    assert (status["attempts"] == np.minimum(low.max(axis=1) + 1, 3)).all(), f"seed {seed}"
    assert (status["bits"] == np.where(low >= 3, 0, bits)).all(), f"seed {seed}"


@pytest.mark.parametrize("seed", range(6))
def test_random_failures_are_those_of_the_devices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    stuck = rng.choice([0, 1, 2], (ROWS, COLUMNS, 2), p=[0.96, 0.02, 0.02])
    device = ResistiveDevice(
        lrs_sigma=0, hrs_sigma=0, set_failure=0.3, reset_failure=0.4, form_failure=0.2
    )
    array = DifferentialArray(ROWS, COLUMNS, device, stuck=stuck, formed=False, seed=seed)
    tile = ProgrammedTile(SPEC, array)
    for form in (1, 0, 0):
        bits = rng.integers(0, 2, (ROWS, COLUMNS))
        status = tile.program(every_row(bits, form))
        # a device that was never formed is high to the amplifier, whatever else it is
        high = array.state != State.LRS
        unformed = array.state == State.UNFORMED
        resolved = (high[..., 0] != high[..., 1]) | (unformed[..., 0] != unformed[..., 1])
        left_better = np.where(high[..., 0] != high[..., 1], high[..., 1], unformed[..., 1])
        holds = np.where(resolved, left_better, -1)
        assert (status["failed"] == (holds != bits)).all(), f"seed {seed}"
        back = tile.program(every_row(bits, form, write=0))
        assert (back["bits"] == (holds == 1)).all(), f"seed {seed}"
        assert (back["failed"] == (holds == -1)).all(), f"seed {seed}"
        assert not back["attempts"].any()


@pytest.mark.regression
def test_the_pulses_of_an_attempt_in_order() -> None:
    traffic = {
        "command": {
            "row": np.array([1]),
            "bits": np.array([[1, 0, 1]]),
            "write": np.array([1]),
            "form": np.array([1]),
        },
        "words": {
            "bits": np.array([[1, 0, 0], [1, 1, 1]]),
            "unresolved": np.array([[0, 0, 0], [0, 0, 1]]),
        },
    }
    given = ODD.model().run(traffic)
    tokens = given["pulses"]
    pulses = [
        (int(tokens["kind"][k]), *(tokens[side][k].tolist() for side in ("left", "right")))
        for k in range(len(tokens["kind"]))
    ]
    assert pulses == [
        (2, [1, 1, 0], [1, 1, 0]),
        (2, [0, 0, 1], [0, 0, 1]),
        (0, [1, 0, 0], [0, 1, 0]),
        (0, [0, 0, 1], [0, 0, 0]),
        (1, [0, 1, 0], [1, 0, 0]),
        (1, [0, 0, 0], [0, 0, 1]),
        # only the cell that failed
        (2, [0, 0, 1], [0, 0, 1]),
        (0, [0, 0, 1], [0, 0, 0]),
        (1, [0, 0, 0], [0, 0, 1]),
    ]
    assert tokens["rows"].tolist() == [[0, 1]] * 9
    assert given["reads"]["row"].tolist() == [1, 1]
    # the second answer has column 1 wrong, too, and column 2 without a bit
    assert given["status"]["failed"].tolist() == [[0, 1, 1]]
    assert given["status"]["attempts"].tolist() == [2]
    assert given["status"]["bits"].tolist() == [[1, 1, 1]]
    # by hand: 2 groups of a FORM, SET, RESET in 1 + width + 3; then one group each, and 3 empty
    first = 2 * (1 + 5 + 3) + 2 * (1 + 2 + 3) + 2 * (1 + 1 + 3) + 2
    second = (1 + 5 + 3) + (1 + 2 + 3) + (1 + 1 + 3) + 3 * 1 + 2
    variation = ODD.variation(traffic, given)
    assert variation.busy.tolist() == [first + second + 1]
    assert replay(ODD, traffic).passed


def test_every_kind_of_pulse_has_its_own_width() -> None:
    spec = RramProgramSpec(
        rows=2, columns=2, attempts=1, set_cycles=2, reset_cycles=5, form_cycles=3, gap_cycles=4
    )
    seen: list[tuple[int, ...]] = []

    async def play(sim: Simulator) -> None:
        for port in (
            "command_valid",
            "command_write",
            "command_form",
            "words_valid",
            "reads_ready",
            "status_ready",
        ):
            sim.set(port, 1)
        sim.set("command_row", 1)
        sim.set("command_bits", 0b01)
        for _ in range(150):
            await sim.settle()
            names = ("strobe", "kind", "rows", "left", "right")
            seen.append(tuple(sim.get(f"pulses_{name}") or 0 for name in names))
            await sim.tick()

    simulate(FlatPorts(RramProgram(spec)), play)
    runs = [(state, len(list(run))) for state, run in itertools.groupby(seen)]
    high = [(state[1:], cycles) for state, cycles in runs if state[0]]
    order = [
        ((2, 2, 1, 1), 3),
        ((2, 2, 2, 2), 3),
        ((0, 2, 1, 0), 2),
        ((0, 2, 0, 2), 2),
        ((1, 2, 0, 1), 5),
        ((1, 2, 2, 0), 5),
    ]
    assert high[:12] == [*order, *order]
    for before, (state, cycles), behind in zip(runs, runs[1:], runs[2:], strict=False):
        if before[0][0]:  # the gap: every line as it was
            assert state == (0, *before[0][1:])
            assert cycles == spec.gap_cycles
        if behind[0][0]:  # the cycle before: every line as it will be
            assert state == (0, *behind[0][1:])


def test_a_word_that_is_written_is_read_through_the_sense_amplifiers() -> None:
    rng = np.random.default_rng(2)
    bits = rng.integers(0, 2, (ROWS, COLUMNS))
    array = DifferentialArray(ROWS, COLUMNS, formed=False, seed=2)
    status = ProgrammedTile(SPEC, array).program(every_row(bits, form=1))
    good = ~status["failed"].any(axis=1)
    assert good.sum() >= ROWS - 2
    activations = rng.integers(0, 2, (ROWS, COLUMNS))
    sense = SensedTile(XnorSenseSpec(rows=ROWS, columns=COLUMNS), array)
    word = sense.xnor(np.arange(ROWS), activations)
    assert (word["bits"] == (bits == activations))[good].all()


def test_a_row_that_is_not_there_fails_in_every_column() -> None:
    tile = ProgrammedTile(SPEC, DifferentialArray(ROWS, COLUMNS, EXACT))
    before = tile.array.state.copy()
    commands = {**every_row(np.ones((1, COLUMNS), int)), "row": np.array([ROWS])}
    status = tile.program(commands)
    assert status["failed"].all()
    assert status["attempts"].tolist() == [3]
    assert (tile.array.state == before).all()


@pytest.mark.regression
def test_the_block_of_one_kilobit_equals_its_model() -> None:
    assert verify(RramProgramSpec(set_cycles=2, form_cycles=3), seeds=(1,), operations=10).passed


@pytest.mark.parametrize("name", ["rows", "columns", "cells", "attempts", "gap_cycles"])
def test_nothing_of_size_zero(name: str) -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        RramProgramSpec.model_validate({name: 0})


def test_wrong_arrays_and_numbers_of_words_are_refused() -> None:
    with pytest.raises(ValueError, match="3 rows and 2 columns, not 2 and 3"):
        ProgrammedTile(ODD, DifferentialArray(3, 2))
    commands = every_row(np.ones((2, 3), int))
    words = {"bits": np.ones((1, 3), int), "unresolved": np.zeros((1, 3), int)}
    with pytest.raises(ValueError, match="2 commands take more words than the 1 there are"):
        ODD.model().run({"command": commands, "words": words})
    three = {name: np.repeat(values, 3, axis=0) for name, values in words.items()}
    with pytest.raises(ValueError, match="2 commands take 2 words; there are 3"):
        ODD.model().run({"command": commands, "words": three})
