"""``./sandyq prove exchange``: whatever a pupil may send or ask for on the way of an assignment, in another's place, as
a link, as a bomb, as the grader, after the hour; each attack is a test of its own.
"""

from __future__ import annotations

import sys

from tests.proofs.results import finish, read_options
from tests.proofs.suites import run_attacks

HERE = "tests/unit/assignments"
ATTACKS = [
    f"{HERE}/test_handing_in.py::test_what_no_folder_of_a_pupil_would_hold_is_refused",
    f"{HERE}/test_handing_in.py::test_a_link_a_bomb_and_junk_are_refused",
    f"{HERE}/test_handing_in.py::test_nobody_works_hands_in_or_reads_for_another",
    f"{HERE}/test_handing_in.py::test_only_the_grader_is_let_into_the_queue",
    f"{HERE}/test_marking.py::test_a_returned_work_shows_its_pupil_nothing_that_ran_beside_hidden_tests",
    f"{HERE}/test_handing_in.py::test_a_job_whose_worker_went_silent_is_begun_again_three_times_at_most",
    f"{HERE}/test_handing_in.py::test_after_the_due_date_the_mode_decides_and_more_time_opens_again",
    f"{HERE}/test_handing_in.py::test_a_teacher_looks_at_unfinished_work_and_nobody_else_does",
    f"{HERE}/test_releases.py::test_who_gives_colleagues_work_in_the_same_subject_does_not_see_others_marks",
    f"{HERE}/test_handing_in.py::test_half_a_character_hides_nobodys_work",
    "tests/unit/test_fuzz_importers.py::test_whatever_is_handed_in_is_kept_whole_or_refused",
    "tests/attacks/test_grading.py::test_a_bad_zip_is_refused_and_writes_nothing_outside",
]
LONG = ["tests/hub/test_exchange.py", "tests/attacks/test_grading.py::test_no_cheat_raises_a_mark_unnoticed"]


def main() -> int:
    options = read_options()
    chosen = "link or worker or junk or queue" if options.quick else ""
    shown, failed = run_attacks(ATTACKS[:4] if options.quick else ATTACKS + LONG, chosen)
    return finish("exchange", {"attacks": shown, "succeeded": len(failed)}, failed, options.save)


if __name__ == "__main__":
    sys.exit(main())
