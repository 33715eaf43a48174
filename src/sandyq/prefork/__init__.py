"""Processes that start in milliseconds: a fork server, and over it Jupyter kernels and kernels of executed notebooks.

It needs Linux, ``ipykernel`` and, for executed notebooks, ``nbclient`` and ``nbformat``. To use it by itself:

1. Make a folder for it and run the server, here for the user number 1000 (``records.Plan`` explains each word)::

    python -m sandyq.prefork '{"socket": "/run/user/1000/forks/server", "callers": [1000], "recipes": [],
      "templates": {"kernel": {"recipe": "sandyq.prefork.kernel", "preload": "json", "warm_up": "1 + 1"}}}'

2. Have the package name the provisioner, as the entry point ``sandyq-fork`` of ``jupyter_client.kernel_provisioners``:
   ``sandyq.prefork.provisioner:ForkProvisioner``.
3. Set ``SANDYQ_FORK_SOCKET`` to the socket where Jupyter runs, and name ``sandyq-fork`` in a kernelspec's
   ``metadata.kernel_provisioner.provisioner_name`` or as ``JUPYTER_DEFAULT_PROVISIONER_NAME``.

- ``provisioner`` is Jupyter's way in, ``client`` what any service holds in its hands.
- ``wishes`` and ``wire`` are what they say to each other, and how.
- ``server`` is the root of the tree, with ``children``, ``places``, ``records``, ``journal``, ``loop`` and ``trees``.
- ``nursery`` is a prepared process that is forked, ``child`` how a fork becomes somebody's process.
- ``kernel`` (with ``kernelapp``, ``rehearsal``), ``notebook`` and ``plain`` are the recipes: what is prepared.
"""
