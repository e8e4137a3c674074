"""What a regression reached of the Verilog of a macro, over all its specifications."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from neuroloom.flows.simulation.coverage_points import CodePoint, merged
from neuroloom.golden.wording import cut
from neuroloom.verif.unreached import UNREACHED

LONGEST = 160
"""Characters of a statement that are shown."""


@dataclass(frozen=True)
class CodeCoverage:
    """Points of lines, branches and toggles, and which of them no specification reached."""

    macro: str
    specifications: int
    points: Mapping[CodePoint, bool]
    """Every point, and whether it was reached."""

    def count(self, *kinds: str) -> tuple[int, int]:
        """Points of those kinds that were reached, and all of them."""
        met = [each for point, each in self.points.items() if point.kind in kinds]
        return sum(met), len(met)

    def percent(self, *kinds: str) -> float:
        """Share of such points that were reached; 100 where there are none."""
        reached, total = self.count(*kinds)
        return 100.0 * reached / total if total else 100.0

    @property
    def lines_percent(self) -> float:
        """Share of lines and branches together [%]."""
        return self.percent("line", "branch")

    @property
    def toggles_percent(self) -> float:
        """Share of rises and falls of the bits of nets below 64 bits [%]."""
        return self.percent("toggle")

    def unreached(self, *kinds: str) -> tuple[CodePoint, ...]:
        return tuple(p for p, met in self.points.items() if p.kind in kinds and not met)

    @property
    def unexplained(self) -> tuple[CodePoint, ...]:
        """Lines and branches that were not reached and that nothing says why."""
        return tuple(p for p in self.unreached("line", "branch") if not self._reason(p))

    def sentences(self) -> tuple[str, ...]:
        """What was not reached, with the reason if it has one; bits of a net share a sentence."""
        return tuple(map(self._sentence, grouped(self.unreached("line", "branch", "toggle"))))

    def _sentence(self, points: tuple[CodePoint, ...]) -> str:
        first = points[0]
        bits = _bits(sorted({point.bit for point in points} - {-1}))
        ways = " or ".join(sorted({point.way for point in points}))
        said = f"{first.module}: {cut(first.text, LONGEST)}{bits} never {ways}"
        why = self._reason(first)
        return f"{said}: {why}" if why else said

    def _reason(self, point: CodePoint) -> str:
        return UNREACHED.get((self.macro, point.module, point.text), "")

    def as_dict(self) -> dict[str, Any]:
        kinds = {}
        for name in ("line", "branch", "toggle"):
            reached, total = self.count(name)
            kinds[name] = {"reached": reached, "points": total}
        return {
            "specifications": self.specifications,
            "lines_percent": round(self.lines_percent, 2),
            "toggles_percent": round(self.toggles_percent, 2),
            **kinds,
            "unreached": list(self.sentences()),
        }


def code_coverage(macro: str, reached: Iterable[Mapping[CodePoint, bool]]) -> CodeCoverage:
    """The coverage of several specifications of a macro together."""
    texts = list(reached)
    return CodeCoverage(macro, len(texts), merged(texts))


def grouped(points: Iterable[CodePoint]) -> list[tuple[CodePoint, ...]]:
    """Points together that differ only in their bit and way; those of statements stay apart."""
    groups: dict[tuple[str, ...], list[CodePoint]] = {}
    for point in points:
        way = "" if point.kind == "toggle" else point.way
        groups.setdefault((point.kind, point.module, point.text, way), []).append(point)
    return [tuple(group) for group in groups.values()]


def _bits(bits: list[int]) -> str:
    """Bits in brackets, those in a row as a range: [7:4, 0]; nothing for none."""
    if not bits:
        return ""
    spans: list[list[int]] = []
    for bit in bits:
        if spans and bit == spans[-1][-1] + 1:
            spans[-1][1:] = [bit]
        else:
            spans.append([bit])
    return f"[{', '.join(':'.join(str(end) for end in span[::-1]) for span in spans[::-1])}]"
