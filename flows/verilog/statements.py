"""Turn RTLIL switches into if, else and case statements and print them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from neuroloom.flows.verilog.expressions import Printer, literal, wrap
from neuroloom.flows.verilog.rtlil import Assign, Body, Sig, Slice, Switch, cut

Test = tuple[Sig, str]  # a signal and the pattern it must match


@dataclass(frozen=True, slots=True)
class If:
    tests: tuple[Test, ...]  # any of them
    then: Block
    otherwise: Block


@dataclass(frozen=True, slots=True)
class Select:
    selector: Sig
    items: tuple[tuple[tuple[str, ...], Block], ...]
    default: Block | None
    complete: bool  # without the default


Block = tuple[Assign | If | Select, ...]


def statements(body: Body) -> Block:
    result: list[Assign | If | Select] = []
    for item in body:
        if isinstance(item, Assign):
            result.append(item)
        else:
            result.extend(_switch(item))
    return tuple(result)


def _disjoint(one: str, other: str) -> bool:
    return any({a, b} == {"0", "1"} for a, b in zip(one, other, strict=True))


def _switch(switch: Switch) -> Block:
    items: list[tuple[tuple[str, ...], Block]] = []
    default: Block | None = None
    seen: set[str] = set()
    for case in switch.cases:
        patterns = tuple(p for p in dict.fromkeys(case.patterns) if p not in seen)
        seen.update(patterns)
        block = statements(case.body)
        if not case.patterns or any(not p.strip("-") for p in patterns):
            default = block
            break
        if patterns:
            items.append((patterns, block))
    if not items:
        return default or ()
    bits = len(items[0][0][0])
    flat = [(p, index) for index, (patterns, _) in enumerate(items) for p in patterns]
    any_dash = any("-" in p for p, _ in flat)
    overlap = any_dash and any(
        not _disjoint(p, q) for at, (p, i) in enumerate(flat) for q, j in flat[:at] if i != j
    )
    inside = any_dash and any(
        not _disjoint(p, q) for at, (p, i) in enumerate(flat) for q, j in flat[:at] if i == j
    )
    if overlap or inside or bits == 1 or (len(items) == 1 and len(flat) <= 2):
        return _chain(switch.selector, items, default or ())
    covered = sum(1 << p.count("-") for p, _ in flat)
    complete = covered == 1 << bits
    return (Select(switch.selector, tuple(items), None if complete else default, complete),)


def _tested(selector: Sig, pattern: str) -> Test:
    """Only the bits that the pattern tests, where that is one bit."""
    places = [at for at, digit in enumerate(pattern) if digit != "-"]
    if len(places) == 1:
        low = len(pattern) - 1 - places[0]
        return cut(selector, low, low + 1), pattern[places[0]]
    return selector, pattern


def _chain(selector: Sig, items: list[tuple[tuple[str, ...], Block]], last: Block) -> Block:
    result = last
    for index in reversed(range(len(items))):
        patterns, block = items[index]
        tests = tuple(_tested(selector, pattern) for pattern in patterns)
        before = items[:index]
        if len(patterns) == 1 and len(patterns[0]) == 1 and before:
            result = block  # the other value of one bit has been tested
        else:
            result = _if(tests, block, result)
    return result


def _if(tests: tuple[Test, ...], then: Block, otherwise: Block) -> Block:
    if not then and not otherwise:
        return ()
    if len(tests) == 1 and len(tests[0][1]) == 1:
        sig, digit = tests[0]
        if not then or (digit == "0" and otherwise):
            flipped = (sig, "1" if digit == "0" else "0")
            return (If((flipped,), otherwise, then),)
    return (If(tests, then, otherwise),)


def _assigns_all(block: Block, target: Slice) -> bool:
    for item in block:
        if isinstance(item, Assign):
            if item.target == target:
                return True
        elif isinstance(item, If):
            if _assigns_all(item.then, target) and _assigns_all(item.otherwise, target):
                return True
        elif item.complete or item.default is not None:
            blocks = [block for _, block in item.items] + [item.default] * (not item.complete)
            if all(block is not None and _assigns_all(block, target) for block in blocks):
                return True
    return False


def tidy(block: Block, target: Slice, held: bool) -> Block:
    """Drop a default that holds or never remains; print a last override as if ... else ..."""
    first = block[0] if block else None
    if (
        isinstance(first, Assign)
        and first.target == target
        and ((held and first.value == (target,)) or _assigns_all(block[1:], target))
    ):
        return tidy(block[1:], target, held)
    if len(block) < 2:
        return block
    last = block[-1]
    if not isinstance(last, If) or last.otherwise or len(last.then) != 1:
        return block
    override = last.then[0]
    if not isinstance(override, Assign) or override.target != target:
        return block
    rest = tidy(block[:-1], target, held)
    if not rest:
        return (last,)
    if held and override.value == (target,):
        return (
            _if(last.tests, (), rest)
            if len(last.tests) == 1 and len(last.tests[0][1]) == 1
            else (If(last.tests, (), rest),)
        )
    return (If(last.tests, last.then, rest),)


def signals(block: Block) -> Iterator[tuple[Sig, bool]]:
    """Every signal read, and whether it is a whole right-hand side."""
    for item in block:
        if isinstance(item, Assign):
            yield item.value, True
        elif isinstance(item, If):
            for sig, pattern in item.tests:
                if len(pattern) == 1 or "-" not in pattern:
                    yield sig, False
                else:
                    for at, digit in enumerate(reversed(pattern)):
                        if digit != "-":
                            yield cut(sig, at, at + 1), False
            yield from signals(item.then)
            yield from signals(item.otherwise)
        else:
            yield item.selector, False
            for _, inner in item.items:
                yield from signals(inner)
            yield from signals(item.default or ())


class StatementPrinter:
    def __init__(self, printer: Printer, arrow: str) -> None:
        self.printer = printer
        self.arrow = arrow
        self.lines: list[str] = []

    def add(self, line: str, indent: int) -> None:
        self.lines += wrap(line, indent)

    def block(self, block: Block, indent: int) -> None:
        for item in block:
            if isinstance(item, Assign):
                target = self.printer.net(item.target)
                self.add(f"{target} {self.arrow} {self.printer.whole(item.value)};", indent)
            elif isinstance(item, If):
                self.branch(item, indent, "")
            else:
                self.select(item, indent)

    def nested(self, head: str, block: Block, indent: int) -> None:
        """One statement below its head, several between begin and end."""
        if not block:
            self.add(f"{head} ;" if head.endswith(":") else f"{head} begin end", indent)
            return
        single = isinstance(block[0], Assign) and len(block) == 1
        inner = StatementPrinter(self.printer, self.arrow)
        inner.block(block, indent + 4)
        if single and len(inner.lines) == 1 and head.endswith(":"):
            line = f"{head} {inner.lines[0].strip()}"
            if len(line) + indent <= 100:
                self.lines.append(" " * indent + line)
                return
        if single:
            self.add(head, indent)
            self.lines += inner.lines
        else:
            self.add(f"{head} begin", indent)
            self.lines += [*inner.lines, " " * indent + "end"]

    def branch(self, item: If, indent: int, prefix: str) -> None:
        tests = [self.printer.matches(sig, pattern) for sig, pattern in item.tests]
        if len(tests) > 1:
            tests = [f"({test})" if " " in test else test for test in tests]
        self.nested(f"{prefix}if ({' || '.join(tests)})", item.then, indent)
        if not item.otherwise:
            return
        start = " " * indent
        prefix = "else "
        if self.lines[-1] == start + "end":
            self.lines.pop()
            prefix = "end else "
        only = item.otherwise[0]
        if len(item.otherwise) == 1 and isinstance(only, If):
            self.branch(only, indent, prefix)
        else:
            self.nested(prefix.rstrip(), item.otherwise, indent)

    def select(self, item: Select, indent: int) -> None:
        any_dash = any("-" in p for patterns, _ in item.items for p in patterns)
        word = "casez" if any_dash else "case"
        self.add(f"{word} ({self.printer.text(item.selector)})", indent)
        for patterns, block in item.items:
            labels = ", ".join(
                f"{len(p)}'b{p.replace('-', '?')}" if any_dash else literal(p) for p in patterns
            )
            self.nested(labels + ":", block, indent + 4)
        if not item.complete:
            self.nested("default:", item.default or (), indent + 4)
        self.add("endcase", indent)
