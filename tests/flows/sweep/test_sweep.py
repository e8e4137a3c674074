"""Sweeps: what runs, and what is left after a kill."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from support.command_line import run
from support.effort import effort
from support.processes import alive, descendants, running

from neuroloom.flows.batch.job import Limits, compute
from neuroloom.flows.cells.predictive import predictive_text
from neuroloom.flows.designs.design import of_spec
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.sweep import key, sweep
from neuroloom.flows.sweep.job import PointJob
from neuroloom.flows.synthesis.synthesize import Options
from neuroloom.flows.synthesis.targets import liberty_target, target
from neuroloom.flows.tools.errors import ToolMissing, UsageError
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle

POPCOUNT = macro("popcount")


class TestBeforeAnythingRuns:
    @pytest.mark.parametrize(
        ("arguments", "status", "sentence"),
        [
            (["width=0,8"], 2, "1 of 2 combinations"),
            (["width=8", "--target", "gate"], 2, "did you mean 'gates'"),
            (["width=8", "--per", "with"], 2, "--per: no field 'with'; did you mean 'width'"),
            (["width=8", "--scheduler", "nonsense"], 2, "no Dask scheduler answers at 'nonsense'"),
        ],
    )
    def test_errors(
        self,
        arguments: list[str],
        status: int,
        sentence: str,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("neuroloom.flows.batch.executors.CONNECT_SECONDS", 1)
        given = ["sweep", "popcount", "--target", "gates", *arguments, "-o", str(tmp_path / "o")]
        left, _, error = run(capsys, *given)
        assert left == status and sentence in error
        assert not (tmp_path / "o" / "sweep.html").exists()

    def test_a_scheduler_that_does_not_answer(self, tmp_path: Path) -> None:
        """In a process of its own: what is left half-made is cleaned up at its end."""
        words = ["sweep", "popcount", "width=4", "--target", "gates", "--scheduler", "localhost"]
        done = subprocess.run(
            [sys.executable, "-m", "neuroloom.flows", *words, "-o", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2 and "Traceback" not in done.stderr
        last = done.stderr.splitlines()[-1]
        assert last.startswith("neuroloom: no Dask scheduler answers at 'localhost' within 5 s; ")
        assert len(done.stderr.splitlines()) == 2

    def test_dask_is_not_installed(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(ToolMissing, match=r"pip install 'neuroloom\[dask\]'"):
            sweep([PopcountSpec()], [target("gates")], folder=tmp_path, scheduler="tcp://x:1")

    def test_two_macros(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="of one macro"):
            sweep([PopcountSpec(), macro("requantize").spec()], [target("gates")], folder=tmp_path)


def test_descendants_of_every_session() -> None:
    script = "setsid sh -c 'sleep 60 & sleep 60' & sleep 60"
    process = subprocess.Popen(["sh", "-c", script], start_new_session=True)
    try:
        assert _until(lambda: len(descendants(process.pid)) == 4)
    finally:
        for each in [*descendants(process.pid), process.pid]:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        process.wait()


def _until(condition: Callable[[], object], seconds: float = 20.0) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.05)
    return False


WIDTHS = range(4, effort(12, 24))
POINTS = 3 * len(WIDTHS)
SWEEP = [
    "sweep",
    "popcount",
    f"width={','.join(map(str, WIDTHS))}",
    "style=sum,compressor,counter",
    "--target",
    "gates",
]
COMMAND = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "from neuroloom.flows import cli; cli.main()",
]  # whatever ignores it above


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The sweep of all points in a process group of its own."""
    process = subprocess.Popen(
        [*COMMAND, *SWEEP, "-o", str(tmp_path / "out")],
        start_new_session=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _computed(folder: Path) -> list[str]:
    """Keys of the points that were computed, as the log has them."""
    return re.findall(r" computed (\w+) ", (folder / "sweep.log").read_text())


@pytest.mark.flow
class TestRuns:
    def test_killed_and_resumed(self, started: subprocess.Popen[str], tmp_path: Path) -> None:
        out = tmp_path / "out"
        assert _until(lambda: len(list(out.glob("points/*.json"))) >= POINTS // 3, 300)
        children = descendants(started.pid)
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        kept = {file.stem: file.read_text() for file in out.glob("points/*.json")}
        first = _computed(out)
        assert POINTS // 3 <= len(kept) < POINTS
        # a point is kept before it is logged
        assert set(first) <= set(kept) and len(kept) - len(first) <= 1
        # the points that were being computed end as well
        assert children
        assert _until(lambda: not any(alive(child) for child in children))

        begin = time.monotonic()
        subprocess.run([*COMMAND, *SWEEP, "-o", str(out)], check=True, capture_output=True)
        second = _computed(out)[len(first) :]
        print(f"computed {len(kept)}, then {len(second)} in {time.monotonic() - begin:.1f} s")
        assert len(second) == len(set(second)) == POINTS - len(kept)
        assert not set(second) & set(kept)
        assert all(
            (out / "points" / f"{name}.json").read_text() == text for name, text in kept.items()
        )
        subprocess.run([*COMMAND, *SWEEP, "-o", str(out)], check=True, capture_output=True)
        assert len(_computed(out)) == len(first) + len(second)
        lines = list(csv.DictReader((out / "sweep.csv").open()))
        assert len(lines) == len({(line["width"], line["style"]) for line in lines}) == POINTS
        assert all(int(line["gates"]) > 0 and not line["failure"] for line in lines)

    def test_interrupted(self, started: subprocess.Popen[str], tmp_path: Path) -> None:
        out = tmp_path / "out"
        assert _until(lambda: len(list(out.glob("points/*.json"))) >= 2, 120)
        children = descendants(started.pid)
        started.send_signal(signal.SIGINT)
        _, error = started.communicate(timeout=30)
        assert started.returncode == 130
        assert "interrupted; what is finished is kept" in error and "Traceback" not in error
        gone = _until(lambda: not any(alive(each) for each in children), 2.0)
        assert gone
        assert set(_computed(out)) == {file.stem for file in out.glob("points/*.json")}

    def test_a_point_that_fails_leaves_the_others(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        given = [
            "sweep",
            "popcount",
            "width=8,900",
            "--target",
            "ice40-hx1k",
            "--seeds",
            "1",
            "-o",
            str(tmp_path),
        ]
        status, text, error = run(capsys, *given)
        assert status == 1 and "1 of 2 points failed" in error
        assert "width=900" in text and "1 point computed, 0 finished before, 1 failed" in text
        good, bad = csv.DictReader((tmp_path / "sweep.csv").open())
        assert float(good["fmax_mhz"]) > 100 and not good["failure"]
        assert "does not fit the device" in bad["failure"] and not bad["LUT4"]
        assert bad["failure"] in (tmp_path / "sweep.html").read_text()
        assert len(_computed(tmp_path)) == 1
        status, text, _ = run(capsys, *given, "--json")
        again = json.loads(text)
        assert (status, again["computed"], again["failed"]) == (1, 0, 1)

    def test_limits(self, tmp_path: Path) -> None:
        specs, targets = [PopcountSpec(width=1024)], [target("gates")]
        begin = time.monotonic()
        result = sweep(specs, targets, folder=tmp_path, limits=Limits(seconds=0.2))
        assert [each.failure for each in result.failed] == [
            "it was stopped after 0.2 s without an end; --time-limit allows more"
        ]
        assert time.monotonic() - begin < 20
        result = sweep(specs, targets, folder=tmp_path, limits=Limits(megabytes=64))
        (failed,) = result.failed
        print(failed.failure)
        assert re.search(r"memory|bad_alloc|MemoryError|thread", failed.failure)
        # a limit that leaves room lets WebAssembly tools run as well
        result = sweep(
            [PopcountSpec(width=8)],
            [target("ice40-hx8k")],
            Options((1,)),
            tmp_path,
            limits=Limits(megabytes=2048),
        )
        assert not result.failed

    def test_a_process_that_crashes(self) -> None:
        spec = PopcountSpec(width=1024)
        design, options = of_spec(spec), Options((1,))
        job = PointJob(
            key=key.point_key(design, key.ground(target("gates"), options)),
            macro="popcount",
            spec=spec.model_dump(mode="json"),
            verilog=design.text,
            target="gates",
            options=options,
            limits=Limits(),
        )
        with ThreadPoolExecutor(1) as pool:
            outcome = pool.submit(compute, job)
            assert _until(lambda: running(os.getpid(), b"flows.batch.process"))
            (point,) = running(os.getpid(), b"flows.batch.process")
            assert _until(lambda: running(point, b"libyosys"))
            os.kill(point, signal.SIGKILL)
            assert outcome.result().report is None
        assert "its process crashed" in outcome.result().failure
        assert "killed by signal 9" in outcome.result().failure

    def test_own_liberty_file(self, tmp_path: Path) -> None:
        file = tmp_path / "own.lib"
        file.write_text(predictive_text(45))
        result = sweep(
            [PopcountSpec(width=8)], [liberty_target([file])], folder=tmp_path, liberty=[file]
        )
        (made_point,) = result.points
        assert made_point.report is not None, made_point.failure
        assert made_point.report.area is not None and made_point.report.area.total_um2 > 0

    def test_cluster_gives_the_same(self, tmp_path: Path) -> None:
        distributed = pytest.importorskip("distributed")
        specs = [PopcountSpec(width=8, style=style) for style in PopcountStyle]
        targets = [target("gates"), target("predictive-45")]
        here = sweep(specs, targets, folder=tmp_path / "here")
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster:
            there = sweep(
                specs, targets, folder=tmp_path / "there", scheduler=cluster.scheduler_address
            )
        assert here.computed == there.computed == 6 and not here.failed
        assert [each.report for each in here.points] == [each.report for each in there.points]
        kept = [
            {file.name for file in (tmp_path / place / "points").iterdir()}
            for place in ("here", "there")
        ]
        assert kept[0] == kept[1]
