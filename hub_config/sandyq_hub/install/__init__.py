"""A server that stays: installed under systemd, upgraded with a way back, removed without its data."""
