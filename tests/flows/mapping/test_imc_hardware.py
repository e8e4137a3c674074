"""All cores of a narrow ResNet-32 in RTL, and a trained network's: what the reproduction shows."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.core_networks import built, images_for, residual
from support.effort import effort

from neuroloom.flows.mapping.imc.assemble import CoreSystem, Style, assemble
from neuroloom.flows.mapping.imc.cores import Chip, map_network, paced
from neuroloom.flows.mapping.imc.hardware import behaviour
from neuroloom.flows.mapping.imc.simulate import simulate
from neuroloom.flows.networks.inference import activations, scores
from neuroloom.flows.networks.resnet import resnet
from neuroloom.flows.reports.published import PublishedRow
from neuroloom.flows.reproduce.imc_dataflow import comparison, dot_products, printed, rtl_choices
from neuroloom.flows.reproduce.imc_dataflow import hardware as imc_dataflow_hardware
from neuroloom.flows.reproduce.imc_dataflow.hardware import Hardware, digits_table, hardware
from neuroloom.flows.reproduce.imc_dataflow.latencies import REPLICATED, SINGLE
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.golden.imc.crossbar import CrossbarSpec

NARROW = resnet(32, (2, 3, 4))
"""As many layers and pixels as the paper's, fewer channels."""
CHIP = Chip(rows=28, columns=16)
"""Splits the layers that the paper's arrays split."""
UNHINDERED = {SINGLE: 1621, REPLICATED: 517}
IMAGES = {SINGLE: 2, REPLICATED: 4}
SPREAD = 60.0 * 32
"""Spread of the scores."""


@pytest.mark.regression
def test_43_cores_in_rtl() -> None:
    """One test, so that the cores are written and compiled once."""
    shown, systems = narrow()
    latencies_are_those_of_the_paper(shown)
    activations_end_at_the_latency(shown)
    for seed in range(effort(1, 10)):
        scores_do_not_depend_on_the_gaps(systems[1], seed)


def narrow() -> tuple[Hardware, list[CoreSystem]]:
    """What the page shows of the narrow network, and the systems that were simulated for it."""
    systems: list[CoreSystem] = []

    def kept(*arguments: Any, **options: Any) -> CoreSystem:
        systems.append(assemble(*arguments, **options))
        return systems[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imc_dataflow_hardware, "assemble", kept)
        patch.setattr(imc_dataflow_hardware, "IMAGES", IMAGES)
        # scales of so few rows would not fit 16 bits
        patch.setattr(imc_dataflow_hardware, "SPREAD_OF_SCORES", SPREAD)
        for slow in ("digits_table", "dot_product_table"):  # they have tests of their own
            patch.setattr(imc_dataflow_hardware, slow, lambda *_: None)
        layers = map_network(NARROW, CHIP)
        shown = hardware(NARROW, layers, CHIP, paced(NARROW), UNHINDERED, lambda _: None, None)
    return shown, systems


def measured(row: PublishedRow) -> list[float]:
    """All measured values of a row, of which none is missing."""
    values = [float(each) for each in row.ours if each is not None]
    assert len(values) == len(row.ours)
    return values


def latencies_are_those_of_the_paper(shown: Hardware) -> None:
    """Every score is numpy's; latencies are those of the paper, and their cycles have reasons."""
    cores, lagging, slopes, power, *_ = shown.tables
    rows: dict[str, PublishedRow] = {row.name: row for row in cores.rows}
    assert rows["cores"].ours == (43, 43)
    assert rows["cores"].published == (printed.CORES, None)
    made = sum(e.made.height * e.made.width * e.made.channels for e in NARROW.wired)
    assert rows["activations that equal integer numpy's"].ours == (2 * made, 4 * made)
    assert rows["images whose scores equal integer numpy's"].ours == (2, 4)
    single, fast = rows["latency"].ours
    assert single == pytest.approx(printed.LATENCY, rel=0.02)
    assert fast == pytest.approx(printed.LATENCY_REPLICATED, rel=0.05)
    # no pixel of these channels straddles two words
    waiting = rows["cycles in which a pixel of the image had to wait"]
    assert (waiting.ours, waiting.why) == ((0, 0), "")
    slow, quick = measured(rows["latency"])
    assert rows["speed-up by 4/2/1"].ours == (None, slow / quick)
    assert rows["from image to image"].ours == (1024, 256)
    ours = rows["throughput of 100 images"]
    assert ours.ours == pytest.approx(ours.published, rel=0.01)
    for column, name in enumerate((SINGLE, REPLICATED)):
        spent = measured(rows["of it, cycles of the cores on the way"])[column]
        assert rows["of it, without transfers"].ours[column] == UNHINDERED[name]
        first = measured(rows["of it, cycles in which the image's first pixels are taken"])[column]
        assert first * 50 == pytest.approx((1, 4)[column])
        # to the cycle
        explained = 50 * (UNHINDERED[name] - 1 + spent + first)
        assert 50 * measured(rows["latency"])[column] == pytest.approx(explained, abs=1e-6)
    assert rows["cycles not accounted for"].ours == (0, 0)
    later = measured(rows["latency, if a crossbar's sums took a whole timestep"])
    # 32 crossbars on the way, of which each has most of its timestep left
    gained = np.subtract(later, measured(rows["latency"]))
    assert ((gained > 25) & (gained < 32)).all()
    lag = {row.name: measured(row) for row in lagging.rows}
    assert all(0 < cycles < 50 for name in lag if name != "all on the way" for cycles in lag[name])
    counted = [
        int(name.rpartition(" each of ")[2]) if " each of " in name else 1
        for name in lag
        if name != "all on the way" and "beside" not in name
    ]
    assert sum(counted) == 31 + 2, "convolutions, the average and the last layer"
    on_the_way = [
        (number, cycles) for number, (name, cycles) in zip(counted, lag.items(), strict=False)
    ]
    assert (
        np.sum([np.multiply(*each) for each in on_the_way], axis=0).tolist()
        == (lag["all on the way"])
    )
    fig_10 = {row.name: row for row in slopes.rows}
    assert fig_10["layer 1"].ours == fig_10["layer 11"].ours == (1, 4)
    assert fig_10["layer 21, after layer 11"].ours == (1, 2)
    for name, row in fig_10.items():
        assert row.ours == pytest.approx(row.published, rel=0.05), name
        assert not row.why, name
    seen = {row.name: row.ours[0] for row in power.rows}
    # so few channels leave few different scores: activations tell what those do not
    scored, told = (
        seen[f"of them with other {what}"] or 0
        for what in ("scores", "activations of the first layer")
    )
    assert scored <= told and told > 20


