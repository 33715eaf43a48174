"""``./sandyq prove limits``: control groups hold what they should, on a real Linux with cgroup v2.

Where this machine has them, ``tests/attacks/test_cgroups.py`` runs here. Elsewhere it runs in a virtual machine:
Debian's own kernel, this Python and these files in memory, no disk, no network. Needs root and:
apt install qemu-system-x86 busybox-static; the kernel is fetched as a package.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from tests.proofs.results import finish, read_options
from tests.proofs.suites import run_attacks

from sandyq.prefork.cgroups import NEEDED, TOP
from sandyq.settings import PROJECT

SUITE = "tests/attacks/test_cgroups.py"
QEMU, BUSYBOX = "qemu-system-x86_64", "/bin/busybox"
FOLDERS = ("src", "hub_config", "tests", "benchmarks")
PACKAGES = """
pytest _pytest py.py pluggy iniconfig packaging pygments psutil httpx httpcore h11 anyio idna certifi sniffio playwright
pyee greenlet typing_extensions.py
"""
"""What the suite imports, of the environment that runs this."""
INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc none /proc; mount -t sysfs none /sys; mount -t devtmpfs none /dev
mkdir -p /dev/shm /tmp /var/tmp /sys/fs/cgroup
mount -t tmpfs none /dev/shm; mount -t tmpfs none /tmp; chmod 1777 /tmp /var/tmp
mount -t cgroup2 none /sys/fs/cgroup
echo "+cpu +memory +pids" > /sys/fs/cgroup/cgroup.subtree_control
ip link set lo up
cd /project
export PYTHONPATH=/site:/project:/project/src:/project/hub_config:/project/benchmarks HOME=/tmp PATH=/usr/bin:/bin
export SANDYQ_PATIENCE=900 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 PYTHONDONTWRITEBYTECODE=1
python3 -m pytest -q --noconftest -p no:cacheprovider -o filterwarnings= -rA --color=no {suite} < /dev/null
poweroff -f
"""


def fetch_kernel(folder: Path) -> Path:
    """Return Debian's kernel for virtual machines."""
    about = subprocess.run(
        ["apt-cache", "depends", "linux-image-cloud-amd64"], capture_output=True, text=True, check=True
    ).stdout
    (name,) = re.findall(r"Depends: (linux-image-\S+)", about)
    subprocess.run(["apt-get", "download", "-q", name], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (package,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "--extract", package, folder / "kernel"], check=True)
    (kernel,) = (folder / "kernel" / "boot").glob("vmlinuz-*")
    return kernel


def build_memory_disk(folder: Path) -> Path:
    """Put Python, its libraries, the suite and what it tests into one file that the kernel unpacks."""
    root = folder / "root"
    site, library = Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("stdlib"))
    for part in ("bin", "dev", "proc", "sys", "tmp", "var/tmp", "usr/bin", "site", "etc", "sbin"):
        (root / part).mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__", "driver", "test", "idlelib", "node_modules", "*.pyc")
    for name in PACKAGES.split():
        if (site / name).is_dir():
            shutil.copytree(site / name, root / "site" / name, ignore=ignored)
        elif (site / name).exists():
            shutil.copy(site / name, root / "site" / name)
    for name in FOLDERS:
        shutil.copytree(PROJECT / name, root / "project" / name, ignore=ignored, symlinks=True)
    shutil.copy(PROJECT / "pyproject.toml", root / "project")
    shutil.copytree(library, root / str(library).lstrip("/"), ignore=ignored)
    python = Path(sys.executable).resolve()
    shutil.copy(python, root / "usr/bin/python3")
    native = [python, *root.rglob("*.so"), *root.rglob("*.so.*")]
    listed = subprocess.run(["ldd", *native], capture_output=True, text=True, check=False).stdout
    for line in set(re.findall(r"(/\S+\.so\S*) \(0x", listed)):
        target = root / line.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copy(Path(line).resolve(), target)
    shutil.copy(BUSYBOX, root / "bin/busybox")
    (root / "init").write_text(INIT.format(suite=SUITE))
    (root / "init").chmod(0o755)
    disk = folder / "memory.cpio"
    command = f"find . | {BUSYBOX} cpio -o -H newc"
    with disk.open("wb") as file:
        subprocess.run(["sh", "-c", command], cwd=root, stdout=file, stderr=subprocess.DEVNULL, check=True)
    return disk


def run_in_machine(folder: Path) -> tuple[int, list[str]]:
    """Return how many tests passed in a virtual machine, and what did not."""
    machine = [
        QEMU, "-accel", "tcg", "-cpu", "max", "-m", "1500", "-smp", "2", "-nographic", "-no-reboot",
        "-nic", "none",
        "-kernel", str(fetch_kernel(folder)), "-initrd", str(build_memory_disk(folder)),
        "-append", "console=ttyS0 panic=-1 quiet",
    ]  # fmt: skip
    told = subprocess.run(
        machine,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=3600,
        check=False,
    )
    passed = re.findall(r"^PASSED (\S+)", told.stdout, re.M)
    failed = re.findall(r"^(?:FAILED|ERROR|SKIPPED) .*", told.stdout, re.M)
    if failed or not passed:
        failed.append(f"what the machine said: {told.stdout[-6000:]} {told.stderr[-1000:]}")
    return len(passed), failed


def main() -> int:
    options = read_options()
    has_groups = (TOP / "cgroup.subtree_control").exists() and set(
        (TOP / "cgroup.subtree_control").read_text().split()
    ) >= NEEDED
    if has_groups:
        where, (shown, failed) = "this machine", run_attacks([SUITE])
    elif shutil.which(QEMU) and Path(BUSYBOX).exists():
        with tempfile.TemporaryDirectory() as folder:
            where, (shown, failed) = "a virtual machine", run_in_machine(Path(folder))
    else:
        print("limits: this machine has no cgroup v2. apt install qemu-system-x86 busybox-static; not shown")
        return 0
    return finish("limits", {"where": where, "shown": shown}, failed, options.save)


if __name__ == "__main__":
    sys.exit(main())
