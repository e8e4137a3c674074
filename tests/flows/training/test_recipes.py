"""Networks that are trained once and kept."""

from pathlib import Path

import numpy as np
import pytest

from neuroloom.flows.networks.stages import Dense, PooledConvolution
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.training.binarized import Progress
from neuroloom.flows.training.recipes import Recipe, load, scores, trained

RECIPE = Recipe((0.2, 0.4, 0.7), (PooledConvolution(12, 3, padding=1, pool=2), Dense(32)), 20, 50)


@pytest.mark.flow
def test_a_network_is_trained_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUROLOOM_CACHE", str(tmp_path))
    digits = load(None)
    epochs: list[Progress] = []
    first = trained(RECIPE, digits, epochs.append)
    again = trained(RECIPE, digits, epochs.append)
    assert [each.epoch for each in epochs] == list(range(1, 21))
    for one, other in zip(first, again, strict=True):
        assert one.stage == other.stage
        assert np.array_equal(one.weights, other.weights)
    thresholds = [layer.thresholds for layer in again]
    assert thresholds[-1] is None
    assert [len(each) for each in thresholds[:-1] if each is not None] == [12, 32]
    found = scores(again, RECIPE.bits(digits.test_images, digits.white), chunk=100)
    assert found.shape == (360, 10)
    assert (found.argmax(axis=1) == digits.test_labels).mean() > 0.9


def test_levels_are_shares_of_white() -> None:
    images = np.array([[[0, 4], [5, 16]]], np.uint8)
    bits = Recipe((0.25, 0.5), (), 1).bits(images, 16)
    assert bits.tolist() == [[[[0, 0], [0, 0]], [[1, 0], [1, 1]]]]


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="train-images-idx3-ubyte"):
        load(tmp_path)
