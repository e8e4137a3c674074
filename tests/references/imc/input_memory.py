"""Rows of windows, pixel by pixel."""

from neuroloom.golden.imc.input_memory import InputMemorySpec, Order
from references.plain import Lists, chunks

KIND = "plain integers"
Image = list[list[list[int]]]
"""Lines, pixels, channels: columns of the image, or rows where they come in that order."""


def images(spec: InputMemorySpec, pixels: list[list[int]]) -> list[Image]:
    line = spec.height if spec.order is Order.COLUMNS else spec.width
    lines = spec.width if spec.order is Order.COLUMNS else spec.height
    return chunks(chunks(pixels, line), lines)


def pixel(spec: InputMemorySpec, image: Image, line: int, place: int) -> list[int]:
    """Zeros outside the image."""
    inside = 0 <= line < len(image) and 0 <= place < len(image[0])
    return image[line][place] if inside else [0] * spec.channels


def expected(spec: InputMemorySpec, _: Lists, sent: Lists) -> Lists:
    values, complete, last = [], [], []
    for image in images(spec, sent["pixels"]["values"]):
        lines, line = len(image), len(image[0])
        starts = range(0, line + 2 * spec.padding - spec.kernel + 1, spec.stride)
        for first in range(-spec.padding, lines + spec.padding - spec.kernel + 1, spec.stride):
            for row in range(starts[-1] + spec.kernel):
                values.append(
                    [
                        value
                        for across in range(first, first + spec.kernel)
                        for value in pixel(spec, image, across, row - spec.padding)
                    ]
                )
                complete.append(int(row - spec.kernel + 1 in starts))
                last.append(0)
        last[-1] = 1
    return {"rows": {"values": values, "complete": complete, "last": last}}
