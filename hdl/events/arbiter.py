"""Arbiter: one of many requests is granted, by one of five policies."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value

from neuroloom.golden.events.arbiter import ArbiterSpec, GrantForm, Policy
from neuroloom.hdl.arith.one_hot import lowest, number_of
from neuroloom.hdl.arith.pipeline import lockstep
from neuroloom.hdl.component import Component
from neuroloom.hdl.streams.arbitration import (
    least_recently_granted,
    round_robin,
    round_robin_tree,
    weighted_round_robin,
)


class Arbiter(Component[ArbiterSpec]):
    """One arbitration a cycle; its state goes on when the grant is handed over or registered.

    With ``hold`` the last grant is kept one-hot. Where there is a register behind the grant, it
    is that one, and an index is read off it. With ``release`` the holder is kept apart, since it
    stays while nobody is granted and goes while it is.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        requests, grants = self.requests.payload.bits, self.grants.payload
        moves = lockstep(m, self.requests, self.grants, spec.pipeline)
        take = Signal()
        step = Signal()
        granted = Signal(spec.requesters)
        holder = Signal(spec.requesters)
        fresh = self._choice(m, requests, step)
        m.d.comb += take.eq(moves & self.requests.valid)
        any_granted = requests.any()
        if spec.releases:
            held = Signal()
            m.d.comb += held.eq(holder.any())
            m.d.comb += granted.eq(Mux(held, requests & holder, fresh))
            m.d.comb += step.eq(take & requests.any() & ~held)
            any_granted = granted.any()
            with m.If(take & any_granted):
                m.d.sync += holder.eq(granted & ~self.requests.payload.release)
        elif spec.holds:
            kept = Signal(spec.requesters)
            stays = Signal()
            # the first of fixed priorities comes first, held or not
            first = C(0, 1) if spec.policy is Policy.FIXED else holder[0]
            m.d.comb += kept.eq(requests & Cat(first, holder[1:]))
            m.d.comb += stays.eq(kept.any())
            m.d.comb += granted.eq(Mux(stays, kept, fresh))
            m.d.comb += step.eq(take & requests.any() & ~stays)
            with m.If(take):
                m.d.sync += holder.eq(granted)
        else:
            m.d.comb += granted.eq(fresh)
            m.d.comb += step.eq(take & requests.any())

        delayed = spec.pipeline and spec.holds and not spec.releases
        shown, any_shown = (holder, holder.any()) if delayed else (granted, any_granted)
        field, value = "grant", shown
        if spec.grant is GrantForm.INDEX:
            field, value = "index", number_of(m, shown)
        report = [grants[field].eq(value), grants.any.eq(any_shown)]
        if spec.pipeline and not delayed:
            with m.If(take):
                m.d.sync += report
        else:
            m.d.comb += report
        return m

    def _choice(self, m: Module, requests: Value, advance: Value) -> Value:
        spec = self.spec
        if spec.requesters == 1:
            return requests
        match spec.policy:
            case Policy.FIXED:
                return lowest(m, requests)
            case Policy.ROUND_ROBIN:
                return round_robin(m, requests, advance)[0]
            case Policy.MATRIX:
                return least_recently_granted(m, requests, advance)
            case Policy.TREE:
                return round_robin_tree(m, requests, advance, spec.tree)
            case Policy.WEIGHTED:
                return weighted_round_robin(m, requests, advance, spec.weights or ())
