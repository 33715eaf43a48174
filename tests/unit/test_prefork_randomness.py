"""What a fork draws is its own, whatever was drawn before the fork."""

import numpy

from sandyq.prefork.randomness import Generators


def test_the_second_of_a_pair_of_gaussians_that_was_drawn_before_is_not_kept():
    """NumPy's old generators keep it beside their state: each visitor's first one would be the same."""
    legacy = numpy.random.RandomState(7)
    legacy.randn()
    numpy.random.seed(7)
    numpy.random.randn()
    kept = numpy.random.RandomState(7).randn(2)[1]
    Generators([]).find().reseed()
    assert kept not in (legacy.randn(), numpy.random.randn())
