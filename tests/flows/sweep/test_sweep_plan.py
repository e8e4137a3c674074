"""Sweeps: what is visited, what is kept, what a point is known by."""

import json
import os
import re
from pathlib import Path

import pytest
from support import made_reports as made

from neuroloom.flows.batch.store import Finished, JobStore
from neuroloom.flows.cells.mapping import Aim
from neuroloom.flows.designs.design import of_spec
from neuroloom.flows.designs.report import TargetReport
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.sweep import key
from neuroloom.flows.sweep.plan import plan, varying
from neuroloom.flows.synthesis.synthesize import Options
from neuroloom.flows.synthesis.targets import target
from neuroloom.flows.tools.errors import OutputFailed, UsageError
from neuroloom.golden.arith.popcount import PopcountSpec

POPCOUNT = macro("popcount")
KEPT = Finished[TargetReport]


def words(*values: str, base: Path | None = None, points: Path | None = None) -> list[str]:
    """The planned specifications as ``width style pipeline``."""
    shown = []
    for spec in plan(POPCOUNT, values, base, points).specs:
        assert isinstance(spec, PopcountSpec)
        shown.append(f"{spec.width} {spec.style.value} {spec.pipeline}")
    return shown


class TestPlan:
    def test_all_combinations_in_order(self) -> None:
        assert words("width=8,16", "style=sum,counter") == [
            "8 sum 0",
            "8 counter 0",
            "16 sum 0",
            "16 counter 0",
        ]

    def test_duplicates_once(self) -> None:
        assert words("width=8, 8,16,8") == ["8 counter 0", "16 counter 0"]

    def test_nothing_given_is_the_default(self) -> None:
        assert words() == ["64 counter 0"]

    def test_commas_in_brackets_do_not_part(self) -> None:
        planned = plan(macro("bnn_network"), ["layers.0.pe=1,2"])
        assert varying(planned.specs) == ["layers.0.pe"]
        with pytest.raises(
            UsageError, match=r"2 of 2 .*: layers=\[1,2\]: .*; layers=\[3\]: [^\n]*"
        ):
            plan(macro("bnn_network"), ["layers=[1,2],[3]"])

    def test_base(self, tmp_path: Path) -> None:
        base = tmp_path / "base.toml"
        base.write_text('width = 12\nstyle = "sum"\n')
        assert words("pipeline=0,1", base=base) == ["12 sum 0", "12 sum 1"]

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("p.csv", "width, style\n8, sum\n16,\n"),
            ("p.json", '[{"width": 8, "style": "sum"}, {"width": 16}]'),
            ("p.toml", '[[points]]\nwidth = 8\nstyle = "sum"\n[[points]]\nwidth = 16\n'),
        ],
    )
    def test_listed_points(self, name: str, text: str, tmp_path: Path) -> None:
        file = tmp_path / name
        file.write_text(text)
        assert words(points=file) == ["8 sum 0", "16 counter 0"]
        assert words("pipeline=1,2", points=file) == [
            "8 sum 1",
            "8 sum 2",
            "16 counter 1",
            "16 counter 2",
        ]

    @pytest.mark.parametrize(
        ("name", "text", "sentence"),
        [
            (
                "p.csv",
                "width\n8,9\n",
                "p.csv, line 2: 2 of 1 cells; each line has as many as the first",
            ),
            (
                "p.csv",
                "width,style\n8,sum\n\n16\n",
                "p.csv, line 4: 1 of 2 cells; each line has as many as the first",
            ),
            ("p.csv", "width\n", "holds no points"),
            ("p.json", '{"width": 8}', "does not hold points"),
            ("p.json", "[", "is not valid JSON"),
            ("p.toml", "points = 3", "does not hold points"),
            ("p.csv", "widht\n8\n", "no field 'widht'; did you mean 'width'"),
        ],
    )
    def test_wrong_points(self, name: str, text: str, sentence: str, tmp_path: Path) -> None:
        file = tmp_path / name
        file.write_text(text)
        with pytest.raises(UsageError, match=re.escape(sentence)):
            plan(POPCOUNT, points=file)
        with pytest.raises(UsageError, match="cannot read the points"):
            plan(POPCOUNT, points=tmp_path / "nothing.csv")

    def test_points_that_come_again_are_told_and_planned_once(self, tmp_path: Path) -> None:
        file = tmp_path / "p.csv"
        file.write_text('width,style\n8,sum\n16,\n8,"sum"\n64,\n,\n')
        planned = plan(POPCOUNT, points=file)
        assert words(points=file) == ["8 sum 0", "16 counter 0", "64 counter 0"]
        assert planned.warnings == [
            "given more than once and computed once: width=8 style=sum; all defaults"
        ]
        assert plan(POPCOUNT, ["width=8,9"]).warnings == []
        (many,) = plan(POPCOUNT, [f"width={','.join(['8'] * 12)}"]).warnings
        assert many.endswith(f"once: {'; '.join(['width=8'] * 8)} and 3 more")

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            ("width", "'width' is not of the form field=value,value"),
            ("width=8,,9", "has an empty value"),
            ("width=", "has an empty value"),
            ("width=[8,9", "leaves a bracket open"),
            ("width=8]", "closes a bracket that was not opened"),
            ('width="8', "leaves a quote open"),
            ("widht=8,9", "popcount has no field 'widht'; did you mean 'width'?"),
            ("style=sume,add", "2 of 2 combinations are not possible: popcount: style=sume"),
        ],
    )
    def test_wrong_values(self, value: str, sentence: str) -> None:
        with pytest.raises(UsageError, match=re.escape(sentence)):
            plan(POPCOUNT, [value], skip_invalid=True)

    def test_field_twice(self) -> None:
        with pytest.raises(UsageError, match=r"width is given twice; .*width=v1,v2"):
            plan(POPCOUNT, ["width=8", "width=9"])

    def test_refused_combinations_each_with_its_sentence(self) -> None:
        values = ["width=0,8,5000", "pipeline=0,17"]
        with pytest.raises(UsageError) as caught:
            plan(POPCOUNT, values)
        text = str(caught.value)
        assert text.startswith("5 of 6 combinations are not possible: popcount: width=0 is wrong")
        assert "; popcount: pipeline=17 is wrong: input should be" in text and "\n" not in text
        assert text.endswith("; and 2 more; --skip-invalid goes on with the others")
        with pytest.raises(UsageError, match=r"^1 of 2 combinations is not possible: popcount: w"):
            plan(POPCOUNT, ["width=8,0"])
        planned = plan(POPCOUNT, values, skip_invalid=True)
        assert planned.specs == (PopcountSpec(width=8),)
        assert [each.values for each in planned.refused] == [
            "width=0 pipeline=0",
            "width=0 pipeline=17",
            "width=8 pipeline=17",
            "width=5000 pipeline=0",
            "width=5000 pipeline=17",
        ]


