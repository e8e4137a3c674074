"""Whatever is emitted is in ASCII: some vendors' tools stop at anything else."""

from pathlib import Path

import pytest
from support.effort import effort
from support.places import ROOT

from neuroloom.flows.generate import generate
from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.flows.verilog import testbench
from neuroloom.flows.verilog.header import header
from neuroloom.flows.verilog.plain_text import SPELT, plain
from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec

WRITTEN = effort(("bnn_layer", "cim_macro", "rram_layer", "xnor_sense"), tuple(macros()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2·N … 3×3 µm²", "2*N ... 3x3 um^2"),
        ("Bürger–Ångström", "Burger-Angstrom"),
        ("≥ 1 → ∞", ">= 1 -> inf"),
        ("神経", r"\u795e\u7d4c"),
        ("plain | text", "plain | text"),
    ],
)
def test_signs_are_spelt(text: str, expected: str) -> None:
    assert plain(text) == expected
    assert all(plain(letter).isascii() for letter in SPELT)


@pytest.mark.parametrize("macro", macros().values(), ids=macros())
def test_headers_and_testbenches_are_ascii(macro: Macro) -> None:
    spec = macro.spec()
    assert header(spec, macro.name).isascii()
    if not any(stream.asynchronous for stream in spec.streams):
        assert testbench.testbench(spec, macro.name, []).isascii()


@pytest.mark.parametrize("name", WRITTEN)
def test_all_files_are_ascii(name: str, tmp_path: Path) -> None:
    for file in generate(macros()[name].spec(), tmp_path).files:
        assert file.read_text(encoding="utf-8").isascii(), file.name


def test_some_words_need_it() -> None:
    """Else these tests would show nothing."""
    docs = [str(stream) for macro in macros().values() for stream in macro.spec().streams]
    assert not "".join(docs).isascii()
    assert XnorSenseSpec.macro in WRITTEN


def test_templates_of_emitted_text_are_ascii() -> None:
    found = (ROOT / "flows").rglob("templates/*")
    files = [each for each in found if not each.name.endswith(".html.j2")]
    assert len(files) >= 8
    for file in files:
        assert file.read_text(encoding="utf-8").isascii(), file.name
