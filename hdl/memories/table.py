"""Constants chosen by a number, as logic: synthesis makes no memory of them."""

from collections import Counter
from collections.abc import Sequence

from amaranth.hdl import C, Mux, Value


def table(selector: Value, values: Sequence[int]) -> Value:
    """The value at the place ``selector``; the most frequent one where there is none."""
    numbers = [int(value) for value in values]
    (usual, _), *others = Counter(numbers).most_common()
    chosen: Value = C(usual)
    for value, _ in others:
        places = [place for place, each in enumerate(numbers) if each == value]
        here = selector == places[0]
        for place in places[1:]:
            here |= selector == place
        chosen = Mux(here, value, chosen)
    return chosen
