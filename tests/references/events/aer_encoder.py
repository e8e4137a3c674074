"""Lines as addresses: a walk around the lines of each vector."""

from neuroloom.golden.events.aer_encoder import AerEncoderSpec, ServingOrder
from references.plain import Lists, columns

KIND = "event list"


def walk(spec: AerEncoderSpec, vectors: list[list[int]]) -> list[tuple[int, int, int]]:
    """Walks around the lines, from the first on or from the one behind the last that was met."""
    tokens: list[tuple[int, int, int]] = []
    place = 0
    for vector in vectors:
        if spec.order is ServingOrder.FIXED:
            place = 0
        left = sum(vector)
        if not left:
            tokens.append((0, 1, 1))
        while left:
            line = place % spec.lines
            place += 1
            if vector[line]:
                left -= 1
                tokens.append((line, int(left == 0), 0))
    return tokens


def expected(spec: AerEncoderSpec, _: Lists, sent: Lists) -> Lists:
    tokens = walk(spec, sent["vector"]["lines"])
    return {"events": columns(list(tokens), "address", "last", "empty")}
