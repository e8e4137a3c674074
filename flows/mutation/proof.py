"""Whether changed hardware can ever show anything else at its ports, decided by SAT.

Both are run side by side on the same inputs from the same start. Producers keep the protocol: what
waits stays. Consumers see a payload while it is valid, producers see ready while they offer a
token, and nobody anything during reset.
"""

from collections.abc import Iterator

from neuroloom.flows.designs.yosys import run_passes
from neuroloom.flows.formal.engine import never
from neuroloom.flows.formal.model import PASSES, Graph
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.tools.process import ToolLimit
from neuroloom.golden.ports import Handshake, Stream, port_name
from neuroloom.golden.spec import Spec

SECONDS = 20.0
TRANSLATION = ToolLimit(60.0)
LARGEST = 1 << 21
"""Characters of a design beyond which nothing is tried."""
RIGHT, CHANGED = "right", "changed"
CLAIM = "the same"
TRANSLATED = tuple(step for step in PASSES if not step.startswith(("read_rtlil", "setparam")))
"""Passes as for proofs; memories start with zeros, in both alike."""


def same(spec: Spec, right: str, changed: str, seconds: float = SECONDS) -> bool:
    """Whether two designs with the ports of ``spec`` are proved to show the same for ever.

    Both are RTLIL, their tops are called ``RIGHT`` and ``CHANGED``. What cannot be decided in
    ``seconds`` is not proved.
    """
    if max(len(right), len(changed)) > LARGEST:
        return False
    with scratch_folder() as folder:
        for name, text in ((RIGHT, right), (CHANGED, changed)):
            (folder / f"{name}.il").write_text(text)
        (folder / "pair.v").write_text("\n".join(_pair(spec)))
        passes = [f"read_rtlil {RIGHT}.il", f"read_rtlil {CHANGED}.il", "read_verilog pair.v"]
        try:
            run_passes(folder, [*passes, *TRANSLATED], seconds=TRANSLATION)
            graph = Graph(folder / "proof.aig", (), {CLAIM: 0}, None, {}, {})
            return never(graph, CLAIM, seconds)
        except ToolFailed:  # of a design that is wrong, or too large
            return False


def _pair(spec: Spec) -> Iterator[str]:
    """Verilog of both beside each other, with an output that is high where they differ."""
    ports = {"clk": 1, "rst": 1, **{n: w for stream in spec.streams for n, w in _ports(stream)}}
    inputs = {"clk", "rst", *(name for stream in spec.streams for name in _inputs(stream))}
    heads = [f"input {_range(ports[name])} {name}" for name in ports if name in inputs]
    yield f"module proof({', '.join([*heads, 'output differs'])});"
    for top in (RIGHT, CHANGED):
        wires = {name: name if name in inputs else f"{top}_{name}" for name in ports}
        yield from (f"  wire {_range(ports[n])} {w};" for n, w in wires.items() if n not in inputs)
        yield f"  {top} {top}_design({', '.join(f'.{n}({w})' for n, w in wires.items())});"
    yield "  reg wrong = 0;"
    waiting = []
    for stream in spec.streams:
        if stream.direction == "in" and stream.handshake is Handshake.VALID_READY:
            valid, ready, token, bits = *_controls(stream), *_token(stream)
            yield f"  reg {stream.name}_waits = 0; reg {_range(bits)} {stream.name}_token;"
            yield f"  always @(posedge clk) {stream.name}_token <= {token};"
            yield (
                f"  always @(posedge clk) {stream.name}_waits <= !rst & {valid} & !{RIGHT}_{ready};"
            )
            kept = f"{valid} & {stream.name}_token == {token}"
            waiting.append(f"{stream.name}_waits & !rst & !({kept})")
    yield f"  wire breaks = {' | '.join(waiting) or '0'};"
    yield "  always @(posedge clk) wrong <= wrong | breaks;"
    differ = [one for stream in spec.streams for one in _differences(stream)]
    yield f"  assign differs = !rst & !wrong & !breaks & ({' | '.join(differ) or '0'});"
    yield "endmodule"


def _differences(stream: Stream) -> Iterator[str]:
    """Places at which what the macro gives on a stream is not the same."""
    inputs = set(_inputs(stream))
    outputs = [name for name, _ in _ports(stream) if name not in inputs]
    waits = stream.handshake is Handshake.VALID_READY
    controls = [port_name(stream, member) for member in stream.controls]
    for name in outputs:
        differs = f"{RIGHT}_{name} != {CHANGED}_{name}"
        offered = controls[0] if stream.direction == "in" else f"{RIGHT}_{controls[0]}"
        shown = f"{offered} & " if waits and name != controls[0] else ""
        yield f"({shown}({differs}))"


def _ports(stream: Stream) -> list[tuple[str, int]]:
    """Names and widths."""
    fields = [
        (port_name(stream, field.name), field.bits * (field.lanes or 1)) for field in stream.fields
    ]
    return [*fields, *((port_name(stream, member), 1) for member in stream.controls)]


def _inputs(stream: Stream) -> list[str]:
    """Ports of the stream that are driven from outside."""
    answers = _controls(stream)[1:]
    if stream.direction == "out":
        return answers
    return [name for name, _ in _ports(stream) if name not in answers]


def _controls(stream: Stream) -> list[str]:
    return [port_name(stream, member) for member in stream.controls]


def _token(stream: Stream) -> tuple[str, int]:
    """All fields side by side, and how many bits they have."""
    controls = _controls(stream)
    fields = [(name, bits) for name, bits in _ports(stream) if name not in controls]
    return f"{{{', '.join(name for name, _ in fields)}}}", sum(bits for _, bits in fields)


def _range(bits: int) -> str:
    return f"[{bits - 1}:0]"