class TestStore:
    POINT = KEPT(key="abc", macro="popcount", spec={"width": 8}, seconds=1.5, report=made.gates(9))

    def test_put_and_get(self, tmp_path: Path) -> None:
        store = JobStore(tmp_path / "new" / "points", KEPT)
        assert store.get("abc") is None
        store.put(self.POINT)
        assert store.get("abc") == self.POINT
        assert [file.name for file in store.folder.iterdir()] == ["abc.json"]

    def test_broken_file_counts_as_absent(self, tmp_path: Path) -> None:
        store = JobStore(tmp_path, KEPT)
        text = self.POINT.model_dump_json()
        for broken in ("", text[:-20], text.replace("abc", "xyz"), '{"key": "abc"}'):
            (tmp_path / "abc.json").write_text(broken)
            assert store.get("abc") is None

    def test_damaged_file_is_said_to_be(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        store = JobStore(tmp_path, KEPT)
        store.put(self.POINT)
        file = tmp_path / "abc.json"
        sound = file.read_text()
        assert json.loads(sound)["seconds"] == 1.5
        for broken in ("", sound[:-20], sound.replace("1.5", "1.4"), "[" * 9999, "[1]", "\xff"):
            file.write_text(broken)
            assert store.get("abc") is None
            assert capsys.readouterr().err == f"neuroloom: {file} is damaged; it is made anew\n"
        file.write_text(sound.replace("\n", "\r\n"))  # no digit of it is another one
        assert store.get("abc") == self.POINT

    def test_write_that_fails_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OutputFailed, match="No space left on device; free some space"):
            JobStore(tmp_path, KEPT).put(self.POINT)
        assert not list(tmp_path.iterdir())

    def test_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(UsageError, match="cannot write to"):
            JobStore(tmp_path / "file" / "points", KEPT)


class TestKey:
    def test_same_for_the_same(self) -> None:
        design = of_spec(PopcountSpec(width=8))
        grounds = {key.ground(target("gates"), Options(s)) for s in (range(1, 3), [1, 2], (1, 2))}
        assert len(grounds) == 1
        assert key.point_key(design, "x") == key.point_key(of_spec(PopcountSpec(width=8)), "x")
        assert key.point_key(design, "x") != key.point_key(of_spec(PopcountSpec(width=9)), "x")

    def test_everything_that_decides_takes_part(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def grounds() -> list[str]:
            devices = [key.ground(target(name), Options()) for name in ("gates", "ice40-hx8k")]
            chosen = [
                Options((1,)),
                Options(aim=Aim.AREA),
                Options(period=2.0),
                Options(dont_use=("NAND*",)),
                Options(power=True),
            ]
            return devices + [key.ground(target("gates"), each) for each in chosen]

        before = grounds()
        assert len(set(before)) == 7
        monkeypatch.setattr("importlib.metadata.version", lambda package: "0.0")
        assert not set(before) & set(grounds())

    def test_library_takes_part(self) -> None:
        options = Options(), Options(dont_use=("*X2",))
        assert len({key.ground(target("predictive-45"), each) for each in options}) == 2
