"""Arbiter: one of many requests is granted, by one of five policies."""

from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.priority_encoder import lower_half
from neuroloom.golden.contract import Contract, turns
from neuroloom.golden.formats import unsigned_bits
from neuroloom.golden.inventory import Inventory, index_bits, register, stream_output
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.streams.arbitration import (
    Arbitration,
    FixedPriority,
    Held,
    KeptUntilReleased,
    LeastRecentlyGranted,
    RoundRobin,
    RoundRobinTree,
    WeightedRoundRobin,
)
from neuroloom.golden.streams.arbitration_tree import Tree, even_tree
from neuroloom.golden.unused import unless

MATRIX_REQUESTERS = 64
MAXIMUM_WEIGHT = 255


class Policy(StrEnum):
    """Who is granted of those who ask."""

    FIXED = "fixed"
    """The lowest number."""
    ROUND_ROBIN = "round-robin"
    """The next one after the one granted last."""
    MATRIX = "matrix"
    """The least recently granted: a bit for each pair says who of the two comes first."""
    TREE = "tree"
    """Round robin among subtrees, and within each: as even as ``arity`` subtrees a node allow."""
    WEIGHTED = "weighted"
    """Round robin in which a turn lasts for up to ``weight`` grants."""


class GrantForm(StrEnum):
    """How a grant is written."""

    ONE_HOT = "one-hot"
    INDEX = "index"


