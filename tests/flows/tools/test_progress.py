"""How far long work is: a bar in a terminal, lines elsewhere."""

import io

import pytest
from rich.console import Console

from neuroloom.flows.tools import terminal


class Clock:
    """A clock that a test moves on."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(terminal, "time", made)
    return made


def test_a_line_a_stage_with_the_time(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress("demo") as advance:
        clock.now += 2.5
        advance("training: epoch 1 of 40")
        for epoch in range(2, 41):
            clock.now += 1
            advance(f"training: epoch {epoch} of 40")
        advance("simulating")
        advance("simulating")
        clock.now += 4000
        advance("placing")
    assert capsys.readouterr().err.splitlines() == [
        "   0.0 s  demo",
        "   2.5 s  training: epoch 1 of 40",
        "    12 s  training: epoch 11 of 40",
        "    22 s  training: epoch 21 of 40",
        "    32 s  training: epoch 31 of 40",
        "    42 s  simulating",
        "1 h 7 min  placing",
    ]


def test_points_done_of_all_and_the_time_left(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with terminal.progress("popcount", 40) as advance:
        for _ in range(40):
            clock.now += 5
            advance()
    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == [
        "   0.0 s  popcount",
        "    10 s  popcount: 2 of 40, about 3 min left",
        "    20 s  popcount: 4 of 40, about 3 min left",
    ]
    assert lines[-1] == "   3 min  popcount: 40 of 40"


def test_a_single_point_is_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress("popcount in icarus", 1) as advance:
        advance()
    assert capsys.readouterr().err == "   0.0 s  popcount in icarus\n"


def test_a_terminal_shows_points_and_times_and_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = io.StringIO()
    screen = Console(file=file, force_terminal=True, width=100, markup=False)
    monkeypatch.setattr(terminal, "err", screen)
    with terminal.progress("popcount [a]", 3) as advance:
        advance()
        advance(done=2)
        advance("arbiter")
    text = file.getvalue()
    assert "2/3" in text
    assert "0:00:00" in text
    assert "arbiter" in text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (12.3, "12 s"),
        (99.4, "99 s"),
        (100, "2 min"),
        (3599, "1 h 0 min"),
        (3540, "59 min"),
        (7320, "2 h 2 min"),
    ],
)
def test_a_duration_is_said_as_people_do(seconds: float, words: str) -> None:
    assert terminal.duration(seconds) == words


def test_what_came_of_each_of_a_few_is_a_line(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with terminal.progress("popcount", 3) as advance:
        clock.now += 4.2
        advance("popcount built in 4.2 s")
        for seed in range(1, 4):
            clock.now += 1
            advance(ended=f"seed {seed} passed in 1.0 s")
    assert capsys.readouterr().err.splitlines() == [
        "   0.0 s  popcount",
        "   4.2 s  popcount built in 4.2 s",
        "   5.2 s  1 of 3: seed 1 passed in 1.0 s",
        "   6.2 s  2 of 3: seed 2 passed in 1.0 s",
        "   7.2 s  3 of 3: seed 3 passed in 1.0 s",
    ]


def test_of_many_one_now_and_then_and_the_last(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with terminal.progress("popcount", 1000) as advance:
        for seed in range(1000):
            clock.now += 0.1
            advance(ended=f"seed {seed} passed")
    lines = capsys.readouterr().err.splitlines()
    assert 10 <= len(lines) <= 12 and lines[-1].endswith("1000 of 1000: seed 999 passed")
