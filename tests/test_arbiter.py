"""Arbiter: every policy against lists of who comes next, fairness, and what it costs."""

import contextlib
import re
import sys
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import product
from math import lcm, log2
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from effort import effort

from neuroloom.flows import cli
from neuroloom.flows.catalogue import macros
from neuroloom.flows.errors import UsageError
from neuroloom.flows.results.arbiters import arbiters_markdown, measure_arbiters
from neuroloom.flows.specification import validate
from neuroloom.flows.synthesis import yosys
from neuroloom.flows.synthesis.depth import levels
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.events.arbiter import ArbiterSpec, GrantForm, Policy
from neuroloom.golden.events.arbitration_tree import Tree, even_tree
from neuroloom.golden.ports import Traffic
from neuroloom.verif.events.arbiter import ArbiterStimulus

GATES = TARGETS["gates"]
SETTLED = (*GATES.script, "opt -full", GATES.script[-2], "opt -full", "opt_clean")
Words = list[list[int]]


def arbiter(requesters: int, policy: str, **others: Any) -> ArbiterSpec:
    fields = {"requesters": requesters, "policy": policy, **others}
    if policy == "weighted" and "weights" not in others:
        fields["weights"] = tuple(1 + index % 4 for index in range(requesters))
    return ArbiterSpec.model_validate(fields)


def winners(spec: ArbiterSpec, words: Words, releases: Words | None = None) -> list[int | None]:
    """The model's grants, read as numbers."""
    granted = spec.model().run(traffic(words, releases))["grants"]
    if spec.grant is GrantForm.INDEX:
        numbers = granted["index"].tolist()
    else:
        assert (granted["grant"].sum(axis=1) == granted["any"]).all(), "not one-hot"
        numbers = granted["grant"].argmax(axis=1).tolist()
    return [
        number if asked else None
        for number, asked in zip(numbers, granted["any"].tolist(), strict=True)
    ]


def traffic(words: Words, releases: Words | None = None) -> Traffic:
    requests = {"bits": np.array(words)}
    if releases is not None:
        requests["release"] = np.array(releases)
    return {"requests": requests}


class Line:
    """Children in the order in which they are asked; the one granted goes to the end, and with
    ``others`` all that stand before it as well.
    """

    def __init__(self, children: list[Any], others: bool = True) -> None:
        self.children, self.others = children, others

    def asks(self, word: list[int]) -> bool:
        return any(asks(child, word) for child in self.children)

    def next(self, word: list[int]) -> int:
        place = [asks(child, word) for child in self.children].index(True)
        child = self.children[place]
        stay, behind = self.children[:place], self.children[place + 1 :]
        self.children = [*behind, *stay, child] if self.others else [*stay, *behind, child]
        return child.next(word) if isinstance(child, Line) else int(child)


def asks(child: Any, word: list[int]) -> bool:
    return child.asks(word) if isinstance(child, Line) else bool(word[child])


def line_of(spec: ArbiterSpec) -> Line:
    if spec.policy is Policy.TREE and spec.requesters > 1:
        found = nested(spec.tree, iter(range(spec.requesters)))
        assert isinstance(found, Line)
        return found
    return Line(list(range(spec.requesters)), others=spec.policy is not Policy.MATRIX)


def nested(tree: Tree, numbers: Iterator[int]) -> Line | int:
    """The tree as lines of lines, its leaves numbered in order."""
    if not tree.children:
        return next(numbers)
    return Line([nested(child, numbers) for child in tree.children])


def oracle(spec: ArbiterSpec, words: Words, releases: Words | None = None) -> Iterator[int | None]:
    if releases is not None:
        yield from packets(spec, words, releases)
        return
    line = line_of(spec)
    turn: list[int] = []
    last: int | None = None
    for word in words:
        if not any(word):
            last = None
        elif spec.hold and last is not None and word[last]:
            pass
        elif spec.policy is Policy.FIXED:
            last = word.index(1)
        elif turn and word[turn[0]]:
            last = turn.pop()
        else:
            last = line.next(word)
            turn = [last] * (spec.weights[last] - 1) if spec.weights else []
        yield last


def packets(spec: ArbiterSpec, words: Words, releases: Words) -> Iterator[int | None]:
    """Packet by packet: its owner is found among all, and then only its own requests count."""
    owner: int | None = None
    line = line_of(spec)
    for word, lets_go in zip(words, releases, strict=True):
        if owner is None and any(word):
            owner = word.index(1) if spec.policy is Policy.FIXED else line.next(word)
        if owner is None or not word[owner]:
            yield None
            continue
        yield owner
        if lets_go[owner]:
            owner = None