class ArbiterSpec(Spec):
    """Parameters of ``arbiter``."""

    macro: ClassVar[str] = "arbiter"
    summary: ClassVar[str] = "one of many requests granted: fixed, round robin, matrix, tree"
    """one of up to 1,024 requests granted: fixed priority, round robin, least recently granted,
    tree, weighted; one-hot or index, held while asked for or until released
    """
    source: ClassVar[str] = (
        "Dally and Towles 2004, chapter 18; weighted turns: Shreedhar and Varghese 1996 with "
        "packets of one unit"
    )

    requesters: int = Parameter(
        default=8,
        ge=1,
        le=1024,
        description=f"requests a word [bit]; at most {MATRIX_REQUESTERS} for policy=matrix",
    )
    policy: Policy = Parameter(default=Policy.ROUND_ROBIN, description="who is granted")
    arity: int = Parameter(
        default=4, ge=2, le=32, description="most subtrees a node, for policy=tree"
    )
    weights: tuple[int, ...] | None = Parameter(
        default=None,
        description=f"grants a turn of each requester for policy=weighted, 1 to {MAXIMUM_WEIGHT}",
    )
    grant: GrantForm = Parameter(default=GrantForm.ONE_HOT, description="form of the grant")
    hold: bool = Parameter(
        default=False, description="a grant stays with its requester while it asks"
    )
    release: bool = Parameter(
        default=False,
        description="with hold: a grant stays until a word in which its owner lets go",
    )
    pipeline: int = Parameter(default=0, ge=0, le=1, description="registers behind the grant")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.policy is Policy.MATRIX and self.requesters > MATRIX_REQUESTERS:
            raise ValueError(
                f"policy=matrix keeps a bit for each pair and takes up to {MATRIX_REQUESTERS} "
                f"requesters, not {self.requesters}: choose round-robin or tree"
            )
        if self.release and not self.hold:
            raise ValueError("release goes with hold: without it no grant is kept")
        if self.policy is not Policy.WEIGHTED:
            if self.weights is not None:
                raise ValueError("weights go with policy=weighted")
            return self
        if self.weights is None or len(self.weights) != self.requesters:
            weights = 0 if self.weights is None else len(self.weights)
            raise ValueError(
                f"policy=weighted needs a weight for each of the {self.requesters} requesters, "
                f"not {weights}"
            )
        for index, weight in enumerate(self.weights):
            if not 1 <= weight <= MAXIMUM_WEIGHT:
                raise ValueError(
                    f"weight {index} is {weight}; it lies in 1 to {MAXIMUM_WEIGHT} grants"
                )
        if self.hold:
            raise ValueError(
                "hold goes with the other policies: who stops asking ends its turn, so that "
                "weights would never count"
            )
        return self

    @property
    def holds(self) -> bool:
        """Whether who was granted last must be known; with one requester it makes no difference."""
        return self.hold and self.requesters > 1

    @property
    def releases(self) -> bool:
        """Whether a holder is kept over words in which it does not ask."""
        return self.holds and self.release

    @property
    def patience(self) -> int | None:
        """Words with requests after which one that keeps asking is granted; None: no bound."""
        if self.requesters > 1 and (self.hold or self.policy is Policy.FIXED):
            return None
        if self.policy is Policy.WEIGHTED and self.weights is not None:
            return sum(self.weights) - min(self.weights) + 1  # its own grants come in a row
        return self.tree.most if self.policy is Policy.TREE else self.requesters

    @property
    def tree(self) -> Tree:
        """Who shares a node with whom, for policy=tree."""
        return even_tree(self.requesters, self.arity)

    @property
    def shares(self) -> tuple[Fraction, Fraction] | None:
        """The least and the greatest part of the grants while everybody asks; None: no bound."""
        if self.patience is None:
            return None
        if self.policy is Policy.TREE:
            return Fraction(1, self.tree.most), Fraction(1, self.tree.fewest)
        weights = self.weights or (1,) * self.requesters
        return Fraction(min(weights), sum(weights)), Fraction(max(weights), sum(weights))

    @property
    def unused(self) -> frozenset[str]:
        return unless(
            arity=self.policy is Policy.TREE,
            weights=self.policy is Policy.WEIGHTED,
            release=self.hold,
        )

    @property
    def streams(self) -> tuple[Stream, ...]:
        asking = Field("bits", 1, "who asks", lanes=self.requesters)
        granted = Field("grant", 1, "the one granted; zeros without any", lanes=self.requesters)
        if self.grant is GrantForm.INDEX:
            bits = unsigned_bits(self.requesters - 1)
            granted = Field("index", bits, "number of the one granted; 0 without any")
        any_granted = Field("any", 1, "whether anyone asks, and one is granted")
        fields: tuple[Field, ...] = (asking,)
        if self.release:
            last = "who lets go if granted in this word"
            fields += (Field("release", 1, last, lanes=self.requesters),)
            any_granted = Field("any", 1, "whether one is granted")
        return (
            Stream("requests", "in", fields, "words of requests, arbitrated one by one"),
            Stream("grants", "out", (granted, any_granted), "one a word of requests"),
        )

    @property
    def contract(self) -> Contract:
        return Contract(
            "word",
            {"requests": 1},
            {"grants": 1},
            latency=self.pipeline,
            interval=1,
            fairness=self._fairness,
        )

    @property
    def _fairness(self) -> str:
        if self.requesters == 1:
            return ""
        if self.shares is None or self.patience is None:
            who = "fixed priorities" if self.policy is Policy.FIXED else "held grants"
            return f"no bound: with {who} one may wait for ever"
        return turns(self.patience, "word", *self.shares)

    @property
    def inventory(self) -> Inventory:
        requesters = self.requesters
        parts = self._policy_inventory
        if self.grant is GrantForm.INDEX:
            parts += encoder(requesters)
        if self.releases:  # the holder, whether there is one and it asks, and the choice
            parts += Inventory(gates=4 * requesters - 1, multiplexers=requesters)
            parts += register(requesters)
        elif self.holds:  # who was granted, whether it still asks, and the choice
            parts += Inventory(gates=2 * requesters - 1, multiplexers=requesters)
            if not self.pipeline:  # the first of fixed priorities comes first, held or not
                parts += register(requesters - (self.policy is Policy.FIXED))
        if not self.pipeline:
            return parts
        if self.holds and not self.releases:
            return parts + stream_output(requesters) + Inventory(gates=requesters - 1)
        if self.grant is GrantForm.INDEX:
            return parts + stream_output(index_bits(requesters) + 1)
        return parts + stream_output(requesters + (requesters > 1))

    @property
    def _policy_inventory(self) -> Inventory:
        requesters = self.requesters
        match self.policy:
            case Policy.FIXED:
                return Inventory(gates=3 * (requesters - 1))
            case Policy.MATRIX:
                pairs = requesters * (requesters - 1) // 2
                # each beats others by an AND and an OR; a pair is set by one and cleared by another
                return register(pairs) + Inventory(gates=4 * pairs + pairs + 2 * requesters)
            case Policy.TREE:
                return tree_inventory(self.tree)
            case _:
                return round_robin(requesters) + self._turns

    @property
    def _turns(self) -> Inventory:
        """Credits of the requester whose turn it is, and whether it goes on."""
        bits = index_bits(max(self.weights or (1,))) if self.requesters > 1 else 0
        if not bits:
            return Inventory()
        choice = Inventory(gates=3 * self.requesters, multiplexers=self.requesters + bits)
        credits = Inventory(half_adders=bits, gates=2 * bits, adder_depth=bits)
        preset = sum(int(weight - 1).bit_count() for weight in self.weights or ())
        return register(bits) + choice + credits + Inventory(gates=preset)

    def model(self) -> "ArbiterModel":
        return ArbiterModel(self)


