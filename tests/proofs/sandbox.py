"""``./sandyq prove sandbox``: what a hand-in's code, or a pupil's notebook, tries in order to get out of where it runs.

Each attack is a test of its own, with real kernels under real limits: what it reaches of others, of the server, of the
fork server; which bombs harm anybody else.
"""

from __future__ import annotations

import sys

from tests.proofs.results import finish, read_options
from tests.proofs.suites import run_attacks

GRADING = "tests/attacks/test_grading.py"
ATTACKS = [
    f"{GRADING}::test_a_kernel_has_a_number_of_its_own_no_network_no_token_and_no_way_to_others",
    f"{GRADING}::test_the_fork_server_hangs_up_on_a_hand_in",
    f"{GRADING}::test_two_at_once_cannot_read_each_others_files_nor_signal_each_other",
    f"{GRADING}::test_nothing_that_a_kernel_remembers_holds_a_hidden_test",
    f"{GRADING}::test_a_cell_cannot_change_how_it_is_looked_at_nor_tell_by_it_what_must_fail",
    f"{GRADING}::test_a_bomb_ends_itself_and_nothing_else",
    "tests/attacks/test_prefork.py",
    "tests/attacks/test_quotas.py",
    "tests/attacks/test_cgroups.py",
    "tests/prefork/test_offline.py",
]
LONG = ["tests/attacks/test_isolation.py"]
QUICK = ["tests/attacks/test_prefork.py"]


def main() -> int:
    options = read_options()
    chosen = "nobody_but_itself or closed_to_others or signalled or hangs_up" if options.quick else ""
    shown, failed = run_attacks(QUICK if options.quick else ATTACKS + LONG, chosen)
    return finish("sandbox", {"attacks": shown, "escapes": len(failed)}, failed, options.save)


if __name__ == "__main__":
    sys.exit(main())
