"""The page and the cells of a comparison."""

from math import isfinite
from pathlib import Path

from neuroloom.flows.reports import page as frame
from neuroloom.flows.reports.comparison import Comparison, Figure, TargetPair
from neuroloom.flows.reports.page import Table
from neuroloom.flows.tools.numbers import figure, scaled
from neuroloom.flows.tools.writing import written_aside

PAGE = "compare.html"


def write_compare_page(compared: Comparison, folder: Path) -> Path:
    """Write ``compare.html``; UsageError when the folder cannot be written to."""
    with written_aside(folder) as aside:
        (aside / PAGE).write_text(render(compared))
    return folder / PAGE


def render(compared: Comparison) -> str:
    """The page as one HTML file."""
    return frame.render(
        "compare.html.j2",
        title=f"A: {compared.first} · B: {compared.second}",
        kind="Neuroloom comparison of two runs",
        lead="Every figure of two runs of synthesis, their difference and their ratio.",
        fields=Table(
            ("field", "A", "B"),
            tuple((f.name, f.first, f.second) for f in compared.fields),
            wide=False,
        )
        if compared.fields
        else None,
        notes=compared.warnings,
        targets=[(target, _table(target)) for target in compared.targets],
    )


def _table(pair: TargetPair) -> Table | None:
    if not pair.figures:
        return None
    return Table(
        ("", "A", "B", "B − A", "B / A"), tuple(map(cells, pair.figures)), numbers=(1, 2, 3, 4)
    )


def cells(figure: Figure) -> tuple[str, str, str, str, str]:
    """Name, both values, difference and ratio as text; – where a run has none."""
    name = f"{figure.name} [{figure.unit}]" if figure.unit else figure.name
    difference, ratio = figure.difference, figure.ratio
    return (
        name,
        _value(figure.first),
        _value(figure.second),
        "–" if difference is None else ("+" if difference > 0 else "") + _value(difference),
        "–" if ratio is None else f"{ratio:.3f}",
    )


def _value(value: float | None) -> str:
    """A figure, one of a million and more with a prefix."""
    if value is None or not isfinite(value):
        return figure(value)
    sign, size = ("−" if value < 0 else ""), abs(value)
    return sign + (" ".join(scaled(size, 4)).strip() if size >= 1e6 else figure(size))
