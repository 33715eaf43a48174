"""A school's server in a virtual machine: Debian boots, the server comes up by itself, also after the power was cut.

A class is at work when that happens: what the server said it had kept is there afterwards.

    python tests/vm/boot.py FOLDER [--namespaces | --emulate] [--cuts N] [--built]
    python tests/vm/boot.py FOLDER [--emulate] [--built] --run COMMAND [--run COMMAND …]

as root, with Debian's packages debootstrap, qemu-system-x86 and e2fsprogs. FOLDER (5 GB) keeps what was built. Without
hardware's help the machine is some ten to thirty times slower than this one; everything waits for a condition.
``--namespaces`` takes minutes: the same systemd, units and checks, but this machine's kernel. ``--run`` boots Debian
without a school, with this folder and its .venv, and runs each command there as a service to which systemd hands
control groups (v2), as it does to the fork server: ``--run ".venv/bin/python -m pytest FILE"``.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import day
import httpx

from sandyq.layout import USB
from sandyq.settings import PROJECT

DEBIAN = "bookworm"
PACKAGES = (
    "systemd,systemd-sysv,udev,dbus,linux-image-cloud-amd64,initramfs-tools,python3-venv,restic,"
    "iproute2,ca-certificates,avahi-daemon"
)
PARTS = ("forks", "proxy", "hub", "portal", "rooms", "grader")
CLASS = ("Ахметов;Айдос", "Бекова;Дана", "Омаров;Ержан")
KEPT_BEFORE_A_CUT = 3
"""Of each pupil's: so everybody is at work when the power goes."""
PATIENCE = 3600.0
PYTHON = "/opt/sandyq/current/.venv/bin/python"
ALONE = "SANDYQ_NETWORK_OF_OUR_OWN"
DISK, DISK_OF_PROJECT = "6G", "8G"
NETWORK = "[Match]\nName=eth*\n[Network]\nDHCP=yes\n"
SHELL = """\
[Unit]
Description=A shell for the test
DefaultDependencies=no
[Service]
ExecStart=/bin/sh
StandardInput=tty
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
TTYReset=yes
Restart=always
"""


def build(folder: Path) -> None:
    """Make a folder with Debian and a new server, as ``./sandyq install --root`` installs it."""
    root = folder / "root"
    for earlier in ("var/lib/sandyq", "var/backups/sandyq", "opt/sandyq"):
        shutil.rmtree(root / earlier, ignore_errors=True)
    build_debian(root)
    run(sys.executable, "-m", "sandyq.cli", "install", "--root", root)


def build_debian(root: Path) -> None:
    if not (root / "etc" / "debian_version").exists():
        run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", DEBIAN, root)
    for file in ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt"):  # the way to the registries is ours
        (root / file).unlink(missing_ok=True)
        shutil.copy(f"/{file}", root / file)
    write(root / "etc" / "systemd" / "network" / "10-eth.network", NETWORK)
    write(root / "etc" / "systemd" / "system" / "test-shell.service", SHELL)
    write(root / "etc" / "hostname", "sandyq\n")
    write(root / "etc" / "fstab", "/dev/vda / ext4 defaults 0 1\n")
    wants = root / "etc" / "systemd" / "system" / "multi-user.target.wants"
    for unit in ("/lib/systemd/system/systemd-networkd.service", "/etc/systemd/system/test-shell.service"):
        link = wants / Path(unit).name
        link.unlink(missing_ok=True)
        link.symlink_to(unit)


def build_workshop(folder: Path) -> None:
    """Make a folder with Debian alone, and a disk with this project, which stands there where it stands here."""
    build_debian(folder / "root")
    with (folder / "root" / "etc" / "fstab").open("a") as table:
        table.write(f"/dev/vdb {PROJECT} ext4 defaults 0 0\n")
    make_disk(PROJECT, folder / "project.img", DISK_OF_PROJECT)


def make_disk(content: Path, disk: Path, size: str) -> None:
    disk.unlink(missing_ok=True)
    run("mke2fs", "-q", "-t", "ext4", "-d", content, disk, size)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(*command: object) -> None:
    subprocess.run(list(map(str, command)), check=True)


