"""Arbiter: every policy against lists of who comes next, and what it costs."""

import re
from itertools import product
from math import log2
from typing import Any

import numpy as np
import pytest
from references.events.arbiter import oracle, packets
from support.effort import effort
from support.grants import arbiter, winners
from support.places import RESULTS

from neuroloom.flows.benchmarks.arbiters import arbiters_markdown, measure_arbiters
from neuroloom.flows.designs import yosys
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.synthesis.depth import levels
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.events.arbiter import ArbiterSpec, Policy
from neuroloom.verif.events.arbiter import ArbiterStimulus

GATES = TARGETS["gates"]
SETTLED = (*GATES.script, "opt -full", GATES.script[-2], "opt -full", "opt_clean")


@pytest.mark.parametrize(
    ("policy", "hold"),
    [
        (policy, hold)
        for policy in Policy
        for hold in (False, True)
        if not (hold and policy is Policy.WEIGHTED)
    ],
)
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
    return GATES.count(netlist.cells)["gates"], levels(netlist, emitted.name)


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
    committed = (RESULTS / "arbiters.md").read_text()
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
    {},
    {"pipeline": 1},
    {"pipeline": 1, "grant": "index"},
    {"hold": True, "grant": "index"},
    {"hold": True, "pipeline": 1},
    {"hold": True, "pipeline": 1, "grant": "index"},
    {"hold": True, "release": True},
    {"hold": True, "release": True, "pipeline": 1},
    {"hold": True, "release": True, "pipeline": 1, "grant": "index"},
]


@pytest.mark.flow
@pytest.mark.parametrize(
    ("policy", "fields"),
    [
        (policy, fields)
        for policy in Policy
        for fields in OPTIONS
        if not ("hold" in fields and policy is Policy.WEIGHTED)
    ][:: effort(2, 1)],
    ids=str,
)
def test_the_inventory_counts_the_flip_flops(policy: str, fields: dict[str, Any]) -> None:
    for requesters in (1, 2, 5):
        spec = arbiter(requesters, policy, **fields)
        emitted = emit(spec)
        cells = yosys.synthesize(emitted.verilog, emitted.name, SETTLED).cells
        assert GATES.count(cells)["FF"] == spec.inventory.flip_flops, requesters
