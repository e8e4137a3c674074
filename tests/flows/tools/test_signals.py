"""Signals to a command alone, at every stage: what it has started ends with it, and the next run
works.
"""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from support import made_reports
from support.effort import THOROUGH, effort
from support.processes import descendants, left, running

from neuroloom.flows.mapping.imc.random_integers import random_integers
from neuroloom.flows.networks import integer_network_file
from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Image,
)
from neuroloom.flows.reports.synth_page import write_synth_page
from neuroloom.flows.tools.cache import cache_folder, cached_folder

COMMAND = [
    sys.executable,
    "-c",
    "import signal; "
    "[signal.signal(each, signal.SIG_DFL) for each in (signal.SIGINT, signal.SIGHUP)]; "
    "from neuroloom.flows import cli; cli.main()",
]
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -9}
LIMIT = effort(6.0, 2.0)
"""Seconds after a signal in which all has ended; more where other tests run beside."""
NETWORK = ConvolutionalNetwork(
    name="tiny",
    image=Image(height=4, width=4, channels=1),
    layers=(Convolution(name="1", channels=2, padding=1), FullyConnected(name="FC", channels=3)),
)
STAGE_SECONDS = 300.0


@dataclass(frozen=True)
class Case:
    """A command, and the stage at which it is struck.

    ``stage`` is a word in the command of a process that it has started, or seconds. ``{n}`` in the
    words stands for a number that no other trial has, so that nothing of it was built before.
    """

    words: str
    stage: bytes | float
    quick: bool = False
    """Whether it takes part in the usual run."""


VERIFY = "verify popcount width={n}"
VERIFY_LIST = "verify popcount --random 4 --seed {n} -o out"
SIMULATE = "simulate popcount width={n} --random 3000000 --chunk 1500000"
SYNTH = "synth popcount width={n} --seeds 2"
SWEEP = "sweep popcount width={n},90 --seeds 1 --workers 2 -o out"
CASES = [
    Case(VERIFY, b"verilator_bin"),
    Case(VERIFY, b"cc1plus", quick=True),
    Case(VERIFY, b"/ld"),
    Case(VERIFY + " --operations 100000", b"/sim"),
    Case(VERIFY + " --operations 100000 --waves waves", b"/sim"),
    Case(VERIFY_LIST, b"batch.process"),
    Case(VERIFY_LIST, b"cc1plus"),
    Case(SIMULATE, b"cc1plus"),
    Case(SIMULATE, b"/sim"),
    Case(SIMULATE + " -o out", b"/sim"),
    Case("prove arbiter requesters=3", b"libyosys"),
    Case("prove arbiter requesters=6", b"yosys-abc", quick=True),
    Case("mutate priority_encoder inputs=9 --only --most 40 --store kept", 6.0),
    Case(SYNTH + " --target gates", b"libyosys", quick=True),
    Case(SYNTH + "0 --target gates", b"yosys-abc"),
    Case(SYNTH + "0 --target predictive-45", b"yosys-abc"),
    Case(SYNTH + " --target predictive-45 --power", b"cc1plus"),
    Case(SYNTH + " --target ice40-hx8k -o out", b"nextpnr"),
    Case(SWEEP + " --target gates", b"batch.process"),
    Case(SWEEP + " --target gates", b"libyosys", quick=True),
    Case(SWEEP + " --target predictive-45", b"yosys-abc"),
    Case(SWEEP + " --target ice40-hx8k", b"nextpnr"),
    Case("generate cim_macro -o out", 1.0),
    Case("demo -o out", 3.0),
    Case("demo -o out", b"libyosys"),
    Case("results out", b"libyosys"),
    Case("reproduce cim-macro -o out", 4.0),
    Case("map network.npz --check 2 -o out", b"cc1plus"),
    Case("map network.npz --check 2 --verilog -o out", 1.5),
    Case("show neuron_core", 0.5),
    Case("simulation-rates out", b"cc1plus"),
    Case("simulation-rates out", b"/sim"),
    Case("import network.onnx", 0.8),
    Case("compare report report -o out", 0.4),
]
LONG = (
    "demo",
    "results",
    "reproduce",
    "mutate",
    "simulation-rates",
    "--operations",
    "--random",
    "cim_macro",
)
"""Of commands that take minutes, the next run is only begun."""


def trials(number: int, seed: int) -> list[tuple[int, Case, signal.Signals]]:
    """Every case in turn, every signal equally often."""
    rng = random.Random(seed)
    cases = [case for case in CASES if THOROUGH or case.quick]
    order = [case for _ in range(number) for case in rng.sample(cases, len(cases))][:number]
    signals = [each for _ in range(number) for each in rng.sample(list(STATUS), len(STATUS))]
    return [(each, case, signals[each]) for each, case in enumerate(order)]


