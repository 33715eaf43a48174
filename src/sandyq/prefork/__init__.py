"""Processes that start in milliseconds: a fork server, and over it Jupyter kernels and kernels of executed notebooks.

- ``provisioner`` is Jupyter's way in, ``client`` what any service holds in its hands.
- ``wishes`` and ``wire`` are what they say to each other, and how.
- ``server`` is the root of the tree, with ``children``, ``places``, ``records``, ``journal``, ``loop`` and ``trees``.
- ``nursery`` is a prepared process that is forked, ``child`` how a fork becomes somebody's process.
- ``kernel`` (with ``kernelapp``, ``rehearsal``), ``notebook`` and ``plain`` are the recipes: what is prepared.
"""
