"""nbgrader's exchange on the portal's API: its commands and its Assignment List work unchanged.

``sandyq_hub/jupyter/nbgrader_config.py`` names these classes in every person's server. They keep files where the
person's own pages do, ``~/assignments/<course>-<name>/``, so both know what the other brought or handed in. Who asks,
and when, the portal knows by itself: no student id, no time and no folder of nbgrader's is trusted.
"""

# mypy: disable-error-code="no-untyped-call,misc"
from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbgrader.auth.base import BaseAuthPlugin
from nbgrader.exchange import abc
from traitlets import Bool, default

from sandyq.i18n import translator_of_person
from sandyq.work import FOLDER, Assignment, BadFiles, PortalAway, PortalRefused, Work, WorkPortal, put

HIDDEN = {"soon"}
"""States in which there is nothing to fetch yet."""


def gettext(text: str) -> str:
    return translator_of_person()(text)


class Exchange(abc.Exchange):
    """What all parts share: the person's assignments in the portal and at home."""

    @default("assignment_dir")
    def _assignment_dir(self) -> str:
        folder = Path.home() / FOLDER
        folder.mkdir(exist_ok=True)  # nbgrader's server extension goes there
        return str(folder)

    @property
    def home(self) -> Path:
        return Path(self.assignment_dir).resolve().parent

    def init_src(self) -> None:
        pass

    def init_dest(self) -> None:
        pass

    def copy_files(self) -> None:
        pass

    @contextmanager
    def speaking(self) -> Iterator[WorkPortal]:
        """Give the portal; what goes wrong with it becomes an ExchangeError that says what to do."""
        try:
            yield WorkPortal.find()
        except PortalAway:
            self.fail(gettext("The school server does not answer. Nothing is lost; try again in a minute."))
        except PortalRefused as problem:
            self.fail(_describe(problem))
        except BadFiles as problem:
            self.fail(
                gettext("These files cannot be handed in or brought ({reason}): {name}").format(
                    reason=problem.reason, name=problem.name
                )
            )

    def list_releases(self) -> list[Work]:
        """Return what fits nbgrader's course and assignment, the oldest release first."""
        course, name = self.coursedir.course_id, self.coursedir.assignment_id
        with self.speaking() as portal:
            found = portal.list_work()
        fitting = [
            work for work in found if course in {"", "*", work["course"]} and name in {"", "*", work["name"]}
        ]
        return sorted(fitting, key=lambda work: work["release"])

    def list_work(self) -> list[Work]:
        """Return what fits, each name once: the latest release."""
        return list({(work["course"], work["name"]): work for work in self.list_releases()}.values())

    def find_work(self) -> Work:
        """Return the one assignment that is meant; ExchangeError naming it when there is none, or several."""
        name = self.coursedir.assignment_id
        found = self.list_work() if name else []
        if len(found) > 1:
            courses = ", ".join(work["course"] for work in found)
            self.fail(
                gettext("Several courses have {name}: {courses}. Add --course=…").format(
                    name=name, courses=courses
                )
            )
        if not found:
            self.fail(
                gettext("There is no assignment {name} for you. nbgrader list shows those you have.").format(
                    name=name
                )
            )
        return found[0]

    def find_folder(self, work: Work) -> Assignment | None:
        return Assignment.find(self.home, work["release"])


def _describe(problem: PortalRefused) -> str:
    if problem.status == 409:
        return gettext(
            "It is closed: you cannot hand it in any more. Your work stays here; talk with your teacher."
        )
    if problem.status == 403:
        return gettext("It is not open now. Your page says when it is.")
    return gettext("Your work was not taken. It stays here; tell your teacher the number {status}.").format(
        status=problem.status
    )


class ExchangeFetchAssignment(Exchange, abc.ExchangeFetchAssignment):
    """Brings what is not at home yet; never over a file that is."""

    def copy_files(self) -> None:
        work = self.find_work()
        with self.speaking() as portal:
            assignment = Assignment.bring(self.home, work, portal.fetch(work["release"]))
        self.log.info("Fetched as: %s", assignment.path)


