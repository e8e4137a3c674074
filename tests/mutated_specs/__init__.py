"""Small specifications by hand, area by area, of modules for which those drawn do not do.

What is not here is put to random specifications of its stimulus (``support.mutation.specs_of``). By
hand stand those of

- parts of many macros, such as adders, queues and the composition: to draw for all of these macros
  takes minutes, and no few of their specifications pass over every line;
- modules with mutants that only a rare meeting of values shows, such as a full queue whose pointers
  meet, thresholds of which the first is missed, or a converter's last bit: random specifications
  were tried and pass some of them over;
- macros of which a drawn specification has so much state, or so many cycles, that each mutant takes
  over five seconds (mapped networks, cores, meshes).

A module leaves this list when each of its mutants that is noticed with what stands here is noticed
with what is drawn; the test of the mutants then holds it.
"""

from importlib import import_module
from pkgutil import iter_modules

from support.areas import joined

from neuroloom.golden.spec import Spec

SPECS: dict[str, tuple[Spec, ...]] = joined(
    import_module(f"{__name__}.{area.name}").SPECS for area in iter_modules(__path__)
)
"""Module below ``neuroloom.hdl`` to small specifications that use all of it."""
