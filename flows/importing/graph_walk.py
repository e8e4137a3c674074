"""The one walk over a graph, from its input to its outputs, whatever an importer looks for in it.

An importer says with rules, one an operator, what a node makes of what is known of the tensors
that it takes. Which nodes are met, which of them take a tensor, and the sentences for a node that
no rule is for and for a tensor that branches are the same for every importer.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from neuroloom.flows.importing.onnx_graph import OnnxGraph, OnnxNode
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.wording import plain, quoted

Known = TypeVar("Known")
Rule = TypeVar("Rule")


class GraphWalk(Generic[Known]):
    """Nodes that depend on a graph's input, and what is ``known`` of the tensors met so far.

    ``done`` is what becomes of a graph, for the sentence on a node that no rule is for.
    """

    def __init__(self, graph: OnnxGraph, known: Known, done: str) -> None:
        self.graph = graph
        self.known = {graph.input: known}
        self._done = done
        self._uses = Counter(name for node in graph.nodes for name in node.inputs)

    def nodes(self) -> Iterator[OnnxNode]:
        """Nodes in an order in which they can be computed; those of constants are left out."""
        for node in self.graph.nodes:
            if not self.graph.dependent.isdisjoint(node.outputs):
                yield node

    def chain(self) -> Iterator[tuple[OnnxNode, int]]:
        """Nodes along the one path, and at which of its inputs each takes the path's tensor.

        That is the only one in ``known``. UsageError where the path ends early or branches.
        """
        self._check_one_taker()
        for node in self.nodes():
            (tensor,) = self.known
            if tensor in node.inputs:
                yield node, node.inputs.index(tensor)
                self._check_one_taker()

    def rule(self, rules: Mapping[str, Rule], node: OnnxNode) -> Rule:
        """The rule for a node's operator; UsageError where there is none."""
        if node.operator not in rules:
            raise node.unsupported(rules, self._done)
        return rules[node.operator]

    def uses(self, tensor: str) -> int:
        """How many inputs of nodes take a tensor."""
        return self._uses[tensor]

    def meets(self, node: OnnxNode, operators: tuple[str, ...]) -> bool:
        """Whether a node of these operators depends on what ``node`` gives."""
        reached = set(node.outputs)
        for later in self.graph.nodes:
            if reached.intersection(later.inputs):
                if later.operator in operators:
                    return True
                reached.update(later.outputs)
        return False

    def _check_one_taker(self) -> None:
        (tensor,) = self.known
        takers = [node for node in self.graph.nodes if tensor in node.inputs]
        ends = tensor in self.graph.outputs
        if len(takers) + ends != 1:
            goes = ", ".join(f"node {plain(node.name)} ({node.operator})" for node in takers[:3])
            goes = f"{goes or 'no node'}{' and others' if len(takers) > 3 else ''}"
            raise UsageError(
                f"{self.graph.file}: tensor {quoted(tensor)} goes to {goes}"
                f"{' and is an output' if ends and takers else ''}; a chain of nodes to one output "
                "is supported: fold constants, for example with qonnx-cleanup, and take branches "
                "away"
            )
