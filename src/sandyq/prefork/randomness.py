"""Children of one process must not draw the same random numbers: find its generators, give each child new seeds."""

from __future__ import annotations

import gc
import os
import random
import secrets
import sqlite3
import sys
from typing import Any


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
        random.seed()
        if processes := sys.modules.get("multiprocessing.process"):
            processes.current_process().authkey = secrets.token_bytes(32)
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


def _reseed_python(generator: random.Random) -> None:
    """Somebody's own class may seed in its own way, which may refuse the number: then Python's own way is taken."""
    number = secrets.randbits(128)
    try:
        generator.seed(number)
    except Exception:
        random.Random.seed(generator, number)


def _find_library_class(generator: Any) -> Any:
    """Return NumPy's class of a generator: one derived from it, of somebody's own, may be made otherwise."""
    return next(kind for kind in type(generator).__mro__ if kind.__module__.startswith("numpy."))


def _reseed_sequence(seed: Any) -> None:
    """Make the very object anew, whose children are to be others, too."""
    kept = {"spawn_key": seed.spawn_key, "pool_size": seed.pool_size}
    _find_library_class(seed).__init__(seed, secrets.randbits(128), **kept)


def _reseed_numpy(generator: Any) -> None:
    """Put a new state and the seed of its descendants into the very object that others hold.

    The old kind draws Gaussians in pairs and keeps every second: that one goes.
    """
    bits = getattr(generator, "bit_generator", None) or getattr(generator, "_bit_generator", generator)
    fresh = _find_library_class(bits)(secrets.randbits(128))
    state = fresh.state | {"bit_generator": type(bits).__name__}  # it wants to be called by its own name
    bits.__setstate__((state, fresh.seed_seq))
    if hasattr(generator, "set_state"):
        generator.set_state(generator.get_state(legacy=False) | {"has_gauss": 0, "gauss": 0.0})


def reseed_sqlite() -> None:
    """SQLite draws ``random()`` from one generator, which goes on after a fork until some file is opened."""
    sqlite3.connect(os.devnull).close()
