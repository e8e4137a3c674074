"""What is proved of ``arbiter``: who is granted, and that promised turns are kept."""

from typing import Any

from amaranth.hdl import C, Module, Mux, Signal, Value

from neuroloom.golden.events.arbiter import ArbiterSpec, GrantForm, Policy
from neuroloom.hdl.events.arbiter import Arbiter
from neuroloom.verif.formal import (
    Fault,
    Proof,
    Properties,
    Tampering,
    chosen,
    implies,
    number_as_one_hot,
    one_hot_or_none,
)


class ArbiterProperties(Properties[ArbiterSpec]):
    """A word of requests and its grant are watched together: side by side, or a token apart."""

    def state(self, proof: Proof, component: Any) -> None:
        spec, requesters = self.spec, self.spec.requesters
        m, grants = proof.m, component.grants.payload
        requests, releases, given = self._word(proof, component)
        grant = Signal(requesters, name="granted")
        m.d.comb += grant.eq(self._granted(grants))
        if requesters > 1 and spec.grant is GrantForm.ONE_HOT:
            proof.always("one", "at most one is granted", implies(given, one_hot_or_none(grant)))
        elif requesters & (requesters - 1):
            in_range = implies(given, grants.index < requesters)
            proof.always("one", "the one granted is one there is", in_range)
        proof.always(
            "asked", "only one who asks is granted", implies(given, ~(grant & ~requests).any())
        )
        taken = Signal(name="grant_taken")
        holder = Signal(requesters, name="last_or_holder")
        m.d.comb += taken.eq(component.grants.valid & component.grants.ready)
        may_ask, held = requests, Signal(name="held")
        if spec.releases:
            may_ask = Mux(holder.any(), requests & holder, requests)
            with m.If(taken & grant.any()):
                m.d.sync += holder.eq(grant & ~releases)
            m.d.comb += held.eq(holder.any())
        else:
            with m.If(taken):
                m.d.sync += holder.eq(grant)
            m.d.comb += held.eq((holder & requests).any() & spec.holds)
        working = "one is granted exactly when anyone asks"
        if spec.releases:
            working += ", or when the holder does"
        proof.always(
            "working",
            working,
            implies(given, (grants.any == may_ask.any()) & (grant.any() == may_ask.any())),
        )
        if spec.patience is not None:
            watched = proof.constant("watched", range(requesters))
            proof.assume(watched < requesters)
            asks, wins = chosen(requests, watched), chosen(grant, watched)
            proof.at_most(
                "patience",
                f"who keeps asking is granted within {spec.patience} words",
                counted=taken & asks & ~wins,
                cleared=taken & (~asks | wins),
                limit=spec.patience - 1,
            )
            proof.can(
                "all-ask",
                "everybody asks, and the last is granted",
                given & requests.all() & grant[-1],
            )
        if spec.holds:
            until = "its owner lets go" if spec.releases else "its owner stops asking"
            proof.always(
                "held",
                f"a grant goes to nobody else until {until}",
                implies(given & held, ~(grant & ~holder).any()),
            )
            proof.can(
                "held-on",
                "a grant is held against another request",
                given & held & (requests & ~holder).any() & grant.any(),
            )
        if spec.releases:
            proof.can(
                "waited",
                "others wait for a holder that does not ask",
                given & held & requests.any() & ~grant.any(),
            )
            proof.can(
                "passed-on",
                "what one lets go is granted to another",
                given & proof.past(taken & grant[0] & releases[0]) & grant[-1],
            )
        if spec.policy is Policy.FIXED and not spec.holds:
            lower = Signal(requesters, name="lower_than_granted")
            m.d.comb += lower.eq(grant - 1)
            proof.always(
                "first",
                "nobody before the one granted asks",
                implies(given & grant.any(), ~(requests & lower).any()),
            )
        proof.can("idle", "nobody asks", given & ~requests.any())
        for number in {0, requesters - 1}:
            proof.can(f"grant-{number}", f"requester {number} is granted", given & grant[number])

    def faults(self) -> list[Fault]:
        spec, several = self.spec, self.spec.requesters > 1

        def nobody(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += Value.cast(outer.grants.payload).eq(0)

        def anyway(m: Module, inner: Any, outer: Any) -> None:
            field = "grant" if spec.grant is GrantForm.ONE_HOT else "index"
            with m.If(~inner.grants.payload.any):
                m.d.comb += outer.grants.payload.any.eq(1)
                m.d.comb += outer.grants.payload[field].eq(spec.grant is GrantForm.ONE_HOT)

        def next_too(m: Module, inner: Any, outer: Any) -> None:
            grant = inner.grants.payload.grant
            m.d.comb += outer.grants.payload.grant.eq(grant | grant.rotate_left(1))

        def next_one(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.grants.payload.index.eq(inner.grants.payload.index + 1)

        def releasing(bits: int) -> Tampering:
            def change(m: Module, inner: Any, outer: Any) -> None:
                m.d.comb += inner.requests.payload.release.eq(bits)

            return change

        faults = [
            Fault("nobody", "nobody is ever granted", self.tampered(nobody)),
            Fault("anyway", "the first is granted when nobody asks", self.tampered(anyway)),
        ]
        if several and spec.grant is GrantForm.ONE_HOT:
            faults.append(Fault("next-too", "the next one is granted too", self.tampered(next_too)))
        elif several:
            faults.append(Fault("next-one", "the next one is granted", self.tampered(next_one)))
        if several and spec.patience is not None:
            faults.append(self._instead("unfair", "the lowest goes first", policy=Policy.FIXED))
        if spec.releases:
            faults += [
                Fault("never-free", "nobody lets go", self.tampered(releasing(0))),
                Fault("always-free", "everybody lets go", self.tampered(releasing(-1))),
            ]
        elif spec.holds:
            faults.append(self._instead("lets-go", "grants are not held", hold=False))
        elif several and spec.policy is Policy.FIXED:
            fair = Policy.ROUND_ROBIN
            faults.append(self._instead("in-turns", "the lowest does not go first", policy=fair))
        return faults

    def _instead(self, name: str, sentence: str, **others: Any) -> Fault:
        """An arbiter with other options in the place of this one."""
        fields = {**self.spec.model_dump(), "weights": None, **others}
        other = ArbiterSpec.model_validate(fields)
        return Fault(name, sentence, lambda: Arbiter(other))

    @classmethod
    def small_specs(cls) -> list[ArbiterSpec]:
        plain = [{"policy": policy, "requesters": 4} for policy in Policy]
        others: list[dict[str, Any]] = [
            {"policy": "fixed", "hold": True, "grant": "index", "pipeline": 1},
            {"policy": "fixed", "grant": "index", "pipeline": 1},
            {"policy": "round-robin", "pipeline": 1},
            {"policy": "round-robin", "requesters": 5, "grant": "index"},
            {"policy": "round-robin", "hold": True},
            {"policy": "matrix", "hold": True, "pipeline": 1},
            {"policy": "tree", "grant": "index", "pipeline": 1},
            {"policy": "tree", "hold": True, "grant": "index"},
            {"policy": "tree", "requesters": 5, "arity": 3},
            {"policy": "round-robin", "hold": True, "release": True},
            {"policy": "fixed", "hold": True, "release": True, "pipeline": 1, "grant": "index"},
            {"policy": "weighted", "grant": "index", "pipeline": 1},
            {"policy": "round-robin", "requesters": 1, "pipeline": 1},
        ]
        options = [{"requesters": 3, "arity": 2, **fields} for fields in (*plain, *others)]
        for option in options:
            if option["policy"] == Policy.WEIGHTED:
                option["weights"] = (2, 1, 1, 3)[: option["requesters"]]
        return [ArbiterSpec.model_validate(option) for option in options]

    def _word(self, proof: Proof, component: Any) -> tuple[Value, Value, Value]:
        """Who asks and who lets go in the word of the grant shown, and whether there is one."""
        requests, grants = component.requests, component.grants
        release = requests.payload.release if self.spec.releases else C(0, self.spec.requesters)
        if not self.spec.pipeline:
            return requests.payload.bits, release, grants.valid
        word = Signal(self.spec.requesters, name="requests_of_grant")
        lets_go = Signal(self.spec.requesters, name="releases_of_grant")
        with proof.m.If(requests.valid & requests.ready):
            proof.m.d.sync += [word.eq(requests.payload.bits), lets_go.eq(release)]
        return word, lets_go, grants.valid

    def _granted(self, grants: Any) -> Value:
        if self.spec.grant is GrantForm.ONE_HOT:
            granted: Value = grants.grant
            return granted
        one_hot = number_as_one_hot(grants.index, self.spec.requesters)
        return one_hot & grants.any.replicate(self.spec.requesters)
