"""The committed figures beside those of others: like for like, losses first."""

import json

from support import made_reports as made
from support.places import ROOT

from neuroloom.flows.benchmarks.measure import TABLE
from neuroloom.flows.benchmarks.peers import COLUMNS, Peer, comparison
from neuroloom.flows.benchmarks.references import REFERENCES
from neuroloom.flows.benchmarks.tables import PEERS, devices_markdown, results_markdown
from neuroloom.flows.synthesis.targets import TARGETS

RESULTS = ROOT / "docs" / "results"


def committed() -> list[dict[str, object]]:
    return list(json.loads((RESULTS / f"{TABLE}.json").read_text())["designs"])


def test_tables_say_what_was_measured() -> None:
    entries = committed()
    assert [each["function"] for each in entries] == [each.function for each in REFERENCES]
    written = (RESULTS / f"{TABLE}.md").read_text()
    assert written.startswith(devices_markdown(entries))
    assert comparison(entries, PEERS) in written


def test_tables_are_written_of_reports() -> None:
    placed, alone, mapped = made.device(80, 120.0), made.gates(320), made.cells(500.0, 800.0, 4.0)
    targets = (placed, placed.model_copy(update={"target": "ecp5-25k"}), alone, mapped)
    text = results_markdown([made.synthesis(*targets)] * len(REFERENCES))
    first = REFERENCES[0].function
    assert f"| {first} | ice40-hx8k | 80 LUT4, 4 FF | 120.0 (118.0–121.0) |" in text
    assert (
        f"| {first} | predictive-45 | 4 pJ/word | 1 pJ | 1 pJ | 2 pJ | 800 µW at 800 MHz |" in text
    )
    assert text.count("| 113 LUT4, 88.0 MHz (a loop") == 2
    assert "- ice40-hx8k: nextpnr 1, 3 seeds" in text


def test_every_comparison_is_quoted_losses_included() -> None:
    table = comparison(committed(), PEERS).partition("| design")[2]
    assert f"| design{table}" in (RESULTS / f"{TABLE}.md").read_text()
    rows = table.splitlines()[2:]
    assert len(rows) == sum(map(len, PEERS.values()))
    losing = ["**" in row for row in rows]
    assert any(losing) and losing == sorted(losing, reverse=True)


def test_peers_are_taken_on_a_target_of_their_design_with_its_options() -> None:
    for reference in REFERENCES:
        for peer in reference.peers:
            assert peer.target in TARGETS
            assert reference.on is None or peer.target in reference.on, reference.function
            assert set(peer.resources) <= set(TARGETS[peer.target].resources)
    # half the LUTs of an ECP5 go by this option, so that the peers were taken with it, too
    assert all("-nowidelut" in TARGETS[name].script[0] for name in ("ecp5-25k", "ecp5-85k"))


def test_what_is_lost_comes_first_and_stands_out() -> None:
    def entry(name: str, lut4: int, mhz: float | None) -> dict[str, object]:
        found = {"resources": {"LUT4": lut4, "FF": 30}, "median_mhz": mhz}
        return {"function": name, "targets": {"ice40-hx8k": found}}

    def peer(lut4: int, ff: int, mhz: float | None, differs: str = "") -> tuple[Peer, ...]:
        return (Peer("ice40-hx8k", {"LUT4": lut4, "FF": ff}, mhz, "theirs", differs),)

    entries = [entry("small", 50, 100.0), entry("slow", 50, 80.0), entry("alone", 1, None)]
    peers = {"small": peer(100, 0, 100.0), "slow": peer(100, 40, 100.0, "it waits"), "alone": ()}
    lines = comparison(entries, peers).splitlines()[-4:]
    assert lines[0] == f"| {' | '.join(COLUMNS)} |"
    assert lines[2] == (
        "| slow | ice40-hx8k | 50 LUT4, 30 FF, 80.0 MHz | 100 LUT4, 40 FF, 100.0 MHz (theirs) | "
        "**Fmax 0.80**, LUT4 0.50, FF 0.75 | it waits |"
    )
    assert lines[3].split(" | ")[4:] == ["LUT4 0.50, Fmax 1.00", "– |"]
