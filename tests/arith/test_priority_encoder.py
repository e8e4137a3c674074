"""The macro ``priority_encoder``."""

from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.arith.priority_encoder import First, PriorityEncoderSpec, Report

MACRO = macros()["priority_encoder"]
ENDS = [(first, report) for first in First for report in Report]


def found(first: First, report: Report, words: list[str]) -> list[tuple[int, int]]:
    """Result and ``none`` of words written as people write them, the most significant first."""
    bits = np.array([[int(bit) for bit in reversed(word)] for word in words])
    spec = PriorityEncoderSpec(inputs=bits.shape[1], first=first, report=report)
    tokens = spec.model().run({"word": {"bits": bits}})["found"]
    return list(zip(tokens[report.value].tolist(), tokens["none"].tolist(), strict=True))


@pytest.mark.parametrize(
    ("first", "report", "results"),
    [
        (First.LSB, Report.INDEX, [2, 0, 6, 0, 0]),
        (First.LSB, Report.ZEROS, [2, 0, 6, 0, 7]),
        (First.MSB, Report.INDEX, [4, 0, 6, 6, 0]),
        (First.MSB, Report.ZEROS, [2, 6, 0, 0, 7]),
    ],
)
def test_words_by_hand(first: First, report: Report, results: list[int]) -> None:
    words = ["0010100", "0000001", "1000000", "1111111", "0000000"]
    none = [0, 0, 0, 0, 1]
    assert found(first, report, words) == list(zip(results, none, strict=True))


@pytest.mark.parametrize("inputs", range(1, 11))
def test_every_word(inputs: int) -> None:
    """Trailing zeros from the lowest bit that is set, leading zeros from the length of the word."""
    words = range(1, 1 << inputs)
    texts = [f"{word:0{inputs}b}" for word in words]
    trailing = [(word & -word).bit_length() - 1 for word in words]
    highest = [word.bit_length() - 1 for word in words]
    expected = {
        (First.LSB, Report.INDEX): trailing,
        (First.LSB, Report.ZEROS): trailing,
        (First.MSB, Report.INDEX): highest,
        (First.MSB, Report.ZEROS): [inputs - 1 - index for index in highest],
    }
    for (first, report), results in expected.items():
        assert found(first, report, texts) == [(result, 0) for result in results]


@pytest.mark.parametrize(("first", "report"), ENDS)
def test_the_widest_word(first: First, report: Report) -> None:
    alone = ["0" * 1023 + "1", "1" + "0" * 1023, "0" * 1024]
    index = report is Report.INDEX
    last, far = (0, 1023) if first is First.LSB or index else (1023, 0)
    assert found(first, report, alone) == [(last, 0), (far, 0), (0 if index else 1024, 1)]


@pytest.mark.parametrize(
    ("inputs", "index_bits", "zeros_bits"),
    [(1, 1, 1), (2, 1, 2), (3, 2, 2), (4, 2, 3), (5, 3, 3), (64, 6, 7), (65, 7, 7), (1024, 10, 11)],
)
def test_widths_and_contract(inputs: int, index_bits: int, zeros_bits: int) -> None:
    """An index is less than the inputs, zeros may be all of them."""
    for report, bits in ((Report.INDEX, index_bits), (Report.ZEROS, zeros_bits)):
        spec = PriorityEncoderSpec(inputs=inputs, report=report)
        word, result = spec.streams
        assert word.fields[0].lanes == inputs
        fields = [(field.name, field.bits) for field in result.fields]
        assert fields == [(report.value, bits), ("none", 1)]
        contract = spec.contract
        assert (contract.latency, contract.interval) == (0, 1)
        assert (contract.consumes, contract.produces) == ({"word": 1}, {"found": 1})


def test_gates_of_the_search_tree() -> None:
    """Two inputs: whether any, and which. Four: twice that, and one bit of the index passed on."""
    gates = [PriorityEncoderSpec(inputs=inputs).inventory.gates for inputs in (1, 2, 3, 4)]
    assert gates == [0, 2, 4, 8]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"inputs": 0}, "inputs=0 is wrong: input should be greater than or equal to 1"),
        ({"inputs": 1025}, "inputs=1025 is wrong: input should be less than or equal to 1024"),
        ({"first": "left"}, "first=left is wrong: .*; choose one of lsb, msb"),
        ({"report": "count"}, "report=count is wrong: .*; choose one of index, zeros"),
    ],
)
def test_wrong_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"priority_encoder: {message}"):
        validate(MACRO, fields)


@pytest.mark.regression
@pytest.mark.parametrize(("first", "report"), ENDS)
def test_priority_encoder_equals_its_model(first: First, report: Report) -> None:
    verified = verify(PriorityEncoderSpec(inputs=37, first=first, report=report), seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message
