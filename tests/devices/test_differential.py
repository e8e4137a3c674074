"""Differential and single cells: error rates in closed form against drawn devices, faults, ageing,
and the truth table of XNOR through the sense amplifier.
"""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from neuroloom.golden.devices.differential import (
    CellKind,
    ResistiveDevice,
    SenseAmplifier,
    best_reference,
    device_with_error_rate,
    differential_error_rate,
    error_rate,
    single_error_rate,
    unresolved_rate,
)
from neuroloom.golden.devices.differential_array import DifferentialArray, Pulse, SingleArray, State

SIGMAS = 4
"""Standard errors that a measured rate may be away from the closed form."""
EXACT = ResistiveDevice(lrs_sigma=0, hrs_sigma=0)
BITS = 400_000


def near(found: float, expected: float, number: int, shown: str) -> None:
    error = math.sqrt(expected * (1 - expected) / number)
    assert abs(found - expected) <= SIGMAS * error, f"{shown}: {found:.3e}, not {expected:.3e}"


@pytest.mark.parametrize("amplifier", [SenseAmplifier(), SenseAmplifier(offset=0.3)])
@pytest.mark.parametrize("noise", [0.0, 0.25])
@pytest.mark.parametrize("rate", [1e-1, 1e-2, 1e-3, 1e-4])
@pytest.mark.parametrize("kind", CellKind)
def test_error_rates_are_those_of_drawn_devices(
    kind: CellKind, rate: float, noise: float, amplifier: SenseAmplifier
) -> None:
    device = device_with_error_rate(rate, kind, ResistiveDevice(read_noise=noise), amplifier)
    seed = round(1 / rate)
    bits = np.random.default_rng(seed).integers(0, 2, (1, BITS))
    # as many columns as bits: every one has an amplifier of its own
    array = (SingleArray if kind is CellKind.SINGLE else DifferentialArray)(
        1, BITS, device, amplifier, seed=seed
    )
    array.program(bits)
    near(float((array.read() != bits).mean()), rate, BITS, f"seed {seed}, {kind}")


@pytest.mark.parametrize("kind", CellKind)
@pytest.mark.parametrize("rate", 10.0 ** -np.arange(1, 13))
def test_a_device_has_the_error_rate_that_was_asked_for(kind: CellKind, rate: float) -> None:
    assert error_rate(kind, device_with_error_rate(rate, kind)) == pytest.approx(rate, rel=1e-9)


def test_two_devices_have_fewer_errors_than_one_at_every_spread() -> None:
    for rate in 10.0 ** np.linspace(-5, -1, 17):
        device = device_with_error_rate(rate)
        assert single_error_rate(device) == pytest.approx(rate, rel=1e-9)
        assert differential_error_rate(device) < rate
    # equal sigmas: window / 2 against sigma, window / sqrt(2) against sigma
    equal = ResistiveDevice(lrs=1, hrs=math.exp(6), lrs_sigma=1, hrs_sigma=1)
    assert single_error_rate(equal) == pytest.approx(0.5 * math.erfc(3 / math.sqrt(2)))
    assert differential_error_rate(equal) == pytest.approx(0.5 * math.erfc(3))


@pytest.mark.parametrize("low", [0.05, 0.4, 1.0, 2.5])
@pytest.mark.parametrize("high", [0.05, 0.4, 1.0, 2.5])
@pytest.mark.parametrize("ratio", [1.5, 8.0, 50.0])
def test_no_reference_is_better_than_the_best(low: float, high: float, ratio: float) -> None:
    device = ResistiveDevice(lrs=1e4, hrs=1e4 * ratio, lrs_sigma=low, hrs_sigma=high)
    best = single_error_rate(device)
    tried = np.exp(np.linspace(math.log(1e4) - 8, math.log(1e4 * ratio) + 8, 4001))
    rates = [single_error_rate(device, reference=float(each)) for each in tried]
    assert best <= min(rates) + 1e-15
    assert best == pytest.approx(min(rates), rel=1e-2, abs=1e-12)
    near_best = float(tried[int(np.argmin(rates))])
    if best > 1e-9:
        assert abs(math.log(best_reference(device) / near_best)) < 0.02


