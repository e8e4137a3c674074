"""The page of a network that is mapped to in-memory-computing cores."""

import re
from pathlib import Path

from markupsafe import Markup

from neuroloom.flows.mapping.imc.drawing import PITCH, drawn
from neuroloom.flows.mapping.imc.study import MappingFigures, Study
from neuroloom.flows.reports import page as frame
from neuroloom.flows.reports.curves import drawn_alone, drawn_inline
from neuroloom.flows.reports.mapping_tables import (
    TitledTable,
    activity_plot,
    key_figures,
    methods,
    notes,
    sections,
)
from neuroloom.flows.tools.markdown import table
from neuroloom.flows.tools.provenance import SIMULATION, document
from neuroloom.flows.tools.writing import written_aside
from neuroloom.flows.verilog.emit import Emitted

PAGE, DATA, TEXT, GRID, CURVES = (
    "mapping.html",
    "mapping.json",
    "mapping.md",
    "grid.svg",
    "activations.svg",
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg"'


def write_mapping_page(study: Study, folder: Path, hardware: Emitted | None = None) -> list[Path]:
    """Write ``mapping.html``, ``.json`` and ``.md``, the grid and the curves as ``.svg``, and the
    Verilog of the hardware where there is some.

    UsageError when that is not possible.
    """
    grid, plot = str(drawn(study.placement)), activity_plot(study)
    texts = {
        PAGE: render(study),
        DATA: document(study.figures, SIMULATION),
        TEXT: markdown(study.figures),
        GRID: grid.replace("<svg", SVG, 1),
        CURVES: drawn_alone(plot),
    }
    if hardware is not None:
        texts[f"{hardware.name}.v"] = hardware.verilog
    with written_aside(folder) as aside:
        for name, text in texts.items():
            (aside / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def render(study: Study) -> str:
    """The page as one HTML file."""
    plot = activity_plot(study)
    return frame.render(
        "mapping.html.j2",
        title=_title(study.figures),
        kind="Neuroloom mapping",
        lead=lead(study.figures),
        keys=frame.keys(key_figures(study.figures)),
        notes=notes(study.figures),
        drawing=Markup(drawn(study.placement)),
        grid_width=study.placement.columns * PITCH,
        plot=plot,
        curves=drawn_inline(plot),
        sections=sections(study.figures),
        methods=methods(study.figures),
    )


def markdown(found: MappingFigures) -> str:
    """The same as Markdown."""
    lines = [f"# {_title(found)}", "", lead(found), ""]
    figures = [
        (figure.name, f"{figure.value} {figure.unit}".strip(), figure.note)
        for figure in key_figures(found)
    ]
    lines += table(("", "", ""), figures, numbers=(1,))
    lines += ["", *notes(found), "", f"![Cores on the grid]({GRID})", ""]
    lines += [f"![Activations over timesteps]({CURVES})"]
    for section in sections(found):
        lines += ["", *_markdown(section)]
    lines += ["", "## Methods", "", *(f"- {method}" for method in methods(found))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def lead(figures: MappingFigures) -> str:
    """What was mapped to what, in a sentence."""
    chip = figures.chip
    return (
        f"An image of {figures.image} through {len(figures.layers)} layers on crossbars of "
        f"{chip.rows}×{chip.columns}, input memories of {chip.words} words of {chip.word_bits} "
        f"bits, activations of {chip.bits} bits, and timesteps of {chip.timestep * 1e9:g} ns."
    )


def _title(figures: MappingFigures) -> str:
    return f"{figures.network} on in-memory-computing cores"


def _markdown(section: TitledTable) -> list[str]:
    shown = section.table
    rows = table(shown.head, shown.rows, shown.numbers)
    return [f"## {section.title}", "", *rows, "", shown.caption]
