"""Tab completion: what each shell is offered for a line that has begun."""

import os
import resource
import subprocess
import sys

import pytest
from support.command_line import run

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.reproduce import systems


class Tab:
    """Completes the last word of a line, as a shell does."""

    def __init__(self, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capsys = patch, capsys

    def __call__(self, *words: str, shell: str = "bash") -> list[str]:
        for name, value in environment(words, shell).items():
            self._patch.setenv(name, value)
        status, text, error = run(self._capsys)
        assert (status, error) == (0, "")
        return [line for line in text.splitlines() if line]


def environment(words: tuple[str, ...], shell: str) -> dict[str, str]:
    line = " ".join(("neuroloom", *words))
    return {
        "_NEUROLOOM_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words)),
        "_TYPER_COMPLETE_ARGS": line,
    }


@pytest.fixture
def tab(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tab:
    return Tab(monkeypatch, capsys)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("sho",), ["show"]),
        (("doc",), ["doctor"]),
        (("show", "neuron_c"), ["neuron_core"]),
        (("verify", "lif", "leak"), ["leak=", "leak_bits="]),
        (
            ("synth", "neuron_core", "neuron.refr"),
            ["neuron.refractory=", "neuron.refractory_input="],
        ),
        (("sweep", "popcount", "wi"), ["width="]),
        (("generate", "popcount", "style", "=", "co"), ["compressor", "counter"]),
        (("generate", "popcount", "style", "="), ["counter", "compressor", "sum"]),
        (("generate", "popcount", "style=co"), ["style=compressor", "style=counter"]),
        (("show", "accumulator", "signed=t"), ["signed=true"]),
        (("synth", "popcount", "--target", "ice40-h"), ["ice40-hx1k", "ice40-hx8k"]),
        (("sweep", "popcount", "--target", "predictive-4"), ["predictive-45"]),
        (("reproduce", "b"), ["bnn"]),
        (("show", "no_macro", "x"), []),
    ],
)
def test_a_word_is_completed(tab: Tab, words: tuple[str, ...], expected: list[str]) -> None:
    assert sorted(tab(*words)) == sorted(expected)


def test_zsh_is_told_what_a_macro_is(tab: Tab) -> None:
    text = "\n".join(tab("show", "popc", shell="zsh"))
    assert '"popcount"' in text
    assert macros()["popcount"].spec.summary in text


def test_completion_takes_less_than_a_second_of_processor_time() -> None:
    program = "import sys; sys.argv = ['neuroloom']; from neuroloom.flows import cli; cli.main()"
    told = {**os.environ, **environment(("show", "popcount", "wid"), "bash")}
    seconds = []
    for _ in range(2):
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-c", program], env=told, capture_output=True, text=True, check=True
        )
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.stdout.split() == ["width="]
        seconds.append(end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime)
        if seconds[-1] < 1:
            return
    raise AssertionError(seconds)


def test_every_published_system_is_offered(tab: Tab) -> None:
    assert tab("reproduce", "") == list(systems.systems())
