"""The tree of an arbiter: who shares a node with whom, so that all are granted as evenly as can be.

Each node grants its subtrees in turn. While everybody asks, a leaf is granted once in as many words
as the numbers of subtrees on its way multiply to: its *turns*.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import product


@dataclass(frozen=True)
class Tree:
    """A node with its subtrees; a leaf, which is a requester, has none."""

    children: tuple["Tree", ...] = ()

    @cached_property
    def leaves(self) -> int:
        return sum(child.leaves for child in self.children) or 1

    @cached_property
    def fewest(self) -> int:
        """Turns of the leaf that is granted most often."""
        return len(self.children) * min((child.fewest for child in self.children), default=0) or 1

    @cached_property
    def most(self) -> int:
        """Turns of the leaf that is granted least often."""
        return len(self.children) * max((child.most for child in self.children), default=0) or 1

    @cached_property
    def levels(self) -> int:
        """Nodes on the longest way to a leaf."""
        return max((1 + child.levels for child in self.children), default=0)

    @property
    def cut(self) -> tuple["Tree", list[int]]:
        """The tree with its lowest nodes for leaves, and how many leaves each of these had."""
        return self._cut(self.levels - 1)

    def _cut(self, depth: int) -> tuple["Tree", list[int]]:
        if not depth or not self.children:
            return Tree(), [len(self.children) or 1]
        parts = [child._cut(depth - 1) for child in self.children]
        return Tree(tuple(upper for upper, _ in parts)), [n for _, sizes in parts for n in sizes]


def even_tree(leaves: int, arity: int) -> Tree:
    """The tree of fewest levels, of at most ``arity`` subtrees a node, whose leaves' shares differ
    least: by the ratio of the greatest to the least.

    Subtrees of a node have equally many leaves or one more. Of equal trees the one with the shorter
    longest wait, then the one with fewer subtrees near the root.
    """
    levels = 0
    while arity**levels < leaves:
        levels += 1
    candidates = _candidates(leaves, levels, arity).values()
    return min(candidates, key=lambda tree: (Fraction(tree.most, tree.fewest), tree.most))


@cache
def _candidates(leaves: int, levels: int, arity: int) -> Mapping[tuple[int, int], Tree]:
    """Trees by their ``fewest`` and ``most``, without those that another one lies within."""
    if leaves == 1:
        return {(1, 1): Tree()}
    trees: dict[tuple[int, int], Tree] = {}
    for width in range(2, min(arity, leaves) + 1):
        size, larger = divmod(leaves, width)
        if arity ** (levels - 1) * width < leaves:
            continue
        small = _candidates(size, levels - 1, arity).values()
        large = _candidates(size + 1, levels - 1, arity).values() if larger else (None,)
        for more, less in product(large, small):
            first = () if more is None else (more,) * larger
            tree = Tree(first + (less,) * (width - larger))
            trees.setdefault((tree.fewest, tree.most), tree)
    return {
        (fewest, most): tree
        for (fewest, most), tree in trees.items()
        if not any(
            other != (fewest, most) and other[0] >= fewest and other[1] <= most for other in trees
        )
    }
