"""Stimulus for ``arbiter``."""

import numpy as np

from neuroloom.golden.events.arbiter import ArbiterSpec, GrantForm, Policy
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick

EVERY_REQUESTER = 64
"""Most requesters of which each one asks alone in some corner."""
LONGEST_RUN = {True: 5000, False: 300}
"""Words in which everybody asks, weighted or not: two rounds of turns, where they are no more."""
WEIGHTS = (1, 2, 3, 5, 127, 128, 254, 255)


class ArbiterStimulus(Stimulus[ArbiterSpec]):
    """Everybody asks, nobody, each alone, and all but a few; requests come and stay at random."""

    def corners(self) -> Traffic:
        requesters = self.spec.requesters
        run = 2 * (self.spec.patience or requesters) + 1
        everybody = np.ones((min(self._longest_run, run), requesters), bool)
        chosen = np.linspace(0, requesters - 1, min(requesters, EVERY_REQUESTER)).astype(int)
        alone = np.unique(chosen)[:, np.newaxis] == np.arange(requesters)
        nobody = np.zeros((1, requesters), bool)
        # each is granted alone, then meets all others and then all with it
        met = np.stack([alone, ~alone, np.ones_like(alone)], axis=1).reshape(-1, requesters)
        words = np.concatenate([everybody, nobody, alone[::-1], everybody, met, alone])
        if not self.spec.release:
            return _words(words)
        # all let go at once, then only in every third word, which a holder may not see
        third = np.zeros_like(words)
        third[::3] = True
        return _words(np.concatenate([words, words]), np.concatenate([np.ones_like(third), third]))

    def random(self, rng: Rng, operations: int) -> Traffic:
        """Each request stays or goes with a probability that is drawn for every word."""
        words = np.zeros((operations, self.spec.requesters), bool)
        asking = words[0]
        for word in words:
            density, change = 2.0 ** -rng.uniform(0, 4), rng.choice([0.1, 0.5, 1.0])
            drawn = rng.random(len(word)) < density
            asking = np.where(rng.random(len(word)) < change, drawn, asking)
            word[:] = asking
        if not self.spec.release:
            return _words(words)
        return _words(words, rng.random(words.shape) < 1 / 3)

    def coverage(self) -> list[Cover]:
        last = self.spec.requesters - 1
        points = [
            Cover("nobody asks", lambda _, got: (got["grants"]["any"] == 0).any()),
            Cover("the first is granted", lambda _, got: (self._winners(got) == 0).any()),
            Cover("the last is granted", lambda _, got: (self._winners(got) == last).any()),
        ]
        if last and self.spec.policy is not Policy.FIXED:
            points.append(Cover("a lower number is passed over", self._passed_over))
        if self.spec.patience and 2 * self.spec.patience < self._longest_run:
            points.append(Cover("the longest wait is that of the contract", self._waits_as_stated))
        if self.spec.holds:
            points.append(Cover("a grant is held against others", self._held))
        if self.spec.releases:
            points.append(Cover("others wait for a holder that does not ask", self._waited))
        return points

    @property
    def _longest_run(self) -> int:
        return LONGEST_RUN[self.spec.policy is Policy.WEIGHTED]

    def _waits_as_stated(self, sent: Traffic, got: Traffic) -> bool:
        """Whether one that keeps asking waited as long as the contract says, and none longer."""
        bits, winners = sent["requests"]["bits"], self._winners(got)
        waited, longest = np.zeros(self.spec.requesters, np.int64), 0
        for asking, winner in zip(bits == 1, winners.tolist(), strict=True):
            waited = np.where(asking, waited + 1, 0)
            longest = max(longest, int(waited.max()))
            if winner >= 0:
                waited[winner] = 0
        return longest == self.spec.patience

    def _winners(self, got: Traffic) -> Integers:
        """Number of the one granted; -1 where there is none."""
        grants = got["grants"]
        if self.spec.grant is GrantForm.INDEX:
            number = grants["index"]
        else:
            number = grants["grant"].argmax(axis=1)
        return np.where(grants["any"], number, -1)

    def _passed_over(self, sent: Traffic, got: Traffic) -> bool:
        winners = self._winners(got)
        return bool((sent["requests"]["bits"].argmax(axis=1) < winners).any())

    def _held(self, sent: Traffic, got: Traffic) -> bool:
        winners = self._winners(got)
        contended = sent["requests"]["bits"].sum(axis=1) > 1
        return bool(((winners[1:] == winners[:-1]) & contended[1:]).any())

    def _waited(self, sent: Traffic, got: Traffic) -> bool:
        asked = sent["requests"]["bits"].any(axis=1)
        return bool((asked & (got["grants"]["any"] == 0)).any())

    @classmethod
    def random_spec(cls, rng: Rng) -> ArbiterSpec:
        policy = pick(rng, Policy)
        weighted = policy is Policy.WEIGHTED
        far = weighted and not rng.integers(4)  # to the ends of the counter: of few, to stay quick
        requesters = int(rng.integers(*((2, 4) if far else (1, 20))))
        drawn = rng.choice(WEIGHTS, requesters) if far else rng.integers(1, 6, requesters)
        weights = tuple(drawn.tolist()) if weighted else None
        hold = not weighted and bool(rng.integers(2))
        return ArbiterSpec(
            requesters=requesters,
            policy=policy,
            arity=int(rng.integers(2, 6)),
            weights=weights,
            grant=pick(rng, GrantForm),
            hold=hold,
            release=hold and bool(rng.integers(2)),
            pipeline=int(rng.integers(2)),
        )


def _words(bits: np.ndarray, release: np.ndarray | None = None) -> Traffic:
    words = {"bits": bits.astype(np.int64)}
    if release is not None:
        words["release"] = release.astype(np.int64)
    return {"requests": words}
