"""Children of one process must not draw the same random numbers: find its generators, give each child new seeds."""

from __future__ import annotations

import gc
import os
import random
import sqlite3
import sys
from contextlib import suppress
from os import urandom
from typing import Any

_begin, _seed = random.seed, random.Random.seed
"""Python's own, as ``urandom``: a notebook may put others in their place, and its visitors are to be apart still."""


class Generators:
    """All random generators that a process holds at the moment of ``find``, and what seeds others.

    But for a bare ``_random.Random``, the C type under ``random.Random``: the collector does not know it.
    """

    def __init__(self, found: list[Any]) -> None:
        self._found = found

    def find(self) -> Generators:
        """Add what is new among the collector's objects: to be called before ``gc.freeze``, which hides them."""
        kinds: tuple[type, ...] = (random.Random,)
        if numpy := sys.modules.get("numpy.random"):
            kinds += (numpy.Generator, numpy.RandomState, numpy.BitGenerator, numpy.SeedSequence)
        found = [thing for thing in gc.get_objects() if _is_a(thing, kinds)]
        if numpy:
            found.append(numpy.mtrand._rand)  # the one behind numpy.random.random() and its like
        return Generators(self._found + found)

    def reseed(self) -> None:
        """Give every generator a seed of its own from the system's entropy, and multiprocessing a key."""
        _begin()
        if processes := sys.modules.get("multiprocessing.process"):
            processes.current_process().authkey = urandom(32)
        for generator in self._found:
            if isinstance(generator, random.Random):
                _reseed_python(generator)
            elif hasattr(generator, "spawn_key"):
                _reseed_sequence(generator)
            else:
                _reseed_numpy(generator)


def _is_a(thing: object, kinds: tuple[type, ...]) -> bool:
    try:  # proxies of other libraries may answer __class__ with an error
        return issubclass(type(thing), kinds) and not isinstance(thing, random.SystemRandom)
    except Exception:
        return False


def _draw() -> int:
    """Return 128 random bits of the system's."""
    return int.from_bytes(urandom(16))


def _reseed_python(generator: random.Random) -> None:
    """Somebody's own class may seed in its own way besides, which may refuse the number."""
    _seed(generator, _draw())
    with suppress(Exception):
        generator.seed(_draw())


def _find_library_class(generator: Any) -> Any:
    """Return NumPy's class of a generator: one derived from it, of somebody's own, may be made otherwise."""
    return next(kind for kind in type(generator).__mro__ if kind.__module__.startswith("numpy."))


def _reseed_sequence(seed: Any) -> None:
    """Make the very object anew, whose children are to be others, too."""
    kept = {"spawn_key": seed.spawn_key, "pool_size": seed.pool_size}
    _find_library_class(seed).__init__(seed, _draw(), **kept)


def _reseed_numpy(generator: Any) -> None:
    """Put a new state and the seed of its descendants into the very object that others hold.

    The old kind draws Gaussians in pairs and keeps every second: that one goes.
    """
    bits = getattr(generator, "bit_generator", None) or getattr(generator, "_bit_generator", generator)
    fresh = _find_library_class(bits)(_draw())
    state = fresh.state | {"bit_generator": type(bits).__name__}  # it wants to be called by its own name
    bits.__setstate__((state, fresh.seed_seq))
    if hasattr(generator, "set_state"):
        generator.set_state(generator.get_state(legacy=False) | {"has_gauss": 0, "gauss": 0.0})


def reseed_sqlite() -> None:
    """SQLite draws ``random()`` from one generator, which goes on after a fork until some file is opened."""
    sqlite3.connect(os.devnull).close()
