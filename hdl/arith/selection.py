"""One of several values, chosen by its number."""

from amaranth.hdl import Mux, Value


def chosen(items: list[Value], index: Value) -> Value:
    """``items[index]``, a tree of multiplexers."""
    if len(items) == 1:
        return items[0]
    pairs: list[Value] = [
        Mux(index[0], odd, even) for even, odd in zip(items[::2], items[1::2], strict=False)
    ]
    return chosen(pairs + items[len(pairs) * 2 :], index[1:])
