"""Addresses as lines: a set of lines that is read whenever a vector ends."""

from typing import Any

from neuroloom.golden.events.aer_decoder import AerDecoderSpec
from references.plain import Lists, bits_for, rows

KIND = "event list"


def walk(spec: AerDecoderSpec, events: list[dict[str, int]]) -> list[dict[str, Any]]:
    """The tokens of ``events``, one after the other."""
    tokens: list[dict[str, Any]] = []
    lines: set[int] = set()
    outside = 0
    for event in events:
        if not event.get("empty"):
            if event["address"] < spec.lines:
                lines.add(event["address"])
            else:
                outside = min(outside + 1, 2**spec.outside_bits - 1)
        if event.get("last", 1):
            token: dict[str, Any] = {"lines": [int(line in lines) for line in range(spec.lines)]}
            if spec.lines < 2 ** (spec.address_bits or max(1, bits_for(spec.lines))):
                token["outside"] = outside
            tokens.append(token)
            lines, outside = set(), 0
    return tokens


def expected(spec: AerDecoderSpec, _: Lists, sent: Lists) -> Lists:
    tokens = walk(spec, rows(sent["events"]))
    return {"vector": {name: [token[name] for token in tokens] for name in tokens[0]}}
