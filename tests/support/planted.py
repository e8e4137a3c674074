"""Runs of a list in this process, with outcomes that a test plants."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from neuroloom.flows.batch.job import BatchJob, BatchOutcome
from neuroloom.flows.simulation.job import BenchOutcome
from neuroloom.flows.simulation.simulators import SimulatorName, choose
from neuroloom.flows.tools.errors import NeuroloomError
from neuroloom.flows.verify import Verification
from neuroloom.golden.spec import Spec

MESSAGE = "token 3 of count: expected count=7, got count=6"


@dataclass
class Planted:
    """What is asked of the bench, in place of which ``status`` tells the outcome."""

    status: Callable[[Any], str] = lambda spec: "passed"
    asked: list[tuple[Spec, int]] = field(default_factory=list)

    def verify(
        self,
        spec: Spec,
        seeds: Sequence[int],
        operations: int | None = None,
        simulator: SimulatorName = SimulatorName.AUTO,
        *_: object,
        **__: object,
    ) -> Verification:
        outcomes = []
        for seed in seeds:
            self.asked.append((spec, seed))
            status: Any = self.status(spec)
            passed = status == "passed"
            report = {
                "seed": seed,
                "operations": 60,
                "tokens": 60,
                "cycles": 1234,
                "latency": 1,
                "interval": 1.0,
                "coverage": {"all ones": True, "<none> & 'all'": passed},
            }
            outcomes.append(
                BenchOutcome(
                    status=status,
                    message="" if passed else MESSAGE,
                    report=report,
                    seconds=1.5,
                    inputs=() if passed else ("word: 1011",),
                    simulator="amaranth",
                )
            )
        return Verification(spec, choose(simulator), 0.0, tuple(outcomes))


def compute_here(job: BatchJob[Any], _: threading.Event | None = None) -> BatchOutcome[Any]:
    """As a process of its own would."""
    try:
        return BatchOutcome(job.work(), seconds=1.5)
    except NeuroloomError as error:
        return BatchOutcome(failure=str(error), seconds=1.5)


def plant(monkeypatch: pytest.MonkeyPatch) -> Planted:
    """From now on jobs run in this process, and the bench says what the result is told to."""
    planted = Planted()
    monkeypatch.setattr("neuroloom.flows.batch.executors.compute", compute_here)
    monkeypatch.setattr("neuroloom.flows.regression.job.verify", planted.verify)
    monkeypatch.setattr("neuroloom.flows.regression.smallest.verify", planted.verify)
    return planted
