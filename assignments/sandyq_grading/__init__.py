"""Assignments: from their text to packets, from what pupils hand in to proposals. See docs/assignments.md.

- ``notebooks`` repairs a notebook from its source and scores an executed one, as nbgrader does, without a gradebook.
- ``kernel`` is a sandboxed kernel and what it says, cut while it arrives; ``sandbox`` is where kernels come from.
- ``tampering`` looks for attempts to raise a mark. ``grading`` does one submission.
- ``packing`` reads a job's zip, ``work`` speaks with the portal, ``__main__`` keeps the workers.
"""
