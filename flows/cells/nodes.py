"""What is known of each technology node: cell sizes, transistor widths, supply, currents.

Sources of the numbers in ``NODES``:

- cell width and height, transistor widths, fins: Lu et al. 2021, Front. Artif. Intell. 4:659060,
  Table 1. The width of 988 … 78 nm is read as that of the smallest cell, one column of transistors
  with half a pitch on either side, so that the gate pitch is half of it.
- supply, on-currents at 300 K, gate capacitance (ideal and fringe) and the ratio of effective
  resistance to supply over on-current: Predictive Technology Model, high-performance cards (Zhao
  and Cao 2006; Sinha et al. 2012 for the FinFETs), as NeuroSim 1.3 extracts them.
- off-current: the low-power cards, since standard libraries leak like those (an inverter of
  sg13g2 leaks 63 pW, that of 130 nm here 177 pW; with the high-performance cards 177 nW). All these
  cards are normalised to the same off-current per width.

From 22 to 14 nm, where the planar cards end and the FinFET cards begin, the delay of an inverter
*rises* by a quarter and its energy by half: the two families are two models. Within each of them
all figures fall, and so does the area throughout.
"""

import math
from dataclasses import dataclass

from neuroloom.flows.tools.errors import UsageError

OFF_CURRENT = 0.1
"""Drain current of a transistor that is off [nA/µm], N and P."""


@dataclass(frozen=True)
class Calibration:
    """Real over predicted: two factors for a whole library."""

    area: float
    delay: float


@dataclass(frozen=True)
class ProcessNode:
    """A technology node. Widths are electrical: both sides and the top of every fin."""

    nanometres: int
    supply: float
    """[V]"""
    nmos_width: float
    """Width of one finger in a cell of full height [µm]."""
    pmos_width: float
    """[µm]"""
    nmos_current: float
    """On-current [µA/µm]."""
    pmos_current: float
    """[µA/µm]"""
    gate_capacitance: float
    """[fF/µm]"""
    effective_resistance: float
    """Resistance of a switching transistor, over supply / on-current."""
    cell_width: float
    """Width of the smallest cell [µm]."""
    cell_height: float
    """[µm]"""
    finfet: bool = False

    @property
    def pitch(self) -> float:
        """Contacted gate pitch [µm]."""
        return self.cell_width / 2

    def resistance(self, pmos: bool) -> float:
        """Effective resistance of a transistor 1 µm wide [kΩ]."""
        current = self.pmos_current if pmos else self.nmos_current
        return 1000 * self.effective_resistance * self.supply / current

    @property
    def nmos_resistance(self) -> float:
        """Effective resistance of one finger [kΩ]."""
        return self.resistance(pmos=False) / self.nmos_width

    @property
    def pmos_resistance(self) -> float:
        """[kΩ]"""
        return self.resistance(pmos=True) / self.pmos_width

    @property
    def pair_capacitance(self) -> float:
        """Gate capacitance of one finger of each kind: the input of the smallest inverter [fF]."""
        return self.gate_capacitance * (self.nmos_width + self.pmos_width)


def _fins(number: int, height: float, width: float) -> float:
    """Electrical width [µm] of fins measured in nm."""
    return number * (2 * height + width) / 1000


_FIN_14, _FIN_10, _FIN_7 = _fins(3, 37, 8), _fins(3, 42, 6), _fins(2, 52, 6)

NODES: dict[int, ProcessNode] = {
    node.nanometres: node
    for node in (
        ProcessNode(130, 1.30, 0.907, 1.809, 930, 430, 0.6058 + 0.6120, 1.54, 0.988, 3.640),
        ProcessNode(90, 1.20, 0.689, 1.191, 1070, 540, 0.5694 + 0.5652, 1.54, 0.684, 2.520),
        ProcessNode(65, 1.10, 0.507, 0.850, 1120, 700, 0.4868 + 0.5270, 1.54, 0.494, 1.820),
        ProcessNode(45, 1.00, 0.352, 0.587, 1270, 1080, 0.4091 + 0.4958, 1.54, 0.342, 1.260),
        ProcessNode(32, 0.90, 0.267, 0.401, 1410, 1220, 0.3768 + 0.4714, 1.54, 0.243, 0.896),
        ProcessNode(22, 0.85, 0.198, 0.262, 1500, 1320, 0.3287 + 0.4532, 1.54, 0.167, 0.616),
        ProcessNode(
            14, 0.80, _FIN_14, _FIN_14, 1686, 1550, 1.2573, 1.51, 0.143, 0.462, finfet=True
        ),
        ProcessNode(
            10, 0.75, _FIN_10, _FIN_10, 1769, 1626, 1.1418, 1.49, 0.104, 0.336, finfet=True
        ),
        ProcessNode(7, 0.70, _FIN_7, _FIN_7, 1912, 1685, 1.0487, 1.45, 0.078, 0.250, finfet=True),
    )
}

CALIBRATED: dict[int, Calibration] = {130: Calibration(0.695, 1.872), 7: Calibration(1.86, 2.554)}
"""Measured by ``calibrate.measured``: sky130 over 130 nm, ASAP7 over 7 nm."""


def node_of(nanometres: int) -> ProcessNode:
    """The node; UsageError with the nearest one when there is none of that size."""
    if nanometres in NODES:
        return NODES[nanometres]
    if nanometres <= 0:
        raise UsageError(f"{nanometres} nm is no technology node; choose one of {sorted(NODES)}")
    nearest = min(NODES, key=lambda node: abs(math.log(node / nanometres)))
    raise UsageError(
        f"there is no predictive library for {nanometres} nm; the nearest node is {nearest} nm, "
        f"all are {', '.join(map(str, NODES))}"
    )


def calibration(nanometres: int) -> Calibration:
    """Factors of a node: measured at 130 and 7 nm, between them interpolated.

    The interpolation is linear in the logarithms of node and factor; between the two anchors it
    is an assumption, not a measurement.
    """
    node = node_of(nanometres).nanometres
    high, low = max(CALIBRATED), min(CALIBRATED)
    weight = math.log(high / node) / math.log(high / low)
    first, last = CALIBRATED[high], CALIBRATED[low]
    return Calibration(
        first.area ** (1 - weight) * last.area**weight,
        first.delay ** (1 - weight) * last.delay**weight,
    )
