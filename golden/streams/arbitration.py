"""Who is granted: the policies of an arbiter as state machines over words of requests."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from neuroloom.golden.ports import Integers
from neuroloom.golden.streams.arbitration_tree import Tree


class Arbitration(ABC):
    """One policy in its state after reset. Requester 0 then comes first."""

    @abstractmethod
    def grant(self, asking: Integers) -> int:
        """The one granted of those ``asking`` (ascending numbers, at least one), remembered."""


class FixedPriority(Arbitration):
    """The lowest number."""

    def grant(self, asking: Integers) -> int:
        return int(asking[0])


class RoundRobin(Arbitration):
    """The next one after the one granted last, around the end."""

    def __init__(self) -> None:
        self.first = 0

    def grant(self, asking: Integers) -> int:
        behind = int(np.searchsorted(asking, self.first))
        winner = int(asking[behind % len(asking)])
        self.first = winner + 1
        return winner


class LeastRecentlyGranted(Arbitration):
    """The one whose last grant is longest ago."""

    def __init__(self, requesters: int) -> None:
        self.granted = np.arange(-requesters, 0)
        self.now = 0

    def grant(self, asking: Integers) -> int:
        winner = int(asking[self.granted[asking].argmin()])
        self.granted[winner] = self.now
        self.now += 1
        return winner


class RoundRobinTree(Arbitration):
    """Round robin among the subtrees of the root, then among those of the chosen one, down to a
    leaf. Only nodes on the way to the leaf go on to their next subtree.
    """

    def __init__(self, tree: Tree) -> None:
        self.turns = RoundRobin()
        self.subtrees = [RoundRobinTree(child) for child in tree.children]
        self.first = np.cumsum([0, *(child.leaves for child in tree.children)])
        """Number of the first leaf of each subtree."""

    def grant(self, asking: Integers) -> int:
        if not self.subtrees:
            return 0
        places = np.searchsorted(self.first, asking, "right") - 1
        chosen = self.turns.grant(np.unique(places))
        first = int(self.first[chosen])
        return first + self.subtrees[chosen].grant(asking[places == chosen] - first)


class WeightedRoundRobin(Arbitration):
    """Round robin in which a turn lasts for as many grants as the requester's weight.

    A turn brings ``weight`` credits and each grant takes one. It ends with the last credit, or
    when another is granted because its owner does not ask; credits are not saved.
    """

    def __init__(self, weights: Sequence[int]) -> None:
        self.weights = weights
        self.turns = RoundRobin()
        self.owner = 0
        self.credits = 0

    def grant(self, asking: Integers) -> int:
        if not (self.credits and self.owner in asking):
            self.owner = self.turns.grant(asking)
            self.credits = self.weights[self.owner]
        self.credits -= 1
        return self.owner


class Held(Arbitration):
    """Another policy, asked only when the one granted last does not ask any more."""

    def __init__(self, policy: Arbitration) -> None:
        self.policy = policy
        self.holder: int | None = None

    def grant(self, asking: Integers) -> int:
        if self.holder is None or self.holder not in asking:
            self.holder = self.policy.grant(asking)
        return self.holder

    def release(self) -> None:
        """Nobody asks."""
        self.holder = None


class KeptUntilReleased:
    """Another policy, asked only when nobody holds the grant: as for packets of several words."""

    def __init__(self, policy: Arbitration) -> None:
        self.policy = policy
        self.holder: int | None = None

    def grant(self, asking: Integers, releases: Integers) -> int:
        """The one granted, -1 for none: the holder and nobody else, until it is granted in a word
        with its bit of ``releases``.
        """
        if self.holder is None:
            winner = self.policy.grant(asking) if asking.size else -1
        else:
            winner = self.holder if self.holder in asking else -1
        if winner >= 0:
            self.holder = None if releases[winner] else winner
        return winner
