"""Networks in cells that err."""

import numpy as np
import pytest

from neuroloom.flows.networks.stages import Dense
from neuroloom.flows.reproduce.bnn import tolerance as bnn_tolerance
from neuroloom.flows.reproduce.bnn.codes import (
    code_table,
    corrected_rate,
    corrected_rate_of_long,
    length_table,
    pair_claim,
    pair_over_code,
)
from neuroloom.flows.reproduce.bnn.subject import Subject, accuracy
from neuroloom.flows.reproduce.bnn.tolerance import (
    TolerancePoint,
    hold,
    loss_at,
    most_lost,
    rates_of_loss,
    study,
    sweep,
)
from neuroloom.flows.training.recipes import Recipe, load, trained
from neuroloom.golden.devices.differential import CellKind, ResistiveDevice, error_rate
from neuroloom.golden.devices.differential_array import DifferentialArray

FALLING = ((1e-4, 0.0), (1e-3, 0.0), (1e-2, 1.0), (1e-1, 9.0))
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


def test_pairs_of_even_devices_do_what_a_code_does_and_others_do_not() -> None:
    # of even devices a pair errs at Q(√2 x) where a single one errs at Q(x), at 1e-3 6.2e-6
    assert pair_over_code(1, 1e-3) == pytest.approx(6.21e-6 / 8.97e-6, rel=1e-2)
    assert pair_over_code(4, 1e-3) == pytest.approx(1.20e-4 / 8.97e-6, rel=1e-2)
    table, claim = code_table()
    assert "errs 13 times as often" in claim.words
    over = [float(row.ours[0] or 0) for row in table.rows]
    assert over == sorted(over)


def test_the_rate_of_a_loss_lies_between_its_points() -> None:
    points = [TolerancePoint(rate, rate, (90 - lost,) * 2) for rate, lost in FALLING]
    assert rates_of_loss(90, points, 1) == pytest.approx([1e-2])
    assert rates_of_loss(90, points, 0.5) == pytest.approx([10**-2.5])
    assert rates_of_loss(90, points, 10) == []
    assert rates_of_loss(90, points[3:], 1) == [1e-1]
    assert loss_at(90, points, 10**-2.5) == pytest.approx(0.5)


def test_a_curve_that_rises_again_loses_twice() -> None:
    lost = {1e-4: 0.0, 1e-3: 1.0, 1e-2: 0.0, 1e-1: 2.0}
    points = [TolerancePoint(rate, rate, (90 - loss,) * 2) for rate, loss in lost.items()]
    assert rates_of_loss(90, points, 0.5) == pytest.approx([10**-3.5, 10**-1.75])


def test_the_interval_of_a_mean_loss_is_that_of_student() -> None:
    # five drawings: 2.776 standard deviations of the mean
    point = TolerancePoint(1e-3, 1e-3, (88, 89, 90, 91, 92))
    assert most_lost(90.5, point) == pytest.approx(0.5 + 2.776 * np.sqrt(2.5 / 5), rel=1e-3)


def test_pairs_that_do_not_resolve_are_errors() -> None:
    # so few ohms that many pairs are of one whole resistance
    device = ResistiveDevice(lrs=4, hrs=8, lrs_sigma=0.5, hrs_sigma=0.5)
    weights = np.random.default_rng(3).integers(0, 2, (40, 40), dtype=np.uint8)
    array = DifferentialArray(40, 40, device, seed=3)
    array.program(weights.astype(np.int64))
    read, held = array.read(), hold(weights, CellKind.DIFFERENTIAL, device, 3)
    unresolved = read < 0
    assert unresolved.sum() > 50
    assert set(held.flat) == {0, 1}
    assert (held[unresolved] != weights[unresolved]).all()
    assert (held[~unresolved] == read[~unresolved]).all()


def test_longer_codes_leave_what_their_pairs_of_errors_make() -> None:
    # shortened to 7 bits it is the code that is decoded in full
    assert corrected_rate_of_long(7, 1e-6) == pytest.approx(corrected_rate(1e-6), rel=1e-4)
    assert corrected_rate_of_long(71, 1e-3) == pytest.approx(1.05e-4, rel=1e-3)
    assert corrected_rate_of_long(72, 1e-3, detects=True) == pytest.approx(7.1e-5, rel=1e-3)
    rows = {row.name: float(row.ours[2] or 0) for row in length_table().rows}
    assert rows["(7, 4)"] == pytest.approx(13.3, rel=0.01)
    assert rows["(71, 64)"] == pytest.approx(1.14, rel=0.01)
    assert "8 times less at 0.001" in pair_claim().words


def test_both_cells_over_all_rates(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bnn_tolerance, "RATES", (1e-4, 1e-3, 1e-1))
    perfect = accuracy(subject.layers, subject)
    cells = 3 * sum(layer.weights.size for layer in subject.layers)
    for kind in CellKind:
        points = sweep(subject, kind, 3, lambda _: None)
        assert [point.rate for point in points] == [1e-4, 1e-3, 1e-1]
        for point in points:
            # within five standard deviations of a binomial
            spread = 5 * np.sqrt(point.rate / cells) + 5 / cells
            assert abs(point.errors - point.rate) < spread
        assert points[0].mean > perfect - 0.5
        assert points[-1].mean < perfect - 1


def test_tables_and_curves_of_a_study(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    # a power of ten that is not quite 1e-3 is the point at 1e-3 all the same
    rates = (1e-4, 10 ** (-18 / 6), 1e-2, 1e-1)
    monkeypatch.setattr(bnn_tolerance, "RATES", rates)
    table, plot, claim = study([subject], 2, lambda _: None)
    assert [curve.name for curve in plot.curves] == ["digits, 1T1R", "digits, 2T2R"]
    perfect = accuracy(subject.layers, subject)
    worst = 0.0
    for row, curve in zip(table.rows, plot.curves, strict=True):
        assert curve.x == rates
        stated, rate, lost, most, first, last, later = row.ours
        assert stated == perfect
        assert rate == pytest.approx(1e-3)
        assert lost == pytest.approx(perfect - curve.y[1])
        assert first is not None
        assert last is not None
        assert 1e-3 < first <= last < 1e-1
        assert (most or 0) >= (lost or 0)
        assert (later or 0) > (lost or 0)
        worst = max(worst, lost or 0)
    assert f"{worst:.2f} points" in claim.words


def test_a_point_sums_up_its_seeds() -> None:
    point = TolerancePoint(0.1, 0.1, (90.0, 92.0))
    assert point.mean == 91
    assert point.deviation == pytest.approx(np.sqrt(2))