# weights do not go with hold
@pytest.mark.parametrize(("policy", "hold"), [
    (policy, hold) for policy in Policy for hold in (False, True)
    if not (hold and policy is Policy.WEIGHTED)
])  # fmt: skip
def test_every_run_of_four_words_of_three(policy: str, hold: bool) -> None:
    spec = arbiter(3, policy, hold=hold, arity=2)
    every = [list(word) for word in product([0, 1], repeat=3)]
    for run in product(every, repeat=4):
        words = list(run)
        assert winners(spec, words) == list(oracle(spec, words)), words


@pytest.mark.parametrize("seed", range(60))
def test_the_model_equals_lists_of_who_comes_next(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = ArbiterStimulus.random_spec(rng)
    sent = ArbiterStimulus(spec).random(rng, 300)["requests"]
    words = sent["bits"].tolist()
    releases = sent["release"].tolist() if spec.release else None
    shown = f"seed {seed}: {spec.model_dump_json()}"
    found = winners(spec, words, releases)
    assert found == list(oracle(spec, words, releases)), shown
    for word, winner in zip(words, found, strict=True):
        assert word[winner] if winner is not None else spec.release or not any(word), shown


@pytest.mark.parametrize("policy", ["fixed", "round-robin", "matrix", "tree"])
def test_every_run_of_three_words_of_two_with_releases(policy: str) -> None:
    spec = arbiter(2, policy, hold=True, release=True)
    every = [list(word) for word in product([0, 1], repeat=2)]
    for run in product(product(every, every), repeat=3):
        words, releases = [list(part) for part in zip(*run, strict=True)]
        assert winners(spec, words, releases) == list(packets(spec, words, releases)), run


def test_a_packet_is_not_interrupted() -> None:
    spec = arbiter(3, "round-robin", hold=True, release=True)
    words = [[1, 1, 0], [1, 1, 0], [0, 1, 1], [1, 1, 1], [1, 1, 1], [1, 0, 1], [1, 0, 0]]
    releases = [[0, 1, 1], [0, 1, 1], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert winners(spec, words, releases) == [0, 0, None, 0, 1, 2, 0]


@pytest.mark.parametrize(
    ("policy", "requesters", "arity"),
    [("round-robin", 1024, 4), ("matrix", 64, 4), ("tree", 1000, 5), ("weighted", 300, 4)],
)
def test_the_greatest_sizes(policy: str, requesters: int, arity: int) -> None:
    spec = arbiter(requesters, policy, arity=arity)
    sent = ArbiterStimulus(spec).random(np.random.default_rng(1), 200)
    words = sent["requests"]["bits"].tolist()
    assert winners(spec, words) == list(oracle(spec, words))


def test_policies_differ_where_they_should() -> None:
    words = [[1, 1, 1, 0], [0, 0, 0, 1], [1, 1, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]]
    assert winners(arbiter(4, "fixed"), words) == [0, 3, 0, None, 0, 0]
    assert winners(arbiter(4, "round-robin"), words) == [0, 3, 0, None, 1, 2]
    assert winners(arbiter(4, "matrix"), words) == [0, 3, 1, None, 2, 0]
    assert winners(arbiter(4, "tree", arity=2), words) == [0, 3, 1, None, 2, 0]
    assert winners(arbiter(4, "weighted", weights=(2, 1, 3, 1)), words) == [0, 3, 0, None, 0, 1]
    assert winners(arbiter(4, "round-robin", hold=True), words) == [0, 3, 0, None, 1, 1]


FAIR = [
    (arbiter(7, "round-robin"), 7), (arbiter(1, "fixed"), 1), (arbiter(6, "matrix"), 6),
    (arbiter(8, "tree", arity=2), 8), (arbiter(5, "tree", arity=4), 6),
    (arbiter(7, "tree", arity=3), 9), (arbiter(3, "tree", arity=4), 3),
    (arbiter(9, "tree", arity=2), 16), (arbiter(9, "tree", arity=4), 9),
    (arbiter(4, "weighted", weights=(3, 1, 5, 2)), 11), (arbiter(1, "weighted"), 1),
    (arbiter(1, "round-robin", hold=True), 1),
]  # fmt: skip


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
        ({"policy": "tree", "requesters": 9, "arity": 2}, "at most 16 words; while all ask, each "
         "gets 1/16 to 1/8 of them"),
        ({"policy": "tree", "requesters": 9}, "at most 9 words; while all ask, each gets 1/9 of"),
        ({"policy": "weighted", "requesters": 3, "weights": (1, 2, 4)}, "at most 7 words; while "
         "all ask, each gets 1/7 to 4/7 of them"),
        ({"policy": "fixed"}, "no bound: with fixed priorities one may wait for ever"),
        ({"hold": True}, "no bound: with held grants one may wait for ever"),
    ],
)  # fmt: skip
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


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"policy": "matrix", "requesters": 65}, "up to 64 requesters, not 65: choose round-robin"),
        ({"release": True}, "release goes with hold: without it no grant is kept"),
        ({"weights": [1] * 8}, "weights go with policy=weighted"),
        ({"policy": "weighted"}, "a weight for each of the 8 requesters, not 0"),
        ({"policy": "weighted", "weights": [1, 2]}, "each of the 8 requesters, not 2"),
        ({"policy": "weighted", "requesters": 2, "weights": [1, 0]}, "weight 1 is 0; it lies in 1"),
        ({"policy": "weighted", "requesters": 1, "weights": [256]}, "256; it lies in 1 to 255"),
        ({"policy": "weighted", "requesters": 1, "weights": [1], "hold": True}, "hold goes with"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"arbiter: .*{message}"):
        validate(macros()["arbiter"], fields)


