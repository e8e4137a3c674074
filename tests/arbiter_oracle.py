"""Arbiters read as numbers, and every policy once more as lists of who comes next."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from neuroloom.golden.events.arbiter import ArbiterSpec, GrantForm, Policy
from neuroloom.golden.events.arbitration_tree import Tree
from neuroloom.golden.ports import Traffic

Words = list[list[int]]


def arbiter(requesters: int, policy: str, **others: Any) -> ArbiterSpec:
    fields = {"requesters": requesters, "policy": policy, **others}
    if policy == "weighted" and "weights" not in others:
        fields["weights"] = tuple(1 + index % 4 for index in range(requesters))
    return ArbiterSpec.model_validate(fields)


def winners(spec: ArbiterSpec, words: Words, releases: Words | None = None) -> list[int | None]:
    """The model's grants, read as numbers."""
    granted = spec.model().run(traffic(words, releases))["grants"]
    if spec.grant is GrantForm.INDEX:
        numbers = granted["index"].tolist()
    else:
        assert (granted["grant"].sum(axis=1) == granted["any"]).all(), "not one-hot"
        numbers = granted["grant"].argmax(axis=1).tolist()
    return [
        number if asked else None
        for number, asked in zip(numbers, granted["any"].tolist(), strict=True)
    ]


def traffic(words: Words, releases: Words | None = None) -> Traffic:
    requests = {"bits": np.array(words)}
    if releases is not None:
        requests["release"] = np.array(releases)
    return {"requests": requests}


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
        found = nested(spec.tree, iter(range(spec.requesters)))
        assert isinstance(found, Line)
        return found
    return Line(list(range(spec.requesters)), others=spec.policy is not Policy.MATRIX)


def nested(tree: Tree, numbers: Iterator[int]) -> Line | int:
    """The tree as lines of lines, its leaves numbered in order."""
    if not tree.children:
        return next(numbers)
    return Line([nested(child, numbers) for child in tree.children])


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


# weights do not go with hold
