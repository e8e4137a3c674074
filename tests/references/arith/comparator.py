"""Two numbers compared digit by digit, the sign bit first and turned over."""

from neuroloom.golden.arith.comparator import ComparatorSpec
from references.plain import Lists, columns

KIND = "bit strings"


def order(a: str, b: str) -> tuple[int, int, int]:
    """Less, equal, greater of two words, by the first digit in which they differ."""
    for left, right in zip(a, b, strict=True):
        if left != right:
            return (int(left == "0"), 0, int(left == "1"))
    return (0, 1, 0)


def expected(spec: ComparatorSpec, _: Lists, sent: Lists) -> Lists:
    def word(value: int) -> str:
        text = format(value % 2**spec.bits, f"0{spec.bits}b")
        return "10"[int(text[0])] + text[1:] if spec.signed else text

    pairs = zip(sent["pair"]["a"], sent["pair"]["b"], strict=True)
    found = [order(word(a), word(b)) for a, b in pairs]
    return {"order": columns(list(found), "less", "equal", "greater")}