class Machine:
    """The virtual machine, its front door, and a shell in it."""

    def __init__(self, folder: Path, *, emulate: bool = False) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder = folder
        self.has_help = Path("/dev/kvm").exists() and not emulate
        self.url = f"https://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.more: list[str] = []

    def boot(self) -> float:
        """Switch it on and wait until the server answers; return the seconds."""
        began, boot = time.monotonic(), self.folder / "root" / "boot"
        shell = self.folder / "shell"
        shell.unlink(missing_ok=True)
        (self.folder / "console.log").unlink(missing_ok=True)
        command = [
            "qemu-system-x86_64",
            *("-machine", "q35", "-accel", "kvm" if self.has_help else "tcg,thread=multi"),
            *("-cpu", "max", "-smp", "2", "-m", "3072", "-display", "none", "-no-reboot"),
            *("-kernel", str(next(boot.glob("vmlinuz-*"))), "-initrd", str(next(boot.glob("initrd.img-*")))),
            *("-append", "root=/dev/vda rw console=ttyS0 net.ifnames=0 systemd.show_status=1"),
            *("-drive", f"file={self.folder / 'disk.img'},if=virtio,format=raw"),
            *self.more,
            *("-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{self.port}-:443"),
            *("-device", "virtio-net-pci,netdev=net"),
            *("-serial", f"file:{self.folder / 'console.log'}"),
            *("-serial", f"unix:{shell},server=on,wait=off"),
        ]
        self.process = subprocess.Popen(command)
        self.wait(self.is_up, f"{type(self).__name__.lower()} to be up")
        return time.monotonic() - began

    def is_up(self) -> bool:
        try:
            pages = [
                httpx.get(f"{self.url}{path}", timeout=20, verify=False)  # it was never told whom to trust
                for path in ("/services/portal/health", "/hub/health")
            ]
        except httpx.HTTPError:
            return False
        return all(page.status_code == 200 for page in pages)

    def wait(self, condition: Callable[[], object], what: str) -> object:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process and self.process.poll() is not None:
                raise AssertionError(f"The machine ended; see {self.folder / 'console.log'}")
            if value := condition():
                return value
            time.sleep(2)
        raise AssertionError(f"waited {PATIENCE:.0f} s in vain for: {what}")

    def cut(self) -> None:
        """Cut the power: what Linux had not brought to the disk is gone."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def tell(self, command: str, patience: float = 1200.0) -> str:
        """Run a command as root and return what it says; AssertionError when it fails."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.folder / "shell"))
            line.settimeout(patience)
            # What the shell asks with ("# ", "> ") comes before the beginning.
            begin, end = ("printf '\\n--%s--\\n' " + word for word in ("begin", '"rc:$?"'))
            line.sendall(f"stty -echo; PS1= PS2=; {{ {begin}; {command}\n}} 2>&1; {end}\n".encode())
            told = b""
            while not (found := re.search(rb"--begin--(.*)--rc:(\d+)--", told, re.S)):
                told += line.recv(65536)
        text = found[1].decode(errors="replace").replace("\r", "").strip()
        print(f"# {command}\n{text}", flush=True)
        if found[2] != b"0":
            raise AssertionError(f"{command} failed")
        return text


class Workshop(Machine):
    """A machine without a school, in which commands run."""

    def __init__(self, folder: Path, *, emulate: bool = False) -> None:
        super().__init__(folder, emulate=emulate)
        self.more = ["-drive", f"file={folder / 'project.img'},if=virtio,format=raw"]

    def is_up(self) -> bool:
        """Its services are there, and its shell asks for a command: what is sent before that is lost."""
        console = self.folder / "console.log"
        if not (console.exists() and re.search(rb"Reached target .*multi-user", console.read_bytes())):
            return False
        with socket.socket(socket.AF_UNIX) as line, suppress(TimeoutError):
            line.connect(str(self.folder / "shell"))
            line.settimeout(10)
            line.sendall(b"\n")
            return b"#" in line.recv(100)
        return False

    def work(self, command: str) -> None:
        """Run a command in this project's folder, as a service with control groups of its own."""
        settings = (
            "-p Delegate=yes -p TasksMax=infinity -p OOMPolicy=continue -E SANDYQ_PATIENCE=900 -E HOME=/root"
        )
        service = f"systemd-run --quiet --wait --pipe --working-directory={PROJECT} {settings}"
        self.tell(f"{service} sh -c {shlex.quote(command)}", patience=2 * PATIENCE)


