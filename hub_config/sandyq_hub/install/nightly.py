"""The nightly backup of an installed server: to the folder of ``school.toml`` and to the USB disk that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sandyq.backup import BackupFailed, Done, make_backup
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
    keep = words_for_keep(configuration)
    yield _try(lambda: make_backup(settings, layout.of(configuration.backup.folder), keep))
    usb = layout.of(USB)
    if configuration.backup.usb and usb.is_mount():
        # Tried on our own disk: a stick's file system may know neither owners nor links.
        yield _try(lambda: make_backup(settings, usb / ON_USB, keep, settings.home / "backup"))


def _try(make: Callable[[], Done]) -> Done | BackupFailed:
    try:
        return make()
    except BackupFailed as failed:
        return failed
