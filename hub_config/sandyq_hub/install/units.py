"""The units of systemd: each part under a user of its own and with no more rights than it needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sandyq.configuration import Configuration
from sandyq.layout import CURRENT, HOME, OPT, RUNTIME, USB
from sandyq.settings import PEOPLE_CHANGED
from sandyq_hub.isolation import NAMES, PARTS
from sandyq_hub.parts import GROUPS

PYTHON: Final = CURRENT / ".venv" / "bin" / "python"
UNIT: Final = f"{PYTHON} -m sandyq_hub.unit"
NETWORKS: Final = (
    "localhost link-local multicast 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7"
)
"""A school's own: the proxy speaks with nobody else, the other parts with this machine alone."""
WRITES: Final = {
    "proxy": ["proxy"],
    "hub": ["hub", "school"],
    "portal": ["portal", "school", "published", "assignments", "submissions", "photos"],
    "rooms": ["rooms"],
    "grader": ["grader"],
}
"""Part → the folders that it may write, besides its own temporary ones."""
AFTER: Final = {
    "proxy": [],
    "hub": ["forks", "proxy"],
    "portal": ["proxy"],
    "rooms": ["forks", "proxy"],
    "grader": ["forks", "portal"],
}
LOCKED: Final = """\
NoNewPrivileges=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
UMask=0077
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
"""
UNPRIVILEGED: Final = """\
RestrictSUIDSGID=yes
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
"""
SPEAK_WITH_KERNELS: Final = ("rooms", "grader")
WITH_KERNELS: Final = "SystemCallFilter=sched_setscheduler\n"
"""ZeroMQ's threads ask for the policy that they have, and end the process where they may not ask."""
ROOTS: Final = "SystemCallFilter=@system-service\n"
"""Of root's own helpers, which may change owners."""
MACHINES: Final = (
    "/etc/systemd",
    "/etc/sysusers.d",
    "/etc/tmpfiles.d",
    "/etc/udev/rules.d",
    "/etc/avahi",
    "/usr/local/bin",
)
"""Where an upgrade that the power cut is taken back, before the parts start."""
NO_CODE_MADE: Final = "MemoryDenyWriteExecute=yes\n"
"""Not for Node, which translates script as it runs."""
ALONE: Final = "ProcSubset=pid\nProtectProc=invisible\n"
"""Not for those who look whether processes of people's still live."""
COMMON: Final = f"""\
Environment=SANDYQ_HOME={HOME}
WorkingDirectory={HOME}
LogNamespace=sandyq
"""
RESTART: Final = "Restart=always\nRestartSec=1\n"
LIMITLESS: Final = "StartLimitIntervalSec=0\n"
"""However often a part ends, it is started again: there is nobody in the cupboard."""


def render_units(configuration: Configuration) -> Iterator[tuple[str, str]]:
    """Give every unit's file name and text."""
    yield "sandyq.target", _render_target(configuration)
    yield "sandyq-prepare.service", _render_prepare()
    yield "sandyq-ports.service", _render_ports()
    yield "sandyq-forks.service", _render_forks()
    for part in PARTS:
        yield f"sandyq-{part}.service", _render_part(part, configuration)
    yield "sandyq-ready@.service", _render_ready()
    yield "sandyq-hourly.service", _render_hourly()
    yield "sandyq-hourly.timer", _render_timer("every hour", "OnActiveSec=5min\nOnUnitActiveSec=1h\n")
    yield "sandyq-people.path", _render_path()
    if configuration.server.tls_name:
        yield "sandyq-certificate.service", _render_certificate()
        yield (
            "sandyq-certificate.timer",
            _render_timer("the certificate in time", "OnActiveSec=20s\nOnUnitActiveSec=5min\n"),
        )
    yield "sandyq-backup.service", _render_backup(configuration)
    at = f"OnCalendar=*-*-* {configuration.backup.at:%H:%M}:00\nPersistent=yes\n"
    yield "sandyq-backup.timer", _render_timer("each night's backup", at)
    if configuration.backup.usb:
        yield "media-sandyq.mount", _render_mount(configuration.backup.usb)


