"""Two ticks that show by spikes how a core rounds what leaks: the membranes are no output."""

from dataclasses import dataclass

import numpy as np

from neuroloom.golden.formats import Int64, misrounded
from neuroloom.golden.neurons.decay import Leak
from neuroloom.golden.neurons.lif_options import Fire, LifOptions, Reset
from neuroloom.golden.neurons.lif_update import leaked
from neuroloom.golden.ports import Integers
from neuroloom.verif.landmarks import LANDMARKS

LARGEST = 512
"""Membranes lie nearer to zero: they are reached by a few events, and found by trying all."""
MOST_DIGITS = 3


@dataclass(frozen=True)
class AimedTicks:
    """A load and the events of two ticks, from states of zero on.

    The events of the first tick bring each neuron's membrane to a landmark of its leak. Those of
    the second bring it to its threshold, or one below: one off before, it does otherwise.
    """

    weights: Integers
    """(axons, neurons)."""
    threshold: int
    leak: int
    events: tuple[Integers, Integers]


def aimed_ticks(
    options: LifOptions, weights: tuple[int, int], axons: int, neurons: int
) -> AimedTicks | None:
    """Ticks for neurons with weights from one end to the other; None where no load does it."""
    if options.leak not in (Leak.SHIFT, Leak.MULTIPLICATIVE) or options.current_bits:
        return None
    fmt, (low, high) = options.membrane_format, weights
    if high < 1 or (low >= 0 > fmt.minimum and options.reset is Reset.WRAP):
        return None
    least = max(fmt.minimum, -LARGEST) if low <= -high else 0
    membranes = np.arange(least, min(fmt.maximum // 2, LARGEST))
    leak = (1 << options.leak_bits) - 1
    aimed = _at_landmarks(options, membranes, leak)
    if not len(aimed):
        return None
    before, up = (np.resize(column, neurons) for column in aimed.T)
    after = _leaked(options, before, leak)
    threshold = max(0, int(before.max())) + 2
    if options.reset is Reset.WRAP:
        threshold = 1 << options.membrane_bits
    reaching = threshold
    if options.fire is Fire.TICK:  # it leaks once more before it is compared
        every = np.arange(fmt.maximum + 1 if fmt.maximum < LARGEST else 2 * LARGEST)
        reaching = int(np.searchsorted(_leaked(options, every, leak), threshold))
        if reaching == len(every):
            return None
    # where a wrong rounding would leave one more, one less than is needed, and the other way round
    added = reaching - up - after
    base = high + 1
    parts = [_digits(column, base) for column in (before, added)]
    if any(len(part) > MOST_DIGITS for part in parts) or sum(map(len, parts)) > axons:
        return None
    rows = np.zeros((axons, neurons), np.int64)
    rows[: sum(map(len, parts))] = np.concatenate(parts)
    begin, events = 0, []
    for part in parts:
        own = np.arange(len(part))
        events.append(np.repeat(begin + own, base**own))
        begin += len(part)
    return AimedTicks(rows, threshold, leak, (events[0], events[1]))


def _leaked(options: LifOptions, membranes: Integers, leak: int) -> Int64:
    before: Int64 = np.asarray(membranes, np.int64)
    operands = {"membrane": before, "leak": np.full(before.shape, leak, np.int64)}
    return options.membrane_format.fit(leaked(options, operands, np.ones(before.shape, np.int64)))


def _at_landmarks(options: LifOptions, membranes: Integers, leak: int) -> Integers:
    """One membrane a landmark, the nearest to zero, and whether a wrong rounding leaves more."""
    right = _leaked(options, membranes, leak)
    aimed = []
    for landmark in LANDMARKS:
        with misrounded(landmark.slip):
            wrong = _leaked(options, membranes, leak)
        here = np.flatnonzero(wrong != right)
        if len(here):
            place = here[np.abs(membranes[here]).argmin()]
            aimed.append((membranes[place], wrong[place] > right[place]))
    return np.array(aimed, np.int64).reshape(-1, 2)


def _digits(values: Integers, base: int) -> Integers:
    """The digits of values, the lowest first, with their sign."""
    left: Integers = np.abs(values)
    digits: list[Integers] = []
    while not digits or left.any():
        digits.append(np.sign(values) * (left % base))
        left = left // base
    return np.stack(digits)