def scores_do_not_depend_on_the_gaps(system: CoreSystem, seed: int) -> None:
    """Pixels come and scores are taken at random; no score changes, none is missing."""
    assert system.burst > 1, "the replicated one"
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)
    run = simulate(system, images, offer=0.05, accept=0.001 * 2**seed, seed=seed, beat=False)
    assert run.scores.tolist() == scores(system.network, images).tolist(), f"seed {seed}"


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
    class Wrong:
        scores = np.ones((2, 3), np.int64)

    system = built(residual())
    monkeypatch.setattr(comparison, "simulate", lambda *_: Wrong())
    with pytest.raises(ToolFailed, match="computes other scores than numpy for 2 of 2 images"):
        comparison.checked(system, images_for(residual(), 2, 1))


@pytest.mark.regression
def test_a_planted_error_is_seen_in_its_layer() -> None:
    """A weight of a middle layer that is another one: other pixels, told by their digests."""
    network, images = residual(), images_for(residual(), 2, 1)
    system = built(network, parallel={"1": 3, "2": 2}, style=Style(timestep=20), observed=True)
    run = comparison.checked(system, images)
    wanted = activations(system.network, images)
    for layer, pixels in wanted.items():
        assert not len(run.differing(layer, pixels)), layer
        assert not len(run.differing(layer, pixels[1:], begin=1)), layer
    # each channel alone, by the least that there is
    first = wanted["1"].copy()
    first[0, 2, 1, 3] ^= 1  # columns come first, of six pixels each
    assert run.differing("1", first).tolist() == [1 * 6 + 2]

    weights = system.network.parameters["3"].weights.copy()
    weights[0, 1, 1, 0] ^= 1
    changed = replace(system.network.parameters["3"], weights=weights)
    parameters = {**system.network.parameters, "3": changed}
    wrong = replace(system, network=replace(system.network, parameters=parameters))
    with pytest.raises(ToolFailed, match="computes other pixels than numpy in layer '3'"):
        comparison.checked(wrong, images)


@pytest.mark.regression
@pytest.mark.parametrize("replicated", [False, True])
def test_loops_are_the_dot_products_that_are_generated(replicated: bool) -> None:
    spec = CrossbarSpec(
        rows=27, columns=4, units=2, windows=2, step=9, replicated=replicated, interval=20
    )
    assert dot_products.equal(spec, 30) == 30


@pytest.mark.regression
def test_loops_that_differ_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = behaviour()
    spec = CrossbarSpec(rows=20, columns=2, interval=8)
    planted = text.replace("row < ROWS", "row < ROWS - 1")
    assert planted != text
    monkeypatch.setattr(dot_products, "behaviour", lambda: planted)
    with pytest.raises(ToolFailed, match="dot products of 20 rows are not those of the model"):
        dot_products.equal(spec, 20)


@pytest.mark.regression
def test_other_widths_of_the_cores_are_worked_out_to_the_cycle() -> None:
    """What the page says of widths that are not simulated, held against those that are: of one
    pixel a timestep.
    """
    images = images_for(residual(), 1, 1)
    found = []
    for columns, channels in ((4, 8), (2, 2)):
        style = Style(timestep=40, columns_a_cycle=columns, channels_a_cycle=channels)
        system = built(residual(), style=style, observed=True)
        run = comparison.checked(system, images)
        assert rtl_choices.one_by_one(run)
        other = [rtl_choices.worked_out(run, *widths)[0] for widths in ((4, 8), (2, 2))]
        assert run.latency in other
        found.append(other)
    assert found[0] == pytest.approx(found[1])
