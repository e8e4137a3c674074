"""Write the RTLIL that Amaranth produces as Verilog-2005 to read, lint and integrate.

::

    RTLIL      parse -> build        a netlist a module: operators, processes, registers, memories
    netlists   simplify              constants, masks and copies that nobody would write
               Liveness              the bits of each wire that reach an output of the top module
    module     make_blocks           processes as statements, one with each register it feeds
               choose                names: ports, then the shortest public name, then n12
               count, choose_inlined operators that are printed where they are read
               declarations .. assigns   text

Names come before counting, for what has a public name is never inlined; all text comes after both,
for a wire is declared only where something still reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from neuroloom.flows.verilog.expressions import Printer, wrap
from neuroloom.flows.verilog.liveness import Liveness
from neuroloom.flows.verilog.memories import memory_ports
from neuroloom.flows.verilog.naming import Namespace, choose, identifier
from neuroloom.flows.verilog.netlist import Netlist, Register, attribute_is_set, build
from neuroloom.flows.verilog.rtlil import Assign, Const, Slice, Value, cut, parse
from neuroloom.flows.verilog.simplify import simplify
from neuroloom.flows.verilog.statements import Block, If, StatementPrinter
from neuroloom.flows.verilog.usage import Usage
from neuroloom.hdl.memory_contents import WRITTEN_FIRST

_OFF = "/* verilator lint_off {} */"
_ON = "/* verilator lint_on {} */"


def verilog_text(
    rtlil: str, top: str, header: str = "", memory_zeros: bool = False, order: Sequence[str] = ()
) -> str:
    """All modules of the RTLIL text, the top one first, under the name ``top``.

    ``header`` is a comment that is put on top as it is. With ``memory_zeros`` memories that are
    written before they are read begin with zeros, too. ``order`` has the names of the top module's
    ports as they are to be listed; without it inputs come first.
    """
    modules = parse(rtlil)
    nets = {name: build(module, modules) for name, module in modules.items()}
    for store in [store for net in nets.values() for store in net.stores.values()]:
        if attribute_is_set(store.memory.attributes, WRITTEN_FIRST) and not memory_zeros:
            store.rows.clear()
    for net in nets.values():
        simplify(net)
    first = next(
        (n for n, m in modules.items() if attribute_is_set(m.attributes, "top")), next(iter(nets))
    )
    live = Liveness(nets, first).live
    space = Namespace()
    names = {first: space.add(top)}
    used = [first] + [name for name in nets if name != first and live[name]]
    for name in used[1:]:
        path = name.removeprefix(first + ".")
        names[name] = space.add(f"{top}_{path}")
    writers = [_ModuleWriter(nets[name], live[name], names, name == first) for name in used]
    above = _instances_above(nets, first)
    for writer in writers:
        writer.reserve(above[writer.net.module.name])
    texts = [writer.text(order if writer.is_top else ()) for writer in writers]
    if len(texts) > 1:
        texts.insert(1, _OFF.format("DECLFILENAME") + "\n")
        texts.append(_ON.format("DECLFILENAME") + "\n")
    return "".join([header, "\n" * bool(header), "\n".join(texts)])


def _instances_above(nets: Mapping[str, Netlist], first: str) -> dict[str, set[str]]:
    """The names of instances in all modules that each module is a part of."""
    above: dict[str, set[str]] = {name: set() for name in nets}
    waiting = [first]
    while waiting:
        name = waiting.pop()
        instances = nets[name].instances
        known = above[name] | {identifier(instance.cell.name[1:]) for instance in instances}
        for child in {instance.cell.kind[1:] for instance in instances} & set(nets):
            if not known <= above[child]:
                above[child] |= known
                waiting.append(child)
    return above


class _ModuleWriter(Usage):
    def reserve(self, instances: set[str]) -> None:
        """Keep what is inside from hiding instances further out, of which linters warn."""
        ports = {wire.name[1:] for wire in self.net.module.wires.values() if wire.direction}
        self._outside = instances - ports
        self.space.taken |= self._outside

    def text(self, order: Sequence[str]) -> str:
        net = self.net
        self.make_blocks()
        wires = [n for n in self.live if n not in net.alias and n not in self.merged]
        # names of parts of wires are kept only where the text reads just that part
        names, parts, public = choose(net, self.live, wires, self.space)
        self.printer.names, self.printer.parts = names, parts
        for sig, whole in self.signals():
            self.count(sig, whole)
        for part in [part for part in parts if part not in self.used_parts]:
            del parts[part]
        self.choose_inlined(public)
        self.module_head(order)
        self.declarations()
        self.instances()
        for name in net.processes:
            if name not in self.merged:
                self.always("@*", name, self.blocks[name], "=")
        for name, register in net.registers.items():
            self.register(name, register)
        for store in net.stores.values():
            self.lines += memory_ports(net, store, self.printer, self.space)
        self.assigns()
        self.lines = _without_double_blanks(self.lines)
        return "\n".join([*self.lines, "endmodule", ""])

    def module_head(self, order: Sequence[str]) -> None:
        wires, module = self.net.module.wires, self.net.module
        if attribute_is_set(module.attributes, "keep_hierarchy"):
            self.lines.append("(* keep_hierarchy *)")
        inputs = [
            w.name
            for w in wires.values()
            if w.direction == "input" and w.width and (self.is_top or w.name in self.live)
        ]
        for name in inputs:
            self.live.setdefault(name, (0, wires[name].width))
            if name not in self.printer.names:
                self.printer.names[name] = self.space.add(name[1:])
        inputs.sort(key=lambda name: {"\\clk": 0, "\\rst": 1}.get(name, 2))
        ports = [f"input wire {self.named(n)}" for n in inputs]
        variables = {self.printer.names[n] for n in [*self.blocks, *self.clocked_reads()]}
        for name in self.outputs:
            self.live.setdefault(name, (0, wires[name].width))
            kind = "reg" if self.printer.names[name] in variables else "wire"
            ports.append(f"output {kind} {self.named(name)}")
        keep = {n: self.keep(n) for n in [*inputs, *self.outputs]}
        self.lines.append(f"module {self.modules[module.name]} (")
        place = {f"\\{name}": number for number, name in enumerate(order)}
        listed = list(zip([*inputs, *self.outputs], ports, strict=True))
        listed.sort(key=lambda port: place.get(port[0], len(place)))
        texts = [keep[n] + port for n, port in listed]
        self.lines += [f"    {text}," for text in texts[:-1]] + [f"    {t}" for t in texts[-1:]]
        self.lines += [");", ""]
        self.ports = {self.printer.names[n] for n in [*inputs, *self.outputs]}
        unused = [sig for n in inputs for sig in self.unread(n)]
        if unused:
            name = self.space.add("unused")
            text = ", ".join(self.printer.net(sig) for sig in unused)
            self.lines += [*wrap(f"wire {name} = &{{1'b0, {text}}};", 4), ""]

    def named(self, wire: str) -> str:
        low, high = self.live[wire]
        span = "" if (low, high) == (0, 1) else f"[{high - 1}:{low}] "
        return span + self.printer.names[wire]

    def keep(self, wire: str) -> str:
        known = self.net.module.wires.get(wire)
        return "(* keep *) " if known and attribute_is_set(known.attributes, "keep") else ""

    def declarations(self) -> None:
        net, printer = self.net, self.printer
        for store in net.stores.values():
            printer.names[store.memory.name] = self.space.add(store.memory.name[1:])
        plain: list[str] = []
        quiet: list[str] = []
        self.declared: set[str] = set()
        variables = [n for n in [*self.blocks, *self.clocked_reads()] if n not in self.merged]
        outs = [out.wire for instance in net.instances for out in instance.outputs.values()]
        for name in [*variables, *outs, *net.reads]:
            if printer.names[name] in self.ports or name in self.declared:
                continue
            self.declared.add(name)
            kind = "reg" if name in self.blocks or name in self.clocked_reads() else "wire"
            line = f"    {self.keep(name)}{kind} {self.named(name)};"
            (quiet if self.unread(name) else plain).append(line)
        seen: set[str] = set()
        values = [line for name in self.live if name not in net.ops for line in self.parts_of(name)]
        for name in self.sorted:
            if name in printer.inlined or printer.names[name] in self.ports:
                continue
            value = self.value(name)
            reads = {c.wire for arg in net.ops[name].args for c in arg if isinstance(c, Slice)}
            late = {n for n in reads if n in net.ops and n not in seen and n not in printer.inlined}
            if self.unread(name) or late:
                line = f"    {self.keep(name)}wire {self.named(name)};"
                (quiet if self.unread(name) else plain).append(line)
                values += wrap(f"assign {printer.names[name]} = {value};", 4)
            else:
                values += wrap(f"{self.keep(name)}wire {self.named(name)} = {value};", 4)
            values += self.parts_of(name)
            seen.add(name)
        self.lines += [
            f"    reg [{s.memory.width - 1}:0] {printer.names[s.memory.name]} "
            f"[0:{s.memory.depth - 1}];"
            for s in net.stores.values()
        ]
        self.lines += plain
        if quiet:
            quiet = ["    " + _OFF.format("UNUSEDSIGNAL"), *quiet]
            self.lines += [*quiet, "    " + _ON.format("UNUSEDSIGNAL")]
        self.lines += ["", *values]
        self.lines += [""]

    def parts_of(self, wire: str) -> list[str]:
        """Declarations of the named parts of a wire, to stand before whoever reads them."""
        lines = []
        for part, name in self.printer.parts.items():
            if part.wire == wire:
                span = "" if part.width == 1 else f"[{part.width - 1}:0] "
                source = Printer.net(_without_parts(self.printer), part)
                lines.append(f"    wire {span}{name} = {source};")
        return lines

    def value(self, name: str) -> str:
        return self.printer.op(self.net.ops[name], whole=True)[0]

    def instances(self) -> None:
        for instance in self.net.instances:
            cell = instance.cell
            kind = self.modules.get(cell.kind[1:], cell.kind[1:])
            if attribute_is_set(cell.attributes, "keep_hierarchy"):
                self.lines.append("    (* keep_hierarchy *)")
            if attribute_is_set(cell.attributes, "keep"):
                self.lines.append("    (* keep *)")
            line = f"    {kind} "
            if cell.parameters:
                self.lines.append(line + "#(")
                params = [f"        .{k}({_parameter(v)})" for k, v in cell.parameters.items()]
                self.lines += [text + "," for text in params[:-1]] + params[-1:]
                line = "    ) "
            name = identifier(cell.name[1:])
            if name not in self._outside:  # an instance may be called as one further out
                name = self.space.add(name)
            self.lines.append(f"{line}{name} (")
            ports: list[list[str]] = []
            is_ours = cell.kind[1:] in self.modules
            for port in cell.ports:
                sig = instance.inputs.get(port)
                if port in instance.outputs:
                    sig = (instance.outputs[port],)
                if sig:
                    text = identifier(port) if is_ours else port
                    ports.append(wrap(f".{text}({self.printer.text(sig)})", 8))
            for port_lines in ports[:-1]:
                port_lines[-1] += ","
            self.lines += [line for port_lines in ports for line in port_lines]
            self.lines += ["    );", ""]

    def always(self, event: str, name: str, block: Block, arrow: str) -> None:
        body = StatementPrinter(self.printer, arrow)
        body.nested(f"always {event}", block, 4)
        if len(body.lines) == 2 and len(body.lines[0] + body.lines[1].strip()) < 90:
            body.lines = [body.lines[0] + " " + body.lines[1].strip()]
        self.lines += [*body.lines, ""]

    def register(self, name: str, register: Register) -> None:
        wire = self.net.module.wires.get(name)
        init = wire.attributes.get("init") if wire else None
        printer = self.printer
        if isinstance(init, Const) and set(init.bits) != {"x"}:
            low, high = self.live[name]
            value = printer.text(cut((init,), low, high))
            self.lines += [f"    initial {printer.names[name]} = {value};"]
        event = f"{'pos' if register.positive else 'neg'}edge {printer.text(register.clock)}"
        block = self.blocks[name]
        if register.reset:
            event += f" or posedge {printer.text(register.reset)}"
            reset = Assign(self.whole(name), register.reset_value)
            block = (If(((register.reset, "1"),), (reset,), block),)
        if block:
            self.always(f"@({event})", name, block, "<=")

    def assigns(self) -> None:
        net, printer = self.net, self.printer
        for name in self.sorted:
            if name not in printer.inlined and printer.names[name] in self.ports:
                self.lines += wrap(f"assign {printer.names[name]} = {self.value(name)};", 4)
        for name in self.outputs:
            if name in net.alias and printer.names[name] != self.owner(name):
                value = printer.whole(net.alias[name])
                self.lines += wrap(f"assign {printer.names[name]} = {value};", 4)


def _without_parts(printer: Printer) -> Printer:
    plain = Printer(printer.ranges)
    plain.names, plain.inlined = printer.names, printer.inlined
    return plain


def _parameter(value: Value) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, Const):
        return f"{len(value.bits)}'b{value.bits}"
    return repr(value)


def _without_double_blanks(lines: list[str]) -> list[str]:
    result: list[str] = []
    for line in lines:
        if line or (result and result[-1]):
            result.append(line)
    while result and not result[-1]:
        result.pop()
    return result
