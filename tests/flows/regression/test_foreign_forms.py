"""Regressions as other tools read them: JUnit and Cobertura."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.command_line import run
from support.pages import check_page
from support.planted import MESSAGE, Planted
from support.regressions import QUICK, prepared, wide

NAME_OF_XML = re.compile(r"[A-Za-z_][\w.-]*")


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Planted:
    return prepared(monkeypatch, tmp_path)


class TestForeignForms:
    def test_junit(
        self, planted: Planted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        planted.status = wide
        words = ("verify", "popcount", "--points", "points.json", "--junit", "new/j.xml", *QUICK)
        status, _, error = run(capsys, *words)
        assert status == 1 and "note: the folder new is made for j.xml" in error
        assert "note:" not in run(capsys, *words)[2], "it is there"
        (suite,) = ElementTree.parse(tmp_path / "new" / "j.xml").getroot()
        assert (suite.tag, suite.get("name")) == ("testsuite", "verify popcount")
        counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "time")}
        assert counts == {"tests": "3", "failures": "1", "errors": "1", "time": "4.500"}
        cases = suite.findall("testcase")
        assert [case.get("name") for case in cases] == [
            f"width={width} style=counter pipeline=0 seed=1" for width in (2, 3, 5)
        ]
        assert {case.get("classname") for case in cases} == {"neuroloom.popcount"}
        assert [case.get("time") for case in cases] == ["1.500"] * 3
        kinds = [[part.tag for part in case if part.tag != "properties"] for case in cases]
        assert kinds == [[], ["error"], ["failure"]]
        failure = cases[2].find("failure")
        assert failure is not None and failure.get("message") == MESSAGE
        assert "repeat it with: neuroloom verify popcount width=5" in (failure.text or "")
        properties = {
            each.get("name"): each.get("value") for each in cases[2].findall("properties/property")
        }
        assert properties["width"] == "5" and properties["not covered"] == "<none> & 'all'"
        assert properties["cycles"] == "1234" and properties["simulator"] == "amaranth"

    def test_what_xml_cannot_hold(
        self,
        planted: Planted,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr("support.planted.MESSAGE", "a\x00b\x1b[31m]]>")
        planted.status = wide
        words = ("verify", "popcount", "--points", "points.json", "--junit", "j.xml", *QUICK)
        assert run(capsys, *words)[0] == 1
        failure = ElementTree.parse(tmp_path / "j.xml").getroot().find(".//failure")
        assert failure is not None and failure.get("message") == r"a\x00b\x1b[31m]]>"

    def test_coverage_is_read_as_cocotb_coverage_writes_it(
        self, planted: Planted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        planted.status = wide
        words = ("--points", "points.json", "--coverage", "c.xml", "--seeds", "2", *QUICK)
        run(capsys, "verify", "popcount", *words)
        top = ElementTree.parse(tmp_path / "c.xml").getroot()
        assert (top.tag, top.get("abs_name")) == ("top", "top")
        assert (top.get("size"), top.get("coverage")) == ("12", "8")
        assert top.get("cover_percentage") == "66.67"
        hits = {}
        for group in top:
            assert NAME_OF_XML.fullmatch(group.tag) and group.get("abs_name") == f"top.{group.tag}"
            for point in group:
                assert point.get("abs_name") == f"top.{group.tag}.{point.tag}"
                assert (point.get("weight"), point.get("at_least")) == ("1", "1")
                bins = {each.get("bin"): int(each.get("hits", "")) for each in point}
                assert [each.get("abs_name") for each in point] == [
                    f"top.{group.tag}.{point.tag}.bin{number}" for number in range(len(point))
                ]
                assert point.get("coverage") == str(sum(bins.values()))
                hits[group.get("specification"), point.tag] = bins
        assert hits == {
            (f"width={width} style=counter pipeline=0", f"seed{seed}"): {
                "all ones": 1,
                "<none> & 'all'": int(width == 2),
            }
            for width in (2, 3, 5)
            for seed in (1, 2)
        }

    def test_one_specification_with_its_companions(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = tmp_path / "out"
        words = (
            "verify",
            "requantize",
            "--operations",
            "10",
            *QUICK,
            "-o",
            str(folder),
            "--junit",
            str(folder / "j.xml"),
            "--coverage",
            str(folder / "c.xml"),
        )
        status, out, error = run(capsys, *words, "--json")
        document = json.loads(out)
        number = 1 + len(document["companions"])
        assert status == 0 and number > 2, error
        assert sorted(map(str, document["files"])) == sorted(map(str, folder.iterdir()))
        cases = ElementTree.parse(folder / "j.xml").getroot().findall(".//testcase")
        assert len(cases) == len({case.get("name") for case in cases}) == number
        points = ElementTree.parse(folder / "c.xml").getroot().findall("./*/seed1")
        assert 0 < len(points) <= number
        check_page((folder / "verify.html").read_text())
        lines = [line.split("  ")[-1] for line in error.splitlines()]
        assert lines[0] == "requantize in amaranth"
        assert lines[1].startswith("requantize built in ")
        assert lines[2].startswith(f"1 of {number}: seed 1 passed in ")
        assert len(lines) == 2 + number and "\x1b" not in error
