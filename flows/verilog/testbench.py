"""A self-checking testbench in plain Verilog and its files, for users without Python."""

from collections.abc import Sequence
from typing import Any

import jinja2

from neuroloom.flows.verilog.plain_text import plain_value
from neuroloom.golden.ports import Stream, Traffic, count, port_name
from neuroloom.golden.spec import Spec


def vector_files(spec: Spec, name: str, phases: Sequence[Traffic]) -> dict[str, str]:
    """File name to text: one hexadecimal word a token, fields side by side, the first lowest."""
    files = {}
    for stream in spec.streams:
        digits = -(-_bits(stream) // 4)
        words = [
            _joined(stream, values)
            for phase in phases
            if stream.name in phase
            for values in stream.pack(phase[stream.name])
        ]
        text = "".join(f"{word:0{digits}x}\n" for word in words or [0])
        files[f"{name}_{stream.name}.hex"] = text
    return files


def template(name: str) -> jinja2.Template:
    """A template of Verilog; what it prints is in ASCII."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("neuroloom.flows.verilog"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        undefined=jinja2.StrictUndefined,
        finalize=plain_value,
    )
    return environment.get_template(name)


def testbench(spec: Spec, name: str, phases: Sequence[Traffic]) -> str:
    """The testbench's text; it reads the files of :func:`vector_files` from its own folder."""
    goals: list[dict[str, int]] = []
    reached = {stream.name: 0 for stream in spec.streams}
    for phase in phases:
        for stream, tokens in phase.items():
            reached[stream] += count(tokens)
        goals.append(dict(reached))
    contract = spec.contract
    drain = contract.latency + 2 * contract.interval + 8
    return template("testbench.v.j2").render(
        name=name,
        inputs=[described(stream, reached) for stream in spec.input_streams],
        outputs=[described(stream, reached) for stream in spec.output_streams],
        phases=goals,
        held="1'b0" if contract.loss else "gaps",
        total=sum(reached[stream.name] for stream in spec.output_streams),
        drain=drain,
        patience=4 * (contract.latency + contract.interval) + contract.start + drain + 500,
    )


def described(stream: Stream, tokens: dict[str, int]) -> dict[str, Any]:
    """A stream as templates take it: its fields lie side by side in a word, the first lowest."""
    fields, low = [], 0
    for field in stream.fields:
        high = low + field.port_bits - 1
        fields.append({"port": port_name(stream, field.name), "low": low, "high": high})
        low = high + 1
    every = tuple((1 << field.port_bits) - 1 for field in stream.fields)
    told = zip(stream.fields, every, strict=True)
    mask = _joined(stream, tuple(ones if each.name in stream.flow else 0 for each, ones in told))
    return {
        "name": stream.name,
        "doc": stream.doc,
        "bits": low,
        "depth": max(1, tokens[stream.name]),
        "fields": fields,
        "order": stream.order,
        "flow_mask": f"{low}'h{mask:x}" if stream.flow else None,
    }


def _bits(stream: Stream) -> int:
    return sum(field.port_bits for field in stream.fields)


def _joined(stream: Stream, values: tuple[int, ...]) -> int:
    word, low = 0, 0
    for field, value in zip(stream.fields, values, strict=True):
        word |= value << low
        low += field.port_bits
    return word