def render_accounts(base: int) -> str:
    """Return the users and groups for ``systemd-sysusers``: the numbers under which the parts work in any mode."""
    lines = ["# Users of Sandyq's parts. Their numbers stand on the server's disk: leave them as they are."]
    for index, name in enumerate(NAMES):
        if name in PARTS or name == "authors":
            lines.append(f'u sandyq-{name} {base + index} "Sandyq {name}"')
        else:
            lines.append(f"g sandyq-{name} {base + index}")
    for part, groups in GROUPS.items():
        lines += [f"m sandyq-{part} sandyq-{group}" for group in groups]
    return "\n".join(lines) + "\n"


def render_folders() -> str:
    """Return what ``systemd-tmpfiles`` does when the machine starts: sockets of an earlier life go."""
    return f"D! {RUNTIME} 0711 root root -\n"


def render_journal(configuration: Configuration) -> str:
    """Return the bounds of the server's own journal: ``journalctl --namespace=sandyq``."""
    logs = configuration.logs
    return (
        f"[Journal]\nStorage=persistent\nSystemMaxUse={logs.megabytes}M\nMaxRetentionSec={logs.days}day\n"
        "ForwardToSyslog=no\n"
    )


def render_plugged(label: str) -> str:
    """Return udev's rule that begins a backup when the school's USB disk is plugged in."""
    return (
        f'ACTION=="add", SUBSYSTEM=="block", ENV{{ID_FS_LABEL}}=="{label}", TAG+="systemd", '
        'ENV{SYSTEMD_WANTS}+="sandyq-backup.service"\n'
    )


def _render_target(configuration: Configuration) -> str:
    services = ["prepare", "ports", "forks", *PARTS]
    wanted = [f"sandyq-{name}.service" for name in services]
    wanted += ["sandyq-hourly.timer", "sandyq-backup.timer", "sandyq-people.path"]
    wanted += ["sandyq-certificate.timer"] if configuration.server.tls_name else []
    return (
        "[Unit]\nDescription=Sandyq, the school server\nAfter=network.target\n"
        f"Wants={' '.join(wanted)}\n\n[Install]\nWantedBy=multi-user.target\n"
    )


def _render_prepare() -> str:
    return (
        "[Unit]\nDescription=Sandyq: the newest schema, folders and secrets in the right hands\n"
        "PartOf=sandyq.target\nAfter=local-fs.target systemd-tmpfiles-setup.service\n\n"
        f"[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart={UNIT} prepare\nTimeoutStartSec=30min\n"
        f"{COMMON}"
        "CapabilityBoundingSet=CAP_CHOWN CAP_FOWNER CAP_FSETID CAP_DAC_OVERRIDE CAP_SETUID CAP_SETGID\n"
        f"ReadWritePaths={HOME} {OPT} {' '.join(f'-{folder}' for folder in MACHINES)}\n{LOCKED}{ROOTS}"
        f"{NO_CODE_MADE}RestrictAddressFamilies=AF_UNIX AF_INET AF_NETLINK\nPrivateNetwork=yes\nIPAddressDeny=any\n"
    )


def _render_ports() -> str:
    return (
        "[Unit]\nDescription=Sandyq: the parts' ports, also while a part is away\n"
        f"PartOf=sandyq.target\nAfter=sandyq-prepare.service network.target\n{LIMITLESS}\n"
        f"[Service]\nType=notify\nExecStart={UNIT} hold\n{RESTART}{COMMON}"
        f"CapabilityBoundingSet=CAP_SETUID CAP_NET_BIND_SERVICE\n{LOCKED}RestrictSUIDSGID=yes\n{ROOTS}"
        f"{NO_CODE_MADE}{ALONE}"
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\nIPAddressDeny=any\n"
    )


