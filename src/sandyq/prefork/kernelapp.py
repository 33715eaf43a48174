"""ipykernel's application and kernel without the steps that would touch, and so copy, all of the shared memory."""

# mypy: disable-error-code="no-untyped-call,union-attr"
from __future__ import annotations

import sys
from typing import Any, ClassVar

import ipykernel.ipkernel
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from traitlets import Type


class _System:
    """The ``sys`` that ipykernel sees in a forked kernel: its walk through all modules finds none."""

    modules: ClassVar[dict[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


class ForkedKernel(IPythonKernel):
    """A kernel whose list of module files was made before the fork; the debugger skips their frames."""

    files: ClassVar[list[str]] = []

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._kernel_modules = self.files
        if getattr(self, "debugger", None):
            self.debugger.kernel_modules = self.files


def remember_modules() -> None:
    """Before the fork: note what ipykernel would ask every module after it."""
    modules = list(sys.modules.values())
    ForkedKernel.files = [file for module in modules if (file := getattr(module, "__file__", None))]
    ipykernel.ipkernel.sys = _System()  # type: ignore[attr-defined,assignment] # it imports sys for itself


class ForkedKernelApp(IPKernelApp):
    """Starts a kernel around the shell that was made before the fork."""

    kernel_class = Type(ForkedKernel)

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """Take the usual ``-f FILE`` as it is; traitlets' parser would make an option for every trait there is."""
        if argv and len(argv) == 2 and argv[0] == "-f":
            self.connection_file = argv[1]
        else:
            super().parse_command_line(argv)

    def init_code(self) -> None:
        """IPython's own steps, but for its set of all modules' names: the shell has one from before the fork."""
        self._run_startup_files()
        self._run_exec_lines()
        self._run_exec_files()
        if self.hide_initial_ns:
            self.shell.user_ns_hidden.update(self.shell.user_ns)
        self._run_cmd_line_code()
        self._run_module()
        sys.stdout.flush()
        sys.stderr.flush()
