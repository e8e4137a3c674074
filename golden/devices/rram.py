"""A resistive array: conductances that differ from cell to cell and from read to read."""

from enum import StrEnum

import numpy as np
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Parameter

from neuroloom.golden.devices.array import Analog, Array
from neuroloom.golden.ports import Integers


class Spread(StrEnum):
    """How the conductances of cells in one state are distributed; the mean is the nominal one."""

    NORMAL = "normal"
    """Gaussian, cut off at zero."""
    LOGNORMAL = "lognormal"


class RramCell(BaseModel):
    """What a cell is and how it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on_conductance: float = Parameter(
        default=100.0, gt=0, description="of the highest level, nominal [µS]"
    )
    on_off_ratio: float = Parameter(default=20.0, gt=1, description="highest to lowest level")
    spread: Spread = Parameter(default=Spread.LOGNORMAL, description="distribution over cells")
    deviation: float = Parameter(
        default=0.0, ge=0, le=1, description="standard deviation over cells / nominal conductance"
    )
    read_noise: float = Parameter(
        default=0.0,
        ge=0,
        le=1,
        description="standard deviation over reads / conductance of the cell",
    )
    ir_drop: float = Parameter(
        default=0.0,
        ge=0,
        le=1,
        description="k in 1 / (1 + k · raised rows · distance): loss of the far row a raised row",
    )
    read_voltage: float = Parameter(default=0.2, gt=0, description="across a cell [V]")

    @property
    def off_conductance(self) -> float:
        """Conductance of the lowest level [µS]."""
        return self.on_conductance / self.on_off_ratio


class RramArray(Array):
    """Currents of columns whose cells spread, drift off their nominal value and see an IR drop.

    Levels lie evenly between off and on. ``currents[b, c] = V · Σ_r x[b, r] · a[b, r] · G[r, c]``
    plus noise, where ``a = 1 / (1 + ir_drop · n · (r + 1) / rows)`` and n rows are raised: a proxy
    for the drop along a column whose last row is the farthest from its converter. The noise of
    each raised cell is Gaussian and independent; the noise of a column is drawn as their sum.

    ``seed`` decides the cells when the array is made, and the noise of the reads that follow.
    """

    def __init__(
        self, weights: Integers, cell: RramCell | None = None, levels: int = 2, seed: int = 0
    ) -> None:
        super().__init__(weights, levels)
        self.cell = cell or RramCell()
        self._rng = np.random.default_rng(seed)
        step = (self.cell.on_conductance - self.cell.off_conductance) / (levels - 1)
        nominal = self.cell.off_conductance + step * self.weights
        self.conductances = self._programmed(np.asarray(nominal, np.float64))
        """Conductance of every cell [µS], (rows, columns)."""

    def _programmed(self, nominal: Analog) -> Analog:
        deviation = self.cell.deviation
        draws = self._rng.standard_normal(nominal.shape)
        if self.cell.spread is Spread.NORMAL:
            return np.asarray(np.maximum(nominal * (1 + deviation * draws), 0.0))
        width = np.sqrt(np.log1p(deviation**2))  # of the logarithm, for this mean and deviation
        return np.asarray(nominal * np.exp(width * draws - width**2 / 2))

    def currents(self, word_lines: Integers) -> Analog:
        """Column currents of one read a row of ``word_lines`` [µA]: (batch, columns)."""
        bits = self.raised(word_lines)
        number = bits.sum(axis=1, keepdims=True)
        distance = np.arange(1, self.rows + 1) / self.rows
        seen = bits / (1 + self.cell.ir_drop * number * distance)
        mean = seen @ self.conductances
        variance = seen**2 @ (self.cell.read_noise * self.conductances) ** 2
        noise = self._rng.standard_normal(mean.shape) * np.sqrt(variance)
        return np.asarray(self.cell.read_voltage * (mean + noise))

    def counts(self, word_lines: Integers) -> Analog:
        """Currents less those of a nominal reference column whose cells are all off, in levels."""
        cell = self.cell
        number = self.raised(word_lines).sum(axis=1, keepdims=True)
        step = (cell.on_conductance - cell.off_conductance) / (self.levels - 1)
        conductances = self.currents(word_lines) / cell.read_voltage
        return np.asarray((conductances - number * cell.off_conductance) / step)
