"""The macros ``priority_encoder`` and ``comparator``."""

import numpy as np
import pytest

from neuroloom.flows.designs import yosys
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.comparator import ComparatorSpec, ComparatorStyle
from neuroloom.golden.arith.priority_encoder import First, PriorityEncoderSpec, Report, lower_half
from neuroloom.golden.spec import Spec


def found(spec: PriorityEncoderSpec, words: list[int]) -> list[tuple[int, int]]:
    bits = np.array([[word >> bit & 1 for bit in range(spec.inputs)] for word in words])
    tokens = spec.model().run({"word": {"bits": bits}})["found"]
    return list(zip(tokens[spec.report.value].tolist(), tokens["none"].tolist(), strict=True))


@pytest.mark.parametrize("inputs", [*range(1, 12), 64, 100, 1024])
def test_searches_equal_plain_python(inputs: int) -> None:
    rng = np.random.default_rng(inputs)
    some = [int.from_bytes(rng.bytes(128)) >> int(rng.integers(0, 1024)) for _ in range(50)]
    words = (
        list(range(1 << inputs)) if inputs < 12 else [0, *(word % (1 << inputs) for word in some)]
    )
    lowest = [(word & -word).bit_length() - 1 if word else inputs for word in words]
    highest = [word.bit_length() - 1 for word in words]
    none = [int(not word) for word in words]

    def said(first: First, report: Report) -> list[tuple[int, int]]:
        return found(PriorityEncoderSpec(inputs=inputs, first=first, report=report), words)

    assert said(First.LSB, Report.ZEROS) == list(zip(lowest, none, strict=True))
    leading = [inputs - 1 - bit for bit in highest]
    assert said(First.MSB, Report.ZEROS) == list(zip(leading, none, strict=True))
    upward = [bit if word else 0 for bit, word in zip(lowest, words, strict=True)]
    assert said(First.LSB, Report.INDEX) == list(zip(upward, none, strict=True))
    downward = [max(bit, 0) for bit in highest]
    assert said(First.MSB, Report.INDEX) == list(zip(downward, none, strict=True))


def test_the_lower_half_is_a_power_of_two() -> None:
    assert [lower_half(inputs) for inputs in (2, 3, 4, 5, 8, 9, 1024)] == [1, 2, 2, 4, 4, 8, 512]


@pytest.mark.parametrize("signed", [False, True])
def test_comparisons_of_the_ends(signed: bool) -> None:
    low, high = (-(1 << 62), (1 << 62) - 1) if signed else (0, (1 << 63) - 1)
    pairs = {"a": np.array([low, high, high, low]), "b": np.array([high, low, high, low])}
    order = ComparatorSpec(bits=63, signed=signed).model().run({"pair": pairs})["order"]
    assert order["less"].tolist() == [1, 0, 0, 0]
    assert order["greater"].tolist() == [0, 1, 0, 0]
    assert order["equal"].tolist() == [0, 0, 1, 1]


@pytest.mark.regression
@pytest.mark.parametrize("first", First)
@pytest.mark.parametrize("report", Report)
def test_priority_encoder_equals_its_model(first: First, report: Report) -> None:
    verified = verify(PriorityEncoderSpec(inputs=21, first=first, report=report), seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message


@pytest.mark.regression
@pytest.mark.parametrize("style", ComparatorStyle)
@pytest.mark.parametrize("signed", [False, True])
def test_comparator_equals_its_model(style: ComparatorStyle, signed: bool) -> None:
    verified = verify(ComparatorSpec(bits=9, signed=signed, style=style), seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message


def resources(spec: Spec) -> dict[str, int]:
    target = TARGETS["ice40-hx8k"]
    emitted = emit(spec)
    cells = yosys.synthesize(emitted.verilog, emitted.name, target.script).cells
    return target.count(cells)


@pytest.mark.flow
def test_only_one_style_of_comparator_uses_carries() -> None:
    assert resources(ComparatorSpec())["carry"] >= 15
    assert resources(ComparatorSpec(style=ComparatorStyle.TREE))["carry"] == 0
