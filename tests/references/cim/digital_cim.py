"""Products of Python integers, one vector after the other."""

from neuroloom.golden.cim.digital_cim import BitCell, DigitalCimSpec
from references.plain import Lists

KIND = "plain integers"


def sums(spec: DigitalCimSpec, sent: Lists) -> list[list[int]]:
    """Sums of all columns of every vector. The first one takes the first load, whether it swaps
    or not.
    """
    vectors, rows = sent["vectors"], sent["weights"]["row"]
    results, load = [], 0
    for vector, swap in zip(vectors["values"], [0, *vectors["swap"][1:]], strict=True):
        load += swap
        bank = rows[load * spec.rows :][: spec.rows]
        pairs = [list(zip(vector, column, strict=True)) for column in zip(*bank, strict=True)]
        if spec.cell is BitCell.XNOR:
            results.append([sum(x == w for x, w in column) for column in pairs])
        else:
            results.append([sum(x * w for x, w in column) for column in pairs])
    return results


def expected(spec: DigitalCimSpec, setup: Lists, sent: Lists) -> Lists:
    """Vectors of the load as well: with which of the loads they compute goes on behind it."""
    whole = {
        stream: {
            name: setup.get(stream, {}).get(name, []) + sent.get(stream, {}).get(name, [])
            for name in names
        }
        for stream, names in (("vectors", ("values", "swap")), ("weights", ("row",)))
    }
    return {"sums": {"values": sums(spec, whole)[len(setup["vectors"]["swap"]) :]}}
