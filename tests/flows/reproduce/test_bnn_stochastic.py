"""A first layer that is fed with bit streams."""

import numpy as np
import pytest

from neuroloom.flows.networks.binarized import BinarizedLayer, infer
from neuroloom.flows.networks.stages import Dense
from neuroloom.flows.reproduce.bnn import stochastic as bnn_stochastic
from neuroloom.flows.reproduce.bnn.stochastic import ones, shown_for, stochastic_plot
from neuroloom.flows.training.recipes import Recipe, load


def test_ones_are_as_frequent_as_pixels_are_bright() -> None:
    values = np.array([[[0, 64], [128, 255]]])
    counts = ones(values, 1024, 3)
    assert counts.shape == (1, 2, 2, 1)
    assert counts[0, 0, 0, 0] == 0
    for value, count in zip(values.reshape(-1), counts.reshape(-1), strict=True):
        assert count / 1024 == pytest.approx(value / 256, abs=0.06)


@pytest.mark.parametrize("length", [1, 3, 16, 255])
def test_thresholds_stand_for_a_stream_as_for_white(length: int) -> None:
    rng = np.random.default_rng(length)
    weights = rng.integers(0, 2, (40, 9), dtype=np.uint8)
    thresholds = rng.integers(0, 9 * 255 + 2, 40)
    exact = [BinarizedLayer(Dense(40), weights, thresholds, 255)]
    shown = shown_for(exact, length)
    assert shown[0].greatest == length
    # streams that are all ones or all zeros are pixels that are white or black
    black_or_white = rng.integers(0, 2, (50, 9))
    given = infer(shown, black_or_white * length)[0]
    matches = (black_or_white[:, np.newaxis] == weights).sum(axis=2) * 255
    # where white pixels lie between both sums that a threshold parts
    sure = np.abs(2 * matches - 2 * thresholds + 1) * length >= 2 * 255
    assert np.array_equal((matches >= thresholds)[sure], given[sure].astype(bool))
    assert sure.mean() > 0.5


def test_longer_streams_come_near_the_exact_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        bnn_stochastic.RECIPES,
        "scikit-learn's digits",
        Recipe((), (Dense(64),), epochs=25, batch=64),
    )
    monkeypatch.setattr(bnn_stochastic, "LENGTHS", (1, 64))
    plot = stochastic_plot(load(None), lambda _: None)
    streams, exact = plot.curves
    assert exact.y[0] == exact.y[1] > 90
    assert streams.y[0] < streams.y[1] - 5
    assert streams.y[1] == pytest.approx(exact.y[1], abs=2.5)
    assert all(error >= 0 for error in streams.error)