class Cage(Machine):
    """The same Debian under its own systemd in namespaces: quick, without a kernel and control groups of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = "https://127.0.0.1"

    def boot(self) -> float:
        began = time.monotonic()
        script = Path(__file__).with_name("namespaces.sh")
        with (self.folder / "console.log").open("wb") as console:
            command = ["sh", str(script), str(self.folder / "root")]
            self.process = subprocess.Popen(command, stdout=console, stderr=subprocess.STDOUT)
        self.wait(self.is_up, "the server to answer")
        return time.monotonic() - began

    def tell(self, command: str, patience: float = 1200.0) -> str:
        inside = ["nsenter", "-t", self.find_init(), "-m", "-p", "-C", "-u", "-i", "-r", "-w"]
        shell = ["env", "-i", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "sh", "-c", command]
        done = subprocess.run(
            [*inside, *shell], capture_output=True, text=True, check=False, timeout=patience
        )
        print(f"# {command}\n{(done.stdout + done.stderr).strip()}", flush=True)
        if done.returncode:
            raise AssertionError(f"{command} failed")
        return done.stdout

    def find_init(self) -> str:
        """The number of its systemd, as we see it: all else in there ends with it."""
        assert self.process
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0]

    def cut(self) -> None:
        if self.process and self.process.poll() is None:
            subprocess.run(["kill", "-9", self.find_init()], check=False)
            self.process.wait()


def set_up_school(machine: Machine) -> None:
    """As an operator does it in a browser, with the code that the installation prints."""
    told = machine.tell("/usr/local/bin/sandyq install")
    code = re.search(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", told)
    assert code, "no code was printed"
    assert "Nothing to change" in told
    with httpx.Client(base_url=machine.url, timeout=300, verify=False) as browser:
        assert browser.get("/hub/login").headers.get_list("set-cookie")
        assert browser.get("/services/portal/").headers["location"].endswith("/setup")
        browser.post("/services/portal/setup", data={"code": code[0]})
        form = {
            "language": "kk",
            "school": "Ақсу мектебі",
            "family_name": "Серікова",
            "given_name": "Айгүл",
            "passphrase": "бес сөз бір-біріне қатысы жоқ",
        }
        done = browser.post("/services/portal/setup/school", data=form)
        assert done.status_code == 200, done.text
        assert browser.get("/services/portal/setup").status_code == 403


def find_main(machine: Machine, part: str) -> str:
    return machine.tell(f"systemctl show -P MainPID sandyq-{part}").strip()


def check_units(machine: Machine) -> None:
    """Each part under its user, none failed; one that is killed is started again, and that is on record."""
    machine.tell("test -z \"$(systemctl list-units 'sandyq*' --failed --no-legend | tee /dev/stderr)\"")
    for part in PARTS:
        user = machine.tell(f"stat -c %U /proc/{find_main(machine, part)}").strip()
        assert user == ("root" if part == "forks" else f"sandyq-{part}"), user
    if not isinstance(machine, Cage):
        groups = "/sys/fs/cgroup/system.slice/sandyq-forks.service/cgroup.subtree_control"
        machine.tell(f"grep memory {groups}")
    for part in ("portal", "hub", "proxy"):
        before = find_main(machine, part)
        machine.tell(f"kill -9 {before}")
        machine.wait(
            lambda part=part, before=before: find_main(machine, part) not in ("0", before), f"another {part}"
        )
        machine.wait(machine.is_up, f"{part} to be back")
    told = machine.tell("cat /var/lib/sandyq/incidents.json")
    assert {name for _, name in json.loads(told)} >= {"portal", "hub", "proxy"}


def check_parts_fit(machine: Machine) -> None:
    """HTTPS with a certificate that its timer keeps, plain HTTP that leads there, lessons by the link of updates."""
    machine.tell("systemctl is-active sandyq-certificate.timer && systemctl start sandyq-certificate.service")
    machine.tell("sandyq tls show | tee /dev/stderr | grep -q sandyq.local")
    for path, status in (("/hub/login", "30"), ("/trust", "200")):
        ask = f"c = h.HTTPConnection('127.0.0.1'); c.request('GET', '{path}'); print(c.getresponse().status)"
        assert machine.tell(f'{PYTHON} -c "import http.client as h; {ask}"').startswith(status)
    assert machine.tell("readlink /var/lib/sandyq/content/live").startswith("/opt/sandyq/versions/")
    assert "host-name=sandyq" in machine.tell("cat /etc/avahi/avahi-daemon.conf")


class Pupil:
    """Somebody who works until the power goes, and remembers what the server said it had kept."""

    def __init__(self, machine: Machine, login: str, secret: str) -> None:
        self.machine, self.login, self.secret = machine, login, secret
        self.questions: set[str] = set()
        self.saved = self.begun = self.kept = 0
        """Numbers of the notebook that was saved, and that was sent last; how much was kept since the start."""

    def work(self) -> None:
        self.kept = 0
        with (
            suppress(httpx.HTTPError),
            httpx.Client(
                base_url=self.machine.url, timeout=600, verify=False, follow_redirects=True
            ) as browser,
        ):
            day.come_in(browser, self.login, self.secret)
            place = day.open_server(browser, self.login)
            day.open_lesson(browser)
            kernel = browser.post(f"{place}api/kernels", json={}, headers=day.tell_token(browser, place))
            kernel.raise_for_status()
            while True:
                self._ask(browser)
                self._save(browser, place)
                self.kept += 1

    def _ask(self, browser: httpx.Client) -> None:
        page, text = browser.get("/services/portal/help").text, str(uuid4())
        form = {"token": day.find_in(page, r'name="token" value="([^"]+)"'), "uuid": text, "text": text}
        if browser.post("/services/portal/help", data=form, follow_redirects=False).status_code == 303:
            self.questions.add(text)

    def _save(self, browser: httpx.Client, place: str) -> None:
        self.begun += 1
        about = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"number": self.begun}, "cells": []}
        reply = browser.put(
            f"{place}api/contents/work.ipynb",
            json={"type": "notebook", "format": "json", "content": about},
            headers=day.tell_token(browser, place),
        )
        if reply.is_success:
            self.saved = self.begun

    def check(self) -> None:
        """All that was said to be kept is there; what was under way may be."""
        there = "sqlite3.connect('/var/lib/sandyq/school/school.sqlite').execute('SELECT text FROM ticket')"
        ask = f"import sqlite3; [print(text) for text, in {there}]"
        lost = self.questions - set(self.machine.tell(f'{PYTHON} -c "{ask}"').split())
        assert not lost, f"{self.login}: {len(lost)} questions are gone"
        work = json.loads(self.machine.tell(f"cat /var/lib/sandyq/people/{self.login}/work.ipynb"))
        number = work["metadata"]["number"]
        assert self.saved <= number <= self.begun, f"{self.login}: {number} is there, {self.saved} was saved"


def spend_day(machine: Machine) -> None:
    """At the sample school, beside the server's own; what the units' locks refuse shows here."""
    script = Path(__file__).with_name("sample_school.py").read_text()
    told = machine.tell(f"{PYTHON} - <<'END'\n{script}\nEND")
    machine.tell("sandyq people sync && systemctl start sandyq-hourly.service")

    def open_browser(**options: Any) -> httpx.Client:
        return httpx.Client(base_url=machine.url, timeout=600, verify=False, **options)

    day.spend(open_browser, json.loads(told.splitlines()[-1]))


def keep_on_stick(machine: Machine) -> None:
    """Keep a backup here and on a disk where the USB disk would be; bring back from there what it has."""
    stick, again = "/srv/stick", "/srv/again"
    unit = f"{str(USB).strip('/').replace('/', '-')}.mount"
    ours = f"/run/systemd/system/{unit}.d"  # the server's own mount, which the backup lets go of, of a disk of memory
    disk = f"[Mount]\\nWhat={stick}\\nType=none\\nOptions=bind\\n"
    machine.tell(f"mkdir -p {stick} {ours} && mount -t tmpfs -o mode=700 stick {stick}")
    machine.tell(f"printf '{disk}' > {ours}/stick.conf && systemctl daemon-reload && systemctl start {unit}")
    machine.tell(
        "systemctl start sandyq-backup.service && journalctl --namespace=sandyq -q -u sandyq-backup -o cat"
    )
    machine.tell(
        f"sandyq restore {stick}/sandyq-backups --home {again} --key-file /var/lib/sandyq/secrets/backup"
    )
    same = 'for each in photos submissions; do diff -r /var/lib/sandyq/$each {}/$each && test -n "$(ls {}/$each)"; done'
    machine.tell(f"set -e; {same.replace('{}', again)}")
    machine.tell(f"umount {stick} && rm -r {ours} {again} && systemctl daemon-reload")


def bring_class(machine: Machine) -> list[Pupil]:
    """As an operator does it on the command line; the cards say who gets in by what."""
    rows = "\\n".join(["Тегі;Аты;Сынып", *(f"{name};7А" for name in CLASS)])
    machine.tell(f"printf '{rows}\\n' > /tmp/class.csv && sandyq people import /tmp/class.csv --apply")
    cards = machine.tell("cat /var/lib/sandyq/cards/*.html | grep -o '<dd[^<]*' | sed 's/.*>//'").split("\n")
    words = [html.unescape(word) for word in cards if word]
    assert len(words) == 2 * len(CLASS), words
    return [Pupil(machine, *pair) for pair in zip(words[::2], words[1::2], strict=True)]


def cut_in_class(machine: Machine, pupils: list[Pupil]) -> None:
    """Cut the power while everybody works."""
    at_work = [threading.Thread(target=pupil.work, daemon=True) for pupil in pupils]
    for each in at_work:
        each.start()

    def is_busy() -> bool:
        assert all(each.is_alive() for each in at_work), "somebody could not go on"
        return all(pupil.kept >= KEPT_BEFORE_A_CUT for pupil in pupils)

    machine.wait(is_busy, "the class to be at work")
    machine.cut()
    for each in at_work:
        each.join()


def run_commands(machine: Workshop, commands: list[str]) -> None:
    try:
        print(f"Debian {DEBIAN}: up after {machine.boot():.0f} s", flush=True)
        for command in commands:
            machine.work(command)
    finally:
        machine.cut()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the machine is built and kept")
    parser.add_argument(
        "--cuts", type=int, default=1, metavar="N", help="how often the power is cut (default: 1)"
    )
    parser.add_argument("--built", action="store_true", help="boot what was built before")
    parser.add_argument(
        "--namespaces", action="store_true", help="quick: systemd in namespaces instead of a machine"
    )
    parser.add_argument(
        "--emulate", action="store_true", help="without KVM, which in a virtual machine may not work"
    )
    parser.add_argument(
        "--run", action="append", metavar="COMMAND", help="instead: run it in a machine without a school"
    )
    options = parser.parse_args()
    if options.run and options.namespaces:
        parser.error("--run needs a kernel of its own")
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not options.built:
        (build_workshop if options.run else build)(folder)
    if not (options.built or options.namespaces):
        make_disk(folder / "root", folder / "disk.img", DISK)
    if options.namespaces and os.environ.get(ALONE) != "yes":
        os.environ[ALONE] = "yes"
        again = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable, *sys.argv, "--built"]
        os.execvp("unshare", ["unshare", "--net", *again])  # noqa: S606 # the server takes ports 80 and 443
    day.PATIENCE = PATIENCE
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the machine ends with us
    if options.run:
        run_commands(Workshop(folder, emulate=options.emulate), options.run)
        return
    machine = Cage(folder) if options.namespaces else Machine(folder, emulate=options.emulate)
    try:
        print(f"Debian {DEBIAN}: the server answered after {machine.boot():.0f} s", flush=True)
        set_up_school(machine)
        check_units(machine)
        check_parts_fit(machine)
        pupils = bring_class(machine)
        spend_day(machine)
        keep_on_stick(machine)
        for number in range(options.cuts):
            cut_in_class(machine, pupils)
            print(f"power cut {number + 1}: the server answered after {machine.boot():.0f} s", flush=True)
            page = httpx.get(f"{machine.url}/services/portal/setup", timeout=300, verify=False)
            assert page.status_code == 403, "the school is gone"
            for pupil in pupils:
                pupil.check()
            kept = sum(len(pupil.questions) + pupil.saved for pupil in pupils)
            print(f"of {kept} questions and notebooks that were acknowledged, none is lost", flush=True)
        print("All held.")
    finally:
        machine.cut()


if __name__ == "__main__":
    main()
