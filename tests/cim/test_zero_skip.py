"""The row controller: groups against a walk over the rows, cycles at every sparsity."""

import numpy as np
import pytest
from references.cim.zero_skip import walk
from support.machine import NEEDS_COMPILER

from neuroloom.flows.simulation.bulk.simulate import simulate
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.cim.row_groups import RowGroups
from neuroloom.golden.cim.zero_skip import SelectStyle, ZeroSkipSpec
from neuroloom.golden.ports import Integers
from neuroloom.verif.cim.zero_skip import ZeroSkipStimulus

CHIP = ZeroSkipSpec(rows=128, group=7)


@pytest.mark.parametrize("seed", range(30))
def test_the_model_equals_a_walk_over_the_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = ZeroSkipStimulus.random_spec(rng)
    stimulus = ZeroSkipStimulus(spec)
    for sent in (stimulus.corners(), stimulus.random(rng, 30)):
        given = spec.model().run(sent)["word_lines"]
        tokens = [
            {name: values[token].tolist() for name, values in given.items()}
            for token in range(len(given["rows"]))
        ]
        vectors = sent["vector"]["values"].tolist()
        tags = sent["vector"].get("tag", np.zeros(len(vectors), int)).tolist()
        walks = [walk(spec, *each) for each in zip(vectors, tags, strict=True)]
        shown = f"seed {seed}: {spec.model_dump_json()}"
        assert tokens == [token for each in walks for token in each], shown
        variation = spec.variation(sent, {"word_lines": given})
        assert variation.busy.tolist() == [len(each) for each in walks], shown


def vectors(rows: int, sparsity: int, number: int, seed: int) -> Integers:
    """Vectors with exactly ``sparsity`` percent of zeros, rounded down to whole ones."""
    rng = np.random.default_rng(seed)
    ones = np.arange(rows) < rows * (100 - sparsity) // 100
    return np.array([rng.permutation(ones) for _ in range(number)], np.int64)


@pytest.mark.flow
@NEEDS_COMPILER
@pytest.mark.parametrize(("sparsity", "reads"), [(0, 19), (50, 10), (90, 2), (100, 1)])
@pytest.mark.parametrize("style", SelectStyle)
def test_cycles_are_those_of_the_ones(sparsity: int, reads: int, style: SelectStyle) -> None:
    spec = ZeroSkipSpec(rows=128, group=7, style=style)
    report = simulate(spec, {"vector": {"values": vectors(128, sparsity, 50, 1)}}).report
    assert (report.passed, report.contract) == (True, True), report.message
    assert report.tokens["word_lines"] == 50 * reads
    assert report.cycles == 50 * reads + 1


@NEEDS_COMPILER
def test_wrong_tokens_are_counted_over_chunks_of_different_lengths() -> None:
    spec = ZeroSkipSpec(rows=9, group=2)
    values = np.array([[1] * 9, [0] * 9, [1] * 5 + [0] * 4, [0] * 8 + [1], [1] * 9], np.int64)
    text = emit(spec).verilog
    right = "assign word_lines_rows = "
    assert text.count(right) == 1
    broken = text.replace(right, "assign word_lines_rows[8] = 1'b0; assign word_lines_rows[7:0] = ")
    report = simulate(spec, {"vector": {"values": values}}, chunk=2, verilog=broken).report
    # vectors give 5, 1, 3, 1 and 5 tokens; the ninth row is in the last of the first, of the
    # fourth and of the fifth
    assert [each.token for each in report.mismatches] == [4, 9, 14]


@pytest.mark.parametrize("rows", [1, 2, 5, 8, 13, 33, 128])
@pytest.mark.parametrize("group", [1, 2, 3, 7, 8, 40])
@pytest.mark.parametrize("segment", [1, 3, 8])
def test_the_network_adds_all_that_comes_before(rows: int, group: int, segment: int) -> None:
    plan = RowGroups(rows, group, segment)
    assert [row for part in plan.segments for row in part] == list(range(rows))
    sums = [len(part) for part in plan.segments[:-1]]
    for pairs in plan.steps:
        before = list(sums)
        for each, other in pairs:
            sums[each] = before[each] + before[other]
    assert sums == [part.stop for part in plan.segments[:-1]]
    assert plan.running[-1] == [min(total, group) for total in sums]


@pytest.mark.flow
@pytest.mark.parametrize(
    "spec",
    [CHIP, ZeroSkipSpec(rows=300, group=7, segment=16), ZeroSkipSpec(rows=64, input_bits=8)],
    ids=["128 rows", "300 rows", "8 bit"],
)
def test_large_controllers_equal_their_model(spec: ZeroSkipSpec) -> None:
    done = verify(spec, seeds=(1,), operations=20)
    assert done.passed, done.outcomes[0].message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rows": 4096, "input_bits": 9}, "a vector of 36864 bits; it has at most 32768"),
        ({"style": "direct", "pipeline": 1}, "pipeline=1 goes with style=marked"),
        ({"skip_empty_planes": True}, "goes with input_bits of 2 and more"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ZeroSkipSpec.model_validate(fields)


def test_fields_that_just_agree() -> None:
    assert ZeroSkipSpec(rows=4096, input_bits=8).row_groups.rows == 4096
    assert ZeroSkipSpec(style=SelectStyle.MARKED, pipeline=8).contract.latency == 19 + 8
    # rows that fit in one group need no network; its registers stand all the same
    alone = ZeroSkipSpec(rows=6, group=11, segment=2, pipeline=3)
    assert alone.registers_behind == {0: 3}
    assert ZeroSkipSpec(input_bits=2, skip_empty_planes=True).contract.interval == 2 * 19
