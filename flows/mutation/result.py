"""What was found out of mutants, and the score."""

from dataclasses import dataclass
from typing import Any

from neuroloom.flows.mutation.netlist import NetlistMutant
from neuroloom.flows.mutation.source import Mutant
from neuroloom.flows.mutation.trial import BenchTrial, Verdict
from neuroloom.golden.spec import Spec


@dataclass(frozen=True)
class Tried:
    """A mutant and what became of it."""

    mutant: Mutant | NetlistMutant
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        mutant = self.mutant
        return {
            "kind": mutant.kind,
            "where": mutant.where,
            "operator": mutant.operator,
            "text": mutant.text,
            "before": mutant.before,
            "after": mutant.after,
            **self.verdict.model_dump(mode="json"),
        }


@dataclass(frozen=True)
class Tally:
    """Tally of mutants of one kind, or of all."""

    kind: str
    """``source``, ``netlist`` or ``all``."""
    candidates: int
    """Mutants that there are."""
    mutants: tuple[Tried, ...]
    """Those that were chosen."""

    @property
    def tried(self) -> int:
        """Mutants that could be noticed, for all that is known."""
        return len(self.mutants) - len(self.equivalent)

    @property
    def killed(self) -> int:
        return sum(mutant.verdict.killed for mutant in self.mutants)

    @property
    def equivalent(self) -> tuple[Tried, ...]:
        """Those that change nothing, or that there is a reason for."""
        return tuple(mutant for mutant in self.mutants if mutant.verdict.equal)

    @property
    def survivors(self) -> tuple[Tried, ...]:
        """Those that no bench noticed, or that none reaches."""
        return tuple(
            mutant
            for mutant in self.mutants
            if not mutant.verdict.killed and not mutant.verdict.equal
        )

    @property
    def unreached(self) -> int:
        return sum(mutant.verdict.found == "unreached" for mutant in self.mutants)

    @property
    def percent(self) -> float:
        """Killed, of those that could be noticed."""
        return 100 * self.killed / self.tried if self.tried else 100.0

    def as_dict(self) -> dict[str, Any]:
        return {
            "candidates": self.candidates,
            "tried": self.tried,
            "killed": self.killed,
            "survived": len(self.survivors),
            "unreached": self.unreached,
            "equivalent": len(self.equivalent),
            "percent": round(self.percent, 2),
        }


@dataclass(frozen=True)
class Score:
    """Score of one specification and its companions."""

    spec: Spec
    seed: int
    """Seed of the share that was tried."""
    source: Tally
    netlist: Tally
    benches: tuple[BenchTrial, ...]
    netlist_of: str
    """The bench whose netlist was changed."""
    remark: str = ""
    """What else is to be said."""

    @property
    def macro(self) -> str:
        return self.spec.macro

    @property
    def all(self) -> Tally:
        """Both kinds together."""
        source, netlist = self.source, self.netlist
        together = source.candidates + netlist.candidates
        return Tally("all", together, (*source.mutants, *netlist.mutants))

    def as_dict(self) -> dict[str, Any]:
        return {
            "macro": self.macro,
            "spec": _fields(self.spec),
            "seed": self.seed,
            **self.all.as_dict(),
            "source": self.source.as_dict(),
            "netlist": self.netlist.as_dict(),
            "netlist_of": self.netlist_of,
            "remark": self.remark,
            "benches": [
                {"name": bench.name, "spec": _fields(bench.spec), "left_out": bench.late}
                for bench in self.benches
            ],
            "mutants": [mutant.as_dict() for mutant in self.all.mutants],
        }


def _fields(spec: Spec) -> dict[str, Any]:
    return spec.model_dump(mode="json", exclude_none=True)