class ExchangeSubmit(Exchange, abc.ExchangeSubmit):
    """Hands in what the folder holds and says the receipt."""

    add_random_string = Bool(
        True, help="Kept for old configuration files; the portal numbers hand-ins itself."
    ).tag(config=True)

    def find_work(self) -> Work:
        """Return the assignment that is meant: its name, or, as shells complete it, the path of its folder."""
        meant = self.coursedir.assignment_id
        named = Assignment.open(Path(meant).resolve()) if meant else None
        if named is None:
            self.coursedir.assignment_id = Path(meant).name
            return super().find_work()
        self.coursedir.course_id, self.coursedir.assignment_id = named.notes["course"], named.notes["name"]
        with self.speaking() as portal:
            return portal.find_work(named.release)

    def copy_files(self) -> None:
        work = self.find_work()
        assignment = self.find_folder(work)
        if assignment is None:
            self.fail(
                gettext("{name} is not here yet: nbgrader fetch_assignment {name} brings it.").format(
                    name=work["name"]
                )
            )
            return
        missing = [name for name in assignment.notebooks if not (assignment.path / name).is_file()]
        if missing:
            said = gettext("These notebooks are missing: {names}").format(names=", ".join(missing))
            if self.strict:
                self.fail(said)
            self.log.warning(said)
        with self.speaking() as portal:
            receipt = assignment.hand_in(portal)
        self.log.info(
            gettext("Handed in: number {number}, code {code}, {time}").format(
                number=receipt["number"], code=receipt["code"], time=receipt["at"]
            )
        )


class ExchangeFetchFeedback(Exchange, abc.ExchangeFetchFeedback):
    """Writes what the teacher gave back to ``feedback/<time>/<notebook>.html`` in the assignment's folder."""

    def copy_files(self) -> None:
        meant = self.find_work()
        releases = [work for work in self.list_releases() if work["course"] == meant["course"]]
        if not [work for work in releases if self._bring_feedback(work)]:
            self.fail(gettext("Your teacher has not given it back yet."))

    def _bring_feedback(self, work: Work) -> bool:
        """Write what was given back for a release; return whether there is any."""
        assignment = self.find_folder(work)
        with self.speaking() as portal:
            feedback = portal.fetch_feedback(work["release"])
            hand_ins = portal.list_hand_ins(work["release"])
        if not feedback or not feedback.get("released") or not hand_ins or assignment is None:
            return False
        for page in feedback.get("notebooks", []):
            name = Path(str(page["name"])).name
            put(_feedback_folder(assignment.path, hand_ins[-1]) / f"{name}.html", str(page["html"]).encode())
        self.log.info("Fetched feedback: %s", assignment.path / "feedback")
        return True


def _feedback_folder(folder: Path, hand_in: dict[str, Any]) -> Path:
    return folder / "feedback" / str(hand_in["at"]).replace("/", "-")


