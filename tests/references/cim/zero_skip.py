"""Rows that are one, plane by plane and group by group: a walk over the rows."""

from typing import Any

from neuroloom.golden.cim.zero_skip import PlaneOrder, ZeroSkipSpec
from references.plain import Lists, rows

KIND = "plain integers"


def walk(spec: ZeroSkipSpec, vector: list[int], tag: int = 0) -> list[dict[str, Any]]:
    """The tokens of one vector, by walking over its rows."""
    order = list(range(spec.input_bits))
    if spec.order is PlaneOrder.MSB_FIRST:
        order.reverse()
    planes = {plane: [value >> plane & 1 for value in vector] for plane in order}
    if spec.skip_empty_planes:
        order = [plane for plane in order if any(planes[plane])] or order[-1:]
    tokens = []
    for plane in order:
        ones = [row for row, bit in enumerate(planes[plane]) if bit]
        groups = [ones[first : first + spec.group] for first in range(0, len(ones), spec.group)]
        for index, group in enumerate(groups or [[]]):
            token: dict[str, Any] = {
                "rows": [int(row in group) for row in range(spec.rows)],
                "empty": int(not group),
                "last_group": int(index >= len(groups) - 1),
            }
            if spec.input_bits > 1:
                token |= {"plane": plane, "last_plane": int(plane == order[-1])}
            if spec.tag_bits:
                token |= {"tag": tag}
            tokens.append(token)
    return tokens


def expected(spec: ZeroSkipSpec, _: Lists, sent: Lists) -> Lists:
    tokens = [
        group
        for token in rows(sent["vector"])
        for group in walk(spec, token["values"], token.get("tag", 0))
    ]
    return {"word_lines": {name: [token[name] for token in tokens] for name in tokens[0]}}
