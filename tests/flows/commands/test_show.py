"""What ``show`` prints of every macro: whole words, all fields, and values that can be typed."""

import json
from collections import Counter
from pathlib import Path

import pytest
from support.command_line import run

from neuroloom.flows.macros import chip_file
from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.flows.macros.field_values import kind_of, shown, typed
from neuroloom.flows.macros.parameters import parameters
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.terminal import out
from neuroloom.golden.systems.crossbar_chip import CrossbarChipSpec

MACROS = pytest.mark.parametrize("macro", macros().values(), ids=macros())


def told(macro: Macro, *words: str) -> dict[str, tuple[str, str, str]]:
    """Value, range and meaning of every parameter that is shown."""
    return {each.name: each[1:4] for each in parameters(read_spec(macro, words))}


@MACROS
def test_no_word_is_cut_at_80_columns(macro: Macro, capsys: pytest.CaptureFixture[str]) -> None:
    words = {}
    for width in (80, 5000):
        out.width = width
        try:
            status, text, error = run(capsys, "show", macro.name)
        finally:
            out._width = None
        assert (status, error) == (0, "")
        assert max(map(len, text.splitlines())) <= width
        words[width] = Counter(text.split())
    assert words[80] == words[5000]


@MACROS
def test_every_default_is_accepted_as_it_is_shown(macro: Macro) -> None:
    spec = macro.spec()
    values = {name: value for name, (value, _, _) in told(macro).items() if value}
    assert len(values) >= len(type(spec).model_fields) - 3
    for name, value in values.items():
        assert read_spec(macro, [f"{name}={value}"]) == spec, f"{name}={value}"
    assert read_spec(macro, [f"{name}={value}" for name, value in values.items()]) == spec


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8", (8,)),
        ("1,2,8", (1, 2, 8)),
        ("1, 2, 8", (1, 2, 8)),
        ("(1,2,8)", (1, 2, 8)),
        ("[1, 2, 8]", (1, 2, 8)),
    ],
)
def test_a_list_is_typed_in_any_form(text: str, expected: tuple[int, ...]) -> None:
    made = read_spec(macros()["cim_macro"], [f"weight_bits={text}"])
    assert made.model_dump()["weight_bits"] == expected


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("cim_macro weight_bits=1,,2", "weight_bits.1= is wrong: input should be a valid integer"),
        ("cim_macro weight_bits=1,x", "weight_bits.1=x is wrong"),
        ("cim_macro weight_bits=-", "weight_bits.0=- is wrong"),
        (
            "neuron_core membrane_bits=9",
            "no field 'membrane_bits'; did you mean 'neuron.membrane_bits'?",
        ),
        ("bnn_network pe=3", "no field 'pe'; did you mean 'layers.0.pe'?"),
        (
            "neuron_core neuron.membrane_bit=9",
            "no field 'neuron.membrane_bit'; did you mean 'membrane_bits'?",
        ),
        ("bnn_conv_network pool.lanes=2", "no field 'pool'; did you mean 'stages.0.pool'?"),
    ],
)
def test_a_wrong_value_or_name_has_a_hint(words: str, sentence: str) -> None:
    name, word = words.split(" ", 1)
    with pytest.raises(UsageError) as refused:
        read_spec(macros()[name], [word])
    assert sentence in str(refused.value)


def test_texts_that_look_like_numbers_stay_texts() -> None:
    kind = kind_of(macros()["bnn_layer"].spec, ["weights"])
    assert typed("10, 0f", kind) == ["10", "0f"]
    assert typed('["10", "0f"]', kind) == ["10", "0f"]
    assert typed("null", kind) is None
    assert typed('"1,0"', kind) == ["1,0"]
    assert shown(("10", "0f")) == "10, 0f"
    assert json.loads(shown(("a b", "c,d"))) == ["a b", "c,d"]


def test_the_fields_inside_a_field_are_explained() -> None:
    rows = told(macros()["neuron_core"])
    assert rows["neuron.membrane_bits"] == ("8", "2 … 32", "width of V [bit]")
    assert rows["neuron.leak"][1] == "none, shift, constant, multiplicative"
    assert rows["neuron"][0] == ""
    rows = told(macros()["bnn_network"])
    assert rows["layers.0.inputs"][0] == "64"
    assert "layers.1.input_bits" not in rows, "as in the layer before"


def test_what_was_asked_for_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = told(macros()["neuron_core"], "neurons=64", "neuron.membrane_bits=12")
    assert rows["neurons"][0] == "64"
    assert rows["neurons"][2].endswith("; default 256")
    assert rows["neuron.membrane_bits"] == ("12", "2 … 32", "width of V [bit]; default 8")
    # a chip's file, six cores of which only the weights differ
    base = CrossbarChipSpec()
    core = base.contents[0].model_dump(mode="json")
    cores = [{**core, "weights": [[place]]} for place in range(6)]
    fields = {**base.model_dump(mode="json"), "columns": 3, "rows": 2, "contents": cores}
    chip = CrossbarChipSpec.model_validate(fields)
    chip_file.save(chip, tmp_path / "six.json")
    rows = told(macros()["crossbar_chip"], f"chip={tmp_path / 'six.json'}")
    assert (rows["columns"][0], rows["rows"][0]) == ("3", "2")
    assert rows["contents.3.weights"][0] == "[[3]]"
    assert "contents.3.crossbar" not in rows
    assert "contents.4.weights" not in rows
    assert "6 entries, the first 4 shown" in rows["contents"][2]
    status, text, _ = run(capsys, "show", "crossbar_chip", f"chip={tmp_path / 'six.json'}")
    assert status == 0
    assert "value" in text.splitlines()[2]