def _render_forks() -> str:
    """What it forks are people's processes, with its view of the machine; so its locks are those that hold for them."""
    return (
        "[Unit]\nDescription=Sandyq: the fork server, whose children are people's servers and kernels\n"
        "PartOf=sandyq.target\nRequires=sandyq-prepare.service\n"
        f"After=sandyq-prepare.service sandyq-ports.service\n{LIMITLESS}\n"
        f"[Service]\nType=notify\nNotifyAccess=main\nExecStart={UNIT} run forks\n"
        f"{_render_note('forks')}{RESTART}{COMMON}"
        "Delegate=yes\nKillMode=mixed\nTimeoutStartSec=10min\nTimeoutStopSec=60\nTasksMax=infinity\n"
        "LimitNOFILE=524288\nOOMPolicy=continue\n"
        "ProtectKernelModules=yes\nProtectKernelLogs=yes\nProtectClock=yes\nProtectHostname=yes\n"
        "ProtectHome=yes\nPrivateDevices=yes\nRestrictRealtime=yes\nLockPersonality=yes\n"
        "SystemCallArchitectures=native\nUMask=0077\n"
    )


def _render_part(part: str, configuration: Configuration) -> str:
    after = " ".join(["sandyq-ports.service", *(f"sandyq-{each}.service" for each in AFTER[part])])
    greeted = f"Wants=sandyq-ready@{part}.service\n" if part in ("hub", "proxy") else ""
    groups = " ".join(f"sandyq-{group}" for group in GROUPS.get(part, []))
    server = configuration.server
    low_port = part == "proxy" and any(0 < port < 1024 for port in (server.port, server.plain_port))
    bind = "CAP_NET_BIND_SERVICE" if low_port else ""
    return (
        f"[Unit]\nDescription=Sandyq: {part}\nPartOf=sandyq.target\nRequires=sandyq-prepare.service\n"
        f"Wants=sandyq-ports.service\n{greeted}After=sandyq-prepare.service {after}\n{LIMITLESS}\n"
        f"[Service]\nType=exec\nUser=sandyq-{part}\nGroup=sandyq-{part}\nSupplementaryGroups={groups}\n"
        f"ExecStart={UNIT} run {part}\n{_render_note(part)}{RESTART}TimeoutStopSec=40\nLimitNOFILE=65536\n{COMMON}"
        f"ReadWritePaths={' '.join(str(HOME / folder) for folder in WRITES[part])}\n"
        f"CapabilityBoundingSet={bind}\nAmbientCapabilities={bind}\n{LOCKED}{UNPRIVILEGED}"
        f"{WITH_KERNELS if part in SPEAK_WITH_KERNELS else ''}{ALONE if part == 'proxy' else NO_CODE_MADE}"
        f"RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6{' AF_NETLINK' if part == 'portal' else ''}\n"
        f"IPAddressDeny=any\nIPAddressAllow={NETWORKS if part == 'proxy' else 'localhost'}\n"
    )


def _render_note(part: str) -> str:
    """By root, when a part ended by itself: the health page tells of it."""
    return f"ExecStopPost=+{UNIT} note {part}\n"


def _render_ready() -> str:
    return (
        "[Unit]\nDescription=Sandyq: what is due when %i has come up\n"
        "After=sandyq-hub.service sandyq-proxy.service\n\n"
        "[Service]\nType=exec\nUser=sandyq-hub\nGroup=sandyq-hub\nSupplementaryGroups=sandyq-school\n"
        f"ExecStart={UNIT} ready %i\n{COMMON}{_render_hubs()}"
    )


def _render_hourly() -> str:
    """As root, for it removes folders of people who were erased."""
    return (
        "[Unit]\nDescription=Sandyq: accounts equal to the school's, folders of erased people gone\n"
        "After=sandyq-hub.service\n\n"
        f"[Service]\nType=oneshot\nExecStart={UNIT} hourly\n{COMMON}"
        f"ReadWritePaths={HOME}\nCapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_FOWNER\n{LOCKED}{UNPRIVILEGED}"
        f"{NO_CODE_MADE}ProtectProc=invisible\n"
        "RestrictAddressFamilies=AF_UNIX AF_INET\nIPAddressDeny=any\nIPAddressAllow=localhost\n"
    )


