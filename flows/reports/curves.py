"""Curves with bars of error, in the page's colours or as a file of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

from markupsafe import Markup
from matplotlib.figure import Figure

from neuroloom.flows.reports import plots
from neuroloom.flows.reports.published import Plot

COLUMNS = 2
"""Columns of the legend."""


def drawn_inline(plot: Plot) -> Markup:
    """The plot for a page, in its light or dark colours."""
    with _drawn(plot) as drawing:
        return plots.inline(drawing, plot.title)


def drawn_alone(plot: Plot) -> str:
    """The plot as an SVG file on white."""
    with _drawn(plot) as drawing:
        return plots.standalone(drawing)


@contextmanager
def _drawn(plot: Plot) -> Iterator[Figure]:
    with plots.figure(legend_rows=-(-len(plot.curves) // COLUMNS)) as (drawing, axes):
        for index, curve in enumerate(plot.curves):
            axes.errorbar(
                curve.x,
                curve.y,
                yerr=curve.error or None,
                capsize=2.5,
                label=curve.name,
                color=plots.SERIES[index % len(plots.SERIES)],
                marker=plots.MARKERS[index % len(plots.MARKERS)],
            )
        if plot.decades:
            plots.scale(axes, "x", [value for curve in plot.curves for value in curve.x])
        plots.name_axes(axes, plot.x_label, plot.y_label)
        plots.legend(drawing, axes, COLUMNS)
        yield drawing
