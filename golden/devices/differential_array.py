"""Arrays of resistive devices that are formed, SET, RESET and read, with faults."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.devices.array import Analog
from neuroloom.golden.devices.differential import ResistiveDevice, SenseAmplifier, best_reference
from neuroloom.golden.ports import Integers

Mask = NDArray[np.bool_]


class Pulse(IntEnum):
    """What a programming pulse does to a device that is not stuck."""

    SET = 0
    """A formed device goes to the low state."""
    RESET = 1
    """A formed device goes to the high state."""
    FORM = 2
    """Any device goes to the low state and is formed."""


class State(IntEnum):
    """State of a device."""

    UNFORMED = 0
    LRS = 1
    HRS = 2


class ResistiveArray:
    """Devices (rows, columns, devices of a cell).

    Parameters: ``stuck`` integers of the same shape, :class:`State` LRS or HRS for a device that
    never leaves it, 0 for a sound one; ``missed`` integers of the same shape, how many pulses at
    first do nothing to each device, whatever their kind; ``formed`` whether sound devices begin in
    the HRS or unformed; ``cycles`` that all of them have gone through; ``seed`` decides
    resistances, failing pulses and noise. ValueError when shapes or values do not fit.
    """

    def __init__(
        self,
        rows: int,
        columns: int,
        devices: int,
        device: ResistiveDevice | None = None,
        *,
        stuck: Integers | None = None,
        missed: Integers | None = None,
        formed: bool = True,
        cycles: int = 0,
        seed: int = 0,
    ) -> None:
        shape = (rows, columns, devices)
        self.device = device or ResistiveDevice()
        self._rng = np.random.default_rng(seed)
        self.stuck: Integers = _map("stuck", stuck, shape)
        if self.stuck.size and not 0 <= self.stuck.min() <= self.stuck.max() <= State.HRS:
            raise ValueError("stuck is 0 for a sound device, 1 for LRS or 2 for HRS")
        self.missed: Integers = _map("missed", missed, shape)
        if self.missed.size and self.missed.min() < 0:
            raise ValueError("a device misses 0 pulses or more")
        begin = State.HRS if formed else State.UNFORMED
        self.state: Integers = np.where(self.stuck > 0, self.stuck, int(begin))
        self.cycles: Integers = np.full(shape, cycles, np.int64)
        """SET and RESET pulses that each device has gone through."""
        states = np.stack([np.full(shape, int(state)) for state in (State.LRS, State.HRS)], axis=-1)
        self.resistances: Integers = self._drawn(states, self.cycles[..., np.newaxis])
        """Resistance in LRS and HRS [ohm], (rows, columns, devices, 2), whole."""

    @property
    def ohms(self) -> Integers:
        """Resistance of every device as it is [ohm], (rows, columns, devices)."""
        low, high = self.resistances[..., 0], self.resistances[..., 1]
        return np.choose(self.state, [np.full_like(low, round(self.device.unformed)), low, high])

    def pulse(self, kind: Pulse, select: Mask) -> None:
        """One pulse to the devices of ``select``, bits (rows, columns, devices)."""
        device = self.device
        select = np.asarray(select, bool)
        failure = (device.set_failure, device.reset_failure, device.form_failure)[kind]
        works = select & (self.missed == 0) & (self.stuck == 0)
        works &= self._rng.random(select.shape) >= failure
        self.missed = self.missed - (select & (self.missed > 0))
        if kind is not Pulse.FORM:
            works &= self.state != State.UNFORMED
            self.cycles = self.cycles + works
        goal = State.HRS if kind is Pulse.RESET else State.LRS
        self.state = np.where(works, int(goal), self.state)
        if device.redrawn:
            drawn = self._drawn(np.full(int(works.sum()), int(goal)), self.cycles[works])
            self.resistances[works, goal - State.LRS] = drawn

    def _drawn(self, states: Integers, cycles: Integers) -> Integers:
        """Resistances [ohm] of devices that have just gone to ``states`` after ``cycles``."""
        device, high = self.device, states == State.HRS
        decades = np.log10(1 + cycles / device.onset)
        median = np.where(high, np.log(device.hrs) - device.hrs_loss * decades, np.log(device.lrs))
        sigma = np.where(high, device.hrs_sigma, device.lrs_sigma)
        sigma = sigma * (1 + device.sigma_growth * decades)
        draws = self._rng.standard_normal(np.broadcast(states, cycles).shape)
        ohms: Analog = np.exp(median + sigma * draws)
        return np.maximum(1, np.rint(ohms)).astype(np.int64)

    def _noise(self, shape: tuple[int, ...]) -> Analog:
        return self.device.read_noise * self._rng.standard_normal(shape)


class SingleArray(ResistiveArray):
    """One device a bit, LRS for 1, compared with a reference [ohm], the best one by default."""

    def __init__(
        self,
        rows: int,
        columns: int,
        device: ResistiveDevice | None = None,
        amplifier: SenseAmplifier | None = None,
        reference: float | None = None,
        *,
        cycles: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__(rows, columns, 1, device, cycles=cycles, seed=seed)
        self.amplifier = amplifier or SenseAmplifier()
        if reference is None:
            reference = best_reference(self.device.after(cycles), self.amplifier)
        self.reference = reference
        self.offsets = self.amplifier.offset * self._rng.standard_normal(columns)

    def program(self, bits: Integers) -> None:
        """Bits (rows, columns), one pulse each."""
        ones = np.asarray(bits, bool)[..., np.newaxis]
        self.pulse(Pulse.SET, ones)
        self.pulse(Pulse.RESET, ~ones)

    def read(self) -> Integers:
        """Every bit once (rows, columns)."""
        seen = np.log(self.ohms[..., 0])
        seen = seen + self._noise(seen.shape) + self.offsets
        return np.asarray(seen < np.log(self.reference), np.int64)


class DifferentialArray(ResistiveArray):
    """Two devices a bit, left and right: LRS and HRS hold a 1, HRS and LRS a 0.

    ``columns_per_amplifier`` adjacent columns share an amplifier and its offset.
    """

    def __init__(
        self,
        rows: int,
        columns: int,
        device: ResistiveDevice | None = None,
        amplifier: SenseAmplifier | None = None,
        columns_per_amplifier: int = 1,
        *,
        stuck: Integers | None = None,
        missed: Integers | None = None,
        formed: bool = True,
        cycles: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__(
            rows,
            columns,
            2,
            device,
            stuck=stuck,
            missed=missed,
            formed=formed,
            cycles=cycles,
            seed=seed,
        )
        self.amplifier = amplifier or SenseAmplifier()
        self.columns_per_amplifier = columns_per_amplifier
        amplifiers = -(-columns // columns_per_amplifier)
        offsets = self.amplifier.offset * self._rng.standard_normal(amplifiers)
        self.offsets: Analog = np.repeat(offsets, columns_per_amplifier)[:columns]
        """Offset of the amplifier at each column, in ln R."""

    @property
    def bits(self) -> Integers:
        """What the states hold (rows, columns): 1, 0, or -1 where both devices are in one state or
        one is unformed.
        """
        left, right = self.state[..., 0], self.state[..., 1]
        one = (left == State.LRS) & (right == State.HRS)
        zero = (left == State.HRS) & (right == State.LRS)
        return np.where(one, 1, np.where(zero, 0, -1))

    def program(self, bits: Integers) -> None:
        """Bits (rows, columns), a SET and a RESET pulse each."""
        ones = np.asarray(bits, bool)
        low = np.stack([ones, ~ones], axis=-1)
        self.pulse(Pulse.SET, low)
        self.pulse(Pulse.RESET, ~low)

    def precharged(self, reads: int) -> tuple[Integers, Integers]:
        """Outputs of all columns in the precharge phase: both are high."""
        ones = np.ones((reads, self.state.shape[1]), np.int64)
        return ones, ones.copy()

    def evaluated(self, word_lines: Integers) -> tuple[Integers, Integers]:
        """Left and right outputs (reads, columns) at the end of evaluation.

        ``word_lines`` are bits (reads, rows); devices of raised rows conduct side by side. The
        side that conducts better falls. Where the logarithms of both differ by the dead zone at
        most, or no row is raised, both outputs stay high.
        """
        lines = np.asarray(word_lines, np.float64)
        left, right = self.precharged(len(lines))
        conducts = lines.any(axis=1)
        conductance = np.einsum("br,rcd->bcd", lines[conducts], 1 / self.ohms)
        seen = np.log(conductance) + self._noise(conductance.shape)
        stronger = seen[..., 0] - seen[..., 1] + self.offsets
        left[conducts] = ~(stronger > self.amplifier.dead_zone)
        right[conducts] = ~(stronger < -self.amplifier.dead_zone)
        return left, right

    def read(self) -> Integers:
        """Every bit once (rows, columns), -1 where it does not resolve."""
        left, right = self.evaluated(np.eye(len(self.state), dtype=np.int64))
        return np.where(left == right, -1, right)


def _map(name: str, values: Integers | None, shape: tuple[int, ...]) -> Integers:
    if values is None:
        return np.zeros(shape, np.int64)
    if np.shape(values) != shape:
        raise ValueError(
            f"{name} takes the shape {shape}: rows, columns, devices, not {np.shape(values)}"
        )
    return np.array(values, np.int64)
