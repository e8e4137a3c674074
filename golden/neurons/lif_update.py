"""One update of integrate-and-fire neurons: integration, then firing.

Both halves take and give named arrays of equal shape, one element a neuron. ``passed`` ticks go
before the input: the tick itself, one, or as many as the time stamps say.
"""

from collections.abc import Mapping

import numpy as np

from neuroloom.golden.formats import Int64
from neuroloom.golden.neurons.decay import (
    Leak,
    constant_leak,
    multiplicative_leak,
    multipliers,
    shift_leak,
)
from neuroloom.golden.neurons.lif_options import Fire, LifOptions, Reset, UpdateStep

Numbers = Mapping[str, Int64]


def update(options: LifOptions, operands: Numbers) -> dict[str, Int64]:
    """The new state and ``spike``.

    ``operands`` has the fields of ``options.state``, ``parameters`` and ``drive``, and ``noise``
    where the threshold is stochastic.
    """
    return fire(options, integrate(options, operands))


def integrate(options: LifOptions, operands: Numbers) -> dict[str, Int64]:
    """The fields of ``options.integrated``.

    1. The adaptation decays; the refractory period comes nearer to its end.
    2. The current decays and takes the input. Where inputs and ticks are apart, a tick first hands
       the current to the membrane and then lets it decay.
    3. ``V = fit(leaked V + what is added)``: the input, or the current; nothing in a refractory
       period unless ``refractory_input``. With ``reset=subtract-next`` the threshold of a spike
       in the step before is taken off here.
    """
    passed = _passed(options, operands)
    done = {"membrane": operands["membrane"]}
    added = np.asarray(operands["input"], np.int64)
    if options.by_ticks:
        added = np.where(passed, 0, added)
    if options.current_bits:
        added, done["current"] = _current(options, operands["current"], added, passed)
    reached = np.zeros_like(passed)
    if options.adaptation_bits:
        decayed = _decayed(options, operands["adaptation"], options.adaptation_shift, passed)
        done["adaptation"] = decayed
        reached = reached + decayed
    if options.refractory:
        done["refractory"] = np.maximum(operands["refractory"] - passed, 0)
        if not options.refractory_input:
            added = np.where(done["refractory"] > 0, 0, added)
    if options.step is UpdateStep.TIME_STAMPED:
        done["stamp"] = operands["now"]
    exact = leaked(options, operands, passed) + added
    if options.owes:
        done["fired"] = operands["fired"]
        exact = exact - np.where(passed, operands["fired"] * operands["threshold"], 0)
    if options.reset is Reset.WRAP:
        done["over"] = (exact >> options.membrane_bits > 0).astype(np.int64)
        exact = np.where(done["over"], exact - (1 << options.membrane_bits), exact)
    else:
        reached = reached + operands["threshold"]
        done["reached"] = reached + operands["noise"] if options.noise_bits else reached
    done["membrane"] = options.membrane_format.fit(exact)
    if options.fire is Fire.TICK:
        done["checked"] = passed
    return done


def fire(options: LifOptions, integrated: Numbers) -> dict[str, Int64]:
    """State and ``spike``: V reached the threshold, which was checked, outside the refractory
    period. A spike resets V, starts the refractory period and adds to the adaptation.
    """
    state = {field.name: integrated[field.name] for field in options.state}
    membrane = state["membrane"]
    if options.reset is Reset.WRAP:
        return {**state, "spike": integrated["over"]}
    spike = membrane >= integrated["reached"]
    if options.fire is Fire.TICK:
        spike = spike & (integrated["checked"] == 1)
    if options.refractory:
        spike = spike & (state["refractory"] == 0)
        state["refractory"] = np.where(spike, options.refractory, state["refractory"])
    if options.adaptation_bits:
        raised = options.adaptation_format.fit(state["adaptation"] + options.adaptation_jump)
        state["adaptation"] = np.where(spike, raised, state["adaptation"])
    if options.owes:
        checked = integrated["checked"] == 1 if options.fire is Fire.TICK else True
        state["fired"] = np.where(checked, spike, state["fired"]).astype(np.int64)
        return {**state, "spike": spike.astype(np.int64)}
    subtract = options.reset is Reset.SUBTRACT
    after = membrane - integrated["reached"] if subtract else options.reset_value
    state["membrane"] = np.where(spike, after, membrane)
    return {**state, "spike": spike.astype(np.int64)}


def leaked(options: LifOptions, operands: Numbers, passed: Int64) -> Int64:
    """The membrane after ``passed`` ticks without input."""
    membrane = np.asarray(operands["membrane"], np.int64)
    match options.leak:
        case Leak.NONE:
            return membrane
        case Leak.SHIFT:
            return _decayed(options, membrane, options.leak_bits, passed)
        case Leak.CONSTANT:
            return constant_leak(membrane, operands["leak"] * passed)
        case Leak.MULTIPLICATIVE:
            left = multiplicative_leak(
                membrane, operands["leak"], options.leak_bits, options.rounding
            )
            return np.where(passed, left, membrane)


def _passed(options: LifOptions, operands: Numbers) -> Int64:
    match options.step:
        case UpdateStep.INPUT_OR_TICK:
            return np.asarray(operands["tick"], np.int64)
        case UpdateStep.CLOCKED:
            return np.ones_like(operands["membrane"], np.int64)
        case UpdateStep.TIME_STAMPED:
            mask = (1 << options.time_bits) - 1
            return np.asarray((operands["now"] - operands["stamp"]) & mask, np.int64)


def _decayed(options: LifOptions, values: Int64, shift: int, passed: Int64) -> Int64:
    """Values after ``passed`` ticks: by the shift itself, or by the table of its powers."""
    if options.step is not UpdateStep.TIME_STAMPED:
        return np.where(passed, shift_leak(values, shift, options.rounding), values)
    bits = options.multiplier_bits
    table = np.array(multipliers(shift, 1 << options.time_bits, bits), np.int64)
    return multiplicative_leak(values, table[passed], bits, options.rounding)


def _current(
    options: LifOptions, current: Int64, arriving: Int64, passed: Int64
) -> tuple[Int64, Int64]:
    """What the membrane takes, and the current after it."""
    fit = options.current_format.fit
    decayed = _decayed(options, np.asarray(current, np.int64), options.current_shift, passed)
    after = fit(decayed + arriving)
    if options.by_ticks:
        return np.where(passed, current, 0), after
    return after, after
