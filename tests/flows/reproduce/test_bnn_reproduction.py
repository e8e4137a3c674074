"""The binarized networks of a published system, on scikit-learn's digits."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.machine import NEEDS_COMPILER

from neuroloom.flows.networks.binarized import BinarizedLayer
from neuroloom.flows.networks.stages import Dense
from neuroloom.flows.reproduce.bnn import adders as bnn_adders
from neuroloom.flows.reproduce.bnn import block as bnn_block
from neuroloom.flows.reproduce.bnn import errors_in_rtl
from neuroloom.flows.reproduce.bnn import networks as bnn_networks
from neuroloom.flows.reproduce.bnn import rebuild as bnn
from neuroloom.flows.reproduce.bnn.adders import adder_claim, adder_table
from neuroloom.flows.reproduce.bnn.block import spread_table, written_table
from neuroloom.flows.reproduce.bnn.errors_in_rtl import of_cells
from neuroloom.flows.reproduce.bnn.networks import (
    DigitNetwork,
    cell_rows,
    cell_table,
    read_energy,
    run,
)
from neuroloom.flows.reproduce.bnn.subject import Subject
from neuroloom.flows.reproduce.parts import PartInCells, Parts
from neuroloom.flows.reproduce.systems import reproduce
from neuroloom.flows.tools.errors import UsageError, VerificationFailed
from neuroloom.flows.training.recipes import Recipe, load
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.golden.devices.differential import ResistiveDevice


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def network() -> DigitNetwork:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(
            bnn.MULTILAYER,
            "scikit-learn's digits",
            Recipe((0.2, 0.4, 0.7), (Dense(24),), epochs=15, batch=64),
        )
        return bnn.multilayer(load(None), quiet)


@NEEDS_COMPILER
@pytest.mark.flow
def test_every_image_in_rtl(network: DigitNetwork) -> None:
    found = run(network, quiet)
    assert found.images == 360
    assert found.cycles == pytest.approx(network.rtl.spec.contract.interval, rel=0.05)
    table = bnn_networks.accuracy_table([network], quiet)
    (row,) = table.rows
    assert row.ours[1:4] == (360, row.ours[0], 360)
    assert row.ours[0] == found.accuracy > 90


@NEEDS_COMPILER
@pytest.mark.flow
def test_layers_that_are_not_those_of_the_rtl_are_noticed(network: DigitNetwork) -> None:
    last = network.subject.layers[-1]
    turned = last._replace(weights=np.roll(last.weights, 1, axis=0))
    layers = [*network.subject.layers[:-1], turned]
    wrong = replace(network, subject=network.subject._replace(layers=layers))
    with pytest.raises(VerificationFailed, match="classes are not those of the layers"):
        run(wrong, quiet)


@NEEDS_COMPILER
@pytest.mark.flow
def test_a_network_beside_its_arrays_in_cells(network: DigitNetwork) -> None:
    table = cell_table(network, quiet)
    assert {row.name for row in table.rows} == {"layer0", "layer1", "adapter0", "queue0", "total"}
    total = table.rows[-1].ours
    assert total[0] == sum(row.ours[0] or 0 for row in table.rows[:-1])
    assert all((each or 0) > 0 for each in total)


@NEEDS_COMPILER
@pytest.mark.flow
def test_products_err_as_often_as_the_closed_form_says() -> None:
    table = spread_table(quiet)
    products = bnn_block.ARRAYS * 1024
    seen = []
    for row in table.rows:
        *_, wrong, stated = (float(each or 0) / 100 for each in row.ours)
        # five standard deviations of a binomial, and a few products
        spread = 5 * np.sqrt(stated * (1 - stated) / products) + 5 / products
        assert abs(wrong - stated) < spread, row.name
        seen.append(wrong)
    assert seen[0] == 0
    assert max(seen) > 0.05


@NEEDS_COMPILER
@pytest.mark.flow
def test_a_kilobit_is_written_and_what_fails_is_reported() -> None:
    sure, unsure, poor = (
        [float(each or 0) for each in row.ours] for row in written_table(quiet).rows
    )
    # three kinds of pulse to each cell, one attempt a word
    assert sure[1:] == [3 * 1024, 1, 0, 0, 0]
    assert sure[1] < unsure[1] < poor[1]
    for cycles, pulses, attempts, reported, wrong, uneven in (sure, unsure, poor):
        assert cycles > pulses * 4
        assert 1 <= attempts <= 4
        # a cell that reads wrong is not complementary; others read right by chance
        assert uneven >= wrong
        # no read draws anew: what reads wrong was reported
        assert wrong == reported
    assert unsure[5] > 0
    assert poor[5] > poor[4]


def connected(seed: int) -> Subject:
    rng = np.random.default_rng(seed)
    layers = [
        BinarizedLayer(
            Dense(12), rng.integers(0, 2, (12, 30), dtype=np.uint8), rng.integers(12, 18, 12)
        ),
        BinarizedLayer(Dense(4), rng.integers(0, 2, (4, 12), dtype=np.uint8), None),
    ]
    bits = rng.integers(0, 2, (5, 30), dtype=np.uint8)
    return Subject("small network", layers, bits, np.zeros(5, np.int64))


@NEEDS_COMPILER
@pytest.mark.flow
def test_errors_of_cells_in_rtl_are_those_of_integer_layers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(errors_in_rtl, "RATES", (0.1,))
    monkeypatch.setattr(errors_in_rtl, "SIMD", 10)
    table = errors_in_rtl.error_table(connected(1), quiet)
    first, second = ([float(each or 0) for each in row.ours] for row in table.rows)
    assert (first[0], second[0]) == (360, 48)
    assert (first[3], second[3]) == (60, 20)
    assert first[1] > 0
    assert first[4] + second[4] > 0

    def others(*_: object) -> np.ndarray:
        return np.zeros((5, 12), np.int64)

    monkeypatch.setattr(errors_in_rtl, "of_cells", others)
    with pytest.raises(VerificationFailed, match="layer 0: results are not those of the weights"):
        errors_in_rtl.error_table(connected(1), quiet)


@NEEDS_COMPILER
@pytest.mark.flow
def test_cells_that_do_not_resolve_go_through_rtl(monkeypatch: pytest.MonkeyPatch) -> None:
    # so few ohms that many pairs are of one whole resistance
    device = ResistiveDevice(lrs=4, hrs=8, lrs_sigma=0.5, hrs_sigma=0.5)
    monkeypatch.setattr(errors_in_rtl, "RATES", (0.1,))
    monkeypatch.setattr(errors_in_rtl, "SIMD", 10)
    monkeypatch.setattr(errors_in_rtl, "device_with_error_rate", lambda *_: device)
    rows = errors_in_rtl.error_table(connected(2), quiet).rows
    erring, unresolved = (sum(float(row.ours[index] or 0) for row in rows) for index in (1, 2))
    assert 10 < unresolved < erring


def test_a_cell_that_does_not_resolve_agrees_with_no_activation() -> None:
    held = np.array([[1, 0, -1, -1], [0, 0, 1, -1]])
    entering = np.array([[1, 0, 1, 0], [1, 1, 1, 1]])
    assert of_cells(held, None, entering).tolist() == [[2, 2], [1, 1]]
    assert of_cells(held, np.array([2, 1]), entering).tolist() == [[1, 1], [0, 1]]


def test_reads_cost_what_their_bit_lines_and_outputs_do() -> None:
    assert read_energy(32, 0.5) == 34
    assert read_energy(256, 1.0) == 514


@pytest.mark.flow
def test_adders_on_every_kind_of_target(monkeypatch: pytest.MonkeyPatch) -> None:
    def small(style: PopcountStyle) -> PopcountSpec:
        return PopcountSpec(width=63, style=style)

    monkeypatch.setattr(bnn_adders, "DESIGNS", {"popcount 63": small})
    monkeypatch.setattr(bnn_adders, "SEEDS", (1,))
    table = adder_table(quiet)
    assert [row.unit for row in table.rows] == ["cells", "cells", "µm²"]
    for row in table.rows:
        left, ours, slower, faster = (each or 0.0 for each in row.ours)
        assert 0 < ours < 1.5 * left
        assert slower > 0
        assert faster > 0
    words = adder_claim(table).words
    for row in table.rows:
        left, ours, *_ = (each or 0.0 for each in row.ours)
        assert (row.name in words) == (ours >= left), words


def test_parts_in_cells_are_summed() -> None:
    one = PartInCells(2, 3, 10.0, 20.0, 0, 0, 1.0, 2.0, 3.0)
    rows = cell_rows(Parts({"a": one, "b": one}, cycles=100, operations=10))
    assert [row.name for row in rows] == ["a", "b", "total"]
    assert rows[0].ours == (2, 3, 10.0, 20.0, pytest.approx(0.06))
    assert rows[2].ours == (4, 6, 20.0, 40.0, pytest.approx(0.12))


def test_images_are_refused_where_none_are_shown(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="leave --mnist out"):
        reproduce("cim-macro", mnist=tmp_path)
    with pytest.raises(UsageError, match="train-images-idx3-ubyte"):
        reproduce("bnn", mnist=tmp_path)
