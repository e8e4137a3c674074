"""Assignments to parts of a signal, made at once, give what they give one after another."""

import itertools

import numpy as np
import pytest

from neuroloom.flows.verilog.rtlil import Assign, Const, Sig, Slice, cut, join
from neuroloom.flows.verilog.simplify import _assigned


@pytest.mark.parametrize("seed", range(20))
def test_parts_that_follow_each_other_are_assigned_at_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bits = int(rng.integers(4, 40))
    start: Sig = () if seed % 4 == 0 else (Slice("\\before", 3, bits),)
    places = sorted({int(each) for each in rng.integers(0, bits + 1, 6)} | {0, bits})
    if start:
        places = places[int(rng.integers(2)) :]
    run = []
    expected = start
    for low, high in itertools.pairwise(places):
        value: Sig = (Slice(f"\\w{low % 2}", low, high - low),)
        if rng.integers(3) == 0:
            value = (Const("01"[int(rng.integers(2))] * (high - low)),)
        run.append(Assign(Slice("\\target", low, high - low), value))
        expected = join(cut(expected, high, bits), value, cut(expected, 0, low))
    assert _assigned(start, run, bits) == expected, f"seed {seed}"


@pytest.mark.parametrize(("low", "high"), [(0, 9), (2, 7), (3, 5), (0, 0), (8, 9), (5, 5)])
def test_a_cut_is_the_bits_in_between(low: int, high: int) -> None:
    sig: Sig = (Slice("\\a", 4, 2), Const("0110"), Slice("\\b", 0, 3))
    every = [("a", 5), ("a", 4), "0", "1", "1", "0", ("b", 2), ("b", 1), ("b", 0)]
    got: list[object] = []
    for chunk in cut(sig, low, high):
        if isinstance(chunk, Const):
            got += list(chunk.bits)
        else:
            got += [(chunk.wire[1:], chunk.offset + at) for at in reversed(range(chunk.width))]
    assert got == every[9 - high : 9 - low]
