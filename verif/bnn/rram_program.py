"""Stimulus for ``rram_program``: the loop is closed through a model of the array."""

from collections.abc import Callable

import numpy as np

from neuroloom.golden.bnn.rram_program import RramProgramModel, RramProgramSpec, Written
from neuroloom.golden.bnn.rram_tile import ProgrammedTile
from neuroloom.golden.devices.differential import ResistiveDevice
from neuroloom.golden.devices.differential_array import DifferentialArray, Pulse
from neuroloom.golden.ports import Tokens, Traffic, concatenate
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_tokens

UNSURE = ResistiveDevice(set_failure=0.15, reset_failure=0.15, form_failure=0.15)
SURE = ResistiveDevice(lrs_sigma=0, hrs_sigma=0)


class RramProgramStimulus(Stimulus[RramProgramSpec]):
    """Writes, with and without forming, and reads of an array with stuck devices and pulses that
    fail; for some arrays any answers.
    """

    operations = 30

    def corners(self) -> Traffic:
        """A fresh array without a fault is formed and written, read, written to the complement;
        the same in one whose first pulses fail, in one that is never formed, and in one in which
        all devices are stuck alike.
        """
        spec = self.spec
        bits = np.arange(spec.columns) % 2
        words = np.array([bits, bits, 1 - bits, 1 - bits])
        row = np.full(4, spec.rows - 1)
        parts = []
        for missed, stuck, form in ((0, 0, 1), (1, 0, 1), (0, 0, 0), (0, 1, 1)):
            commands = {
                "row": row,
                "bits": words,
                "write": np.array([1, 0, 1, 0]),
                "form": np.array([form, 1, 0, 0]),
            }
            shape = (spec.rows, spec.columns, 2)
            array = DifferentialArray(
                spec.rows,
                spec.columns,
                SURE,
                formed=False,
                missed=np.full(shape, missed),
                stuck=np.full(shape, stuck),
            )
            parts.append(ProgrammedTile(spec, array).traffic(commands))
        return concatenate(parts)

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        commands = random_tokens(spec.input_streams[0], rng, operations)
        if rng.random() < 0.3:
            return {"command": commands, "words": self._any_words(commands, rng)}
        share = rng.choice([0.0, 0.02, 0.2])
        shape = (spec.rows, spec.columns, 2)
        stuck = rng.choice([0, 1, 2], shape, p=[1 - 2 * share, share, share])
        array = DifferentialArray(
            spec.rows,
            spec.columns,
            UNSURE,
            stuck=stuck,
            formed=bool(rng.integers(2)),
            seed=int(rng.integers(1 << 32)),
        )
        return ProgrammedTile(spec, array).traffic(commands)

    def short(self, rng: Rng, operations: int) -> Traffic:
        """Reads, which need no pulses."""
        commands = random_tokens(self.spec.input_streams[0], rng, operations)
        commands["write"] = np.zeros(operations, np.int64)
        return {"command": commands, "words": self._any_words(commands, rng)}

    def _any_words(self, commands: Tokens, rng: Rng) -> Tokens:
        """Words of any bits, as many as the commands take; many are the one that was written."""
        most = len(commands["row"]) * self.spec.attempts
        words = random_tokens(self.spec.input_streams[1], rng, most)
        used = 0

        def take(written: Written) -> tuple[np.ndarray, np.ndarray]:
            nonlocal used
            if rng.random() < 0.3:
                words["bits"][used] = written.bits
                words["unresolved"][used] = 0
            used += 1
            return words["bits"][used - 1], words["unresolved"][used - 1]

        RramProgramModel(self.spec).carried_out(commands, take)
        return {name: values[:used] for name, values in words.items()}

    def coverage(self) -> list[Cover]:
        most = self.spec.attempts
        points = [
            Cover("a read", lambda _, got: (got["status"]["attempts"] == 0).any()),
            Cover("written at once", lambda _, got: self._ended(got, 1, True)),
            Cover("failed for good", lambda _, got: self._ended(got, most, False)),
            Cover("a last column failed", lambda _, got: got["status"]["failed"][:, -1].any()),
        ]
        points += [Cover(f"{kind.name} pulses", self._pulsed(kind)) for kind in Pulse]
        if most > 1:
            points.append(
                Cover(
                    "written again",
                    lambda _, got: any(
                        self._ended(got, attempts, True) for attempts in range(2, most + 1)
                    ),
                )
            )
        return points

    def _pulsed(self, kind: Pulse) -> Callable[[Traffic, Traffic], bool]:
        return lambda _, got: bool((got["pulses"]["kind"] == kind).any())

    def _ended(self, got: Traffic, attempts: int, well: bool) -> bool:
        status = got["status"]
        ended = status["failed"].any(axis=1) != well
        return bool((ended & (status["attempts"] == attempts)).any())

    @classmethod
    def random_spec(cls, rng: Rng) -> RramProgramSpec:
        columns = int(rng.integers(1, 9))
        return RramProgramSpec(
            rows=int(rng.integers(1, 6)),
            columns=columns,
            cells=int(rng.integers(1, columns + 2)),
            attempts=int(rng.integers(1, 5)),
            set_cycles=int(rng.integers(1, 4)),
            reset_cycles=int(rng.integers(1, 4)),
            form_cycles=int(rng.integers(1, 6)),
            gap_cycles=int(rng.integers(1, 4)),
        )
