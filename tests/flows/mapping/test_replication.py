"""Kernel replication against patches walked one by one, Eq. 2 and the rows that are printed."""

from fractions import Fraction

import numpy as np
import pytest

from neuroloom.golden.imc.replication import Replicas, method_1_aspect_ratio, most_replicas


@pytest.mark.parametrize("seed", range(30))
def test_rows_are_the_pixels_that_patches_see(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, kernel, inputs, outputs, width, stride = (
        int(n) for n in rng.integers(1, (30, 6, 9, 9, 7, 4))
    )
    replicas = Replicas(count, kernel, inputs, outputs, width, stride)
    seen = np.zeros((200, 200), bool)
    for replica in range(count):
        x, y = stride * (replica // width), stride * (replica % width)
        seen[x : x + kernel, y : y + kernel] = True
    assert replicas.rows == seen.sum() * inputs, f"seed {seed}"
    assert replicas.columns == count * outputs


@pytest.mark.parametrize("kernel", range(1, 8))
def test_equation_2(kernel: int) -> None:
    for count in range(1, 40):
        for inputs, outputs in ((16, 16), (3, 16), (28, 56)):
            closed = method_1_aspect_ratio(count, kernel, inputs, outputs)
            assert closed == Replicas(count, kernel, inputs, outputs).aspect_ratio


def test_twenty_replicas_as_printed() -> None:
    assert Replicas(20, 3, 16, 16).rows == 1056
    assert Replicas(20, 3, 16, 16, width=5).rows == 672


def test_figures_4_and_5() -> None:
    assert Replicas(3, 3, 1, 1).rows == 5 * 3
    assert Replicas(6, 3, 1, 1, width=2).rows == 5 * 4
    added = [
        Replicas(n, 3, 1, 1, width=3).rows - Replicas(n - 1, 3, 1, 1, width=3).rows
        for n in range(2, 7)
    ]
    assert added == [3, 3, 3, 1, 1]  # a new row of outputs begins with F rows, then 1 each


def test_limits_of_the_aspect_ratio() -> None:
    assert method_1_aspect_ratio(1, 3, 16, 16) == 9
    assert abs(method_1_aspect_ratio(10**9, 3, 16, 16) - 3) < Fraction(1, 10**8)
    # Eq. 3: a whole volume of outputs takes each input once
    assert Replicas(64, 3, 4, 8, width=8).aspect_ratio == Fraction(4 * 10 * 10, 8 * 8 * 8)


def test_use_of_the_devices() -> None:
    method_1, method_2 = Replicas(4, 3, 16, 16), Replicas(4, 3, 16, 16, width=2)
    assert method_1.utilisation(512, 256) == Fraction(4 * 144 * 16, 512 * 256)
    assert method_1.utilisation(512, 256) == method_2.utilisation(512, 256)
    with pytest.raises(ValueError, match="4 replicas take 288 rows and 64 columns, more than 256"):
        method_1.utilisation(256, 256)


def test_how_many_fit() -> None:
    # 256 rows: 144 + 48 + 48 by Method 1, (2 + 2)·(2 + 2)·16 = 256 by Method 2
    assert most_replicas(3, 16, 16, 256, 256) == 3
    assert most_replicas(3, 16, 16, 256, 256, width=2) == 4
    assert most_replicas(3, 16, 16, 2048, 256, width=4) == 16  # as many as there are columns
    assert most_replicas(3, 56, 56, 256, 256) == 0


@pytest.mark.parametrize("name", ["count", "kernel", "inputs", "outputs", "width", "stride"])
def test_sizes_below_one(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}=0 is less than 1"):
        Replicas(**{"count": 1, "kernel": 1, "inputs": 1, "outputs": 1, name: 0})
