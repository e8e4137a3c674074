"""Width adapter: repacks frames of lanes into tokens of another number of lanes."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import Inventory, counter, index_bits, stream_output
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class WidthAdapterSpec(Spec):
    """Parameters of ``width_adapter``."""

    macro: ClassVar[str] = "width_adapter"
    summary: ClassVar[str] = "repack frames of lanes into narrower or wider tokens"
    source: ClassVar[str] = "glue between folded layers of different parallelism"

    length: int = Parameter(default=64, ge=1, le=65536, description="elements a frame")
    input_lanes: int = Parameter(default=8, ge=1, le=4096, description="elements an input token")
    output_lanes: int = Parameter(default=32, ge=1, le=4096, description="elements an output token")
    bits: int = Parameter(default=1, ge=1, le=63, description="width of an element [bit]")

    @model_validator(mode="after")
    def _check(self) -> Self:
        wide = max(self.input_lanes, self.output_lanes)
        narrow = min(self.input_lanes, self.output_lanes)
        if wide % narrow:
            divisors = [str(lanes) for lanes in range(1, wide + 1) if wide % lanes == 0]
            raise ValueError(
                f"{self.input_lanes} lanes cannot be repacked into {self.output_lanes}: one must "
                f"be a multiple of the other; {wide} goes with {', '.join(divisors)}"
            )
        return self

    @property
    def input_tokens(self) -> int:
        """Tokens a frame at the input; the last may be filled in part."""
        return -(-self.length // self.input_lanes)

    @property
    def output_tokens(self) -> int:
        """Tokens a frame at the output; the last may be filled in part."""
        return -(-self.length // self.output_lanes)

    @property
    def streams(self) -> tuple[Stream, ...]:
        narrow = Field("data", self.bits, "elements in order", lanes=self.input_lanes)
        wide = Field("data", self.bits, "elements in order, then zeros", lanes=self.output_lanes)
        return (
            Stream("packed", "in", (narrow,), "a frame; what follows its last element is ignored"),
            Stream("repacked", "out", (wide,), "the frame again"),
        )

    @property
    def contract(self) -> Contract:
        slower = max(self.input_tokens, self.output_tokens)
        return Contract(
            "frame",
            {"packed": self.input_tokens},
            {"repacked": self.output_tokens},
            latency=slower,
            interval=slower,
            room={"packed": min(self.input_tokens, max(1, self.output_lanes // self.input_lanes))},
        )

    @property
    def inventory(self) -> Inventory:
        wide = max(self.input_lanes, self.output_lanes)
        narrow = min(self.input_lanes, self.output_lanes)
        parts = wide // narrow
        gathers = self.output_lanes >= self.input_lanes
        handshake = Inventory(gates=4)
        shifted = parts - 1  # load or shift; into the last part only zeros are shifted
        if (self.input_tokens if gathers else self.output_tokens) == 1:  # only what is in a frame
            bits = self.length * self.bits
            if gathers:
                return stream_output(bits) + handshake
            shift = Inventory(multiplexers=shifted * bits)
            return stream_output(parts * bits) + shift + handshake
        padding = -self.length % narrow * self.bits
        held = stream_output(wide * self.bits) + Inventory(gates=padding) + handshake
        if parts == 1 and not padding:  # the end of a frame plays no part
            return held
        if gathers:  # each part: its number, taken when it comes, cleared by the first
            steering = Inventory(gates=parts * (index_bits(parts) + 2))
        else:
            bits = narrow * self.bits
            steering = Inventory(multiplexers=shifted * bits, gates=bits)
        tokens = max(self.input_tokens, self.output_tokens)
        return held + counter(parts) + counter(tokens) + steering

    def model(self) -> "WidthAdapterModel":
        return WidthAdapterModel(self)


def to_tokens(frames: Integers, lanes: int) -> Integers:
    """Frames (batch, length) as tokens (batch · ceil(length / lanes), lanes), zeros at the end."""
    frames = np.asarray(frames)
    padding = -frames.shape[1] % lanes
    return np.pad(frames, ((0, 0), (0, padding))).reshape(-1, lanes)


def to_frames(tokens: Integers, length: int) -> Integers:
    """The inverse of :func:`to_tokens`: (batch, length)."""
    per_frame = -(-length // tokens.shape[1])
    return tokens.reshape(-1, per_frame * tokens.shape[1])[:, :length]


class WidthAdapterModel(Model[WidthAdapterSpec]):
    """The elements of each frame, in order, in tokens of ``output_lanes``; zeros fill the last."""

    def run(self, traffic: Traffic) -> Traffic:
        tokens = self.operations("packed", np.asarray(traffic["packed"]["data"]))
        frames = to_frames(tokens.reshape(-1, self.spec.input_lanes), self.spec.length)
        return {"repacked": {"data": to_tokens(frames, self.spec.output_lanes)}}
