"""Every printed figure of a system beside ours in one picture: a dot each, by table."""

from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import wrap

from markupsafe import Markup
from matplotlib.figure import Figure

from neuroloom.flows.reports import plots
from neuroloom.flows.reports.paired import AGREES, NEAR, Agreement
from neuroloom.flows.reports.published import Reproduction
from neuroloom.flows.tools.numbers import percent

TITLE = "Ours over the paper's, figure by figure"
LABEL = 38
"""Letters in a line of a table's title beside its row."""
ROW, MARGIN = 0.31, 0.75
"""Height of a table's row, and of what lies around all rows [inch]."""
WORDS = {
    Agreement.AGREES: (f"within {percent(AGREES, 0)}", plots.SERIES[2], "o"),
    Agreement.NEAR: (f"within {percent(NEAR, 0)}", plots.SERIES[4], "s"),
    Agreement.DIFFERS: ("further off", plots.SERIES[1], "^"),
}
"""Words of the legend, colour and mark of each."""


def inline(reproduction: Reproduction) -> Markup:
    """The drawing for a page, in its light or dark colours."""
    with _drawn(reproduction) as drawing:
        return plots.inline(drawing, TITLE)


def alone(reproduction: Reproduction) -> str:
    """The drawing as an SVG file on white."""
    with _drawn(reproduction) as drawing:
        return plots.standalone(drawing)


@contextmanager
def _drawn(reproduction: Reproduction) -> Iterator[Figure]:
    numbers = {table.title: at for at, table in enumerate(reproduction.tables, 1)}
    # a printed zero has no place on the axis
    shown = [
        (table.title, pair, ratio)
        for table, pair in reproduction.compared()
        if (ratio := pair.ratio) is not None
    ]
    titles = [title for title in numbers if title in {title for title, _, _ in shown}]
    height = ROW * len(titles) + MARGIN
    with plots.figures(1, plots.WIDE, height) as (drawing, (axes,)):
        for agreement, (words, colour, mark) in WORDS.items():
            marks = [
                (ratio, titles.index(title))
                for title, pair, ratio in shown
                if pair.agreement is agreement
            ]
            if marks:
                x, y = zip(*marks, strict=True)
                axes.scatter(x, y, s=18, color=colour, marker=mark, label=words, zorder=3)
        axes.axvspan(1 - AGREES, 1 + AGREES, color=plots.LINE, zorder=0)
        plots.scale(axes, "x", [0.5, 2.0, *(ratio for _, _, ratio in shown)])
        rows = ["\n".join(wrap(f"{numbers[title]}. {title}", LABEL)[:2]) for title in titles]
        plots.name_rows(axes, rows, "ours / paper [-]")
        plots.legend(drawing, axes, len(WORDS))
        yield drawing
