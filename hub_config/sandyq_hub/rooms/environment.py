"""What a visitor's kernel sees of the world: an environment made from nothing, and a kernel command of our own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

from sandyq.settings import PROJECT, Settings
from sandyq.visits import Visit, sign_visit

KERNEL_COMMAND = [
    sys.executable,
    "-m",
    "ipykernel_launcher",
    "-f",
    "{connection_file}",
    "--HistoryManager.enabled=False",
    "--HistoryManager.hist_file=:memory:",
    "--Outputs.drops_nothing=True",  # known to a forked kernel only
]


def build_environment(
    settings: Settings, visit: Visit, name: str, home: Path, audience: dict[str, str]
) -> dict[str, str]:
    """Return the whole environment of one visitor's kernel; ``home`` is its own empty folder."""
    return build_template_environment(audience, home) | {
        "SANDYQ_API_URL": f"{settings.portal_url}/api",
        "SANDYQ_VISIT_TOKEN": sign_visit(settings, visit),
        "SANDYQ_VISITOR_NAME": name,
    }


def describe_audience(language: str, for_teachers: bool) -> dict[str, str]:
    """For whom a notebook is executed: teachers get the answers beside the questions."""
    return {"SANDYQ_LANGUAGE": language, "SANDYQ_AUDIENCE": "teachers" if for_teachers else "pupils"}


def build_template_environment(audience: dict[str, str], home: Path) -> dict[str, str]:
    """Return what all visitors' kernels have in common: nothing of anybody."""
    return audience | {
        "SANDYQ_CONTENT": os.environ.get("SANDYQ_CONTENT", str(PROJECT)),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "TZ": "Asia/Almaty",
        "PYTHONNOUSERSITE": "1",
        "PYTHONIOENCODING": "utf-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "IPYTHONDIR": str(home / ".ipython"),
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "JUPYTER_DATA_DIR": str(home / ".jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / ".jupyter"),
        "JUPYTER_NO_CONFIG": "1",
    }


class RoomKernelSpecs(KernelSpecManager):
    """One kernel, ours, whatever a notebook asks for and whatever stands on the disk."""

    def find_kernel_specs(self) -> dict[str, str]:
        return {"python3": ""}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002 # there is only one
        return KernelSpec(
            argv=list(KERNEL_COMMAND),
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": "sandyq-fork", "config": {}}},
        )

    def get_all_specs(self) -> dict[str, Any]:
        return {"python3": {"resource_dir": "", "spec": self.get_kernel_spec("python3").to_dict()}}
