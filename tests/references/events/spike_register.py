"""Rising edges of lines: each sample held against the one before, line by line."""

from itertools import pairwise

from neuroloom.golden.events.spike_register import SpikeRegisterSpec
from references.plain import Lists

KIND = "event list"


def expected(spec: SpikeRegisterSpec, _: Lists, sent: Lists) -> Lists:
    """High before reset; the last ``synchronizer`` samples are still on their way."""
    samples = [[1] * spec.lines, *sent["samples"]["lines"]]
    arrived = samples[: len(samples) - spec.synchronizer]
    address = [
        line
        for before, level in pairwise(arrived)
        for line in range(spec.lines)
        if level[line] and not before[line]
    ]
    return {"spikes": {"address": address, "merged": [0] * len(address)}}
