"""Many damaged files through all readers, and odd words through all commands, in little memory.

``fuzz.py SEED NUMBER SECONDS`` prints a JSON document: for each reader how many inputs were read,
refused, and went wrong, with the first that did.
"""

import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

from support import hostile, odd_words

from neuroloom.flows.cells.liberty import read as read_liberty
from neuroloom.flows.importing.import_network import import_network
from neuroloom.flows.importing.network_source import read_integers, read_network
from neuroloom.flows.macros import chip_file
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.reports.compare_page import cells
from neuroloom.flows.reports.comparison import compare, read_report
from neuroloom.flows.simulation.bulk.files import read_traffic
from neuroloom.flows.sweep.plan import plan
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.training.idx import load_idx

SECONDS = 2.0
"""Of processor time for an input; other work on the machine does not count."""
WAITING = 30
"""Times as long may it take in all."""
MEGABYTES = 1024
"""For all data of the process."""
LONGEST = 2000
"""Characters of what is said, lists of choices and all."""
KEPT = 5
COMMANDS = "command lines"


class Hangs(BaseException):
    """Not an Exception, so that nothing takes it for one."""


def _specification(file: Path) -> None:
    for name in hostile.SPECS:
        try:
            read_spec(macro(name), (), file)
        except UsageError as error:
            last = error
        else:
            return
    raise last


def _idx(file: Path) -> None:
    labels = file.with_name(f"t10k-labels-idx1-ubyte{file.suffix}")
    (file.with_name("t10k-labels-idx1-ubyte")).write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 1, 9]))
    target = file.with_name(f"t10k-images-idx3-ubyte{file.suffix}")
    file.rename(target)
    try:
        load_idx(file.parent, "t10k")
    finally:
        target.unlink()
        labels.unlink(missing_ok=True)


def _traffic(file: Path) -> None:
    if file.suffix != ".npz":
        file = file.rename(file.with_name(f"activations.bits{file.suffix}"))
    read_traffic(hostile.LAYER, [file])


def _report(file: Path) -> None:
    report = read_report(file)
    for target in compare(report, report).targets:
        for figure in target.figures:
            cells(figure)


def _points(file: Path) -> None:
    plan(macro("popcount"), points=file)


READERS: dict[str, Callable[[Path], Any]] = {
    "specification JSON": _specification,
    "specification TOML": _specification,
    "chip JSON": chip_file.load,
    "chip NPZ": chip_file.load,
    "network JSON": read_network,
    "integer network": read_integers,
    "ONNX to map": read_network,
    "ONNX to import": import_network,
    "IDX": _idx,
    "IDX gzip": _idx,
    "traffic NPZ": _traffic,
    "traffic NPY": _traffic,
    "traffic CSV": _traffic,
    "points JSON": _points,
    "points TOML": _points,
    "points CSV": _points,
    "report": _report,
    "Liberty": read_liberty,
}


def refused(reader: str, file: Path) -> str | None:
    """Read a file; the sentence that refuses it."""
    try:
        READERS[reader](file)
    except UsageError as error:
        return str(error).replace(str(file.parent), "")
    return None


def called(words: list[str]) -> str | None:
    """Call a command, in a folder of its own; what it says of wrong words."""
    status, said = odd_words.called(words)
    if status == 0:
        return None
    if status not in (2, 3) or "Traceback" in said:
        raise AssertionError(f"status {status}: {said[-2000:]}")
    return " ".join(said.split())


def outcome(action: Callable[[], str | None]) -> tuple[str, str]:
    """What became of an input, and the words or the traceback for it."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.setitimer(signal.ITIMER_REAL, SECONDS * WAITING)
    try:
        words = action()
    except Hangs:
        return "hang", "".join(traceback.format_exc().splitlines(keepends=True)[-8:])
    except MemoryError:
        return "memory", traceback.format_exc()
    except Exception:
        return "traceback", traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
    if words is None:
        return "read", ""
    if "memory than" in words or "not enough memory" in words:
        return "memory", words
    return ("refused", words) if len(words) <= LONGEST else ("too long", words[:LONGEST])


def inputs(rng: random.Random, folder: Path) -> Iterator[tuple[str, str, Callable[[], str | None]]]:
    """For ever: the reader, a description, and what to try."""
    kinds = list(hostile.kinds().values())
    for number in count():
        turn = number % (len(kinds) + 2)
        if turn >= len(kinds):
            words = odd_words.line(rng)
            yield COMMANDS, repr(words)[:500], partial(called, words)
            continue
        kind = kinds[turn]
        damage = rng.choice(kind.damage)
        content = damage(rng, rng.choice(kind.whole))
        file = folder / f"f{kind.suffix}"
        file.write_bytes(content)
        shown = content.hex() if len(content) < 4000 else f"{len(content)} bytes"
        yield kind.name, f"{damage.__name__}: {shown}", partial(refused, kind.name, file)


def main(seed: int, number: int, seconds: float) -> dict[str, Any]:
    """Up to ``number`` inputs in up to ``seconds``."""
    rng = random.Random(seed)
    found: dict[str, Counter[str]] = {name: Counter() for name in (*hostile.kinds(), COMMANDS)}
    slowest: dict[str, float] = dict.fromkeys(found, 0.0)
    wrong: list[dict[str, str]] = []
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "a", "b", "c")  # words lead out of it
        folder.mkdir(parents=True)
        os.chdir(folder)
        odd_words.prepared(folder)
        for reader, shown, action in islice(inputs(rng, folder), number):
            if time.monotonic() - begin > seconds:
                break
            start = time.process_time()
            became, words = outcome(action)
            slowest[reader] = max(slowest[reader], round(time.process_time() - start, 2))
            found[reader][became] += 1
            if became not in ("read", "refused"):
                wrong.append(
                    {"reader": reader, "outcome": became, "words": words[-3000:], "input": shown}
                )
        os.chdir("/")
    return {
        "seed": seed,
        "inputs": sum(map(Counter.total, found.values())),
        "readers": found,
        "slowest": slowest,
        "seconds": round(time.monotonic() - begin, 1),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "wrong": len(wrong),
        "first": wrong[:KEPT],
    }


def warmed() -> None:
    """What is imported at the first call of a command does not count as its time."""
    hostile.kinds()
    for words in (
        ["reproduce", "none"],
        ["prove", "none"],
        ["demo", "--none"],
        ["results", "--none"],
    ):
        odd_words.called(words)
    from neuroloom.flows.reports import compare_page, mapping_page, sweep_page  # noqa: F401
    from neuroloom.flows.simulation.bulk import simulate  # noqa: F401
    from neuroloom.flows.synthesis import synthesize  # noqa: F401


def watched(handler: Any) -> None:
    """Let ``handler`` be called when an input takes too long."""
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, handler)


if __name__ == "__main__":

    def hangs(*_: object) -> None:
        raise Hangs

    watched(hangs)
    warmed()
    limit = MEGABYTES << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
