"""Whether two devices a bit err as seldom as a single-error-correcting code leaves errors."""

import numpy as np

from neuroloom.flows.reports.figures import formula, model
from neuroloom.flows.reports.published import Judgement, PaperVerdict, PublishedRow, PublishedTable
from neuroloom.flows.reproduce.bnn import printed
from neuroloom.golden.devices.differential import (
    CellKind,
    ResistiveDevice,
    device_with_error_rate,
    error_rate,
)
from neuroloom.golden.devices.differential_array import DifferentialArray, SingleArray

RATES = tuple(10 ** (exponent / 2) for exponent in range(-10, -1))
"""Error rates of a single device, 1e-5 to 1e-1."""
RATIOS = (1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 8.0)
"""Spread of the high state over that of the low one."""
LIKE = 2.0
"""Factor within which two error rates count as similar."""
TAKEN = ResistiveDevice()
DRAWN = (400, 500)
"""Rows and columns of cells that are drawn for each rate."""


def corrected_rate(rate: float) -> float:
    """Error rate of data bits behind a Hamming (7, 4) code whose bits err independently at
    ``rate``.

    All errors of a word in turn, decoded: what a single-error-correcting code leaves.
    """
    errors = np.arange(1 << 7)[:, np.newaxis] >> np.arange(7) & 1
    # the check matrix's column i is i + 1 in binary, so that the syndrome names the bit to turn
    syndrome = np.bitwise_xor.reduce(errors * np.arange(1, 8), axis=1)
    left = errors ^ (np.arange(1, 8) == syndrome[:, np.newaxis])
    ones = errors.sum(axis=1)
    chance = rate**ones * (1 - rate) ** (7 - ones)
    data = [2, 4, 5, 6]  # positions 3, 5, 6 and 7; the powers of two check
    return float((left[:, data].mean(axis=1) * chance).sum())


def pair_over_code(ratio: float, rate: float) -> float:
    """Error rate of pairs over that which the code leaves, of devices whose high state spreads
    ``ratio`` times as far as the low one and of which a single one errs at ``rate``."""
    shape = TAKEN.model_copy(update={"hrs_sigma": ratio * TAKEN.lrs_sigma})
    device = device_with_error_rate(rate, device=shape)
    return error_rate(CellKind.DIFFERENTIAL, device) / corrected_rate(rate)


def drawn_rate(kind: CellKind, device: ResistiveDevice, seed: int) -> float:
    """Share of cells of random bits that are read wrong."""
    make = SingleArray if kind is CellKind.SINGLE else DifferentialArray
    array = make(*DRAWN, device, seed=seed)
    bits = np.random.default_rng(seed).integers(0, 2, DRAWN)
    array.program(bits)
    return float((array.read() != bits).mean())


def rate_table() -> PublishedTable:
    """Both cells made of the device that is taken, its spreads scaled to the rate."""
    rows = []
    for seed, rate in enumerate(RATES):
        device = device_with_error_rate(rate)
        drawn = {kind: drawn_rate(kind, device, seed) for kind in CellKind}
        pair = error_rate(CellKind.DIFFERENTIAL, device)
        rows.append(
            PublishedRow(
                name=f"1T1R at {rate:.1e}",
                ours=(
                    *model(drawn[CellKind.SINGLE]),
                    *formula(corrected_rate(rate), pair),
                    *model(drawn[CellKind.DIFFERENTIAL]),
                    *formula(pair / corrected_rate(rate)),
                ),
            )
        )
    return PublishedTable(
        title="Bit error rates of both cells",
        source="Section II: two devices a bit do what single-error correction does",
        ours=("1T1R, drawn", "1T1R, Hamming (7, 4)", "2T2R", "2T2R, drawn", "2T2R / Hamming"),
        rows=tuple(rows),
        note=f"In closed form, and as {DRAWN[0] * DRAWN[1]:,} drawn cells are read. Devices with "
        "the medians that are taken and a high state that spreads four times as far as the low "
        "one. The code takes 7 devices for 4 bits, the pair 8.",
    )


def code_table() -> tuple[PublishedTable, Judgement]:
    """Devices of which a pair does what the code does, at the rate that the paper names."""
    found = {ratio: pair_over_code(ratio, float(printed.TOLERATED)) for ratio in RATIOS}
    alike = [ratio for ratio, over in found.items() if 1 / LIKE <= over <= LIKE]
    own = TAKEN.hrs_sigma / TAKEN.lrs_sigma
    over = pair_over_code(own, float(printed.TOLERATED))
    table = PublishedTable(
        title="A pair beside a code",
        source="Section II; closed forms",
        ours=("2T2R / Hamming (7, 4)", "at 1e-2"),
        rows=tuple(
            PublishedRow(
                name=f"σ high / σ low = {ratio:g}", ours=formula(value, pair_over_code(ratio, 1e-2))
            )
            for ratio, value in found.items()
        ),
        note=f"Error rate of pairs over what the code leaves, of devices of which a single one "
        f"errs at {printed.TOLERATED:g}. Only the ratio of both spreads counts: the window between "
        "the medians and both spreads scale together.",
    )
    claim = Judgement(
        claim="two devices a bit benefit like single-error correction",
        verdict=PaperVerdict.TREND if alike else PaperVerdict.DIFFERS,
        words="It holds within a factor of two for devices whose high state spreads up to "
        f"{max(alike, default=0):g} times as far as the low one; with the device that is taken "
        f"here ({own:g} times) a pair errs {over:.0f} times as often as the code leaves at "
        f"{printed.TOLERATED:g}. The paper prints no spread to decide between them.",
    )
    return table, claim
