"""Integrate-and-fire neurons in exact fractions, one update and one neuron at a time."""

from fractions import Fraction

from neuroloom.golden.neurons.lif import LifSpec
from neuroloom.golden.neurons.lif_options import LifOptions
from references.plain import Lists, fitted, random_words, rows
from references.rounding import rounded

KIND = "exact fractions"

Neuron = dict[str, int]


def after_ticks(value: int, shift: int, ticks: int, neuron: LifOptions) -> int:
    """By the shift for one tick, by the nearest power of the factor that is left for several."""
    if neuron.step == "time-stamped":
        unit = 2**neuron.multiplier_bits
        factor = round(unit * (1 - Fraction(1, 2**shift)) ** ticks)
        return rounded(Fraction(value * factor, unit), neuron.rounding)
    return value - ticks * rounded(Fraction(value, 2**shift), neuron.rounding)


def leaked(neuron: LifOptions, given: Neuron, ticks: int) -> int:
    v = given["membrane"]
    if neuron.leak == "shift":
        return after_ticks(v, neuron.leak_bits, ticks, neuron)
    if neuron.leak == "constant":
        for _ in range(ticks * given["leak"]):
            v += (v < 0) - (v > 0)
    if neuron.leak == "multiplicative" and ticks:
        v = rounded(Fraction(v * given["leak"], 2**neuron.leak_bits), neuron.rounding)
    return v


def slow_update(neuron: LifOptions, given: Neuron) -> Neuron:
    """One update, number by number."""
    apart = neuron.step == "input-or-tick"
    if apart:
        ticks = given["tick"]
    elif neuron.step == "clocked":
        ticks = 1
    else:
        ticks = (given["now"] - given["stamp"]) % 2**neuron.time_bits
    arriving = 0 if apart and ticks else given["input"]
    result: Neuron = {}
    added = arriving
    if neuron.current_bits:
        i = after_ticks(given["current"], neuron.current_shift, ticks, neuron) + arriving
        result["current"] = fitted(i, neuron.current_bits, True, neuron.overflow)
        added = result["current"] if not apart else given["current"] if ticks else 0
    period = max(0, given.get("refractory", 0) - ticks)
    if period and not neuron.refractory_input:
        added = 0
    exact = leaked(neuron, given, ticks) + added
    owed = given["threshold"] if given.get("fired") and ticks else 0
    exact -= owed
    theta = 0
    if neuron.adaptation_bits:
        theta = after_ticks(given["adaptation"], neuron.adaptation_shift, ticks, neuron)
    if neuron.reset == "wrap":
        spike = exact >= 2**neuron.membrane_bits
        v = exact - 2**neuron.membrane_bits if spike else max(0, exact)
    else:
        v = fitted(exact, neuron.membrane_bits, neuron.membrane_signed, neuron.overflow)
        limit = given["threshold"] + theta + given.get("noise", 0)
        checked = neuron.fire == "input" or ticks == 1
        spike = v >= limit and checked and period == 0
        if neuron.reset == "subtract-next":
            result["fired"] = int(spike) if checked else given["fired"]
        elif spike:
            v = v - limit if neuron.reset == "subtract" else neuron.reset_value
    if neuron.adaptation_bits:
        top = 2**neuron.adaptation_bits - 1
        result["adaptation"] = min(top, theta + neuron.adaptation_jump) if spike else theta
    if neuron.refractory:
        result["refractory"] = neuron.refractory if spike else period
    if neuron.step == "time-stamped":
        result["stamp"] = given["now"]
    return {**result, "membrane": v, "spike": int(spike)}


def expected(spec: LifSpec, _: Lists, sent: Lists) -> Lists:
    """Each update with fresh noise, where that comes from the register."""
    noise, results = random_words(spec.seed, spec.noise_bits), []
    for update in rows(sent["update"]):
        own = {"noise": next(noise)} if spec.noise == "lfsr" else {}
        results.append(slow_update(spec, {**update, **own}))
    return {"updated": {name: [result[name] for result in results] for name in results[0]}}


def state_names(neuron: LifOptions) -> list[str]:
    """What is kept of a neuron from one update to the next."""
    there = {
        "current": neuron.current_bits,
        "adaptation": neuron.adaptation_bits,
        "refractory": neuron.refractory,
        "fired": neuron.reset == "subtract-next",
        "stamp": neuron.step == "time-stamped",
    }
    return ["membrane", *(name for name, needed in there.items() if needed)]


def parameter_names(neuron: LifOptions) -> list[str]:
    """What an update needs besides state and input."""
    threshold = [] if neuron.reset == "wrap" else ["threshold"]
    return threshold + ["leak"] * (neuron.leak in ("constant", "multiplicative"))
