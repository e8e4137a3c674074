"""Load and latency of an 8×8 mesh under uniform traffic, simulated at register-transfer level."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from neuroloom.flows.reports.plots import INK, SERIES, SOFT, figures, name_axes, standalone
from neuroloom.flows.simulation.bulk.build import build
from neuroloom.flows.simulation.bulk.compare import compare
from neuroloom.flows.simulation.bulk.run import Pace, golden, run
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.tools.markdown import table
from neuroloom.golden.events.mesh import HOP_CYCLES, MeshSpec
from neuroloom.golden.ports import Traffic

LOADED = MeshSpec(columns=8, rows=8, payload_bits=24, source_bits=6)
LOADS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.8, 1.0)
PACKETS = 1500
"""That every router sends at each load; the payload is the packet's number."""
SETTLED = 0.25
"""Share of the time until the first router has sent everything that is not looked at."""
COLUMNS = ("offered [packets/router/cycle]", "accepted", "mean latency [cycles]", "longest")


@dataclass(frozen=True)
class LoadPoint:
    """What came of an offered load. Loads are packets a router and cycle."""

    offered: float
    accepted: float
    latency: float
    """Mean cycles from the cycle that accepts a packet to the one that delivers it."""
    worst: int
    """The longest of them."""


def bisection_bound(spec: MeshSpec) -> float:
    """The load at which the links across the middle are always busy, whatever the routers do.

    Half of the packets of each half cross it: ``n/4`` packets a cycle and direction at load 1, on
    as many links as the shorter side has routers.
    """
    crossing = spec.columns * spec.rows / 4
    return min(spec.columns, spec.rows) / crossing


def unloaded_latency(spec: MeshSpec) -> float:
    """Mean cycles of a packet that meets no other one."""
    steps = sum((side * side - 1) / (3 * side) for side in (spec.columns, spec.rows))
    return HOP_CYCLES * (1 + steps)


def uniform_traffic(spec: MeshSpec, packets: int, seed: int) -> Traffic:
    """Every router sends to every one, itself included, equally often; payloads count."""
    rng = np.random.default_rng(seed)
    return {
        name: {
            "dx": rng.integers(0, spec.columns, packets) - x,
            "dy": rng.integers(0, spec.rows, packets) - y,
            "source": np.full(packets, number),
            "payload": np.arange(packets),
        }
        for number, (name, (_, (x, y))) in enumerate(spec.inputs.items())
    }


def measure_mesh(
    spec: MeshSpec = LOADED,
    loads: Sequence[float] = LOADS,
    packets: int = PACKETS,
    progress: Callable[[str], None] = lambda _: None,
) -> list[LoadPoint]:
    """Simulate the Verilog at every load; every packet is held against the golden model.

    VerificationFailed when one is lost, repeated, changed or overtaken.
    """
    harness = build(spec, quick=True)
    _, work = golden(spec, uniform_traffic(spec, packets, seed=1))
    points = []
    for load in loads:
        progress(f"mesh at a load of {load:g}")
        pace = Pace(offer=load)
        done = run(harness, work, pace=pace, record=True)
        found = compare(spec, done, work, None, pace)
        if not found.right:
            raise VerificationFailed(f"mesh at a load of {load:g}: {found.message}")
        sent = np.stack([done.handovers[name].astype(np.int64) for name in spec.inputs])
        given = [
            (tokens["source"], tokens["payload"], done.handovers[name].astype(np.int64))
            for name, tokens in done.outputs["work"].items()
        ]
        source, number, came = (np.concatenate(column) for column in zip(*given, strict=True))
        end = int(sent[:, -1].min())
        begin = int(SETTLED * end)
        looked_at = (begin <= came) & (came < end)
        latency = (came - sent[source, number])[looked_at]
        accepted = looked_at.sum() / (end - begin) / len(spec.places)
        points.append(LoadPoint(load, float(accepted), float(latency.mean()), int(latency.max())))
    return points


def mesh_markdown(points: Sequence[LoadPoint], spec: MeshSpec = LOADED) -> str:
    """The table, the bounds beside it and what was simulated."""
    most = max(point.accepted for point in points)
    bound = bisection_bound(spec)
    head = f"""\
# Load and latency of a mesh

Written by `make results` from simulation of the Verilog: {spec.columns} × {spec.rows} routers,
{spec.flow_control} flow control, buffers of {spec.depth} packets, uniform traffic (every router
sends to every router equally often). A source offers its next packet with the probability *offered*
in each cycle after the one before was accepted, and waits with it. Latency counts from acceptance
to delivery. Every packet was held against the golden model: none is lost, repeated or overtaken by
another of its source.

The mesh accepts up to **{most:.3f} packets a router and cycle, {most / bound:.0%} of the bound**
{bound:g}, at which the links across the middle would never rest. A packet that meets no other takes
{unloaded_latency(spec):.1f} cycles on average, {HOP_CYCLES} a router.

![accepted load and latency over the offered load](mesh.svg)

"""
    rows = [
        (f"{point.offered:.2f}", f"{point.accepted:.3f}", f"{point.latency:.1f}", f"{point.worst}")
        for point in points
    ]
    return head + "\n".join(table(COLUMNS, rows, numbers=())) + "\n"


def mesh_svg(points: Iterable[LoadPoint], spec: MeshSpec = LOADED) -> str:
    """Accepted load beside the bound, and latency, over the offered load."""
    points = list(points)
    offered = [point.offered for point in points]
    bound = bisection_bound(spec)
    with figures(2, 8.4, 3.4) as (drawing, (left, right)):
        left.plot(
            offered, [point.accepted for point in points], "o-", color=SERIES[0], label="accepted"
        )
        left.axhline(bound, color=INK, linestyle="--", label="bound: links across the middle")
        left.plot([0, bound], [0, bound], color=SOFT, linestyle=":", label="all that is offered")
        name_axes(left, "offered [packets/router/cycle]", "accepted [packets/router/cycle]")
        left.set(xlim=(0, 1.02), ylim=(0, bound * 1.5))
        left.legend(loc="upper right")
        accepted = [point.accepted for point in points]
        right.plot(
            accepted, [point.latency for point in points], "s-", color=SERIES[1], label="mean"
        )
        right.axhline(
            unloaded_latency(spec), color=INK, linestyle="--", label="without other packets"
        )
        right.axvline(bound, color=SOFT, linestyle=":", label="bound")
        name_axes(right, "accepted [packets/router/cycle]", "latency [cycles]")
        right.set(xlim=(0, bound * 1.1), ylim=(0, None))
        right.legend(loc="upper left")
        return standalone(drawing)
