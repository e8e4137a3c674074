"""Accumulators with shared storage: every word at every precision, and what the article's cost."""

import numpy as np
import pytest

from neuroloom.flows.designs import yosys
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.cim.accumulator_bank import AccumulatorBankSpec, Command
from neuroloom.golden.formats import Overflow


def reference(spec: AccumulatorBankSpec, precision: int, commands: list[list[int]]) -> list[int]:
    """Answers of one unit at one precision, in plain integers."""
    width, words, answers = spec.widths[precision], [0] * spec.words[precision], []
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if spec.signed else (0, (1 << width) - 1)
    for command, index, value in commands:
        answers.append(words[index])
        if command == Command.ADD:
            exact = words[index] + value
            wrapped = (exact - low) % (1 << width) + low
            clipped = max(low, min(high, exact))
            words[index] = wrapped if spec.overflow is Overflow.WRAP else clipped
        elif command == Command.CLEAR:
            words[index] = 0
        elif command == Command.CLEAR_ALL:
            words = [0] * len(words)
    return answers


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("overflow", [Overflow.WRAP, Overflow.SATURATE])
@pytest.mark.parametrize("precision", range(4))
def test_every_precision_equals_plain_integers(
    precision: int, overflow: Overflow, signed: bool
) -> None:
    spec = AccumulatorBankSpec(units=3, signed=signed, overflow=overflow)
    rng = np.random.default_rng(precision)
    fmt = spec.streams[0].fields[-1].format
    values = rng.integers(fmt.minimum, fmt.maximum + 1, (500, 3))
    command = rng.choice(4, 500, p=[0.85, 0.1, 0.04, 0.01])
    index = rng.integers(0, spec.words[precision], 500)
    tokens = {
        "command": command,
        "precision": np.full(500, precision),
        "index": index,
        "values": values,
    }
    got = spec.model().run({"commands": tokens})["words"]["words"]
    for unit in range(3):
        each = np.stack([command, index, values[:, unit]], axis=1).tolist()
        assert got[:, unit].tolist() == reference(spec, precision, each)


def test_words_of_a_precision_share_no_bit_and_fill_the_storage() -> None:
    spec = AccumulatorBankSpec()
    assert spec.storage_bits == 64
    for precision, (words, width) in enumerate(zip(spec.words, spec.widths, strict=True)):
        places = [place for word in range(words) for place in spec.places(precision, word)]
        assert len(set(places)) == len(places) == words * width
        assert max(places) < spec.storage_bits


@pytest.mark.parametrize(("precision", "index"), [(0, 8), (1, 4), (3, 1)])
def test_words_that_are_not_there_are_refused(precision: int, index: int) -> None:
    row = {"command": 1, "precision": precision, "index": index}
    tokens = {name: np.array([value]) for name, value in row.items()}
    model = AccumulatorBankSpec(units=1).model()
    with pytest.raises(ValueError, match=f"no word {index} at precision {precision}"):
        model.run({"commands": {**tokens, "values": np.zeros((1, 1), int)}})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"words": [4, 2]}, "words has 2 and widths 4 entries"),
        ({"words": [], "widths": []}, "give one of each"),
        ({"words": [4, 5], "widths": [2, 3]}, "words must not rise"),
        ({"words": [4, 2], "widths": [3, 3]}, "widths must rise"),
        ({"words": [65], "widths": [8]}, "words lie in 1 to 64"),
        ({"words": [1, 0], "widths": [8, 9]}, "words lie in 1 to 64"),
        ({"words": [1], "widths": [33]}, "widths lie in 1 to 32"),
        ({"words": [1], "widths": [0]}, "widths lie in 1 to 32"),
        ({"words": [1], "widths": [1]}, "2 bits or more"),
        ({"value_bits": 1}, "2 bits or more"),
        ({"overflow": "error"}, "choose wrap or saturate"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=f"accumulator_bank: .*{message}"):
        validate(macros()["accumulator_bank"], fields)


@pytest.mark.flow
def test_the_bank_of_the_article_has_no_more_registers_and_adders() -> None:
    spec = AccumulatorBankSpec()
    every = zip(spec.words, spec.widths, strict=True)
    assert [(spec.units * words, width) for words, width in every] == [
        (128, 8),
        (64, 10),
        (32, 12),
        (16, 16),
    ]
    target = TARGETS["gates"]
    emitted = emit(spec)
    cells = yosys.synthesize(emitted.verilog, emitted.name, target.script).cells
    assert target.count(cells)["FF"] == 1024 <= 1216
    inventory = spec.inventory
    assert inventory.full_adders + inventory.half_adders == 256 <= 704 + 112
