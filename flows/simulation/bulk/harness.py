"""The C++ of the harness: a fixed part, and the streams of one Spec written out."""

from typing import Any

import jinja2

from neuroloom.flows.simulation.bulk.packing import field_bytes, token_bytes
from neuroloom.golden.ports import Handshake, Stream, port_name
from neuroloom.golden.spec import Spec

PARTNERS = {
    Handshake.VALID_READY: "",
    Handshake.FOUR_PHASE: "FourPhase",
    Handshake.STROBE: "Strobe",
}
SIDES = {"in": "Producer", "out": "Consumer"}


def harness(spec: Spec, traced: bool) -> str:
    """The harness's text, to be compiled after the Verilated model ``Vtop``.

    With ``traced`` it can write waves and count toggles; without, nothing of that costs time.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("neuroloom.flows.simulation.bulk"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        undefined=jinja2.StrictUndefined,
    )
    assert environment.loader is not None
    links = any(stream.asynchronous for stream in spec.streams)
    fixed = ["bulk.hpp", *["bulk_links.hpp"] * links, *["bulk_tracer.hpp"] * traced]
    texts = [environment.loader.get_source(environment, name)[0] for name in fixed]
    varying = spec.consumption({})
    fixed_numbers = {
        name: number for name, number in spec.contract.consumes.items() if name not in varying
    }  # a spacing holds back the other streams, and these with them
    streams = [_described(stream, fixed_numbers) for stream in spec.streams]
    template = environment.get_template("bulk.cpp.j2")
    return "\n".join(['#include "Vtop.h"', *texts, template.render(streams=streams, traced=traced)])


def _described(stream: Stream, consumes: dict[str, int]) -> dict[str, Any]:
    fields, offset = [], 0
    for field in stream.fields:
        size = field_bytes(field)
        fields.append({"port": port_name(stream, field.name), "offset": offset, "bytes": size})
        offset += size
    forward, *answer = stream.controls
    return {
        "name": stream.name,
        "direction": stream.direction,
        "fields": fields,
        "bytes": token_bytes(stream),
        "per_operation": consumes.get(stream.name, 0),
        "forward": port_name(stream, forward),
        "pulse": stream.pulse,
        "answer": port_name(stream, answer[0]) if answer else "",
        "partner": PARTNERS[stream.handshake] + SIDES[stream.direction],
    }
