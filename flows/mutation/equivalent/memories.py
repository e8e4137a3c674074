"""Mutants of memories that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import WIDER, Key

EQUIVALENT: dict[Key, str] = {
    ("memories.parameters", "ParameterMemory.__init__", "1", "2", place): WIDER
    for place in range(5)  # what is offered, idle, taken, read and complete
}
