"""A composed macro as a block diagram in SVG: parts with their streams, wires with their queues."""

from collections.abc import Iterator
from itertools import pairwise

from markupsafe import Markup

from neuroloom.flows.reports.block_layout import (
    CLEAR,
    HEAD,
    LANE,
    ROW,
    Block,
    Layout,
    Route,
    layout,
    points,
)
from neuroloom.golden.composition import Composition
from neuroloom.golden.wiring import Wiring
from neuroloom.golden.wording import counted

MARGIN = 16
STYLE = (
    "svg{--paper:#fff;--ink:#16202b;--soft:#56646f;--line:#0b62a4;--fill:#eef3f7;"
    "font-family:sans-serif;font-size:11px}"
    "@media(prefers-color-scheme:dark){svg{--paper:#12181e;--ink:#e8edf1;--soft:#a3b0ba;"
    "--line:#6db5ea;--fill:#1f2932}}"
    "text{fill:var(--ink)}.soft{fill:var(--soft)}.block{fill:var(--fill);stroke:var(--soft)}"
    ".wire{fill:none;stroke:var(--line);stroke-width:1.4}"
    ".constant{fill:var(--line)}"
    ".queue{fill:var(--paper);stroke:var(--line);stroke-width:1.2}"
)
"""Colours of a light page and of a dark one, as the reader has it."""


def block_diagram(spec: Composition) -> str:
    """An SVG document. Tokens go from left to right; what comes back runs below the blocks.

    Of a part that is composed itself only the block is drawn; the number of its parts stands in it.
    """
    wiring = spec.wiring
    drawn = layout(wiring)
    shapes = [
        *(
            _wire(wiring, route, _way_back(route, drawn) if route.backward else _way(route))
            for route in drawn.routes
        ),
        *(_queue(route) for route in drawn.routes if route.wire.places),
        *(shape for block in drawn.blocks for shape in _block(block, wiring)),
    ]
    width, height = drawn.width + 2 * MARGIN, drawn.height + 2 * MARGIN
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x} {x} {w:.0f} {h:.0f}" '
        'width="{w:.0f}" height="{h:.0f}" role="img" aria-label="{label}">\n'
        "<style>{style}</style>\n"
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6" '
        'markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8Z" fill="var(--line)"/></marker>'
        '</defs>\n<rect x="{x}" y="{x}" width="100%" height="100%" fill="var(--paper)"/>\n'
        "{shapes}\n</svg>\n"
    ).format(
        x=-MARGIN,
        w=width,
        h=height,
        label=f"parts and wires of {spec.macro}",
        style=Markup(STYLE),
        shapes=Markup("\n").join(shapes),
    )


def _block(block: Block, wiring: Wiring) -> Iterator[Markup]:
    x, y = block.x, block.y
    if block.outside:
        yield Markup('<text x="{:.1f}" y="{:.1f}" font-weight="bold">{}</text>').format(
            x + 6, y + block.height / 2 + 4, block.name
        )
        return
    part = wiring.parts[block.name]
    inner = f" ({counted(len(part.wiring.parts), 'part')})" if isinstance(part, Composition) else ""
    yield Markup(
        '<rect class="block" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="4"/>'
        '<text x="{mid:.1f}" y="{:.1f}" text-anchor="middle" font-weight="bold">{}</text>'
        '<text class="soft" x="{mid:.1f}" y="{:.1f}" text-anchor="middle">{}</text>'
    ).format(
        x,
        y,
        block.width,
        block.height,
        y + 14,
        block.name,
        y + 28,
        block.kind + inner,
        mid=x + block.width / 2,
    )
    for streams, side, anchor in ((block.inputs, 6, "start"), (block.outputs, -6, "end")):
        for number, stream in enumerate(streams):
            at = x + side if side > 0 else x + block.width + side
            yield Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
                at, y + HEAD + ROW * number + 9, anchor, stream
            )
            constant = wiring.constants.get(f"{block.name}.{stream}")
            if constant is not None and constant.tokens:
                yield Markup(
                    '<rect class="constant" x="{:.1f}" y="{:.1f}" width="8" height="8">'
                    "<title>constant tokens, loaded after reset</title></rect>"
                ).format(x - 9, y + HEAD + ROW * number + 1)


def _wire(wiring: Wiring, route: Route, way: str) -> Markup:
    places = f", through a queue of {route.wire.places}" if route.wire.places else ""
    return Markup(
        '<path class="wire" d="{}" marker-end="url(#arrow)"><title>{}</title></path>'
    ).format(way, f"{route.wire}: {wiring.width(route.wire)} bits{places}")


def _way(route: Route) -> str:
    """Level at blocks and columns, bent between them."""
    ((x, y), *following) = points(route)
    way = [f"M{x:.1f} {y:.1f}"]
    for (x0, y0), (x1, y1) in pairwise([(x, y), *following]):
        straight = CLEAR if (x1, y1) == following[-1] else 0
        end = max(x1 - straight, x0 + 8)
        middle = (x0 + end) / 2
        way.append(
            f"C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {end:.1f} {y1:.1f}L{x1:.1f} {y1:.1f}"
        )
    return "".join(way)


def _way_back(route: Route, drawn: Layout) -> str:
    """Down behind the source's column, below all blocks, and up before that of the sink."""
    x0, y0 = route.source.port(route.stream, incoming=False)
    x1, y1 = route.sink.port(route.taken, incoming=True)
    below = drawn.below + LANE * (route.lane + 0.5)
    right = route.source.sides[1] + 8 + 4 * (route.lane % 4)
    left = route.sink.sides[0] - CLEAR - 4 * (route.lane % 4)
    return f"M{x0:.1f} {y0:.1f}H{right:.1f}V{below:.1f}H{left:.1f}V{y1:.1f}H{x1:.1f}"


def _queue(route: Route) -> Markup:
    """A box of cells on the last, straight piece of a wire, with its number of places."""
    x, y = route.sink.port(route.taken, incoming=True)
    label = str(route.wire.places)
    width = 7.0 * len(label) + 6
    left = x - CLEAR / 2 - width / 2 - 2
    return Markup(
        '<rect class="queue" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="14" rx="2"/>'
        '<text x="{:.1f}" y="{:.1f}" text-anchor="middle" font-size="10">{}</text>'
    ).format(left, y - 7, width, left + width / 2, y + 3.5, label)
