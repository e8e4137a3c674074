"""Array and converter models: exact where nothing spreads, and statistics against theory."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from neuroloom.golden.devices.adc import Flash, FlashAdc, Sar, SarAdc
from neuroloom.golden.devices.array import IdealArray
from neuroloom.golden.devices.rram import RramArray, RramCell, Spread

SEEDS = range(3)
SIGMAS = 5
"""Standard errors that a measured figure may be away from theory."""


@pytest.mark.parametrize("seed", SEEDS)
def test_an_array_without_spread_gives_the_integer_product(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns, levels = int(rng.integers(1, 40)), int(rng.integers(1, 20)), 4
    weights = rng.integers(0, levels, (rows, columns))
    lines = rng.integers(0, 2, (25, rows))
    exact = [
        [sum(int(w) for x, w in zip(line, column, strict=True) if x) for column in weights.T]
        for line in lines
    ]
    assert IdealArray(weights, levels).counts(lines).tolist() == exact, f"seed {seed}"
    rram = RramArray(weights, RramCell(), levels).counts(lines)
    assert np.allclose(rram, exact, rtol=0, atol=1e-9), f"seed {seed}"
    assert SarAdc(Sar(bits=8)).convert(rram).tolist() == exact, f"seed {seed}"


def test_currents_are_those_of_ohm_and_kirchhoff() -> None:
    cell = RramCell(on_conductance=50.0, on_off_ratio=10.0, read_voltage=0.1)
    array = RramArray(np.array([[1, 0], [1, 1], [0, 1]]), cell)
    currents = array.currents(np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0]]))
    assert np.allclose(currents, [[10.0, 5.5], [0.5, 5.0], [0.0, 0.0]])


@pytest.mark.parametrize("spread", Spread)
@pytest.mark.parametrize("seed", SEEDS)
def test_cells_have_the_stated_mean_and_deviation(spread: Spread, seed: int) -> None:
    cell = RramCell(spread=spread, deviation=0.15)
    number = 400 * 300
    cells = RramArray(np.ones((400, 300), int), cell, seed=seed).conductances / 100.0
    shown = f"seed {seed}: mean {cells.mean():.5f}, deviation {cells.std():.5f}"
    assert abs(cells.mean() - 1) < SIGMAS * 0.15 / math.sqrt(number), shown
    excess = 0.0
    if spread is Spread.LOGNORMAL:  # kurtosis of the distribution widens the error of the deviation
        w = 1 + 0.15**2
        excess = w**4 + 2 * w**3 + 3 * w**2 - 6
        logs = np.log(cells)
        width = math.sqrt(math.log(w))
        assert abs(logs.std() - width) < SIGMAS * width / math.sqrt(2 * number), shown
        assert abs(logs.mean() + width**2 / 2) < SIGMAS * width / math.sqrt(number), shown
    error = 0.15 * math.sqrt((2 + excess) / (4 * number))
    assert abs(cells.std() - 0.15) < SIGMAS * error, shown


def test_a_wide_normal_spread_is_cut_off_at_zero() -> None:
    cell = RramCell(spread=Spread.NORMAL, deviation=1.0)
    cells = RramArray(np.ones((300, 300), int), cell, seed=1).conductances
    share = (cells == 0).mean()
    below = 0.5 * math.erfc(1 / math.sqrt(2))
    error = math.sqrt(below * (1 - below) / cells.size)
    assert cells.min() == 0 and abs(share - below) < SIGMAS * error, f"seed 1: {share:.4f}"


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_of_a_column_is_that_of_its_cells(seed: int) -> None:
    cell = RramCell(read_noise=0.05, on_off_ratio=1e9)
    reads = 40_000
    array = RramArray(np.array([[1, 1], [1, 0], [1, 0]]), cell, seed=seed)
    counts = array.counts(np.ones((reads, 3), int))
    for column, ones in enumerate((3, 1)):
        deviation = 0.05 * math.sqrt(ones)
        mean, found = counts[:, column].mean(), counts[:, column].std()
        shown = f"seed {seed}: mean {mean:.5f}, deviation {found:.5f}"
        assert abs(mean - ones) < SIGMAS * deviation / math.sqrt(reads), shown
        assert abs(found - deviation) < SIGMAS * deviation / math.sqrt(2 * reads), shown
    both = np.asarray(np.corrcoef(counts.T))[0, 1]
    assert abs(both) < SIGMAS / math.sqrt(reads), f"seed {seed}: columns go together, {both:.4f}"


def test_the_drop_grows_with_the_raised_rows_and_the_distance() -> None:
    array = RramArray(np.ones((4, 1), int), RramCell(ir_drop=0.01))
    near, far = array.currents(np.array([[1, 0, 0, 0], [0, 0, 0, 1]]))[:, 0]
    assert np.allclose([near, far], [20 / 1.0025, 20 / 1.01])
    (every,) = array.currents(np.ones((1, 4), int))[:, 0]
    assert np.isclose(every, sum(20 / (1 + 0.04 * (row + 1) / 4) for row in range(4)))


def test_the_same_seed_gives_the_same_array_and_the_same_reads() -> None:
    cell = RramCell(deviation=0.1, read_noise=0.1)
    lines = np.ones((5, 8), int)
    first, again, other = (RramArray(np.ones((8, 3), int), cell, seed=s) for s in (4, 4, 5))
    reads = first.counts(lines)
    assert np.array_equal(reads, again.counts(lines))
    assert not np.array_equal(reads, other.counts(lines))
    assert not np.array_equal(reads, first.counts(lines))


def test_a_flash_converter_rounds_and_clips() -> None:
    adc = FlashAdc(Flash(comparators=7))
    assert adc.convert(np.array([-3.0, 0.0, 0.4, 0.5, 3.2, 6.9, 7.0, 12.0])).tolist() == [
        0,
        0,
        0,
        1,
        3,
        7,
        7,
        7,
    ]
    assert adc.thermometer(np.array([[2.0]])).tolist() == [[[1, 1, 0, 0, 0, 0, 0]]]
    wide = FlashAdc(Flash(comparators=3, step=4.0))
    assert wide.convert(np.arange(16.0)).tolist() == [0] * 2 + [1] * 4 + [2] * 4 + [3] * 6


@pytest.mark.parametrize("seed", SEEDS)
def test_thresholds_and_decisions_spread_as_stated(seed: int) -> None:
    thresholds = FlashAdc(Flash(comparators=1023, offset=0.3), seed).thresholds
    off = thresholds - np.arange(1023) - 0.5
    assert abs(off.mean()) < SIGMAS * 0.3 / math.sqrt(1023), f"seed {seed}"
    assert abs(off.std() - 0.3) < SIGMAS * 0.3 / math.sqrt(2 * 1023), f"seed {seed}"

    number = 50_000
    words = FlashAdc(Flash(comparators=3, noise=0.4), seed).thermometer(np.full(number, 1.2))
    for comparator, fired in enumerate(words.mean(axis=0)):
        expected = 0.5 * math.erfc((comparator + 0.5 - 1.2) / (0.4 * math.sqrt(2)))
        error = math.sqrt(expected * (1 - expected) / number)
        assert abs(fired - expected) < SIGMAS * error, f"seed {seed}: {fired:.4f}"
    bubbles = ((words[:, 0] == 0) & (words[:, 1] == 1)).mean()
    low, high = (0.5 * math.erfc((k + 0.5 - 1.2) / (0.4 * math.sqrt(2))) for k in (0, 1))
    expected = (1 - low) * high
    assert abs(bubbles - expected) < SIGMAS * math.sqrt(expected / number), f"seed {seed}"


def test_a_sar_converter_rounds_scales_and_clips() -> None:
    values = np.arange(-2.0, 20.0, 0.25)
    ideal = SarAdc(Sar(bits=4)).convert(values)
    assert ideal.tolist() == [min(max(math.floor(value + 0.5), 0), 15) for value in values]
    off = SarAdc(Sar(bits=4, gain=0.5, offset=2.0, step=2.0)).convert(values)
    assert off.tolist() == [min(max(math.floor(value / 4 + 2.5), 0), 15) for value in values]


@pytest.mark.parametrize("seed", SEEDS)
def test_capacitors_spread_with_the_root_of_their_size(seed: int) -> None:
    rows = [SarAdc(Sar(bits=6, mismatch=0.1), 1000 * seed + each).capacitors for each in range(900)]
    off = np.array(rows) - 2.0 ** np.arange(6)
    for bit, found in enumerate(off.std(axis=0)):
        expected = 0.1 * math.sqrt(2**bit)
        shown = f"seed {seed}, bit {bit}: {found:.4f}"
        assert abs(found - expected) < SIGMAS * expected / math.sqrt(2 * 900), shown


def test_noise_moves_a_sar_code_by_chance() -> None:
    number = 50_000
    codes = SarAdc(Sar(bits=1, noise=0.5), 3).convert(np.full(number, 0.2))
    expected = 0.5 * math.erfc(0.3 / (0.5 * math.sqrt(2)))
    error = math.sqrt(expected * (1 - expected) / number)
    assert abs(codes.mean() - expected) < SIGMAS * error, f"seed 3: {codes.mean():.4f}"


@pytest.mark.parametrize(
    ("weights", "levels", "message"),
    [
        ([[0, 2]], 2, "a cell of 2 levels holds 0 to 1, not 0 to 2"),
        ([[-1]], 3, "holds 0 to 2, not -1 to -1"),
        ([0, 1], 2, r"the shape \(rows, columns\), not \(2,\)"),
        ([[0]], 1, "at least 2 levels, not 1"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights: object, levels: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        IdealArray(np.array(weights), levels)


def test_word_lines_that_do_not_fit_are_refused() -> None:
    array = IdealArray(np.ones((3, 2), int))
    with pytest.raises(ValueError, match=r"the shape \(batch, 3\), one bit a row, not \(1, 2\)"):
        array.counts(np.ones((1, 2), int))
    with pytest.raises(ValueError, match="word lines are raised, 1, or not, 0"):
        array.counts(np.full((1, 3), 2))


def test_parameters_have_bounds() -> None:
    for fields in ({"on_off_ratio": 1.0}, {"deviation": -0.1}, {"read_noise": 1.5}):
        with pytest.raises(ValidationError):
            RramCell.model_validate(fields)
    with pytest.raises(ValidationError):
        Flash(comparators=0)
    with pytest.raises(ValidationError):
        Sar(bits=Sar.MAX_BITS + 1)
