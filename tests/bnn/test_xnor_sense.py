"""Reads of a differential tile: XNOR of every word, what does not resolve, and the phases."""

import itertools

import numpy as np
import pytest
from pydantic import ValidationError
from support.effort import effort

from neuroloom.flows.verify import replay, verify
from neuroloom.golden.bnn.rram_tile import SensedTile
from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec, straightened
from neuroloom.golden.devices.differential import ResistiveDevice, SenseAmplifier
from neuroloom.golden.devices.differential_array import DifferentialArray
from neuroloom.golden.ports import concatenate
from neuroloom.hdl.bnn.xnor_sense import XnorSense
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.simulator import Simulator, simulate

EXACT = ResistiveDevice(lrs_sigma=0, hrs_sigma=0)
WIDTHS = effort((1, 2, 3, 5, 16, 31, 64, 255, 1000, 1024), range(1, 1025))


def tile(spec: XnorSenseSpec, weights: np.ndarray) -> SensedTile:
    array = DifferentialArray(
        spec.rows, spec.columns, EXACT, columns_per_amplifier=spec.columns_per_amplifier
    )
    array.program(weights)
    return SensedTile(spec, array)


def test_the_truth_table_of_outputs_and_activation() -> None:
    # left, right, activation: bit, unresolved
    table = {
        (1, 1, 0): (0, 1),
        (1, 1, 1): (0, 1),
        (0, 0, 0): (0, 1),
        (0, 0, 1): (0, 1),
        (0, 1, 1): (1, 0),
        (0, 1, 0): (0, 0),
        (1, 0, 1): (0, 0),
        (1, 0, 0): (1, 0),
    }
    for (left, right, activation), expected in table.items():
        word = straightened(*(np.array([each]) for each in (left, right, activation)))
        assert (int(word["bits"][0]), int(word["unresolved"][0])) == expected


def every_word(bits: int) -> np.ndarray:
    return np.arange(1 << bits)[:, np.newaxis] >> np.arange(bits) & 1


SMALL = [
    (rows, columns, shared)
    for rows, columns in ((1, 1), (1, 3), (2, 2), (3, 1), (2, 3))
    for shared in range(1, columns + 1)
]
REPLAYED = effort([(1, 1, 1), (2, 3, 2)], SMALL)
"""Those whose hardware is compared, too."""


@pytest.mark.parametrize(("rows", "columns", "shared"), SMALL)
@pytest.mark.regression
def test_every_weight_and_activation_of_small_tiles(rows: int, columns: int, shared: int) -> None:
    spec = XnorSenseSpec(
        rows=rows,
        columns=columns,
        columns_per_amplifier=shared,
        precharge_cycles=1,
        evaluate_cycles=1,
        synchronizer=0,
    )
    parts = []
    row, activations = (
        each.reshape(-1)
        for each in np.meshgrid(np.arange(rows), np.arange(1 << columns), indexing="ij")
    )
    activations = every_word(columns)[activations]
    for weights in every_word(rows * columns).reshape(-1, rows, columns):
        loop = tile(spec, weights)
        word = loop.xnor(row, activations)
        assert (word["bits"] == (weights[row] == activations)).all()
        assert not word["unresolved"].any()
        parts.append(loop.traffic({"row": row, "activations": activations}))
    if (rows, columns, shared) in REPLAYED:
        assert replay(spec, concatenate(parts)).passed


@pytest.mark.parametrize("columns", WIDTHS)
def test_words_of_every_width_are_the_xnor(columns: int) -> None:
    rng = np.random.default_rng(columns)
    shared = int(rng.integers(1, min(columns, 64) + 1))
    spec = XnorSenseSpec(rows=3, columns=columns, columns_per_amplifier=shared)
    weights = rng.integers(0, 2, (3, columns))
    row, activations = rng.integers(0, 3, 20), rng.integers(0, 2, (20, columns))
    word = tile(spec, weights).xnor(row, activations)
    assert (word["bits"] == 1 - (weights[row] ^ activations)).all(), f"seed {columns}"
    assert not word["unresolved"].any()


WIDE = effort(((257, 4),), ((7, 4), (100, 1), (257, 64), (1000, 3), (1023, 4), (1024, 64)))


@pytest.mark.parametrize(("columns", "shared"), WIDE)
@pytest.mark.regression
def test_wide_tiles_equal_their_model(columns: int, shared: int) -> None:
    spec = XnorSenseSpec(rows=5, columns=columns, columns_per_amplifier=min(shared, columns))
    assert verify(spec, seeds=(1,), operations=5).passed


