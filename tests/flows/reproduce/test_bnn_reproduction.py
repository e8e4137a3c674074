"""The binarized networks of a published system, on scikit-learn's digits."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.machine import NEEDS_COMPILER

from neuroloom.flows.networks.stages import Dense
from neuroloom.flows.reproduce.bnn import adders as bnn_adders
from neuroloom.flows.reproduce.bnn import networks as bnn_networks
from neuroloom.flows.reproduce.bnn import rebuild as bnn
from neuroloom.flows.reproduce.bnn.adders import adder_claim, adder_table
from neuroloom.flows.reproduce.bnn.block import block_table
from neuroloom.flows.reproduce.bnn.networks import DigitNetwork, cell_rows, cell_table, run
from neuroloom.flows.reproduce.parts import PartInCells, Parts
from neuroloom.flows.reproduce.systems import reproduce
from neuroloom.flows.tools.errors import UsageError, VerificationFailed
from neuroloom.flows.training.recipes import Recipe, load
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle


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


@pytest.mark.flow
def test_the_block_reads_what_it_holds() -> None:
    table = block_table(quiet)
    measured = {row.name: row.ours[0] for row in table.rows}
    assert measured["bits in the block"] == 1
    assert measured["no spread, wrong products"] == 0
    wrong = [value for name, value in measured.items() if name.endswith("wrong products")]
    assert wrong[0] == 0
    assert 0 < (wrong[2] or 0) < 30


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
