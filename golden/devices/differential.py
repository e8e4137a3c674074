"""Bits in resistive devices: one against a reference (1T1R), or two against each other (2T2R).

Resistances of both states are lognormal. Reading compares logarithms, so that errors follow from
two Gaussians; the functions give them in closed form, and the helper turns them round. A fault of
the device (stuck, not switched) is not in them: ``differential_array`` has those.
"""

import math
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Parameter

LEAST_SPREAD = 1e-9
"""Spread of ln R below which a distribution counts as a single value."""
LARGEST_FACTOR = 1e3
"""Greatest factor by which :func:`device_with_error_rate` widens the spreads."""


class CellKind(StrEnum):
    """What holds a bit, and what it is compared with."""

    SINGLE = "1T1R"
    """One device, LRS for 1, against the best reference resistance."""
    DIFFERENTIAL = "2T2R"
    """Two devices, LRS and HRS for 1, HRS and LRS for 0, against each other (Querlioz et al. 2019,
    section II)."""


class ResistiveDevice(BaseModel):
    """A filamentary device: its two states, how surely it switches, how it ages.

    After n cycles, with ``d = log10(1 + n / onset)``, both sigmas are ``1 + sigma_growth · d`` as
    large and the median of the HRS is ``exp(-hrs_loss · d)`` of what it was: variability grows and
    the window closes evenly over decades of cycles. The article gives no resistances; the defaults
    are of the order that hafnium oxide shows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lrs: float = Parameter(default=5e3, gt=0, description="median of the low state [ohm]")
    hrs: float = Parameter(default=1e5, gt=0, description="median of the high state [ohm]")
    lrs_sigma: float = Parameter(default=0.2, ge=0, description="of ln R in the low state")
    hrs_sigma: float = Parameter(default=0.8, ge=0, description="of ln R in the high state")
    unformed: float = Parameter(default=1e9, gt=0, description="before forming [ohm]")
    read_noise: float = Parameter(
        default=0.0, ge=0, description="standard deviation of ln R from read to read"
    )
    set_failure: float = Parameter(default=0.0, ge=0, le=1, description="of a SET pulse")
    reset_failure: float = Parameter(default=0.0, ge=0, le=1, description="of a RESET pulse")
    form_failure: float = Parameter(default=0.0, ge=0, le=1, description="of a FORM pulse")
    redrawn: bool = Parameter(
        default=True,
        description="every pulse that works draws R anew; otherwise a device has one R a state",
    )
    onset: float = Parameter(default=1e3, gt=0, description="cycles after which ageing shows")
    sigma_growth: float = Parameter(default=0.0, ge=0, description="of both sigmas, a decade")
    hrs_loss: float = Parameter(default=0.0, ge=0, description="of ln of the HRS, a decade")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.hrs <= self.lrs:
            raise ValueError(
                f"hrs={self.hrs:g} ohm must be above lrs={self.lrs:g} ohm: it is the high state"
            )
        return self

    @property
    def window(self) -> float:
        """ln of HRS median over LRS median."""
        return math.log(self.hrs / self.lrs)

    def after(self, cycles: float) -> "ResistiveDevice":
        """The states after that many SET and RESET cycles. ValueError when the window is closed or
        cycles are negative.
        """
        if cycles < 0:
            raise ValueError(f"a device has gone through 0 cycles or more, not {cycles:g}")
        decades = math.log10(1 + cycles / self.onset)
        growth = 1 + self.sigma_growth * decades
        hrs = self.hrs * math.exp(-self.hrs_loss * decades)
        if hrs <= self.lrs:
            raise ValueError(f"after {cycles:g} cycles the HRS has fallen to the LRS")
        return self._with(growth, hrs)

    def spread(self, factor: float) -> "ResistiveDevice":
        """The same with both sigmas ``factor`` times as large."""
        return self._with(factor, self.hrs)

    def _with(self, factor: float, hrs: float) -> "ResistiveDevice":
        sigmas = {"lrs_sigma": factor * self.lrs_sigma, "hrs_sigma": factor * self.hrs_sigma}
        return self.model_copy(update={"hrs": hrs, **sigmas})


class SenseAmplifier(BaseModel):
    """A pre-charge sense amplifier: both outputs are high, then the side that conducts better
    falls first and keeps the other one high.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    offset: float = Parameter(
        default=0.0, ge=0, description="standard deviation over amplifiers, in ln R"
    )
    dead_zone: float = Parameter(
        default=0.0, ge=0, description="difference of ln R up to which neither side falls in time"
    )


