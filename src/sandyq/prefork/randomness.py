"""Children of one process must not draw the same random numbers: find its generators, give each child new seeds."""

from __future__ import annotations

import gc
import random
import secrets
import sys
from typing import Any


class Generators:
    """All random generators that a process holds at the moment of ``find``."""

    def __init__(self, found: list[Any]) -> None:
        self._found = found

    @classmethod
    def find(cls) -> Generators:
        """Look through the collector's objects: to be called before ``gc.freeze``, which hides them."""
        kinds: tuple[type, ...] = (random.Random,)
        if numpy := sys.modules.get("numpy.random"):
            kinds += (numpy.Generator, numpy.RandomState, numpy.BitGenerator)
        found = [thing for thing in gc.get_objects() if _is_a(thing, kinds)]
        if numpy:
            found.append(numpy.mtrand._rand)  # the one behind numpy.random.random() and its like
        return cls(found)

    def reseed(self) -> None:
        """Give every generator a seed of its own from the system's entropy."""
        random.seed()
        for generator in self._found:
            if isinstance(generator, random.Random):
                generator.seed(secrets.randbits(128))
            else:
                _reseed_numpy(generator)


def _is_a(thing: object, kinds: tuple[type, ...]) -> bool:
    try:  # proxies of other libraries may answer __class__ with an error
        return issubclass(type(thing), kinds) and not isinstance(thing, random.SystemRandom)
    except Exception:
        return False


def _reseed_numpy(generator: Any) -> None:
    """Copy a new state into the very object that others hold."""
    bits = getattr(generator, "bit_generator", None) or getattr(generator, "_bit_generator", generator)
    bits.state = type(bits)(secrets.randbits(128)).state
