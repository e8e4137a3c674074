"""The macros at a tile of differential memory closed through a model of its array."""

import numpy as np

from neuroloom.golden.bnn.rram_program import PulsedCells, RramProgramSpec, Written
from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec, straightened
from neuroloom.golden.devices.differential_array import DifferentialArray
from neuroloom.golden.ports import Integers, Tokens, Traffic


class SensedTile:
    """An array with its amplifiers, answering the reads of ``xnor_sense``.

    ``array`` has the rows and columns of the Spec; ValueError when they do not fit.
    """

    def __init__(self, spec: XnorSenseSpec, array: DifferentialArray) -> None:
        rows, columns, _ = array.state.shape
        if (rows, columns) != (spec.rows, spec.columns):
            raise ValueError(
                f"the array has {rows} rows and {columns} columns, "
                f"not {spec.rows} and {spec.columns}"
            )
        self.spec = spec
        self.array = array

    def sensed(self, read: Tokens) -> Tokens:
        """The tokens of ``sensed`` for those of ``read``. A column that is not there has no
        devices: both outputs stay high.
        """
        spec, steps = self.spec, self.spec.columns_per_amplifier
        rows = np.asarray(read["rows"], np.int64)
        step = np.argmax(read["columns"], axis=1) if steps > 1 else np.zeros(len(rows), np.int64)
        there = np.zeros((len(rows), spec.amplifiers * steps - spec.columns), np.int64) + 1
        sides = (
            np.concatenate([side, there], axis=1).reshape(len(rows), spec.amplifiers, steps)
            for side in self.array.evaluated(rows)
        )
        left, right = (side[np.arange(len(rows)), :, step] for side in sides)
        return {"left": left, "right": right}

    def traffic(self, requests: Tokens) -> Traffic:
        """``requests`` and the answers to their reads."""
        return {"request": requests, "sensed": self.sensed(self.spec.model().reads(requests))}

    def xnor(self, row: Integers, activations: Integers) -> Tokens:
        """The tokens of ``word`` for rows (requests,) and activations (requests, columns)."""
        requests: dict[str, Integers] = {"row": np.asarray(row), "activations": activations}
        if self.spec.tag_bits:
            requests["tag"] = np.zeros(len(row), np.int64)
        return self.spec.model().run(self.traffic(requests))["word"]


class ProgrammedTile:
    """An array that gets the pulses of ``rram_program`` and answers its reads.

    ``array`` has the rows and columns of the Spec, ValueError when they do not fit; commands leave
    their mark on it.
    """

    def __init__(self, spec: RramProgramSpec, array: DifferentialArray) -> None:
        rows, columns, _ = array.state.shape
        if (rows, columns) != (spec.rows, spec.columns):
            raise ValueError(
                f"the array has {rows} rows and {columns} columns, "
                f"not {spec.rows} and {spec.columns}"
            )
        self.spec = spec
        self.array = array

    def traffic(self, commands: Tokens) -> Traffic:
        """``commands`` and the words read in the course of them."""
        answers: list[Tokens] = []

        def read(written: Written) -> tuple[Integers, Integers]:
            line = np.arange(self.spec.rows) == written.row
            for kind, left, right in self._pulses(written):
                devices = np.stack([left, right], axis=-1)
                self.array.pulse(kind, (line[:, np.newaxis, np.newaxis] * devices).astype(bool))
            sides = self.array.evaluated(line[np.newaxis].astype(np.int64))
            answers.append(straightened(*sides, np.ones((1, self.spec.columns), np.int64)))
            return answers[-1]["bits"][0], answers[-1]["unresolved"][0]

        self.spec.model().carried_out(commands, read)
        empty = np.zeros((0, self.spec.columns), np.int64)
        words = {
            name: np.concatenate([empty, *(answer[name] for answer in answers)])
            for name in ("bits", "unresolved")
        }
        return {"command": commands, "words": words}

    def _pulses(self, written: Written) -> list[PulsedCells]:
        return self.spec.pulses(written, written.passes[-1]) if written.passes else []

    def program(self, commands: Tokens) -> Tokens:
        """The tokens of ``status`` for ``commands``."""
        return self.spec.model().run(self.traffic(commands))["status"]
