"""A good component behind a layer that breaks the rules of streams in one way."""

from typing import Any

from amaranth.hdl import Module, ResetSignal, Signal

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.simulation.job import BenchJob, BenchOutcome
from neuroloom.flows.simulation.simulators import run_amaranth
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.spec import Spec
from neuroloom.hdl.component import Component
from neuroloom.verif.formal import Tampered, Tampering

SPEC = PopcountSpec(width=6, pipeline=1)


def waited(m: Module, stream: Any) -> Signal:
    """Whether the stream's token was held in the cycle before."""
    held = Signal(name="waited")
    m.d.sync += held.eq(stream.valid & ~stream.ready)
    return held


def delivered(m: Module, stream: Any) -> Signal:
    """How many tokens the stream has given since reset, up to 255."""
    number = Signal(8, name="delivered")
    with m.If(stream.valid & stream.ready & (number != 255)):
        m.d.sync += number.eq(number + 1)
    return number


def wrong_value(m: Module, inner: Any, outer: Any) -> None:
    with m.If(inner.count.payload.ones == 5):
        m.d.comb += outer.count.payload.ones.eq(4)


def loses_a_token(m: Module, inner: Any, outer: Any) -> None:
    with m.If(delivered(m, inner.count) == 9):
        m.d.comb += [outer.count.valid.eq(0), inner.count.ready.eq(1)]


def speaks_unasked(m: Module, inner: Any, outer: Any) -> None:
    quiet = Signal(3)
    with m.If(quiet != 7):
        m.d.sync += quiet.eq(quiet + 1)
    with m.If(inner.count.valid | outer.word.valid | (delivered(m, inner.count) == 0)):
        m.d.sync += quiet.eq(0)
    with m.If(quiet == 3):
        m.d.comb += outer.count.valid.eq(1)


def changes_while_waiting(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += outer.count.payload.ones.eq(inner.count.payload.ones ^ waited(m, outer.count))


def withdraws(m: Module, inner: Any, outer: Any) -> None:
    with m.If(waited(m, outer.count)):
        m.d.comb += [outer.count.valid.eq(0), inner.count.ready.eq(0)]


def never_ready_again(m: Module, inner: Any, outer: Any) -> None:
    with m.If(delivered(m, inner.count) >= 9):
        m.d.comb += [outer.word.ready.eq(0), inner.word.valid.eq(0)]


def drops_when_full(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += outer.word.ready.eq(1)


def repeats_what_was_held(m: Module, inner: Any, outer: Any) -> None:
    with m.If(waited(m, outer.count)):
        m.d.comb += inner.count.ready.eq(0)


def takes_tokens_in_reset(m: Module, inner: Any, outer: Any) -> None:
    """A token that is offered at the last edge of reset comes out behind it."""
    taken = Signal(reset_less=True)
    m.d.sync += taken.eq(ResetSignal() & outer.word.valid)
    with m.If(taken & ~ResetSignal()):
        m.d.comb += outer.count.valid.eq(1)


def gives_what_was_accepted_in_reset(m: Module, inner: Any, outer: Any) -> None:
    """The first tokens count as given that were accepted while reset was high."""
    given = Signal(2, reset_less=True)
    with m.If(ResetSignal() & outer.count.ready):
        m.d.sync += given.eq(1)
    with m.If((given != 0) & ~ResetSignal()), m.If(inner.count.valid):
        m.d.comb += [outer.count.valid.eq(0), inner.count.ready.eq(1)]
        m.d.sync += given.eq(0)


def holds_the_input_up(m: Module, inner: Any, outer: Any) -> None:
    with m.If(delivered(m, inner.count)[0]):
        m.d.comb += [outer.word.ready.eq(0), inner.word.valid.eq(0)]
        m.d.comb += outer.count.valid.eq(inner.count.valid)
    with m.If(~inner.count.valid):
        m.d.comb += [outer.word.ready.eq(inner.word.ready), inner.word.valid.eq(outer.word.valid)]


def run(component: Component[Any], spec: Spec = SPEC, seed: int = 1, **job: Any) -> BenchOutcome:
    fields = spec.model_dump(mode="json", exclude_none=True)
    job = {"macro": spec.macro, "spec": fields, "seed": seed, **job}
    return run_amaranth(BenchJob.model_validate(job), component=component)


def failure(component: Component[Any], spec: Spec = SPEC, **job: Any) -> str:
    outcome = run(component, spec, **job)
    assert outcome.status == "failed", outcome
    return outcome.message


def broken(fault: Tampering, spec: Spec = SPEC) -> Component[Any]:
    return Tampered(macros()[spec.macro].component(spec), fault)
