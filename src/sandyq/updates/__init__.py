"""Signed content and software: what a publisher releases, a stick or a line carries, and a school takes over.

A *repository* is a folder in the form of The Update Framework (python-tuf): ``metadata`` signed by the publisher's
keys, ``targets`` with the files that it names by SHA-256. A stick holds the same folder, so a school checks both alike.
Nothing in here knows the school's database or needs a running server.
"""
