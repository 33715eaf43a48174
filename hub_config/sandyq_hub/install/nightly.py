"""The nightly backup of an installed server: to the folder of ``school.toml`` and to the USB disk that is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from sandyq.backup import BackupFailed, Done, make_backup, read_status
from sandyq.configuration import Configuration, read_configuration
from sandyq.layout import USB, Layout

ON_USB = "sandyq-backups"


def words_for_keep(configuration: Configuration) -> list[str]:
    """Return restic's words for how long backups are kept."""
    backup = configuration.backup
    return [
        "--keep-last=3",
        f"--keep-daily={backup.keep_days}",
        f"--keep-weekly={backup.keep_weeks}",
        f"--keep-monthly={backup.keep_months}",
    ]


def back_up(layout: Layout) -> Iterator[Done | BackupFailed]:
    """Make a backup in each place; one that fails keeps nobody from trying the next."""
    configuration, settings = read_configuration(layout.configuration), layout.read_settings()
    yield _try(lambda: back_up_to_folder(layout, configuration))
    usb = layout.of(USB)
    if configuration.backup.usb and usb.is_mount():
        # Tried on our own disk: a stick's file system may know neither owners nor links.
        keep = words_for_keep(configuration)
        yield _try(lambda: make_backup(settings, usb / ON_USB, keep, settings.home / "backup"))


def back_up_to_folder(layout: Layout, configuration: Configuration) -> Done:
    """Make a backup in the folder of ``school.toml``; BackupFailed, too, when the disk that it is on is away."""
    return make_backup(
        layout.read_settings(),
        layout.of(configuration.backup.folder),
        words_for_keep(configuration),
        objection=find_objection(layout, configuration.backup.folder),
    )


def find_objection(layout: Layout, folder: Path) -> str:
    """Say why a backup would fill the system's own disk, unseen, in place of the one that is meant; empty: it is there.

    Without its disk a folder is an empty one, or none: there anybody could begin a new row of backups.
    """
    place = layout.of(folder)
    for point in _list_mount_points(layout):
        if folder.is_relative_to(point) and not layout.of(point).is_mount():
            return f"{place}: the disk for {point} (/etc/fstab) is not there. Plug it in, then: mount {point}"
    at = read_status(layout.read_settings()).get(str(place), {}).get("at")
    if at and not os.path.exists(place / "config"):  # noqa: PTH110 # a dying disk's errors are a no
        return (
            f"{place}: the backups that were kept there until {at} are gone. Is the disk plugged in and mounted? "
            f"To begin anew there: sandyq backup --to {place}"
        )
    return ""


def _list_mount_points(layout: Layout) -> Iterator[Path]:
    """Give where disks belong, but the system's own and what is a folder of another."""
    try:
        lines = layout.of("/etc/fstab").read_text(errors="replace").splitlines()
    except OSError:
        return
    for device, point, _kind, options, *_ in (line.split() for line in lines if len(line.split()) > 3):
        if not device.startswith("#") and point.startswith("/") and point != "/" and "bind" not in options:
            yield Path(point)


def _try(make: Callable[[], Done]) -> Done | BackupFailed:
    try:
        return make()
    except BackupFailed as failed:
        return failed