def round_robin(requesters: int) -> Inventory:
    """A mask of those behind the last grant, and a node a pair of subtrees.

    A node knows whether any asks and any of the mask does, chooses a half, passes the grant down,
    and the mask of those behind it.
    """
    nodes = requesters - 1
    return register(nodes) + Inventory(gates=6 * nodes, multiplexers=nodes)


def tree_inventory(tree: Tree) -> Inventory:
    """Round robin in every node, whose grants are gated by its parent's."""
    parts = Inventory()
    if tree.children:
        parts += round_robin(len(tree.children)) + Inventory(gates=len(tree.children))
    for child in tree.children:
        parts += tree_inventory(child)
    return parts


def encoder(requesters: int) -> Inventory:
    """The number of the only one: a tree that knows in each half whether it is there."""
    if requesters == 1:
        return Inventory()
    lower = lower_half(requesters)
    node = Inventory(gates=1 + index_bits(requesters - lower))
    return encoder(lower) + encoder(requesters - lower) + node


class ArbiterModel(Model[ArbiterSpec]):
    """Each word of requests is one arbitration; words without requests change no priority."""

    def __init__(self, spec: ArbiterSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        policy = self._policy()
        self.arbitration = Held(policy) if self.spec.hold else policy
        self.kept = KeptUntilReleased(policy) if self.spec.release else None

    def _policy(self) -> Arbitration:
        match self.spec.policy:
            case Policy.FIXED:
                return FixedPriority()
            case Policy.ROUND_ROBIN:
                return RoundRobin()
            case Policy.MATRIX:
                return LeastRecentlyGranted(self.spec.requesters)
            case Policy.TREE:
                return RoundRobinTree(self.spec.tree)
            case Policy.WEIGHTED:
                return WeightedRoundRobin(self.spec.weights or ())

    def run(self, traffic: Traffic) -> Traffic:
        bits = np.asarray(traffic["requests"]["bits"])
        winners = np.full(len(bits), -1, np.int64)
        for word, row in enumerate(bits):
            asking = np.flatnonzero(row)
            if self.kept is not None:
                winners[word] = self.kept.grant(asking, traffic["requests"]["release"][word])
            elif asking.size:
                winners[word] = self.arbitration.grant(asking)
            elif isinstance(self.arbitration, Held):
                self.arbitration.release()
        granted = (winners >= 0).astype(np.int64)
        if self.spec.grant is GrantForm.INDEX:
            return {"grants": {"index": np.maximum(winners, 0), "any": granted}}
        one_hot = winners[:, np.newaxis] == np.arange(self.spec.requesters)
        return {"grants": {"grant": one_hot.astype(np.int64), "any": granted}}
