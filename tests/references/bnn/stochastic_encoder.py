"""Numbers as bit streams: each bit meets a random number, each lane a shift register."""

from neuroloom.golden.bnn.stochastic_encoder import StochasticEncoderSpec
from references.plain import Lists, random_words

KIND = "plain integers"


def begin(seed: int, lane: int) -> int:
    """Where the register of a lane starts: seed and lane, scattered by two odd factors."""
    state = (seed + (lane << 20)) * 0x9E37_79B1 % 2**32
    return (state ^ state >> 15) * 0x85EB_CA6B % 2**32


def expected(spec: StochasticEncoderSpec, _: Lists, sent: Lists) -> Lists:
    lanes = [random_words(begin(spec.seed, lane), spec.value_bits) for lane in range(spec.lanes)]
    tokens = [
        [int(next(lane) < value) for lane in lanes]
        for value in sent["values"]["value"]
        for _fold in range(spec.length // spec.lanes)
    ]
    return {"encoded": {"bits": tokens}}
