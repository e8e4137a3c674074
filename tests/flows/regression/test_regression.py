"""Lists of specifications and random ones: what runs, what is kept, printed and written."""

import json
import re
import shlex
from pathlib import Path

import pytest
from support.command_line import run
from support.pages import check_page
from support.planted import MESSAGE, Planted
from support.regressions import JSON, QUICK, SPECS, prepared, wide

from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.regression.run import random_runs
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle

TOML = "[[points]]\nwidth = 2\n[[points]]\nwidth = 3\n[[points]]\nwidth = 5\n"
CSV = "width\n2\n3\n5\n"


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Planted:
    return prepared(monkeypatch, tmp_path)


class TestFiles:
    @pytest.mark.parametrize(("name", "text"), [("p.json", JSON), ("p.toml", TOML), ("p.csv", CSV)])
    def test_every_form_that_a_sweep_takes(
        self,
        name: str,
        text: str,
        planted: Planted,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (tmp_path / name).write_text(text)
        status, out, error = run(
            capsys, "verify", "popcount", "pipeline=1", "--points", name, "--seeds", "2", *QUICK
        )
        assert status == 0, error
        expected = [(PopcountSpec(width=w, pipeline=1), s) for w in (2, 3, 5) for s in (1, 2)]
        assert sorted(planted.asked, key=repr) == sorted(expected, key=repr)
        assert "6 runs: 6 done, 0 passed before, 0 did not pass" in out
        assert error.splitlines()[0].endswith("  popcount: 6 runs")
        lines = [line[10:].split() for line in error.splitlines()[1:]]
        assert [line[:3] for line in lines] == [[str(n), "of", "6:"] for n in range(1, 7)]
        assert all("passed in 1.5 s, 1,234 cycles" in line for line in error.splitlines()[1:])

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ('[{"width": 0}]', "points.json, point 1: popcount: width=0 is wrong"),
            (
                '[{"width": 8}, {"width": 0}]',
                "1 of 2 combinations is not possible: points.json, point 2: popcount: "
                "width=0 is wrong: input should be greater than or equal to 1",
            ),
            ('[{"with": 8}]', "popcount has no field 'with'; did you mean 'width'?"),
            ("[]", "points.json holds no points"),
            ("{", "points.json is not valid JSON"),
            ('[{"width": 8, "width": 9}]', "points.json is not valid JSON"),
        ],
    )
    def test_mistakes_are_a_sentence_and_nothing_is_written(
        self,
        text: str,
        sentence: str,
        planted: Planted,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (tmp_path / "points.json").write_text(text)
        words = ("--points", "points.json", "-o", "out", "--junit", "new/j.xml")
        status, out, error = run(capsys, "verify", "popcount", *words)
        assert (status, out) == (2, "")
        assert sentence in error and len(error.splitlines()) == 1
        assert "--skip-invalid" not in error, "an option that verify does not have"
        assert sorted(each.name for each in tmp_path.iterdir()) == ["points.json"]
        assert not planted.asked

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["--points", "points.json", "--random", "3"], "give one of both"),
            (["--points", "none.json"], "cannot read the points none.json"),
            (["--random", "3", "width=8"], "--random draws every field: leave out 'width=8'"),
            (["--random", "3", "--spec", "a.toml"], "leave out --spec a.toml"),
            (["--keep", "kept.json"], "--keep: without --random nothing is drawn; give --random"),
            (["--points", "points.json", "--keep", "kept.json"], "without --random nothing is"),
            (["--points", "points.xyz"], "ends in .csv, .json or .toml"),
            (["--points", "points"], "ends in .csv, .json or .toml"),
            (["--random", "3", "--keep", "kept.toml"], "name a file that ends in .json"),
            (["--random", "3", "--keep", "bad.json"], "bad.json is not valid JSON"),
            (["--random", "2", "--seed", "4294967295"], "reaches the seed 4294967296"),
            (["--points", "points.json", "--junit", "cache"], "cache: it is a folder"),
            (["--points", "points.json", "--coverage", "points.json/x"], "it is a file"),
            (["--points", "points.json", "width=8"], "width is given twice"),
        ],
    )
    def test_wrong_use(
        self,
        words: list[str],
        sentence: str,
        planted: Planted,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (tmp_path / "bad.json").write_text("{")
        for name in ("points", "points.xyz"):
            (tmp_path / name).write_text(TOML)
        (tmp_path / "cache").mkdir()
        status, out, error = run(capsys, "verify", "popcount", *words)
        assert (status, out) == (2, "")
        assert sentence in error and len(error.splitlines()) == 1
        assert not planted.asked

    @pytest.mark.parametrize(
        ("name", "text", "place"),
        [
            ("p.csv", "width\n2\n\n0\n", "p.csv, line 4: popcount: width=0 is wrong"),
            ("P.CSV", "width\n0\n", "P.CSV, line 2: popcount: width=0 is wrong"),
            ("p.csv", "width,style\n2,tree\n0,tree\n", "p.csv, line 2: popcount: style="),
            ("p.toml", TOML.replace("3", "0"), "p.toml, point 2: popcount: width=0 is wrong"),
        ],
    )
    def test_a_wrong_value_is_told_with_file_and_line(
        self,
        name: str,
        text: str,
        place: str,
        planted: Planted,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (tmp_path / name).write_text(text)
        for command in (["verify", "popcount"], ["sweep", "popcount", "--target", "gates"]):
            status, _, error = run(capsys, *command, "--points", name)
            assert status == 2 and place in error and len(error.splitlines()) == 1
        assert not planted.asked


class TestOutcomes:
    def test_a_list_ends_at_the_first_that_does_not_pass(
        self, planted: Planted, capsys: pytest.CaptureFixture[str]
    ) -> None:
        planted.status = lambda spec: "failed" if spec.width == 3 else "passed"
        words = ("verify", "popcount", "--points", "points.json", "--workers", "1", *QUICK)
        status, out, error = run(capsys, *words, "--first")
        assert status == 1 and "popcount: 1 of 2 runs did not pass" in error
        assert "2 runs: 2 done, 0 passed before, 1 did not pass" in out
        assert out.endswith(" s; 1 left out\n")
        status, out, _ = run(capsys, *words, "--first", "--json")
        document = json.loads(out)
        assert [each["spec"]["width"] for each in document["runs"]] == [2, 3]
        assert document["left"] == 1 and document["runs"][0]["reused"]
        assert "3 runs: 1 done, 2 passed" not in out
        status, out, _ = run(capsys, *words)
        assert "3 runs: 2 done, 1 passed before, 1 did not pass" in out and "left out" not in out

    def test_a_list_is_resumed_and_what_failed_runs_again(
        self, planted: Planted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        planted.status = wide
        words = ("verify", "popcount", "--points", "points.json", "-o", "out", *QUICK)
        status, out, error = run(capsys, *words)
        assert status == 1
        assert "3 runs: 3 done, 0 passed before, 2 did not pass" in out
        told = error[error.index("neuroloom: ") :].splitlines()
        assert told[0] == "neuroloom: popcount: 2 of 3 runs did not pass"
        assert told[1] == "width=3, seed 1, stopped:"
        assert told[2:5] == [
            f"  {MESSAGE}",
            "    word: 1011",
            "  repeat it with: neuroloom verify popcount width=3 --only --seed 1 --simulator "
            "amaranth",
        ]
        planted.asked.clear()
        planted.status = lambda spec: "passed"
        status, out, _ = run(capsys, *words)
        assert status == 0 and "3 runs: 2 done, 1 passed before, 0 did not pass" in out
        assert {spec for spec, _ in planted.asked} == set(SPECS[1:])
        planted.asked.clear()
        assert run(capsys, *words)[0] == 0 and not planted.asked
        log = (tmp_path / "out" / "verify.log").read_text()
        assert log.count(" computed ") == 5 and log.count("end: ") == 3

    def test_json(self, planted: Planted, capsys: pytest.CaptureFixture[str]) -> None:
        planted.status = wide
        words = ("verify", "popcount", "--points", "points.json", *QUICK, "--json")
        status, out, _ = run(capsys, *words)
        document = json.loads(out)
        assert status == 1 and document["varying"] == ["width"] and document["failed"] == 2
        assert [run["outcome"]["status"] for run in document["runs"]] == [
            "passed",
            "stopped",
            "failed",
        ]
        assert list(document)[-1] == "provenance"

    def test_a_page_tells_what_failed(
        self, planted: Planted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        planted.status = wide
        run(capsys, "verify", "popcount", "--points", "points.json", "-o", "out", *QUICK)
        page = (tmp_path / "out" / "verify.html").read_text()
        check_page(page)
        told = " ".join(re.sub("<[^>]*>", " ", page).split())
        assert "did not pass 2" in told
        assert f"width=5, seed 1: failed {MESSAGE} word: 1011 repeat it neuroloom verify" in told
        assert "all ones 3 3" in told and "&lt;none&gt; &amp; &#39;all&#39; 1 3" in told
        kept = json.loads((tmp_path / "out" / "verify.json").read_text())
        assert [each["spec"]["width"] for each in kept["runs"]] == [2, 3, 5]

    def test_the_page_where_all_passed(
        self, planted: Planted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(capsys, "verify", "popcount", "--points", "points.json", "-o", "out", *QUICK)
        page = (tmp_path / "out" / "verify.html").read_text()
        check_page(page)
        assert "agree in every run" in page and "Did not pass" not in page


class TestFailures:
    def test_the_proof_is_named_where_there_is_one(
        self,
        planted: Planted,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        planted.status = lambda spec: "failed"
        (tmp_path / "points.json").write_text('[{"depth": 2}, {"depth": 3}]')
        _, _, error = run(capsys, "verify", "event_fifo", "--points", "points.json", *QUICK)
        assert "neuroloom prove event_fifo depth=2 may show it shorter" in error
        monkeypatch.setattr("neuroloom.flows.verify.verify", planted.verify)
        words = ("verify", "event_fifo", "depth=2", "--only", *QUICK)
        status, _, error = run(capsys, *words)
        assert status == 1
        assert error[error.index("neuroloom: ") :].splitlines() == [
            f"neuroloom: event_fifo failed, seed 1: {MESSAGE}",
            "  word: 1011",
            f"repeat it with: {shlex.join(('neuroloom', *words, '--seed', '1'))}",
            "neuroloom prove event_fifo depth=2 may show it shorter",
        ]

    def test_none_is_named_where_there_is_none(
        self, planted: Planted, capsys: pytest.CaptureFixture[str]
    ) -> None:
        planted.status = lambda spec: "failed"
        _, _, error = run(capsys, "verify", "popcount", "--points", "points.json", *QUICK)
        assert "repeat it with" in error and "prove" not in error


class TestRandom:
    def test_the_smallest_that_fails_is_named_and_kept(
        self, planted: Planted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        planted.status = lambda spec: (
            "failed" if spec.width >= 9 and spec.style is PopcountStyle.SUM else "passed"
        )
        words = (
            "verify",
            "popcount",
            "--random",
            "12",
            "--seed",
            "5",
            "--keep",
            "kept.json",
            *QUICK,
        )
        status, out, error = run(capsys, *words)
        assert status == 1 and "12 runs: 12 done" in out
        smallest = "smallest that fails: neuroloom verify popcount width=9 style=sum --only --seed"
        assert smallest in error
        (kept,) = json.loads((tmp_path / "kept.json").read_text())
        assert kept == {"width": 9, "style": "sum", "pipeline": 0}
        planted.asked.clear()
        status, _, error = run(capsys, "verify", "popcount", "--points", "kept.json", *QUICK)
        assert status == 1 and [spec for spec, _ in planted.asked] == [
            PopcountSpec(width=9, style=PopcountStyle.SUM)
        ]
        before = (tmp_path / "kept.json").read_text()
        run(capsys, *words)
        assert (tmp_path / "kept.json").read_text() == before, "each is kept once"

    def test_the_proof_is_that_of_the_smallest(
        self, planted: Planted, capsys: pytest.CaptureFixture[str]
    ) -> None:
        planted.status = lambda spec: "failed" if spec.depth > 3 else "passed"
        _, _, error = run(capsys, "verify", "event_fifo", "--random", "2", *QUICK)
        assert "  neuroloom prove event_fifo bits=1 depth=4 may show it shorter" in error

    def test_all_that_pass_keep_nothing(
        self, planted: Planted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ("--random", "4", "--seed", "9", "--keep", "kept.json", *QUICK)
        assert run(capsys, "verify", "popcount", *words)[0] == 0
        assert not (tmp_path / "kept.json").exists()
        asked = sorted(planted.asked, key=lambda planned: planned[1])
        assert asked == random_runs(macro("popcount"), 4, 9)
        assert [seed for _, seed in asked] == [9, 10, 11, 12]
