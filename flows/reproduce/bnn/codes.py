"""Whether two devices a bit err as seldom as a single-error-correcting code leaves errors."""

import numpy as np

from neuroloom.flows.reports.figures import estimate, formula, model
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
CODES = {(7, 4): False, (12, 8): False, (38, 32): False, (71, 64): False, (72, 64): True}
"""Length and data bits of codes that correct one error, and whether they detect two."""
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


def corrected_rate_of_long(length: int, rate: float, detects: bool = False) -> float:
    """Error rate of bits behind a code of ``length`` bits that corrects one error, to the second
    power of ``rate``: two errors make a third one, or are left as they are where the code
    ``detects`` two."""
    return (2 if detects else 3) * (length - 1) / 2 * rate**2


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
        source="Section II: benefits of two devices a bit are similar to those of a code",
        ours=("1T1R, drawn", "1T1R, Hamming (7, 4)", "2T2R", "2T2R, drawn", "2T2R / Hamming"),
        rows=tuple(rows),
        note=f"In closed form, and as {DRAWN[0] * DRAWN[1]:,} drawn cells are read. Devices with "
        "the medians that are taken and a high state that spreads four times as far as the low "
        "one; a rate r of drawn cells is uncertain by the root of r over their number. 1T1R: a "
        "device and its transistor a bit, compared with the best reference; 2T2R: two of them, "
        "compared with each other. The code takes 7 devices for 4 bits, the pair 8.",
    )


def length_table() -> PublishedTable:
    """A pair of the device that is taken beside codes of other lengths."""
    rate = float(printed.TOLERATED)
    pair = error_rate(CellKind.DIFFERENTIAL, device_with_error_rate(rate))
    rows = []
    for (length, data), detects in CODES.items():
        left = corrected_rate_of_long(length, rate, detects)
        rows.append(
            PublishedRow(
                name=f"({length}, {data})" + " with detection of two errors" * detects,
                ours=(*formula(length / data), *estimate(left, pair / left)),
            )
        )
    return PublishedTable(
        title="A pair beside longer codes",
        source="Section II: the paper names no code; closed forms",
        ours=("devices a bit", "errors left", "2T2R / code"),
        rows=tuple(rows),
        note=f"Of the device that is taken, a single one of which errs at {rate:g}. To the second "
        "power of the rate: words of two errors, which a code that detects them leaves as they are "
        "and one that does not turns into three.",
    )


def pair_claim() -> Judgement:
    """Whether two devices err less than one."""
    shares = {}
    for rate in (1e-2, float(printed.TOLERATED), 1e-5):
        pair = error_rate(CellKind.DIFFERENTIAL, device_with_error_rate(rate))
        shares[rate] = rate / pair
    least = min(shares.values())
    told = ", ".join(f"{share:.0f} times less at {rate:g}" for rate, share in shares.items())
    return Judgement(
        claim="two devices a bit lower its error rate",
        verdict=PaperVerdict.AGREES if least > 1 else PaperVerdict.DIFFERS,
        words=f"With the device that is taken, {told} of a single one.",
    )


def code_table() -> tuple[PublishedTable, Judgement]:
    """Devices of which a pair does what the code does, at the rate that the paper names."""
    found = {ratio: pair_over_code(ratio, float(printed.TOLERATED)) for ratio in RATIOS}
    alike = [ratio for ratio, over in found.items() if 1 / LIKE <= over <= LIKE]
    own = TAKEN.hrs_sigma / TAKEN.lrs_sigma
    rate = float(printed.TOLERATED)
    over = pair_over_code(own, rate)
    over_long = over * corrected_rate(rate) / corrected_rate_of_long(71, rate)
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
        verdict=PaperVerdict.AGREES if 1 / LIKE <= over <= LIKE else PaperVerdict.DIFFERS,
        words=f"With the device that is taken here, whose high state spreads {own:g} times as far "
        f"as the low one, a pair errs {over:.0f} times as often as a Hamming (7, 4) code leaves at "
        f"{printed.TOLERATED:g}, and {over_long:.1f} times as often as one of (71, 64). With "
        "(7, 4) it holds within a factor of two for devices whose high state spreads up to "
        f"{max(alike, default=0):g} times as far. The paper prints neither spread nor code.",
    )
    return table, claim
