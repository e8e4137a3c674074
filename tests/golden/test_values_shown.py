"""Values in messages stand as they were written, and reasons in the words of documents."""

import json
from pathlib import Path

import pytest
from support.command_line import run

from neuroloom.golden.wording import quoted


@pytest.mark.parametrize("value", ["1e2", "True", "null", '"8"', "true", "2.50", "[1, null]"])
def test_a_value_is_echoed_as_it_was_typed(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, text, error = run(capsys, "show", "popcount", f"width={value}")
    assert (status, text) == (2, "")
    assert error.startswith(f"neuroloom: popcount: width={value} is wrong: ")


def test_values_of_files_are_quoted_as_in_documents() -> None:
    assert quoted([True, None, "x", 1.5]) == "[true, null, 'x', 1.5]"


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ([], "the document: input should be a table of fields"),
        (
            {"macro": "m", "spec": {}, "targets": [3], "failures": {}},
            "targets.0: input should be a table of fields",
        ),
        (
            {"macro": "m", "spec": {}, "targets": {}, "failures": {}},
            "targets: input should be a list",
        ),
    ],
)
def test_a_wrong_report_is_told_in_words_of_documents(
    document: object, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps(document))
    status, _, error = run(capsys, "compare", str(file), str(file))
    assert status == 2 and error.endswith(f"synth -o`: {sentence}\n")


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        ({"kind": "dense", "name": "a"}, "layers.0: Its kind should be one of "),
        ({"name": "a"}, "layers.0: It has no kind"),
    ],
)
def test_a_wrong_layer_is_told_in_words_of_documents(
    layer: object, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "n.json"
    network = {
        "format": "neuroloom-cnn",
        "version": 1,
        "name": "n",
        "layers": [layer],
        "image": {"height": 2, "width": 2, "channels": 1},
    }
    file.write_text(json.dumps(network))
    status, _, error = run(capsys, "map", str(file))
    assert status == 2 and sentence in error and "tag" not in error


def test_an_empty_array_ends_too_early(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "word.bits.npy").touch()
    status, _, error = run(capsys, "simulate", "popcount", "-t", str(tmp_path / "word.bits.npy"))
    assert status == 2 and error.endswith("word.bits.npy: it ends too early\n")


def test_a_name_of_a_module_has_a_length(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["generate", "popcount", "-o", str(tmp_path / "o"), "--name"]
    status, _, error = run(capsys, *given, "x" * 129)
    assert status == 2 and error.endswith("has 129 characters; a module's name has 128 at most\n")
    assert run(capsys, *given, "x" * 128)[0] == 0


def test_a_chip_file_without_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, error = run(capsys, "show", "crossbar_chip", "chip=")
    assert status == 2
    assert error == "neuroloom: a chip file ends in .json or .npz, not nothing\n"
