"""The stream protocol as properties: stated of every macro, without a word in its own file.

Producers keep a token that waits, and so does the macro; each promise has a fault that breaks it.
"""

from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value

from neuroloom.golden.ports import Stream
from neuroloom.golden.spec import Spec
from neuroloom.hdl.component import Component
from neuroloom.verif.formal import Fault, Proof, Properties, implies


def stated(properties: Properties[Any], component: Component[Any]) -> Proof:
    """The proof of ``properties`` and of the stream protocol, of ``component``."""
    proof = Proof(component)
    ports = [port for port in component.spec.streams if not port.asynchronous]
    for port in ports:
        if port.direction == "in":
            stream_assumptions(proof, getattr(component, port.name))
    for port in ports:
        if port.direction == "out":
            stream_assertions(proof, port.name, getattr(component, port.name))
    properties.state(proof, component)
    return proof


def stream_assumptions(proof: Proof, stream: Any) -> None:
    """A producer offers a token until it is taken, and does not change it."""
    payload = Value.cast(stream.payload)
    waited = proof.past(stream.valid & ~stream.ready)
    proof.assume(implies(waited, stream.valid & (payload == proof.past(payload))))


def stream_assertions(proof: Proof, name: str, stream: Any) -> None:
    """The macro offers a token until it is taken, does not change it, and has none after reset
    unless it is given one.
    """
    payload = Value.cast(stream.payload)
    waited = proof.past(stream.valid & ~stream.ready)
    proof.always(
        f"{name}-stays",
        f"a token on {name} is offered until it is taken",
        implies(waited, stream.valid),
    )
    proof.always(
        f"{name}-stable",
        f"a token on {name} does not change while it waits",
        implies(waited & stream.valid, payload == proof.past(payload)),
    )
    sources = [
        getattr(getattr(proof.component, port.name), port.controls[0])
        for port in _inputs(proof.component.spec)
    ]
    if sources:
        proof.always(
            f"{name}-empty",
            f"{name} offers nothing after reset before anything came in",
            implies(proof.fresh & ~Cat(sources).any(), ~stream.valid),
        )


def stream_faults(properties: Properties[Any]) -> list[Fault]:
    """Faults of every output stream: a token withdrawn, one changed, and one from nowhere."""
    return [
        fault
        for port in properties.spec.streams
        if port.direction == "out" and not port.asynchronous
        for fault in _faults_of(properties, port)
    ]


def _faults_of(properties: Properties[Any], port: Stream) -> list[Fault]:
    name = port.name

    def alternating(m: Module) -> Signal:
        odd = Signal()
        m.d.sync += odd.eq(~odd)
        return odd

    def withdrawn(m: Module, inner: Any, outer: Any) -> None:
        shown = alternating(m)
        m.d.comb += getattr(outer, name).valid.eq(getattr(inner, name).valid & shown)
        m.d.comb += getattr(inner, name).ready.eq(getattr(outer, name).ready & shown)

    def changed(m: Module, inner: Any, outer: Any) -> None:
        payload = Value.cast(getattr(inner, name).payload)
        flipped = payload ^ alternating(m)
        m.d.comb += Value.cast(getattr(outer, name).payload).eq(flipped)

    def invented(m: Module, inner: Any, outer: Any) -> None:
        first = Signal(init=1)
        with m.If(getattr(outer, name).ready):
            m.d.sync += first.eq(0)
        m.d.comb += getattr(outer, name).valid.eq(getattr(inner, name).valid | first)

    faults = [
        Fault(
            f"{name}-withdrawn",
            f"tokens on {name} are offered every other cycle",
            properties.tampered(withdrawn),
            (f"{name}-stays",),
        ),
        Fault(
            f"{name}-changed",
            f"bit 0 of tokens on {name} is inverted every other cycle",
            properties.tampered(changed),
            (f"{name}-stable",),
        ),
    ]
    if _inputs(properties.spec):
        faults.append(
            Fault(
                f"{name}-invented",
                f"{name} offers a token after reset",
                properties.tampered(invented),
                (f"{name}-empty",),
            )
        )
    return faults


def _inputs(spec: Spec) -> list[Stream]:
    return [port for port in spec.streams if port.direction == "in"]
