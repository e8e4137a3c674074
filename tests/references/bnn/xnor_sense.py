"""Words of a tile, column by column: which output of an amplifier fell says the weight."""

from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec
from references.plain import Lists, chunks, rows

KIND = "plain integers"


def agreement(left: int, right: int, activation: int) -> tuple[int, int]:
    """Bit and whether it is unresolved, of the outputs: the one that fell is 0.

    Left falls for a weight of 1, right for 0; without exactly one that fell there is no weight.
    """
    if (left, right) not in ((0, 1), (1, 0)):
        return 0, 1
    weight = 1 if left == 0 else 0
    return int(weight == activation), 0


def one_hot(number: int, size: int) -> list[int]:
    return [int(number == place) for place in range(size)]


def expected(spec: XnorSenseSpec, _: Lists, sent: Lists) -> Lists:
    shared = spec.columns_per_amplifier
    answers = chunks(rows(sent["sensed"]), shared)
    read: dict[str, list[list[int]]] = {"rows": [], "columns": []}
    words: dict[str, list[object]] = {"bits": [], "unresolved": []}
    for request, sensed in zip(rows(sent["request"]), answers, strict=True):
        for step in range(shared):
            read["rows"].append(one_hot(request["row"], spec.rows))
            read["columns"].append(one_hot(step, shared))
        cells = []
        for column, activation in enumerate(request["activations"]):
            amplifier, step = divmod(column, shared)
            left, right = (sensed[step][side][amplifier] for side in ("left", "right"))
            cells.append(agreement(left, right, activation))
        words["bits"].append([bit for bit, _unresolved in cells])
        words["unresolved"].append([unresolved for _bit, unresolved in cells])
    if shared == 1:
        del read["columns"]
    tag = {"tag": sent["request"]["tag"]} if spec.tag_bits else {}
    return {"read": {**read}, "word": {**words, **tag}}
