"""Sliding windows against loops over pixels, and what they hold against a walk cycle by cycle."""

from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.verif.bnn.sliding_window import SlidingWindowStimulus

SMALL = {"height": 3, "width": 5, "channels": 4, "simd": 2}


def reads(spec: SlidingWindowSpec) -> list[tuple[int, int, int] | None]:
    """Row, column and fold of every token of an image's windows; None is padding."""
    found: list[tuple[int, int, int] | None] = []
    for y in range(-spec.padding, spec.height + spec.padding - spec.kernel + 1, spec.stride):
        for x in range(-spec.padding, spec.width + spec.padding - spec.kernel + 1, spec.stride):
            for row in range(y, y + spec.kernel):
                for column in range(x, x + spec.kernel):
                    inside = 0 <= row < spec.height and 0 <= column < spec.width
                    for fold in range(spec.folds):
                        found.append((row, column, fold) if inside else None)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_the_model_equals_loops_over_pixels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = SlidingWindowStimulus.random_spec(rng)
    sent = SlidingWindowStimulus(spec).random(rng, 3)["pixels"]["bits"]
    images = sent.reshape(3, spec.height, spec.width, spec.folds, spec.simd)
    expected = [
        [spec.padding_bit] * spec.simd if place is None else image[place].tolist()
        for image in images
        for place in reads(spec)
    ]
    found = spec.model().run({"pixels": {"bits": sent}})["windows"]["bits"]
    assert found.tolist() == expected, f"seed {seed}: {spec.model_dump_json()}"


def deliveries(spec: SlidingWindowSpec, depth: int, images: int) -> list[int]:
    """When each image's last token comes from a ring of ``depth`` tokens; none after a deadlock."""
    places = [
        None if each is None else (each[0] * spec.width + each[1]) * spec.folds + each[2]
        for each in reads(spec)
    ]
    needs = [place or 0 for place in places]  # padding comes with the image's first token
    window = spec.window_tokens
    # the first token that a window or one behind it reads
    oldest: list[int] = []
    first = spec.pixel_tokens
    for end in range(len(places), 0, -window):
        first = min([first, *(each for each in places[end - window : end] if each is not None)])
        oldest.insert(0, first)
    written = read = 0
    done: list[int] = []
    for cycle in range(2 * spec.contract.cycles(images)):
        image, place = divmod(read, len(needs))
        base = image * spec.pixel_tokens
        can_read = base + needs[place] < written
        can_write = written - base - oldest[place // window] < depth
        read, written = read + can_read, written + can_write
        if can_read and place == len(needs) - 1:
            done.append(cycle + 1)
        if len(done) == images:
            return done
    return []


@pytest.mark.parametrize("seed", range(30))
def test_the_memory_is_as_small_as_the_contract_allows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = SlidingWindowStimulus.random_spec(rng)
    promised = spec.contract.deliveries(5).tolist()
    shown = f"seed {seed}: {spec.model_dump_json()}"
    assert deliveries(spec, spec.depth, 5) == promised, shown
    # at the left of an image a window's corner is held for its padding
    # windows that take less time than pixels may be taken more slowly
    if not spec.padding and spec.rows * spec.columns * spec.window_tokens >= spec.pixel_tokens:
        assert deliveries(spec, spec.depth - 1, 5) != promised, shown


@pytest.mark.parametrize(
    ("fields", "depth"),
    [
        # three rows less what the last window leaves, and two more until the next image's first
        ({}, 110),
        ({"padding": 1}, 59),  # two rows and three pixels
        ({"kernel": 2, "stride": 2}, 57),
        ({"kernel": 1}, 2),
        ({"padding": 1, "channels": 64}, 4 * 59),
    ],
)
def test_tokens_held(fields: dict[str, Any], depth: int) -> None:
    spec = SlidingWindowSpec(**fields)
    assert spec.depth == depth
    assert deliveries(spec, depth, 3) == spec.contract.deliveries(3).tolist()
    assert deliveries(spec, depth - 1, 3) != spec.contract.deliveries(3).tolist()


def test_the_contract_of_a_whole_image() -> None:
    contract = SlidingWindowSpec(padding=1).contract
    assert contract.interval == 28 * 28 * 9
    # the first window waits for the third pixel of the second row, and is late from then on
    assert contract.latency == 28 * 28 * 9 + 22


@pytest.mark.regression
@pytest.mark.parametrize(
    "simulated",
    [
        SlidingWindowSpec(height=6, width=7, channels=6, simd=3, padding=1, padding_bit=1),
        SlidingWindowSpec(height=11, width=9, channels=2, simd=2, kernel=2, stride=3),
        SlidingWindowSpec(height=1, width=1, channels=1, simd=1, kernel=7, padding=6),
    ],
)
def test_windows_in_verilog(simulated: SlidingWindowSpec) -> None:
    assert verify(simulated, seeds=(1,)).passed


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"simd": 3}, "simd=3 does not divide the 4 channels"),
        ({"padding": 3}, "padding=3 makes windows of padding alone: it is less than kernel=3"),
        ({"kernel": 4}, "kernel=4 is more than the 3 pixels of the padded image"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        validate(macros()["sliding_window"], {**SMALL, **fields})


def test_fields_that_just_agree() -> None:
    validate(macros()["sliding_window"], {**SMALL, "kernel": 5, "padding": 1, "simd": 4})
