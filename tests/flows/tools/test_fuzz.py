"""Damaged and hostile inputs of every kind: each is read or refused, and nothing else.

No traceback, no more than 2 s and 1 GB, no sentence that repeats a file, and status 2 for words
that are wrong. 1,000 inputs in a usual run, 20,000 in a thorough one.
"""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.effort import effort

pytest.importorskip("onnx", reason="the package onnx is not installed")

import fuzz
from support import hostile

NUMBER = effort(1_000, 20_000)
SECONDS = effort(15, 900)
"""A slow machine tries fewer in a usual run."""


@pytest.mark.flow
def test_inputs_are_read_or_refused(tmp_path: Path) -> None:
    drawn = effort(1, random.SystemRandom().randrange(1 << 31))
    seed = int(os.environ.get("NEUROLOOM_SEED", drawn))
    print(f"seed {seed}: NEUROLOOM_SEED={seed} repeats it")
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "NEUROLOOM_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, fuzz.__file__, str(seed), str(NUMBER), str(SECONDS)],
        capture_output=True,
        text=True,
        timeout=SECONDS + 120,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    for name, outcomes in found["readers"].items():
        print(f"{name}: {outcomes}, at most {found['slowest'][name]} s")
    print(f"{found['inputs']} inputs in {found['seconds']} s with {found['megabytes']} MB")
    assert not found["wrong"], json.dumps(found["first"], indent=1)
    assert found["inputs"] >= 200
    assert found["megabytes"] < fuzz.MEGABYTES


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show", "crossbar_chip", "chip=f.npz"], b"f.npz is not a chip file"),
        (["map", "f.json"], b"f.json is not a network file: it is nested deeper than 50 levels"),
        (["show", b"\xff\x1b[31m"], b"no macro is called '"),
    ],
)
def test_the_real_command_says_the_same(
    words: list[str | bytes], sentence: bytes, tmp_path: Path
) -> None:
    (tmp_path / "f.npz").write_bytes(hostile.kinds()["chip NPZ"].whole[0][:-40])
    (tmp_path / "f.json").write_bytes(b'{"a":' * 100_000)
    command = [sys.executable, "-m", "neuroloom.flows", *words]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (2, b""), done.stderr
    assert done.stderr.startswith(b"neuroloom: ") and sentence in done.stderr
    assert done.stderr.count(b"\n") == 1 and b"\x1b" not in done.stderr


@pytest.mark.parametrize("kind", hostile.kinds().values(), ids=lambda kind: kind.name)
def test_what_is_damaged_was_whole(kind: hostile.Kind, tmp_path: Path) -> None:
    for content in kind.whole:
        file = tmp_path / f"f{kind.suffix}"
        file.write_bytes(content)
        assert fuzz.refused(kind.name, file) is None
    rng = random.Random(1)
    for damage in set(kind.damage):
        damage(rng, rng.choice(kind.whole))


def test_the_watch_sees_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own outcomes: a loop that does not end is not one that was refused."""
    monkeypatch.setattr(fuzz, "SECONDS", 0.1)

    def loops() -> str:
        while True:
            pass

    def breaks() -> str:
        raise IndexError("place")

    def raise_hangs(*_: object) -> None:
        raise fuzz.Hangs

    numbers = (signal.SIGALRM, signal.SIGPROF)
    saved = [signal.getsignal(number) for number in numbers]
    fuzz.watched(raise_hangs)
    try:
        assert fuzz.outcome(loops)[0] == "hang"
    finally:
        for number, handler in zip(numbers, saved, strict=True):
            signal.signal(number, handler)
    assert fuzz.outcome(breaks)[0] == "traceback"
    assert fuzz.outcome(lambda: "x" * 5000)[0] == "too long"
    assert fuzz.outcome(lambda: "there is not enough memory")[0] == "memory"
    assert fuzz.outcome(lambda: "no")[0] == "refused"
    assert fuzz.outcome(lambda: None)[0] == "read"
