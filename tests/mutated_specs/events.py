"""Small specifications of events."""

from typing import Any

from neuroloom.golden.events.aer_encoder import AerEncoderSpec, ServingOrder
from neuroloom.golden.events.aer_link import AerLinkSpec
from neuroloom.golden.events.arbiter import ArbiterSpec
from neuroloom.golden.events.delay_scheduler import DelaySchedulerSpec
from neuroloom.golden.events.event_fifo import EventFifoSpec
from neuroloom.golden.events.event_stamper import EventStamperSpec, Stamp
from neuroloom.golden.events.mesh import MeshSpec
from neuroloom.golden.events.packets import Side
from neuroloom.golden.events.router import RouterSpec
from neuroloom.golden.events.spike_register import SpikeRegisterSpec
from neuroloom.golden.spec import Spec


def arbiter(requesters: int, policy: str = "round-robin", **others: Any) -> Spec:
    return ArbiterSpec.model_validate({"requesters": requesters, "policy": policy, **others})


def link(**others: Any) -> Spec:
    return AerLinkSpec.model_validate({"bits": 2, **others})


def fifo(bits: int, depth: int, **others: Any) -> Spec:
    return EventFifoSpec.model_validate({"bits": bits, "depth": depth, **others})


def scheduler(axons: int, slots: int, word: int, **others: Any) -> Spec:
    fields = {"axons": axons, "slots": slots, "word": word, **others}
    return DelaySchedulerSpec.model_validate(fields)


FIVE_PORTS = RouterSpec(
    dx_bits=3, dy_bits=3, payload_bits=3, source_bits=3, multicast=True, tick=True
)
CORNER = RouterSpec(
    dx_bits=3,
    dy_bits=2,
    payload_bits=3,
    multicast=True,
    tick=True,
    edges=(Side.NORTH, Side.WEST),
    count_drops=True,
    drop_bits=4,
)

MESHES = (
    MeshSpec(columns=2, rows=2, payload_bits=2, depth=3, multicast=True, count_drops=True),
    MeshSpec(columns=1, rows=2, payload_bits=2, depth=2, flow_control="ready", edges="open"),
)

SPECS: dict[str, tuple[Spec, ...]] = {
    "events.arbiter": (
        arbiter(3),
        arbiter(3, "fixed", hold=True),
        arbiter(3, hold=True, grant="index"),
        arbiter(3, hold=True, pipeline=1),
        arbiter(3, pipeline=1, grant="index"),
        arbiter(1),
        arbiter(3, hold=True, release=True),
        arbiter(3, "fixed", hold=True, release=True, pipeline=1),
    ),
    "events.delay_scheduler": (
        scheduler(5, 3, 2, merged_bits=2),
        scheduler(4, 4, 2, form="words"),
        scheduler(3, 1, 4, form="words", merged_bits=1),
        scheduler(5, 2, 1),
    ),
    "events.aer_encoder": (
        AerEncoderSpec(lines=5),
        AerEncoderSpec(lines=5, order=ServingOrder.ROUND_ROBIN),
        AerEncoderSpec(lines=1, order=ServingOrder.ROUND_ROBIN),
    ),
    "events.aer_link": (
        link(),
        link(setup=0),
        link(end="transmitter", setup=3),
        link(end="receiver"),
        link(protocol="strobe", pulse=3, gap=2),
        link(protocol="strobe", setup=0, gap=1),
        link(protocol="strobe", end="transmitter", pulse=3, gap=1, setup=0),
        link(protocol="strobe", end="receiver", gap=1),
        link(protocol="strobe", end="receiver", bits=12),
    ),
    # of times of eight bits and more a run of mutants is too short for the greatest one
    "events.event_stamper": (
        EventStamperSpec(bits=2, time_bits=2, markers=True),
        EventStamperSpec(bits=2, time_bits=3, stamp=Stamp.DELTA, markers=True),
        EventStamperSpec(bits=2, time_bits=2, stamp=Stamp.DELTA),
    ),
    # drawn ones of both take half a minute a mutant
    "events.spike_register": (
        SpikeRegisterSpec(lines=3, synchronizer=1),
        SpikeRegisterSpec(lines=6),
        SpikeRegisterSpec(lines=3, synchronizer=0, order=ServingOrder.FIXED),
    ),
    "events.drop_counter": (CORNER,),
    "events.packets": (FIVE_PORTS, CORNER),
    "events.router": (FIVE_PORTS, CORNER),
    "events.router_switch": (FIVE_PORTS, CORNER),
    "events.router_node": MESHES,
    "events.mesh": MESHES,
}
