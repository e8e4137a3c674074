"""The best open RTL of the same function beside ours: same passes, same options, losses first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neuroloom.flows.tools.markdown import table
from neuroloom.flows.tools.numbers import amounts

HEAD = """\
## Beside the best open RTL found

Both sides synthesized with the same passes and options (on ECP5 both with `-nowidelut`) and placed
in the same way. The ratio is ours over theirs, of each figure that was taken of both; designs that
lose in one of them come first, and what they lose is in bold.

"""
COLUMNS = ("design", "target", "neuroloom", "best open RTL found", "ours / theirs", "what differs")
FMAX = "Fmax"


@dataclass(frozen=True)
class Peer:
    """RTL of the same function by others, on one target."""

    target: str
    resources: Mapping[str, int]
    """Those that were counted."""
    mhz: float | None = None
    """Fmax, placed as ours; None where it was not."""
    what: str = ""
    """What it is, in a few words."""
    differs: str = ""
    """What each side has and the other has not; empty where they do the same."""


def comparison(entries: Sequence[Mapping[str, Any]], peers: Mapping[str, Sequence[Peer]]) -> str:
    """The section as Markdown, of entries of the results and the peers of each function."""
    lost: list[tuple[str, ...]] = []
    held: list[tuple[str, ...]] = []
    for entry in entries:
        for peer in peers[entry["function"]]:
            ours = entry["targets"][peer.target]
            ratios = _ratios(ours, peer)
            (lost if any(map(_loses, ratios)) else held).append(_row(entry, peer, ours, ratios))
    return HEAD + "\n".join(table(COLUMNS, [*lost, *held], numbers=())) + "\n"


Ratio = tuple[str, float]


def _ratios(ours: Mapping[str, Any], peer: Peer) -> list[Ratio]:
    """Each figure that both have, losses first."""
    found = [
        (name, ours["resources"].get(name, 0) / number)
        for name, number in peer.resources.items()
        if number
    ]
    if peer.mhz is not None and ours["median_mhz"]:
        found.append((FMAX, ours["median_mhz"] / peer.mhz))
    return sorted(found, key=lambda ratio: not _loses(ratio))


def _loses(ratio: Ratio) -> bool:
    name, value = ratio
    return value < 1 if name == FMAX else value > 1


def _row(
    entry: Mapping[str, Any], peer: Peer, ours: Mapping[str, Any], ratios: Sequence[Ratio]
) -> tuple[str, ...]:
    shown = [
        f"**{name} {value:.2f}**" if _loses((name, value)) else f"{name} {value:.2f}"
        for name, value in ratios
    ]
    theirs = figures(peer.resources, peer.mhz)
    return (
        entry["function"],
        peer.target,
        figures(ours["resources"], ours["median_mhz"]),
        f"{theirs} ({peer.what})" if peer.what else theirs,
        ", ".join(shown),
        peer.differs or "–",
    )


def figures(resources: Mapping[str, int], mhz: float | None = None) -> str:
    """What is used, and the clock where there is one."""
    used = amounts(resources)
    return f"{used}, {mhz:.1f} MHz" if mhz else used
