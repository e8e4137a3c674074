"""Every policy of an arbiter as lists of who comes next."""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

from neuroloom.golden.events.arbiter import ArbiterSpec, GrantForm, Policy
from references.plain import Lists

KIND = "event list"
Words = list[list[int]]


class Line:
    """Children in the order in which they are asked; the one granted goes to the end, and with
    ``others`` all that stand before it as well.
    """

    def __init__(self, children: list[Any], others: bool = True) -> None:
        self.children, self.others = children, others

    def asks(self, word: list[int]) -> bool:
        return any(asks(child, word) for child in self.children)

    def next(self, word: list[int]) -> int:
        place = [asks(child, word) for child in self.children].index(True)
        child = self.children[place]
        stay, behind = self.children[:place], self.children[place + 1 :]
        self.children = [*behind, *stay, child] if self.others else [*stay, *behind, child]
        return child.next(word) if isinstance(child, Line) else int(child)


def asks(child: Any, word: list[int]) -> bool:
    return child.asks(word) if isinstance(child, Line) else bool(word[child])


def line_of(spec: ArbiterSpec) -> Line:
    if spec.policy is Policy.TREE and spec.requesters > 1:
        return lines(evenest(spec.requesters, spec.arity), iter(range(spec.requesters)))
    return Line(list(range(spec.requesters)), others=spec.policy is not Policy.MATRIX)


Shape = tuple[Any, ...]
"""A node's subtrees; a leaf has none."""
Turns = tuple[int, int]
"""In how many words while all ask the luckiest leaf is granted once, and the unluckiest."""


@cache
def shapes(leaves: int, levels: int, arity: int) -> dict[Turns, Shape]:
    """Trees whose subtrees have equally many leaves or one more, those with more first; none that
    is worse than another for both leaves.
    """
    if leaves == 1:
        return {(1, 1): ()}
    trees: dict[Turns, Shape] = {}
    for width in range(2, min(arity, leaves) + 1):
        if width * arity ** (levels - 1) < leaves:
            continue
        size, more = leaves // width, leaves % width
        fuller = shapes(size + 1, levels - 1, arity) if more else {(0, 0): ()}
        for (most_often, seldom), big in fuller.items():
            for (often, rarely), small in shapes(size, levels - 1, arity).items():
                turns = (width * min(most_often or often, often), width * max(seldom, rarely))
                trees.setdefault(turns, (big,) * more + (small,) * (width - more))
    return {
        turns: tree
        for turns, tree in trees.items()
        if not any(o != turns and o[0] >= turns[0] and o[1] <= turns[1] for o in trees)
    }


def evenest(leaves: int, arity: int) -> Shape:
    """The tree of fewest levels whose leaves' turns have the least ratio, then the least wait."""
    levels = 0
    while arity**levels < leaves:
        levels += 1
    trees = shapes(leaves, levels, arity)
    return trees[min(trees, key=lambda turns: (Fraction(turns[1], turns[0]), turns[1]))]


def lines(shape: Shape, numbers: Iterator[int]) -> Any:
    """The tree as lines of lines, its leaves numbered in order."""
    if not shape:
        return next(numbers)
    return Line([lines(child, numbers) for child in shape])


def oracle(spec: ArbiterSpec, words: Words, releases: Words | None = None) -> Iterator[int | None]:
    if releases is not None:
        yield from packets(spec, words, releases)
        return
    line = line_of(spec)
    turn: list[int] = []
    last: int | None = None
    for word in words:
        if not any(word):
            last = None
        elif spec.hold and last is not None and word[last]:
            pass
        elif spec.policy is Policy.FIXED:
            last = word.index(1)
        elif turn and word[turn[0]]:
            last = turn.pop()
        else:
            last = line.next(word)
            turn = [last] * (spec.weights[last] - 1) if spec.weights else []
        yield last


def packets(spec: ArbiterSpec, words: Words, releases: Words) -> Iterator[int | None]:
    """Packet by packet: its owner is found among all, and then only its own requests count."""
    owner: int | None = None
    line = line_of(spec)
    for word, lets_go in zip(words, releases, strict=True):
        if owner is None and any(word):
            owner = word.index(1) if spec.policy is Policy.FIXED else line.next(word)
        if owner is None or not word[owner]:
            yield None
            continue
        yield owner
        if lets_go[owner]:
            owner = None


def expected(spec: ArbiterSpec, _: Lists, sent: Lists) -> Lists:
    granted = list(oracle(spec, sent["requests"]["bits"], sent["requests"].get("release")))
    asked = [int(winner is not None) for winner in granted]
    if spec.grant is GrantForm.INDEX:
        return {"grants": {"index": [winner or 0 for winner in granted], "any": asked}}
    one_hot = [[int(winner == line) for line in range(spec.requesters)] for winner in granted]
    return {"grants": {"grant": one_hot, "any": asked}}
