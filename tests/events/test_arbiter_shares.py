"""Arbiter: how long one waits, and who gets how much of the grants."""

import contextlib
import sys
from fractions import Fraction
from functools import cache
from math import lcm
from typing import Any

import numpy as np
import pytest
from support.grants import Words, arbiter, winners

from neuroloom.flows import cli
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.events.arbiter import ArbiterSpec
from neuroloom.golden.streams.arbitration_tree import Tree, even_tree
from neuroloom.verif.events.arbiter import ArbiterStimulus

FAIR = [
    (arbiter(7, "round-robin"), 7),
    (arbiter(1, "fixed"), 1),
    (arbiter(6, "matrix"), 6),
    (arbiter(8, "tree", arity=2), 8),
    (arbiter(5, "tree", arity=4), 6),
    (arbiter(7, "tree", arity=3), 9),
    (arbiter(3, "tree", arity=4), 3),
    (arbiter(9, "tree", arity=2), 16),
    (arbiter(9, "tree", arity=4), 9),
    (arbiter(4, "weighted", weights=(3, 1, 5, 2)), 11),
    (arbiter(1, "weighted"), 1),
    (arbiter(1, "round-robin", hold=True), 1),
]


def longest_wait(spec: ArbiterSpec, words: Words, patient: int) -> int:
    """Words from one grant of the ``patient`` requester to its next, that one included."""
    found = [index for index, winner in enumerate(winners(spec, words)) if winner == patient]
    return int(np.diff([-1, *found, len(words)]).max())


@pytest.mark.parametrize(("spec", "bound"), FAIR)
def test_nobody_waits_longer_than_stated(spec: ArbiterSpec, bound: int) -> None:
    assert spec.patience == bound
    rng = np.random.default_rng(bound)
    for patient in range(spec.requesters):
        words = ArbiterStimulus(spec).random(rng, 400)["requests"]["bits"]
        words[:, patient] = 1
        assert longest_wait(spec, words.tolist(), patient) <= bound, patient
    everybody = [[1] * spec.requesters] * (4 * bound)
    waits = [longest_wait(spec, everybody, patient) for patient in range(spec.requesters)]
    assert max(waits) == bound, "the bound is not tight"


ARITIES = (2, 3, 4, 5, 7, 8, 32)


@cache
def possible(levels: int, fewest: int, most: int, arity: int, leaves: int) -> int:
    """Numbers of leaves (bits of an integer, up to ``leaves``) of all trees of at most ``levels``
    levels whose leaves' turns lie in ``fewest`` to ``most``, whatever their form.
    """
    found = 2 if fewest <= 1 <= most else 0
    for width in range(2, arity + 1) if levels else ():
        if most < width:
            break
        each = possible(levels - 1, max(1, -(-fewest // width)), most // width, arity, leaves)
        sums = 1
        for _ in range(width if each else 0):
            sums = sum_of_sets(sums, each) & ((2 << leaves) - 1)
        found |= sums if each else 0
    return found


def sum_of_sets(one: int, other: int) -> int:
    found = 0
    for place in range(other.bit_length()):
        if other >> place & 1:
            found |= one << place
    return found


def least_difference(leaves: int, arity: int) -> Fraction:
    """The least ratio of the most turns to the fewest, over all trees of the fewest levels."""
    levels = next(level for level in range(9) if arity**level >= leaves)
    best = Fraction(arity**levels)
    # the mean share is 1 of all leaves, so that it lies between both ends
    for most in range(leaves, min(arity**levels, 2 * leaves) + 1):
        for fewest in range(leaves, 0, -1):
            if Fraction(most, fewest) >= best:
                break
            if possible(levels, fewest, most, arity, leaves) >> leaves & 1:
                best = Fraction(most, fewest)
                break
    return best


@pytest.mark.parametrize("arity", ARITIES)
def test_no_tree_shares_more_evenly(arity: int) -> None:
    for leaves in range(2, 41):
        tree = even_tree(leaves, arity)
        assert Fraction(tree.most, tree.fewest) == least_difference(leaves, arity), leaves
        assert (tree.most < 2 * leaves) and (arity > 2 or tree.most <= 2 * tree.fewest)


@pytest.mark.parametrize("arity", ARITIES)
def test_the_grants_are_shared_as_stated(arity: int) -> None:
    for requesters in range(1, 41):
        spec = arbiter(requesters, "tree", arity=arity)
        turns = turns_of(spec.tree)
        words = lcm(*turns)
        found = winners(spec, [[1] * requesters] * words)
        counts = [found.count(number) for number in range(requesters)]
        assert counts == [words // turn for turn in turns], requesters
        assert spec.shares == (Fraction(min(counts), words), Fraction(max(counts), words))


def turns_of(tree: Tree) -> list[int]:
    """Of every leaf: the numbers of subtrees on its way, multiplied."""
    if not tree.children:
        return [1]
    return [len(tree.children) * turn for child in tree.children for turn in turns_of(child)]


def test_the_tree_of_nine() -> None:
    assert turns_of(even_tree(9, 2)) == [16, 16, 8, 8, 8, 8, 8, 8, 8]
    assert turns_of(even_tree(9, 4)) == [9] * 9
    found = winners(arbiter(9, "tree", arity=2), [[1] * 9] * 4000)
    assert [found.count(number) for number in range(9)] == [250, 250] + [500] * 7


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"policy": "tree", "requesters": 9, "arity": 2},
            "at most 16 words; while all ask, each gets 1/16 to 1/8 of them",
        ),
        ({"policy": "tree", "requesters": 9}, "at most 9 words; while all ask, each gets 1/9 of"),
        (
            {"policy": "weighted", "requesters": 3, "weights": (1, 2, 4)},
            "at most 7 words; while all ask, each gets 1/7 to 4/7 of them",
        ),
        ({"policy": "fixed"}, "no bound: with fixed priorities one may wait for ever"),
        ({"hold": True}, "no bound: with held grants one may wait for ever"),
    ],
)
def test_shares_are_stated(fields: dict[str, Any], sentence: str) -> None:
    spec = ArbiterSpec.model_validate(fields)
    assert sentence in spec.contract.fairness
    comment = " ".join(line[2:].strip() for line in emit(spec).verilog.splitlines()[:60])
    assert f"fairness: {spec.contract.fairness} " in comment


def test_show_states_the_shares(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["neuroloom", "show", "arbiter", "policy=tree", "requesters=9", "arity=2"]
    monkeypatch.setattr(sys, "argv", words)
    with contextlib.suppress(SystemExit):
        cli.main()
    shown = " ".join(capsys.readouterr().out.split())
    assert "Fairness: one that keeps asking waits for at most 16 words; while all ask, " in shown
    assert "each gets 1/16 to 1/8 of them." in shown


@pytest.mark.parametrize("fields", [{"policy": "fixed"}, {"hold": True}])
def test_no_bound_is_stated_where_one_may_starve(fields: dict[str, Any]) -> None:
    spec = ArbiterSpec.model_validate({"requesters": 3, **fields})
    assert spec.patience is None
    assert winners(spec, [[1, 0, 0]] + [[1, 1, 1]] * 50) == [0] * 51


def test_turns_are_shared_by_weight() -> None:
    weights = (3, 1, 5, 2)
    found = winners(arbiter(4, "weighted", weights=weights), [[1] * 4] * 44)
    assert found == [winner for winner in range(4) for _ in range(weights[winner])] * 4
    assert winners(arbiter(2, "weighted", weights=(255, 1)), [[1, 1]] * 257)[-3:] == [0, 1, 0]
