"""What waits for a person, in words, with the page where it is done."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from sandyq.i18n import translator
from sandyq.school.academy.tickets import count_waiting
from sandyq.school.academy.waiting import Waits, count_waits
from sandyq.school.tables import Person
from sandyq_portal.catalogue import Catalogue
from sandyq_portal.menu import PREFIX


def list_waits(
    session: Session, person: Person, on: date, language: str, catalogue: Catalogue
) -> list[tuple[str, str]]:
    """Return words and addresses; of apps, what a person may open."""
    _ = translator(language)
    asked = count_waiting(session, person)
    waits = count_waits(session, person, on)
    apps = {each.name: each.address for each in catalogue.apps(person.role_names)} if waits != Waits() else {}
    told = (
        (f"{PREFIX}/help", asked.asked, _("Questions that wait for your answer: %(count)s")),
        (f"{PREFIX}/help", asked.answered, _("There is an answer to a question")),
        (apps.get("training"), waits.practice, _("Practice to look at: %(count)s")),
        (apps.get("support"), waits.months, _("Months of support to look at: %(count)s")),
        (apps.get("training"), waits.to_issue, _("Course certificates to issue: %(count)s")),
        (apps.get("support"), waits.years, _("Certificates of the year of support to issue: %(count)s")),
        (apps.get("training"), waits.practice_back, _("Your practice: something is missing (%(count)s)")),
        (apps.get("support"), waits.months_back, _("Months of support that wait for you: %(count)s")),
        (apps.get("peers"), waits.pairs, _("Pairs that wait for your yes: %(count)s")),
        (apps.get("peers"), waits.steps, _("Next steps after a lesson that wait for your yes: %(count)s")),
        (apps.get("library"), waits.judged, _("Reviewers ask you to change: %(count)s")),
        (apps.get("library"), waits.judging, _("Works to judge in the library: %(count)s")),
        (apps.get("experts"), waits.questions, _("Questions to experts without an answer: %(count)s")),
        (apps.get("experts"), waits.answers, _("An expert has answered you: %(count)s")),
        (apps.get("training"), waits.certificates, _("You have a new certificate")),
    )
    return [(words % {"count": count}, address) for address, count, words in told if count and address]