def test_what_does_not_resolve_is_counted_apart() -> None:
    device, amplifier = ResistiveDevice(hrs_sigma=1.5), SenseAmplifier(dead_zone=0.5)
    bits = np.random.default_rng(5).integers(0, 2, (1, BITS))
    array = DifferentialArray(1, BITS, device, amplifier, seed=5)
    array.program(bits)
    read = array.read()
    near(float((read == -1).mean()), unresolved_rate(device, amplifier), BITS, "unresolved")
    near(float((read == 1 - bits).mean()), differential_error_rate(device, amplifier), BITS, "opp")
    assert unresolved_rate(device, SenseAmplifier()) == 0


def test_ageing_follows_its_law() -> None:
    device = ResistiveDevice(sigma_growth=0.25, hrs_loss=0.3, onset=1e4)
    assert device.after(0) == device
    old = device.after(999e4)  # three decades
    assert (old.lrs_sigma, old.hrs_sigma) == pytest.approx((0.2 * 1.75, 0.8 * 1.75))
    assert (old.lrs, math.log(old.hrs)) == pytest.approx((5e3, math.log(1e5) - 0.9))
    rates = [differential_error_rate(device.after(10.0**decade)) for decade in range(8)]
    assert rates == sorted(set(rates))
    bits = np.random.default_rng(7).integers(0, 2, (1, BITS))
    for kind, array_type in (
        (CellKind.SINGLE, SingleArray),
        (CellKind.DIFFERENTIAL, DifferentialArray),
    ):
        array = array_type(1, BITS, device, cycles=999 * 10**4, seed=7)
        array.program(bits)
        found = float((array.read() != bits).mean())
        near(found, error_rate(kind, old), BITS, f"{kind}, aged")
    with pytest.raises(ValueError, match="the HRS has fallen to the LRS"):
        ResistiveDevice(hrs_loss=2).after(1e9)
    with pytest.raises(ValueError, match="0 cycles or more, not -1"):
        device.after(-1)


def test_cycles_are_counted_by_pulses_that_switch() -> None:
    array = DifferentialArray(2, 3, EXACT, formed=False)
    everything = np.ones((2, 3, 2), bool)
    array.pulse(Pulse.SET, everything)
    assert (array.state == State.UNFORMED).all()
    assert not array.cycles.any()
    array.pulse(Pulse.FORM, everything)
    assert (array.state == State.LRS).all()
    array.pulse(Pulse.RESET, everything)
    array.pulse(Pulse.SET, everything & (np.arange(3) == 1)[:, np.newaxis])
    assert array.cycles[0, :, 0].tolist() == [1, 2, 1]
    assert array.state[1, :, 1].tolist() == [State.HRS, State.LRS, State.HRS]


def test_xnor_through_precharge_and_evaluation() -> None:
    array = DifferentialArray(2, 1, EXACT)
    array.program(np.array([[0], [1]]))
    for weight in (0, 1):
        assert [int(each[0, 0]) for each in array.precharged(1)] == [1, 1]
        left, right = (int(e[0, 0]) for e in array.evaluated(np.eye(2, dtype=int)[[weight]]))
        assert (left, right) == (1 - weight, weight), "the side in the LRS falls"
        for activation in (0, 1):
            straight, crossed = right, left
            assert (straight if activation else crossed) == int(weight == activation)


def test_rows_that_are_raised_together_conduct_together() -> None:
    array = DifferentialArray(3, 1, EXACT)
    array.program(np.array([[1], [1], [0]]))
    lines = np.array([[1, 1, 1], [1, 0, 1], [0, 0, 0], [0, 0, 1]])
    left, right = array.evaluated(lines)
    assert left[:, 0].tolist() == [0, 1, 1, 1]  # a majority; a tie; nothing; a zero
    assert right[:, 0].tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize("seed", range(5))