def test_what_does_not_resolve_is_told_with_its_column() -> None:
    spec = XnorSenseSpec(rows=4, columns=6, columns_per_amplifier=4)
    array = DifferentialArray(
        4,
        6,
        EXACT,
        SenseAmplifier(dead_zone=0.1),
        4,
        stuck=np.eye(6, dtype=int)[[0, 2, 5, 5], :, np.newaxis] * [1, 1],
    )
    array.program(np.ones((4, 6), int))
    word = SensedTile(spec, array).xnor(np.arange(4), np.ones((4, 6), int))
    assert (word["unresolved"] == np.eye(6, dtype=int)[[0, 2, 5, 5]]).all()
    assert (word["bits"] == 1 - word["unresolved"]).all()


def test_a_row_that_is_not_there_resolves_nothing() -> None:
    spec = XnorSenseSpec(rows=3, columns=2)
    word = tile(spec, np.ones((3, 2), int)).xnor(np.array([3, 2]), np.ones((2, 2), int))
    assert word["unresolved"].tolist() == [[1, 1], [0, 0]]


@pytest.mark.parametrize(("precharge", "evaluate"), [(1, 1), (2, 1), (3, 4), (5, 2)])
def test_an_array_of_fixed_time_answers_with_the_strobe(precharge: int, evaluate: int) -> None:
    """The completion wire tied to the strobe: cycles alone say when outputs are latched."""
    spec = XnorSenseSpec(
        rows=2,
        columns=2,
        columns_per_amplifier=2,
        synchronizer=0,
        precharge_cycles=precharge,
        evaluate_cycles=evaluate,
    )
    weights = np.array([[1, 0], [0, 1]])
    strobes: list[int | None] = []
    words: list[int] = []

    async def play(sim: Simulator) -> None:
        sim.set("word_ready", 1)
        sim.set("request_valid", 1)
        sim.set("request_row", 1)
        sim.set("request_activations", 0b11)
        for _ in range(80):
            for _ in range(2):  # outputs follow the lines within the cycle
                await sim.settle()
                strobe = sim.get("read_strobe")
                assert strobe is not None
                row, column = ((sim.get(f"read_{each}") or 1) >> 1 for each in ("rows", "columns"))
                weight = int(weights[row, column])
                sim.set("sensed_req", strobe)
                sim.set("sensed_left", 1 - (strobe & weight))
                sim.set("sensed_right", 1 - (strobe & (1 - weight)))
            strobes.append(strobe)
            if sim.get("word_valid"):
                words.append(sim.get("word_bits") or 0)
                assert sim.get("word_unresolved") == 0
            await sim.tick()

    simulate(FlatPorts(XnorSense(spec)), play)
    lengths = [(level, len(list(run))) for level, run in itertools.groupby(strobes)][1:-1]
    assert set(lengths) == {(1, evaluate), (0, max(precharge, 2))}
    assert set(words) == {0b10}


def test_no_row_is_raised_while_a_word_is_held_or_none_is_asked_for() -> None:
    spec = XnorSenseSpec(rows=2, columns=2, synchronizer=0, evaluate_cycles=1)
    seen: list[tuple[int, int]] = []

    async def hold(sim: Simulator) -> None:
        sim.set("word_ready", 0)
        sim.set("request_valid", 1)
        for cycle in range(60):
            sim.set("word_ready", cycle in (30, 50))
            sim.set("request_valid", cycle < 45)
            sim.set("request_row", cycle >= 45)
            await sim.settle()
            strobe = sim.get("read_strobe") or 0
            sim.set("sensed_req", strobe)
            await sim.settle()
            seen.append((strobe, sim.get("read_rows") or 0))
            await sim.tick()

    simulate(FlatPorts(XnorSense(spec)), hold)
    assert sum(strobe for strobe, _ in seen) == 2
    assert all(rows == strobe for strobe, rows in seen)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"evaluate_cycles": 2}, "behind 2 flip-flops: give 3 cycles or more"),
        ({"columns": 3, "columns_per_amplifier": 4}, "than there are columns: give 3 or fewer"),
    ],
)
def test_wrong_specifications_are_refused(fields: dict[str, int], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        XnorSenseSpec.model_validate(fields)


def test_wrong_arrays_and_missing_answers_are_refused() -> None:
    spec = XnorSenseSpec(rows=2, columns=2)
    with pytest.raises(ValueError, match="3 rows and 2 columns, not 2 and 2"):
        SensedTile(spec, DifferentialArray(3, 2))
    with pytest.raises(ValueError, match="there are answers for 2"):
        spec.model().run(
            {
                "request": {"row": np.array([0]), "activations": np.ones((1, 2), int)},
                "sensed": {"left": np.ones((2, 2), int), "right": np.ones((2, 2), int)},
            }
        )