class ExchangeList(Exchange, abc.ExchangeList):
    """What there is to fetch (outbound), and what was handed in (inbound, cached)."""

    as_json = Bool(False, help="Print as JSON.").tag(config=True)

    def list_files(self) -> list[dict[str, Any]]:
        found = self._list_hand_ins() if self.inbound or self.cached else self._list_released()
        self._print(found)
        return found

    def _list_released(self) -> list[dict[str, Any]]:
        found = []
        for work in self.list_work():
            assignment = self.find_folder(work)
            if assignment is None and (work["state"] in HIDDEN or work["state"] == "closed"):
                continue
            path = (
                assignment.path
                if assignment
                else Path(self.assignment_dir) / f"{work['course']}-{work['name']}"
            )
            notebooks = [path / name for name in assignment.notebooks] if assignment else []
            found.append(
                _name(work, path)
                | {
                    "status": "fetched" if assignment else "released",
                    "notebooks": [{"notebook_id": each.stem, "path": str(each)} for each in notebooks],
                }
            )
        return found

    def _list_hand_ins(self) -> list[dict[str, Any]]:
        """By assignment, each with its submissions, as nbgrader's own list has them; of all its releases."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for work in self.list_releases():
            with self.speaking() as portal:
                hand_ins = portal.list_hand_ins(work["release"])
                feedback = portal.fetch_feedback(work["release"]) if hand_ins else None
            assignment = self.find_folder(work)
            path = (
                assignment.path
                if assignment
                else Path(self.assignment_dir) / f"{work['course']}-{work['name']}"
            )
            names = [Path(name).stem for name in assignment.notebooks] if assignment else []
            submissions = [
                self._describe_hand_in(work, path, names, hand_in, bool(feedback) and hand_in is hand_ins[-1])
                for hand_in in hand_ins
            ]
            if submissions:
                told = {"course_id": work["course"], "assignment_id": work["name"], "status": "submitted"}
                entry = found.setdefault((work["course"], work["name"]), told | {"submissions": []})
                entry["submissions"] += submissions
        return list(found.values())

    def _describe_hand_in(
        self, work: Work, path: Path, names: list[str], hand_in: dict[str, Any], has_feedback: bool
    ) -> dict[str, Any]:
        folder = _feedback_folder(path, hand_in)
        fetched = folder.is_dir()
        notebooks = [
            {
                "notebook_id": name,
                "path": str(path / f"{name}.ipynb"),
                "has_local_feedback": (folder / f"{name}.html").is_file(),
                "has_exchange_feedback": has_feedback,
                "local_feedback_path": str(folder / f"{name}.html") if fetched else None,
                "feedback_updated": False,
            }
            for name in names
        ]
        return _name(work, path) | {
            "student_id": os.environ.get("JUPYTERHUB_USER", ""),
            "timestamp": str(hand_in["at"]),
            "status": "submitted",
            "notebooks": notebooks,
            "has_local_feedback": fetched,
            "has_exchange_feedback": has_feedback,
            "feedback_updated": False,
            "local_feedback_path": str(folder) if fetched else None,
            "number": hand_in["number"],
            "code": hand_in["code"],
        }

    def _print(self, found: list[dict[str, Any]]) -> None:
        if self.as_json:
            print(json.dumps(found, ensure_ascii=False))  # noqa: T201 # what the command is asked for
            return
        for line in found:
            if "submissions" not in line:
                here = gettext("(already brought)") if line["status"] == "fetched" else ""
                self.log.info("%s %s %s", line["course_id"], line["assignment_id"], here)
            for hand_in in line.get("submissions", []):
                self.log.info(
                    "%s %s %s №%s %s",
                    line["course_id"],
                    line["assignment_id"],
                    hand_in["timestamp"],
                    hand_in["number"],
                    hand_in["code"],
                )

    def remove_files(self) -> None:
        self.fail(
            gettext(
                "What was given out or handed in is not removed here. Teachers take assignments back "
                "on their class's page."
            )
        )


def _name(work: Work, path: Path) -> dict[str, Any]:
    return {"course_id": work["course"], "assignment_id": work["name"], "path": str(path)}


class _OnAPage(Exchange):
    """Something teachers do on a page of the portal."""

    def copy_files(self) -> None:
        self.fail(
            gettext(
                "Assignments are given out, collected and returned on the school's pages: "
                "/services/portal/ → your class → Assignments."
            )
        )


class ExchangeReleaseAssignment(_OnAPage, abc.ExchangeReleaseAssignment):
    """Says where: the class's page."""


class ExchangeCollect(_OnAPage, abc.ExchangeCollect):
    """Says where: hand-ins arrive by themselves."""


class ExchangeReleaseFeedback(_OnAPage, abc.ExchangeReleaseFeedback):
    """Says where: the marking page."""


class PortalCourses(BaseAuthPlugin):
    """Whose course it is, the portal decides at every request; nobody is turned away or added here."""

    def get_student_courses(self, student_id: str) -> list[str] | None:  # noqa: ARG002 # nbgrader's interface
        return None

    def add_student_to_course(self, student_id: str, course_id: str) -> None:
        """The school's roster has them."""

    def remove_student_from_course(self, student_id: str, course_id: str) -> None:
        """The school's roster has them."""
