"""Windows of images, pixel by pixel."""

from collections.abc import Iterator

from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from references.bnn.max_pool import Image
from references.plain import Lists, chunks, flat

KIND = "plain integers"


def windows(spec: SlidingWindowSpec, image: Image) -> Iterator[list[int]]:
    """The bits of every window, row by row and pixel by pixel."""
    outside = [spec.padding_bit] * spec.channels
    for y in range(-spec.padding, spec.height + spec.padding - spec.kernel + 1, spec.stride):
        for x in range(-spec.padding, spec.width + spec.padding - spec.kernel + 1, spec.stride):
            yield flat(
                [
                    image[row][column]
                    if 0 <= row < spec.height and 0 <= column < spec.width
                    else outside
                    for row in range(y, y + spec.kernel)
                    for column in range(x, x + spec.kernel)
                ]
            )


def images(spec: SlidingWindowSpec, tokens: list[list[int]]) -> list[Image]:
    pixels = [flat(words) for words in chunks(tokens, spec.channels // spec.simd)]
    return chunks(chunks(pixels, spec.width), spec.height)


def expected(spec: SlidingWindowSpec, _: Lists, sent: Lists) -> Lists:
    tokens = [
        word
        for image in images(spec, sent["pixels"]["bits"])
        for window in windows(spec, image)
        for word in chunks(window, spec.simd)
    ]
    return {"windows": {"bits": tokens}}