def q_function(x: float) -> float:
    """Probability that a standard Gaussian is above ``x``."""
    return 0.5 * math.erfc(x / math.sqrt(2))


def best_reference(device: ResistiveDevice, amplifier: SenseAmplifier | None = None) -> float:
    """The reference resistance [ohm] of fewest errors for a single device, 0 and 1 as frequent.

    There the densities of both states in ln R are equal: the root of a quadratic, of its two the
    one behind which the HRS is the more likely.
    """
    low, high = _single_deviations(device, amplifier)
    slope = device.window / high**2
    bend = 0.5 / high**2 - 0.5 / low**2
    rest = device.window**2 / (2 * high**2) + math.log(high / low)
    above = 2 * rest / (slope + math.sqrt(slope**2 - 4 * bend * rest))
    return device.lrs * math.exp(above)


def single_error_rate(
    device: ResistiveDevice, amplifier: SenseAmplifier | None = None, reference: float | None = None
) -> float:
    """Probability that a 1T1R bit is read wrong, 0 and 1 as frequent, dead zones apart.

    ``reference`` [ohm] is the best one by default. Noise and offset widen both states.
    """
    low, high = _single_deviations(device, amplifier)
    reference = best_reference(device, amplifier) if reference is None else reference
    above = math.log(reference / device.lrs)
    return 0.5 * (q_function(above / low) + q_function((device.window - above) / high))


def differential_error_rate(
    device: ResistiveDevice, amplifier: SenseAmplifier | None = None
) -> float:
    """Probability that a 2T2R bit is read as the opposite one.

    The difference of two Gaussians: ``Q((window + dead zone) / s)`` with ``s² = σ_LRS² + σ_HRS² +
    2·noise² + offset²``. What does not resolve is :func:`unresolved_rate`.
    """
    amplifier = amplifier or SenseAmplifier()
    return q_function((device.window + amplifier.dead_zone) / _difference(device, amplifier))


def unresolved_rate(device: ResistiveDevice, amplifier: SenseAmplifier) -> float:
    """Probability that neither output of a 2T2R bit falls in time."""
    deviation = _difference(device, amplifier)
    near, far = (device.window + sign * amplifier.dead_zone for sign in (-1, 1))
    return q_function(near / deviation) - q_function(far / deviation)


def error_rate(
    kind: CellKind, device: ResistiveDevice, amplifier: SenseAmplifier | None = None
) -> float:
    """Bit error rate of either cell with its best reference."""
    rate = single_error_rate if kind is CellKind.SINGLE else differential_error_rate
    return rate(device, amplifier)


def device_with_error_rate(
    rate: float,
    kind: CellKind = CellKind.SINGLE,
    device: ResistiveDevice | None = None,
    amplifier: SenseAmplifier | None = None,
) -> ResistiveDevice:
    """``device`` with both sigmas scaled alike, so that a cell of ``kind`` has this error rate.

    A study sweeps the rate of one kind and reads that of the other off the same device. ValueError
    when noise and offset alone make more errors, or no spread makes as many.
    """
    device = device or ResistiveDevice()
    if not 0 < rate < 0.5:
        raise ValueError(f"an error rate is above 0 and below 0.5, not {rate:g}")
    low, high = 0.0, LARGEST_FACTOR
    least = error_rate(kind, device.spread(low), amplifier)
    most = error_rate(kind, device.spread(high), amplifier)
    if not least < rate < most:
        raise ValueError(
            f"scaling the sigmas gives error rates from {least:.3g} to {most:.3g}, not {rate:g}: "
            "take other medians, sigmas, noise or offset"
        )
    while high - low > 1e-15 * high:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if error_rate(kind, device.spread(middle), amplifier) < rate:
            low = middle
        else:
            high = middle
    return device.spread(high)


def _single_deviations(
    device: ResistiveDevice, amplifier: SenseAmplifier | None
) -> tuple[float, float]:
    """Deviation of what is compared with the reference, in either state, of ln R."""
    offset = amplifier.offset if amplifier else 0.0
    low, high = (
        max(LEAST_SPREAD, math.hypot(sigma, device.read_noise, offset))
        for sigma in (device.lrs_sigma, device.hrs_sigma)
    )
    return low, high


def _difference(device: ResistiveDevice, amplifier: SenseAmplifier) -> float:
    noise = math.sqrt(2) * device.read_noise
    deviation = math.hypot(device.lrs_sigma, device.hrs_sigma, noise, amplifier.offset)
    return max(LEAST_SPREAD, deviation)
