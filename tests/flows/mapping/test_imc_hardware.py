"""All cores of a narrow ResNet-32 in RTL, and a trained network's: what the reproduction shows."""

import numpy as np
import pytest
from support.effort import effort

from neuroloom.flows.mapping.imc.assemble import assemble
from neuroloom.flows.mapping.imc.cores import Chip, map_network, paced
from neuroloom.flows.mapping.imc.random_integers import random_integers
from neuroloom.flows.mapping.imc.simulate import simulate
from neuroloom.flows.networks.inference import scores
from neuroloom.flows.networks.resnet import resnet
from neuroloom.flows.reports.published import PublishedRow
from neuroloom.flows.reproduce.imc_dataflow import hardware as imc_dataflow_hardware
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.hardware import (
    REPLICATED,
    SINGLE,
    Hardware,
    digits_table,
    hardware,
)
from neuroloom.flows.tools.errors import ToolFailed

NARROW = resnet(32, (2, 3, 4))
"""As many layers and pixels as the paper's, fewer channels."""
CHIP = Chip(rows=28, columns=16)
"""Splits the layers that the paper's arrays split."""
UNHINDERED = {SINGLE: 1621, REPLICATED: 517}
IMAGES = {SINGLE: 2, REPLICATED: 4}


@pytest.mark.regression
def test_43_cores_in_rtl() -> None:
    """One test, so that the cores are compiled once."""
    shown = narrow()
    latencies_are_those_of_the_paper(shown)
    activations_end_at_the_latency(shown)
    for seed in range(effort(1, 10)):
        scores_do_not_depend_on_the_gaps(seed)


def narrow() -> Hardware:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imc_dataflow_hardware, "IMAGES", IMAGES)
        patch.setattr(imc_dataflow_hardware, "digits_table", lambda *_: None)
        layers = map_network(NARROW, CHIP)
        return hardware(NARROW, layers, CHIP, paced(NARROW), UNHINDERED, lambda _: None, None)


def measured(row: PublishedRow) -> list[float]:
    """All measured values of a row, of which none is missing."""
    values = [float(each) for each in row.ours if each is not None]
    assert len(values) == len(row.ours)
    return values


def latencies_are_those_of_the_paper(shown: Hardware) -> None:
    """Every score is numpy's; latencies are those of the paper, and their cycles have reasons."""
    cores, lags, _ = shown.tables
    rows: dict[str, PublishedRow] = {row.name: row for row in cores.rows}
    assert rows["cores"].ours == (43, 43)
    assert rows["images whose scores equal integer numpy's"].ours == (2, 4)
    single, fast = rows["latency"].ours
    assert single == pytest.approx(printed.LATENCY, rel=0.02)
    assert fast == pytest.approx(printed.LATENCY_REPLICATED, rel=0.05)
    assert rows["cycles in which a pixel of the image had to wait"].ours == (0, 0)
    assert rows["from image to image"].ours == (1024, 256)
    ours = rows["throughput of 100 images"]
    assert ours.ours == pytest.approx(ours.published, rel=0.01)
    for column, name in enumerate((SINGLE, REPLICATED)):
        spent = measured(rows["of it, cycles of the cores on the way"])[column]
        assert rows["of it, without transfers"].ours[column] == UNHINDERED[name]
        explained = UNHINDERED[name] - 1 + spent + 1 / 50
        # cores take the median of their cycles where nothing is padding
        assert rows["latency"].ours[column] == pytest.approx(explained, abs=4 / 50)
    assert len(lags.rows) == 9 and all(
        0 < cycles < 50 for row in lags.rows for cycles in measured(row)
    )


def scores_do_not_depend_on_the_gaps(seed: int) -> None:
    """Pixels come and scores are taken at random; no score changes, none is missing."""
    layers = map_network(NARROW, CHIP)
    integers = random_integers(NARROW, imc_dataflow_hardware.SEED)
    system = assemble(integers, layers, CHIP, paced(NARROW), observed=True)
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)
    run = simulate(system, images, offer=0.05, accept=0.001 * 2**seed, seed=seed, beat=False)
    assert run.scores.tolist() == scores(integers, images).tolist(), f"seed {seed}"


def activations_end_at_the_latency(shown: Hardware) -> None:
    latencies = measured({row.name: row for row in shown.tables[0].rows}["latency"])
    for plot, latency in zip(shown.plots, latencies, strict=True):
        assert [curve.name for curve in plot.curves] == [
            f"layer {name}" for name in (1, 11, 12, 21, 22, 31)
        ]
        for curve, most in zip(plot.curves, (1024, 1024, 256, 256, 64, 64), strict=True):
            assert (curve.y[0], curve.y[-1]) == (0, most)
            assert list(curve.y) == sorted(curve.y)
        assert latency - 3 < plot.curves[-1].x[-1] <= latency + 1
    # 34 pixels before the first, then one a timestep
    first = shown.plots[0].curves[0]
    assert first.x[0] in (33, 34) and first.x[-1] - first.x[0] in (1024, 1025)


@pytest.mark.regression
def test_a_trained_network_in_rtl() -> None:
    table = digits_table(lambda _: None, None)
    rows = {row.name: row.ours[0] for row in table.rows}
    assert rows["of them equal to integer numpy"] == rows["images through the hardware"] == 360
    accuracy = rows["accuracy of the hardware on them"]
    assert accuracy == pytest.approx(rows["accuracy in integers, all test images"])
    assert accuracy is not None and accuracy > 95
    assert rows["from image to image"] == 64
    assert rows["cycles in which a pixel of the image had to wait"] == 0


def test_other_scores_than_numpys_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from support.core_networks import built, images_for, residual

    class Wrong:
        scores = np.ones((2, 3), np.int64)

    system = built(residual())
    monkeypatch.setattr(imc_dataflow_hardware, "simulate", lambda *_: Wrong())
    with pytest.raises(ToolFailed, match="computes other scores than numpy for 2 of 2 images"):
        imc_dataflow_hardware.checked(system, images_for(residual(), 2, 1))
