"""Small drawings in SVG: digits, folded weight matrices."""

from collections.abc import Sequence

from markupsafe import Markup

from neuroloom.flows.reports.demo_result import LayerSummary

GREYS = 16
PIXELS_PER_INPUT = 0.9
VISIBLE = 2.5
"""Least height of the filled tile [pixel]."""


def digit(pixels: Sequence[Sequence[int]], label: str) -> Markup:
    """An image of grey values 0..16 as dark squares on paper, whatever the page's colours."""
    size = len(pixels)
    ink = Markup("").join(
        Markup('<rect x="{}" y="{}" width="1.02" height="1.02" fill-opacity="{}"/>').format(
            column, row, round(grey / GREYS, 2)
        )
        for row, values in enumerate(pixels)
        for column, grey in enumerate(values)
        if grey
    )
    return Markup(
        '<svg viewBox="0 0 {0} {0}" width="72" height="72" role="img" aria-label="{1}" '
        'shape-rendering="crispEdges"><rect width="{0}" height="{0}" fill="#fff"/>'
        '<g fill="#10202e">{2}</g></svg>'
    ).format(size, label, ink)


def weight_matrix(layer: LayerSummary) -> Markup:
    """A layer's weights, inputs across and neurons down, cut into the tiles of its steps.

    The tile of the first step is filled; all layers are drawn to the same scale.
    """
    width, height = layer.inputs * PIXELS_PER_INPUT, layer.neurons * PIXELS_PER_INPUT
    across, down = layer.simd * PIXELS_PER_INPUT, layer.pe * PIXELS_PER_INPUT
    tile = min(across, width), min(max(down, VISIBLE), height)
    vertical = [round(index * across, 2) for index in range(1, layer.folds)]
    horizontal = [round(index * down, 2) for index in range(1, layer.groups)]
    grid = "".join(f"M{x} 0V{height:.2f}" for x in vertical)
    grid += "".join(f"M0 {y}H{width:.2f}" for y in horizontal)
    return Markup(
        '<svg viewBox="-1 -1 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">'
        '<rect width="{x}" height="{y}" fill="var(--band)"/>'
        '<rect width="{across}" height="{down}" fill="var(--accent)"/>'
        '<path d="{grid}" stroke="var(--line)" stroke-width=".7" fill="none"/>'
        '<rect width="{x}" height="{y}" fill="none" stroke="var(--soft)"/></svg>'
    ).format(
        w=f"{width + 2:.1f}",
        h=f"{height + 2:.1f}",
        x=f"{width:.1f}",
        y=f"{height:.1f}",
        across=f"{tile[0]:.1f}",
        down=f"{tile[1]:.1f}",
        grid=grid,
        label=f"{layer.folds} by {layer.groups} tiles of {layer.simd} inputs by {layer.pe} neurons",
    )


def arrow() -> Markup:
    """An arrow to the right."""
    return Markup(
        '<svg class="arrow" viewBox="0 0 30 12" width="30" height="12" aria-hidden="true">'
        '<path d="M0 6H27M22 1.5L28 6L22 10.5" fill="none" stroke="var(--soft)" '
        'stroke-width="1.4"/></svg>'
    )
