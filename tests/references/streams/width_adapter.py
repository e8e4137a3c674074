"""Frames in other tokens: their elements as one list, cut again."""

from neuroloom.golden.streams.width_adapter import WidthAdapterSpec
from references.plain import Lists, chunks, cut_and_filled, flat

KIND = "event list"


def expected(spec: WidthAdapterSpec, _: Lists, sent: Lists) -> Lists:
    tokens = -(-spec.length // spec.input_lanes)
    frames = [flat(rows)[: spec.length] for rows in chunks(sent["packed"]["data"], tokens)]
    repacked = [cut_and_filled(frame, spec.output_lanes) for frame in frames]
    return {"repacked": {"data": flat(repacked)}}
