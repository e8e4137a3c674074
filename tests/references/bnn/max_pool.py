"""Pooling of binary images, pixel by pixel."""

from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from references.plain import Lists, chunks, flat

KIND = "plain integers"
Image = list[list[list[int]]]
"""Rows, columns, bits."""


def pooled(image: Image, kernel: int) -> Image:
    """The greatest of every window; what does not fill one is dropped."""
    height, width = len(image) // kernel, len(image[0]) // kernel
    return [
        [
            [
                max(
                    image[y * kernel + dy][x * kernel + dx][bit]
                    for dy in range(kernel)
                    for dx in range(kernel)
                )
                for bit in range(len(image[0][0]))
            ]
            for x in range(width)
        ]
        for y in range(height)
    ]


def expected(spec: MaxPoolSpec, _: Lists, sent: Lists) -> Lists:
    folds = -(-spec.channels // spec.lanes)
    pixels = [flat(tokens) for tokens in chunks(sent["pixels"]["bits"], folds)]
    images = chunks(chunks(pixels, spec.width), spec.height)
    tokens: list[list[int]] = []
    for image in images:
        for row in pooled(image, spec.kernel):
            for pixel in row:
                tokens += chunks(pixel, spec.lanes)
    return {"pooled": {"bits": tokens}}
