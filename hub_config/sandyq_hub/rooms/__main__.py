"""``python -m sandyq_hub.rooms``: serve rooms on ``Settings.rooms_port`` until SIGTERM."""

from __future__ import annotations

from sandyq_hub.rooms.start import main

main()
