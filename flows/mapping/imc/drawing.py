"""The grid of cores as SVG: layers, how much of each crossbar holds weights, links."""

from collections.abc import Iterator

from markupsafe import Markup

from neuroloom.flows.mapping.imc.cores import Core
from neuroloom.flows.mapping.imc.grid import CoreSite, Kind, Placement

PITCH, SIDE = 92, 56
"""Distance from core to core and side of a core [pixel]."""
COLOURS = {
    Kind.FEEDFORWARD: "#3a9d5d",
    Kind.RESIDUAL: "#0b62a4",
    Kind.RESAMPLING: "#c0392b",
    Kind.RESAMPLED: "#b9770e",
    Kind.PARTIAL_SUM: "#8e44ad",
}
INK, SOFT, FULL = "#16202b", "#56646f", "#9fc3dd"
LEGEND, ENTRY = 30, 147
"""Height of a line of the legend and width of an entry [pixel]."""
PAGE = 1000
"""Width to which a page scales a wider drawing [pixel]: its legend stays as large as text."""
DENSE = 100
"""Links between more cores let those below them show."""
LETTERS, LONGEST = 6, 9
"""Letters of a name in the size of the text, and in the least size; longer ones are cut."""


def drawn(placement: Placement) -> str:
    """An SVG element on white; a core is filled as far up as its crossbar is used."""
    width, kinds = max(placement.columns * PITCH, ENTRY), len(_shown(placement))
    scale = max(1.0, width / PAGE)
    entries = max(1, min(int(width / scale) // ENTRY, kinds))
    height = placement.rows * PITCH + round(-(-kinds // entries) * LEGEND * scale)
    legend = Markup("\n").join(_legend(placement, max(width / scale / len(Kind), ENTRY), entries))
    parts = [
        *_links(placement),
        *_cores(placement),
        Markup('<g transform="translate(0 {}) scale({:.3g})">{}</g>').format(
            placement.rows * PITCH, scale, legend
        ),
    ]
    return Markup(
        '<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
        'role="img" aria-label="{label}" font-family="sans-serif" font-size="12">'
        '<rect width="{w}" height="{h}" fill="#fff"/>\n{parts}\n</svg>\n'
    ).format(
        w=width,
        h=height,
        label=f"{len(placement.cores)} cores on a grid",
        parts=Markup("\n").join(parts),
    )


def _corner(site: CoreSite) -> tuple[float, float]:
    return site.column * PITCH + (PITCH - SIDE) / 2, site.row * PITCH + (PITCH - SIDE) / 2


def _cores(placement: Placement) -> Iterator[Markup]:
    for core, site in zip(placement.cores, placement.sites, strict=True):
        x, y = _corner(site)
        filled = SIDE * float(core.utilisation)
        share = f"{float(core.utilisation):.1%}" if core.replicas else "pooling"
        yield Markup(
            "<g><title>{title}</title>"
            '<rect x="{x}" y="{y}" width="{s}" height="{s}" fill="#fff" stroke="{soft}"/>'
            '<rect x="{x}" y="{top:.1f}" width="{s}" height="{filled:.1f}" fill="{full}"/>'
            '<text x="{mid}" y="{first}" text-anchor="middle" font-weight="bold"{size} '
            'fill="{ink}">{name}</text>'
            '<text x="{mid}" y="{second}" text-anchor="middle" fill="{ink}">{share}</text></g>'
        ).format(
            title=_title(core),
            x=x,
            y=y,
            s=SIDE,
            top=y + SIDE - filled,
            filled=filled,
            mid=x + SIDE / 2,
            first=y + 24,
            second=y + 42,
            share=share,
            **_label(core.layer),
            full=FULL,
            soft=SOFT,
            ink=INK,
        )


def _label(name: str) -> dict[str, str]:
    """A name as far as it goes into a core, that of a path by its end, and its letters' size."""
    if len(name) > LETTERS:
        name = name.rstrip("/").rpartition("/")[2]
    if len(name) <= LETTERS:
        return {"name": name, "size": ""}
    shown = name if len(name) <= LONGEST else f"…{name[1 - LONGEST :]}"
    size = 12 * LETTERS / len(shown)
    return {"name": shown, "size": Markup(' font-size="{:.1f}"').format(size)}


def _title(core: Core) -> str:
    replicas, outputs = core.replicas, f"{core.outputs.start} to {core.outputs.stop - 1}"
    if replicas is None:
        return f"layer {core.layer}: pools channels {outputs}"
    return (
        f"layer {core.layer}: inputs {core.inputs.start} to {core.inputs.stop - 1}, "
        f"outputs {outputs}, {replicas.count} replicas, {replicas.rows} rows, "
        f"{replicas.columns} columns"
    )


def _links(placement: Placement) -> Iterator[Markup]:
    """Straight between neighbours, bowed where they would run through other cores."""
    sites = placement.sites
    opacity = 1 if len(placement.cores) <= DENSE else 0.55
    for link in placement.links:
        (ax, ay), (bx, by) = (
            (x + SIDE / 2, y + SIDE / 2)
            for x, y in map(_corner, (sites[link.sender], sites[link.receiver]))
        )
        bow = 0.0 if placement.hops(link) == 1 else 0.22
        side = 0.06 * (list(Kind).index(link.kind) - 2)  # kinds between the same cores apart
        cx = (ax + bx) / 2 - (by - ay) * (bow + side)
        cy = (ay + by) / 2 + (bx - ax) * (bow + side)
        yield Markup(
            '<path d="M{} {}Q{:.1f} {:.1f} {} {}" fill="none" stroke="{}" stroke-width="1.6" '
            'stroke-opacity="{}"/>'
        ).format(ax, ay, cx, cy, bx, by, COLOURS[link.kind], opacity)


def _shown(placement: Placement) -> dict[Kind, int]:
    """Links by those kinds of which there are some."""
    return {kind: count for kind, count in placement.kinds.items() if count}


def _legend(placement: Placement, step: float, entries: int) -> Iterator[Markup]:
    """Lines of so many entries, from the upper left corner."""
    for number, (kind, count) in enumerate(_shown(placement).items()):
        line, index = divmod(number, entries)
        y = (line + 0.5) * LEGEND
        yield Markup(
            '<path d="M{x} {y}h18" stroke="{colour}" stroke-width="2.4"/>'
            '<text x="{text}" y="{base}" fill="{ink}">{kind}: {count}</text>'
        ).format(
            x=index * step + 8,
            y=y,
            colour=COLOURS[kind],
            text=index * step + 31,
            base=y + 4,
            ink=INK,
            kind=kind.value,
            count=count,
        )
