"""What JupyterHub needs to know of a school: who signs in, what starts, which parts run."""
