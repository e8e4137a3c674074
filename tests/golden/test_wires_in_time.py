"""Wires between parts whose order or room depends on time: routers, links and queues."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from support.compositions import Drawn, adapter, halves

from neuroloom.golden.events.packets import Side
from neuroloom.golden.events.router import RouterSpec
from neuroloom.golden.events.router_node import RouterNodeSpec
from neuroloom.golden.ports import Field, Stream
from neuroloom.golden.wires import Wire

ROUTER = RouterSpec(source_bits=3)


def routed(flow: tuple[str, ...]) -> dict[str, Any]:
    """A router of which a stream outside takes some fields."""
    inner = [stream.name for stream in ROUTER.streams if stream.name != "deliver"]
    fields = (Field("source", 3, "-"), Field("payload", 16, "-"))
    return {
        "chosen": (("r", ROUTER),),
        "joined": (Wire("r.deliver", "here", fields=("source", "payload")),),
        "opened": (
            *((name, f"r.{name}") for name in inner),
            ("here", Stream("here", "out", fields, "-", flow)),
        ),
    }


def test_what_depends_on_time_is_compared_flow_by_flow_or_refused() -> None:
    spec = Drawn.model_validate(routed(("source",)))
    flows = {stream.name: stream.flow for stream in spec.output_streams}
    assert set(flows.values()) == {("source",)}
    told = "which tokens r.deliver gives first .* flow by flow: 'here' has to say which"
    with pytest.raises(ValidationError, match=told):
        Drawn.model_validate(routed(()))


def test_a_link_that_counts_credits_is_passed_on_as_it_is() -> None:
    node = RouterNodeSpec(credited=(Side.WEST,))
    names = [stream.name for stream in node.streams]
    plain = {"chosen": (("r", node),), "opened": [(name, f"r.{name}") for name in names]}
    streams = {stream.name: stream for stream in Drawn.model_validate(plain).streams}
    assert streams["from_west"].controls == streams["to_west"].controls == ("valid", "credit")
    link = streams["from_west"]
    renamed = Stream("link", "in", tuple(replace(each, doc="-") for each in link.fields), "-")
    others = [(name, f"r.{name}") for name in names if name != "from_west"]
    queued = {
        "chosen": (("r", node),),
        "opened": [*others, ("link", renamed)],
        "joined": (Wire("link", "r.from_west"),),
    }
    with pytest.raises(ValidationError, match="from_west has no ready; it can only be passed on"):
        Drawn.model_validate(queued)


def test_where_queues_may_be_too_short_is_told() -> None:
    (caution,) = halves().cautions()
    assert caution == (
        "tokens that rows gives meet again at pairs: whether the queues between hold enough of "
        "them is not checked"
    )
    plain = {"chosen": (("a", adapter(4, 1)),), "opened": (("w", "a.packed"), ("n", "a.repacked"))}
    assert Drawn.model_validate(plain).cautions() == ()
    nested = {"chosen": (("in", halves()),), "opened": (("w", "in.rows"), ("n", "in.pairs"))}
    assert Drawn.model_validate(nested).cautions() == (f"in: {caution}",)
