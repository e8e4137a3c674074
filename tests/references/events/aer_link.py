"""Events over a link: what goes in comes out, and none is lost where all are taken at once."""

from neuroloom.golden.events.aer_link import AerLinkSpec, LinkEnd, LinkProtocol
from references.plain import Lists

KIND = "event list"


def expected(spec: AerLinkSpec, _: Lists, sent: Lists) -> Lists:
    (events,) = (tokens["address"] for tokens in sent.values())
    if spec.end is LinkEnd.TRANSMITTER:
        return {"link": {"address": events}}
    tokens = {"address": events}
    if spec.protocol is LinkProtocol.STROBE:
        tokens["lost"] = [0] * len(events)
    return {"received": tokens}
