"""Networks in cells that err."""

import numpy as np
import pytest

from neuroloom.flows.networks.stages import Dense
from neuroloom.flows.reproduce.bnn.tolerance import (
    RATES,
    Subject,
    TolerancePoint,
    accuracy,
    corrected_rate,
    hold,
    study,
    sweep,
)
from neuroloom.flows.training.recipes import Recipe, load, trained
from neuroloom.golden.devices.differential import CellKind, ResistiveDevice, error_rate

RECIPE = Recipe((0.2, 0.4, 0.7), (Dense(96),), 30, 64)


@pytest.fixture(scope="module")
def subject() -> Subject:
    digits = load(None)
    layers = trained(RECIPE, digits)
    bits = RECIPE.bits(digits.test_images, digits.white)
    return Subject("digits", layers, bits, digits.test_labels)


@pytest.mark.parametrize("kind", CellKind)
def test_cells_hold_weights_and_err_as_often_as_stated(kind: CellKind) -> None:
    weights = np.random.default_rng(1).integers(0, 2, (300, 400), dtype=np.uint8)
    sure = ResistiveDevice(lrs_sigma=0.01, hrs_sigma=0.01)
    assert np.array_equal(hold(weights, kind, sure, 0), weights)
    wide = ResistiveDevice(lrs_sigma=1, hrs_sigma=5)
    share = float((hold(weights, kind, wide, 0) != weights).mean())
    assert share == pytest.approx(error_rate(kind, wide), abs=5 * 0.5 / np.sqrt(weights.size))


def test_a_code_leaves_pairs_of_errors() -> None:
    assert corrected_rate(0) == 0
    assert corrected_rate(0.5) == pytest.approx(0.5)
    # of the 21 pairs each makes a third error; of 7 bits 3 are wrong
    assert corrected_rate(1e-6) == pytest.approx(21 * 3 / 7 * 1e-12, rel=1e-4)


def test_both_cells_over_all_rates(subject: Subject) -> None:
    perfect = accuracy(subject.layers, subject)
    single = sweep(subject, CellKind.SINGLE, 3, lambda _: None)
    double = sweep(subject, CellKind.DIFFERENTIAL, 3, lambda _: None)
    for rate, one, two in zip(RATES, single, double, strict=True):
        assert one.rate == pytest.approx(rate)
        assert two.rate < one.rate
        for point in (one, two):
            cells = 3 * sum(layer.weights.size for layer in subject.layers)
            # within five standard deviations of a binomial
            spread = 5 * np.sqrt(point.rate / cells) + 5 / cells
            assert abs(point.errors - point.rate) < spread
    assert single[0].accuracies == (perfect,) * 3 or single[0].mean > perfect - 0.5
    assert single[-1].mean < perfect - 2
    assert double[-1].mean > single[-1].mean


def test_tables_and_curves_of_a_study(subject: Subject) -> None:
    (rates, tolerance), plot = study([subject], 2, lambda _: None)
    assert [curve.name for curve in plot.curves] == ["digits, 1T1R", "digits, 2T2R"]
    assert all(curve.x == RATES and len(curve.error) == len(RATES) for curve in plot.curves)
    assert len(rates.rows) == len(RATES)
    perfect = accuracy(subject.layers, subject)
    for row, curve in zip(tolerance.rows, plot.curves, strict=True):
        stated, worst, heaviest = row.ours
        assert stated == perfect
        assert worst is not None
        assert worst >= perfect - max(curve.y)
        assert heaviest is not None
        assert heaviest > 0


def test_a_point_sums_up_its_seeds() -> None:
    point = TolerancePoint(0.1, 0.1, (90.0, 92.0))
    assert point.mean == 91
    assert point.deviation == pytest.approx(np.sqrt(2))
