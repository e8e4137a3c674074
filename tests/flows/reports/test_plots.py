"""Plots: a ground of their own, one style, and units on every axis."""

import re
from pathlib import Path

import pytest
from support.places import ROOT

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.parameters import unit_of
from neuroloom.flows.reports import plots
from neuroloom.flows.reports.curves import drawn_alone, drawn_inline
from neuroloom.flows.reports.published import Curve, Plot

RESULTS = ROOT / "docs" / "results"
DRAWN = sorted(RESULTS.rglob("*.svg"))
PLOT = Plot(
    name="a",
    title="A",
    x_label="time [ns]",
    y_label="size [-]",
    curves=(Curve(name="$x [red] <y>", x=(1, 10), y=(2, 3)),),
)
GROUND = re.compile(r"^<(?:path|rect)[^>]*(?:fill: #ffffff|fill=\"#fff\")[^>]*>")


def ground(svg: str) -> str:
    """The first thing that is drawn, which lies below all others."""
    body = svg.rpartition("<defs>")[0] or svg
    begin = re.search(r"<(?:path|rect)\b", body)
    assert begin is not None
    drawn = body[begin.start() :]
    return drawn[: drawn.index(">") + 1]


def test_a_plot_alone_brings_its_ground() -> None:
    text = drawn_alone(PLOT)
    first = ground(text)
    assert GROUND.match(first), first
    assert "opacity" not in first
    assert "$x [red] &lt;y&gt;" in text, "names are no formulas"
    assert not any(colour in text for colour in (plots.INK, plots.SOFT, plots.LINE))


def test_a_plot_of_a_page_has_the_ground_of_the_page() -> None:
    text = str(drawn_inline(PLOT))
    assert "#ffffff" not in text
    assert "var(--ink)" in text


@pytest.mark.parametrize("file", DRAWN, ids=lambda file: file.name)
def test_committed_drawings_can_be_read_on_any_page(file: Path) -> None:
    first = ground(file.read_text())
    assert GROUND.match(first), f"{file.name} has no ground: {first}"
    assert "opacity" not in first


@pytest.mark.parametrize("label", ["time", "replicas", "[ns]x", "bits of a word"])
def test_an_axis_without_unit_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="has no unit"):
        drawn_alone(PLOT.model_copy(update={"x_label": label}))


def test_every_axis_is_named_in_one_place() -> None:
    for file in sorted((ROOT / "flows").rglob("*.py")):
        if file.name != "plots.py":
            text = file.read_text()
            words = re.findall(r"set_[xy]label|[xy]label=|svg\.fonttype|savefig|rcParams", text)
            assert not words, f"{file.name} draws past the one style: {words}"


def test_the_unit_of_a_field_is_that_of_its_description() -> None:
    core = macros()["neuron_core"].spec
    assert unit_of(core, "neuron.membrane_bits") == "bit"
    assert unit_of(core, "pipeline") == "cycle"
    assert unit_of(core, "neurons") == ""
    assert unit_of(macros()["bnn_network"].spec, "layers.0.input_bits") == "bit"