def test_fields_that_just_agree() -> None:
    validate(macros()["arbiter"], {"hold": True, "release": True})
    validate(macros()["arbiter"], {"policy": "matrix", "requesters": 64})
    validate(macros()["arbiter"], {"policy": "weighted", "requesters": 2, "weights": [1, 255]})


@pytest.mark.regression
def test_a_thousand_requesters() -> None:
    assert verify(arbiter(1024, "round-robin", grant="index"), seeds=(1,), operations=20).passed


def measured(spec: ArbiterSpec) -> tuple[int, int]:
    """Gates and levels of logic on the target ``gates``."""
    emitted = emit(spec)
    netlist = yosys.synthesize(emitted.verilog, emitted.name, GATES.script)
    return yosys.resources(netlist.cells, GATES)["gates"], levels(netlist, emitted.name)


@pytest.mark.flow
@pytest.mark.parametrize(
    ("requesters", "fixed", "round_robin"),
    [
        (16, (42, 8), (129, 10)),
        (64, (212, 14), (572, 14)),
        (128, (455, 18), (1169, 16)),
        (512, (1912, 21), (4787, 22)),
    ],
)
def test_round_robin_costs_little_more_than_fixed_priority(
    requesters: int, fixed: tuple[int, int], round_robin: tuple[int, int]
) -> None:
    assert measured(arbiter(requesters, "fixed")) == fixed
    assert measured(arbiter(requesters, "round-robin")) == round_robin
    if requesters >= 128:
        assert round_robin[0] <= 3 * fixed[0]
    assert max(fixed[1], round_robin[1]) <= 2 * log2(requesters) + 4


@pytest.mark.flow
def test_the_committed_results_are_those_of_this_code_and_reach_their_aims() -> None:
    committed = (Path(__file__).parents[1] / "docs" / "results" / "arbiters.md").read_text()
    again = arbiters_markdown(measure_arbiters((4, 16)))
    rows = [line for line in again.splitlines() if line.startswith(("| 4 |", "| 16 |"))]
    assert len(rows) == 4 and all(row in committed.splitlines() for row in rows)
    found = re.findall(r"^\| ([\d,]+) \| (.*) \|$", committed, re.M)
    cells = [(size, row.replace(",", "").split(" | ")) for size, row in found]
    gates, depths = cells[:9], cells[9:]
    assert [size for size, _ in gates] == [size for size, _ in depths]
    assert [size for size, _ in gates][::8] == ["4", "1,024"]
    assert all(int(row[1]) <= 3 * int(row[0]) for _, row in gates[5:])
    assert all(max(int(row[0]), int(row[1])) <= int(row[-1]) for _, row in depths)


OPTIONS: list[dict[str, Any]] = [
    {}, {"pipeline": 1}, {"pipeline": 1, "grant": "index"}, {"hold": True, "grant": "index"},
    {"hold": True, "pipeline": 1}, {"hold": True, "pipeline": 1, "grant": "index"},
    {"hold": True, "release": True}, {"hold": True, "release": True, "pipeline": 1},
    {"hold": True, "release": True, "pipeline": 1, "grant": "index"},
]  # fmt: skip


@pytest.mark.flow
@pytest.mark.parametrize(("policy", "fields"), [
    (policy, fields) for policy in Policy for fields in OPTIONS
    if not ("hold" in fields and policy is Policy.WEIGHTED)
][:: effort(2, 1)], ids=str)  # fmt: skip
def test_the_inventory_counts_the_flip_flops(policy: str, fields: dict[str, Any]) -> None:
    for requesters in (1, 2, 5):
        spec = arbiter(requesters, policy, **fields)
        emitted = emit(spec)
        cells = yosys.synthesize(emitted.verilog, emitted.name, SETTLED).cells
        assert yosys.resources(cells, GATES)["FF"] == spec.inventory.flip_flops, requesters