def _render_certificate() -> str:
    """As root, whose the authority is; it sees the network, for which start-up does not wait, and asks nobody."""
    return (
        "[Unit]\nDescription=Sandyq: a certificate for the server's name and the addresses it has just now\n"
        "Requires=sandyq-prepare.service\nAfter=sandyq-prepare.service\n\n"
        f"[Service]\nType=oneshot\nExecStart={PYTHON} -m sandyq.cli tls renew --due\n{COMMON}"
        f"ReadWritePaths={HOME}\nCapabilityBoundingSet=CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE\n{LOCKED}{ROOTS}"
        f"{NO_CODE_MADE}ProtectProc=invisible\n"  # which networks are up stands in /proc/net
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_NETLINK\nIPAddressDeny=any\n"
    )


def _render_hubs() -> str:
    return (
        f"ReadWritePaths={HOME}/school\nCapabilityBoundingSet=\n{LOCKED}{UNPRIVILEGED}"
        f"{NO_CODE_MADE}{ALONE}"
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\nIPAddressDeny=any\nIPAddressAllow=localhost\n"
    )


def _render_backup(configuration: Configuration) -> str:
    usb = bool(configuration.backup.usb)
    # The unit of a disk that is not there would wait for it; so look first.
    look = f"test ! -e {_disk(configuration.backup.usb)} || exec systemctl start media-sandyq.mount"
    mount = f"ExecStartPre=-+/bin/sh -c '{look}'\n" if usb else ""
    unmount = "ExecStopPost=-+/usr/bin/systemctl stop media-sandyq.mount\n" if usb else ""
    return (
        "[Unit]\nDescription=Sandyq: a backup of all data, tried by restoring it\n"
        f"After={' '.join(_name_mounts(configuration.backup.folder))}\n\n"
        f"[Service]\nType=oneshot\n{mount}ExecStart={PYTHON} -m sandyq.cli backup\n{unmount}"
        f"Nice=10\nIOSchedulingClass=idle\nTimeoutStartSec=12h\n{COMMON}"
        f"ReadWritePaths={HOME} -{configuration.backup.folder}{f' -{USB}' if usb else ''}\n"
        "CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER CAP_FSETID\n"
        f"{LOCKED}{ROOTS}ProtectProc=invisible\nPrivateNetwork=yes\nRestrictAddressFamilies=AF_UNIX\nIPAddressDeny=any\n"
    )


def _name_mounts(folder: Path) -> Iterator[str]:
    """Name the units of disks that the folder may be on: at a start of the machine some come late."""
    for each in (folder, *folder.parents):
        if words := each.parts[1:]:
            yield f"{'-'.join(map(_escape, words))}.mount"


def _escape(word: str) -> str:
    """Write a part of a path as systemd-escape does."""
    return "".join(
        chr(byte) if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "_.:") else f"\\x{byte:02x}"
        for byte in word.encode()
    )


def _render_timer(when: str, lines: str) -> str:
    return f"[Unit]\nDescription=Sandyq: {when}\nPartOf=sandyq.target\n\n[Timer]\n{lines}"


def _render_path() -> str:
    """The portal writes this file when it changed who is at the school.

    It waits for no service: services wait for paths, and of such a circle systemd leaves out what it likes.
    """
    return (
        "[Unit]\nDescription=Sandyq: people have changed\nPartOf=sandyq.target\n\n"
        f"[Path]\nPathChanged={HOME}/portal/{PEOPLE_CHANGED}\nUnit=sandyq-hourly.service\n"
    )


def _disk(label: str) -> str:
    return f"/dev/disk/by-label/{label}"


def _render_mount(label: str) -> str:
    return (
        "[Unit]\nDescription=Sandyq: the USB disk for backups\n\n"
        f"[Mount]\nWhat={_disk(label)}\nWhere={USB}\nOptions=nosuid,nodev,noexec\nDirectoryMode=0700\n"
    )