def test_stuck_devices_show_where_they_are_needed_in_the_other_state(seed: int) -> None:
    rng = np.random.default_rng(seed)
    stuck = rng.choice([0, 1, 2], (20, 30, 2), p=[0.8, 0.1, 0.1])
    bits = rng.integers(0, 2, (20, 30))
    array = DifferentialArray(20, 30, EXACT, stuck=stuck)
    array.program(bits)
    needed = np.stack([np.where(bits == 1, 1, 2), np.where(bits == 1, 2, 1)], axis=-1)
    wrong = ((stuck > 0) & (stuck != needed)).any(axis=-1)
    both = wrong & (array.state[..., 0] == array.state[..., 1])
    expected = np.where(both, -1, np.where(wrong, 1 - bits, bits))
    assert (array.read() == expected).all(), f"seed {seed}"
    assert (array.bits == expected).all(), f"seed {seed}"


def test_pulses_fail_as_often_as_stated_and_missed_ones_do_nothing() -> None:
    device = EXACT.model_copy(
        update={"set_failure": 0.1, "reset_failure": 0.3, "form_failure": 0.2}
    )
    for kind, start, rate in ((Pulse.SET, True, 0.1), (Pulse.FORM, False, 0.2)):
        array = DifferentialArray(1, BITS // 2, device, formed=start, seed=3)
        array.pulse(kind, np.ones((1, BITS // 2, 2), bool))
        near(float((array.state != State.LRS).mean()), rate, BITS, kind.name)
    array.pulse(Pulse.RESET, array.state == State.LRS)
    formed = int((array.state != State.UNFORMED).sum())
    near(float((array.state == State.LRS).sum()) / formed, 0.3, formed, "RESET")

    missed = np.array([[[0, 1], [2, 0]]])
    array = DifferentialArray(1, 2, EXACT, missed=missed)
    array.program(np.array([[0, 1]]))
    assert array.bits.tolist() == [[-1, -1]]
    array.program(np.array([[0, 1]]))
    assert array.bits.tolist() == [[0, -1]]
    array.program(np.array([[0, 1]]))
    assert array.bits.tolist() == [[0, 1]]


def test_the_same_seed_gives_the_same_devices() -> None:
    bits = np.random.default_rng(1).integers(0, 2, (9, 9))
    arrays = [DifferentialArray(9, 9, seed=seed) for seed in (4, 4, 5)]
    for array in arrays:
        array.program(bits)
    assert (arrays[0].ohms == arrays[1].ohms).all()
    assert (arrays[0].ohms != arrays[2].ohms).any()


def test_a_device_that_is_not_redrawn_has_one_resistance_a_state() -> None:
    for redrawn in (False, True):
        array = DifferentialArray(5, 5, ResistiveDevice(redrawn=redrawn))
        before = array.resistances.copy()
        array.program(np.ones((5, 5), int))
        assert (array.resistances == before).all() != redrawn


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lrs": 2e5}, r"hrs=100000 ohm must be above lrs=200000 ohm"),
        ({"hrs_sigma": -1}, "greater than or equal to 0"),
        ({"set_failure": 1.1}, "less than or equal to 1"),
    ],
)
def test_a_wrong_device_is_refused(fields: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ResistiveDevice.model_validate(fields)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r"above 0 and below 0\.5, not 0\.5"):
        device_with_error_rate(0.5)
    with pytest.raises(ValueError, match="scaling the sigmas gives error rates from"):
        device_with_error_rate(1e-9, device=ResistiveDevice(read_noise=1))
    with pytest.raises(ValueError, match=r"stuck takes the shape \(2, 2, 2\)"):
        DifferentialArray(2, 2, stuck=np.zeros((2, 2), int))
    with pytest.raises(ValueError, match="1 for LRS or 2 for HRS"):
        DifferentialArray(1, 1, stuck=np.array([[[0, 3]]]))
    with pytest.raises(ValueError, match="misses 0 pulses or more"):
        DifferentialArray(1, 1, missed=np.array([[[0, -1]]]))