SEED = int(os.environ.get("NEUROLOOM_SEED", "1"))
TRIALS = trials(effort(4, 50), SEED)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for all trials; the runtime of Verilator is in it where it was compiled before."""
    cache = tmp_path_factory.mktemp("cache")
    if not THOROUGH:
        for folder in cache_folder().glob("verilator-runtime-*"):
            (cache / folder.name).symlink_to(folder)
    return cache


@pytest.mark.flow
@pytest.mark.parametrize(
    ("number", "case", "struck"),
    TRIALS,
    ids=[f"{number}-{case.words.split()[0]}-{struck.name}" for number, case, struck in TRIALS],
)
def test_nothing_is_left(
    number: int,
    case: Case,
    struck: signal.Signals,
    tmp_path: Path,
    kept: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, temporary = tmp_path / "work", tmp_path / "temporary"
    for each in (folder, temporary):
        each.mkdir()
    _inputs(case.words, number, folder)
    variable = f"NEUROLOOM_TRIAL={tmp_path}"
    environment = {
        **os.environ,
        "NEUROLOOM_TRIAL": str(tmp_path),
        "NEUROLOOM_CACHE": str(kept),
        "TMPDIR": str(temporary),
    }
    process, words = _at_its_stage(case, number, folder, environment)
    try:
        children = descendants(process.pid)
        sessions = {process.pid, *map(_session, children)} - {0}
        begin = time.monotonic()
        process.send_signal(struck)
        while left(sessions, tmp_path, variable) and time.monotonic() - begin < LIMIT:
            time.sleep(0.02)
        seconds = time.monotonic() - begin
        remaining = left(sessions, tmp_path, variable)
        print(
            f"| {number} | {' '.join(words)} | {case.stage!r} | {struck.name} | "
            f"{len(children)} | {seconds:.2f} s | {len(remaining)} |"
        )
        assert not remaining, f"seed {SEED}"
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        _, error = process.communicate()
    early = {-struck} if isinstance(case.stage, float) else set()  # it was still being imported
    assert process.returncode in {STATUS[struck], *early}, error
    assert "Traceback" not in error
    assert not list(temporary.iterdir())
    again = _begun(words, folder, environment)
    try:
        _, error = again.communicate(timeout=10 if set(words) & set(LONG) else 600)
        assert again.returncode == 0, error
        assert not list(folder.rglob(".writing-*"))
    except subprocess.TimeoutExpired:
        again.terminate()
        _, error = again.communicate()
        assert again.returncode == STATUS[signal.SIGTERM], error
    assert "damaged" not in error and "Traceback" not in error
    monkeypatch.setenv("NEUROLOOM_CACHE", str(kept))
    cached_folder("trial", [str(tmp_path)], lambda scratch, result: None)
    assert not list(kept.glob(".building-*")) and not list(temporary.iterdir())


def _inputs(words: str, number: int, folder: Path) -> None:
    """The files that the words name."""
    if "network.npz" in words:
        integers = random_integers(NETWORK, seed=number)
        integer_network_file.save(integers, folder / "network.npz")
    if "network.onnx" in words:
        pytest.importorskip("onnx", reason="the package onnx is not installed")
        from support.onnx_graphs import Chain, saved

        chain = Chain([1, 2048])
        for _ in range(2):
            signs = np.random.default_rng(number).choice([-1.0, 1.0], (2048, 2048))
            chain.then("MatMul", signs).then("BipolarQuant", 1.0)
        saved(chain.model(), folder)
    if "report" in words:
        write_synth_page(made_reports.synthesis(made_reports.gates(320)), folder / "report")


def _at_its_stage(
    case: Case, number: int, folder: Path, environment: dict[str, str]
) -> tuple[subprocess.Popen[str], list[str]]:
    """The command when it has reached its stage, and its words. A stage of milliseconds may pass
    unseen on a busy machine; the command is then begun with another number.
    """
    for attempt in range(5):
        words = case.words.format(n=200 + number + len(TRIALS) * attempt).split()
        process = _begun(words, folder, environment)
        if _reached(process, case.stage):
            return process, words
        _, error = process.communicate()
        assert process.returncode == 0, error
    raise AssertionError(f"{' '.join(words)} ended before it was struck")


def _begun(words: list[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *words],
        cwd=folder,
        env=environment,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _reached(process: subprocess.Popen[str], stage: bytes | float) -> bool:
    """Waits until the command is at the stage; whether it is, and has not ended."""
    limit = time.monotonic() + STAGE_SECONDS
    if isinstance(stage, float):
        with suppress(subprocess.TimeoutExpired):
            process.wait(stage)
        return process.poll() is None
    while process.poll() is None:
        if running(process.pid, stage):
            return process.poll() is None
        if time.monotonic() > limit:
            process.kill()
            raise AssertionError(f"{stage!r} was not reached")
        time.sleep(0.005)
    return False


def _session(process: int) -> int:
    try:
        return os.getsid(process)
    except ProcessLookupError:
        return 0
