"""Certificates at the portal: issued by a guide's app, checked by anybody; the app's lists and pictures."""

import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from PIL import Image
from portal_school import PREFIX, School
from sqlalchemy import select
from tests.vm.sample_school import fulfil

from sandyq.courses import MONTHS
from sandyq.school.academy import tables as t
from sandyq.school.academy.certificates import check, name_key, read_keys
from sandyq.school.database import today
from sandyq.school.tables import Person
from sandyq.settings import PROJECT

CHECK = f"{PREFIX}/certificate"
ISSUE = f"{PREFIX}/api/certificates"
STYLES = PROJECT / "portal" / "sandyq_portal" / "static" / "sandyq.css"


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def coaches(school):
    return [account.login for account in school.accounts if account.role == "coach"]


def support(school, months=MONTHS):
    """Let a year of support be over, so many of its months accepted; return the participant and their login."""
    with school.database.session() as session:
        group = session.scalars(select(t.TrainingGroup).order_by(t.TrainingGroup.ends_on)).first()
        group.ends_on = today() - timedelta(300)
        group.starts_on = group.ends_on - timedelta(60)
        mine = t.Participant.group_id == group.id
        participant = session.scalars(
            select(t.Participant).where(mine).order_by(t.Participant.id.desc())
        ).first()
        about = {"school_id": participant.school_id, "by": participant.person_id, "on": today()}
        for month in range(1, months + 1):
            evidence = t.Evidence(
                **about, participant_id=participant.id, task=f"month:{month}", kind="reflection", text="…"
            )
            session.add(evidence)
            session.flush()
            said = {"sheet": "evidence", "row_id": evidence.id, "kind": "review", "data": {"accepted": True}}
            session.add(t.Reply(school_id=group.school_id, by=group.coach_id, on=today(), **said))
        return participant.id, session.get_one(Person, participant.person_id).login


def send(school, login, *participants, kind="app"):
    kernel = school.kernel(login, kind, "training")
    return kernel.post(ISSUE, json={"uuid": str(uuid4()), "participants": participants})


def test_a_guides_app_issues_and_everybody_can_check(school):
    participant, learner = fulfil(school.database)
    coach, other = coaches(school)
    assert send(school, other, participant).status_code == 403
    assert send(school, learner, participant).status_code == 403
    assert send(school, coach, participant, kind="lesson").status_code == 403
    reply = send(school, coach, participant)
    assert (reply.status_code, len(reply.json()["numbers"])) == (200, 1)
    assert send(school, coach, participant).status_code == 409
    with school.database.reading() as session:
        signed = session.scalar(select(t.Certificate.signed))
        name = session.scalar(select(Person).where(Person.login == learner)).full_name
    stranger = school.sign_in(None)
    keys = read_keys(stranger.get(f"{CHECK}/key").text)
    assert check(signed, keys).name == name
    assert name in stranger.post(CHECK, data={"text": signed}).text
    changed = stranger.post(CHECK, data={"text": signed.replace(" h, ", "0 h, ")}).text
    assert name not in changed.split("<textarea")[0] and 'role="alert"' in changed


def test_older_keys_and_other_servers_are_known_when_the_operator_says_so(school):
    participant, learner = fulfil(school.database)
    send(school, coaches(school)[0], participant)
    stranger = school.sign_in(None)
    old = stranger.get(f"{CHECK}/key").text
    with school.database.reading() as session:
        signed = session.scalar(select(t.Certificate.signed))
        name = session.scalar(select(Person).where(Person.login == learner)).full_name

    def look(text):
        return stranger.post(CHECK, data={"text": text}).text.split("<textarea")[0]

    school.settings.folder("secrets").joinpath("certificates").unlink()
    assert stranger.get(f"{CHECK}/key").text != old
    assert name not in look(signed) and 'class="notice"' in look(signed)
    known = school.settings.folder("school") / "certificate-keys.pem"
    known.write_text("not a key")
    assert 'class="notice"' in look(signed)
    known.write_text(old)
    assert name in look(signed)
    assert name_key(read_keys(old)[0]) in look(signed)
    (tone,) = re.findall('class="notice ([a-z]+)"', look(signed.replace(" h, ", "0 h, ")))
    assert f".notice.{tone} " in STYLES.read_text(), "a forged one is no calm notice"


def test_a_participant_who_lacks_something_is_refused_in_the_language_of_the_page(school):
    with school.database.reading() as session:
        participant = session.scalar(select(t.TrainingExam.participant_id).order_by(t.TrainingExam.id))
    kernel = school.kernel(coaches(school)[0], "app", "training")
    body = {"uuid": str(uuid4()), "participants": [participant]}
    refused = kernel.post(ISSUE, json=body, headers={"Accept-Language": "ru"})
    assert refused.status_code == 409
    assert "приняты не все практические задания" in refused.json()["detail"]


def test_who_has_left_the_group_gets_no_certificate_of_it(school):
    course, _ = fulfil(school.database)
    year, _ = support(school)
    with school.database.session() as session:
        for number in (course, year):
            session.get_one(t.Participant, number).left_on = today()
    kernel = school.kernel(coaches(school)[0], "app", "training")
    for kind, participant in (("course", course), ("support", year)):
        body = {"uuid": str(uuid4()), "participants": [participant], "kind": kind}
        refused = kernel.post(ISSUE, json=body, headers={"Accept-Language": "ru"})
        assert (refused.status_code, "выбытие из группы" in refused.text) == (409, True), kind


YEAR = {
    "kk": ("Қай курстан кейінгі қолдау жылын аяқтады", "Коуч қабылдаған ай саны", "Барлық сағат саны"),
    "ru": ("Пройден год поддержки после курса", "Принято коучем месяцев", "Всего часов"),
    "en": ("Completed year of support after the course", "Months accepted by the coach", "Hours in all"),
}


def test_a_coach_issues_for_the_year_of_support_and_the_page_says_of_what_it_is(school):
    participant, learner = support(school)
    coach, other = coaches(school)

    def ask(login, kind="support"):
        body = {"uuid": str(uuid4()), "participants": [participant], "kind": kind}
        return school.kernel(login, "app", "support").post(ISSUE, json=body)

    for login in (other, learner, *map(school.login, ("administrator", "leader", "teacher", "pupil"))):
        assert ask(login).status_code == 403, login
    assert ask(coach, "master").status_code == 422
    reply = ask(coach)
    assert (reply.status_code, len(reply.json()["numbers"])) == (200, 1)
    assert ask(coach).status_code == 409
    with school.database.reading() as session:
        signed = session.scalar(select(t.Certificate.signed))
        name = session.scalar(select(Person).where(Person.login == learner)).full_name
    stranger = school.sign_in(None)
    assert check(signed, read_keys(stranger.get(f"{CHECK}/key").text)).months == MONTHS
    for language, (completed, months, hours) in YEAR.items():
        stranger.cookies.set("sandyq-lang", language)
        page = stranger.post(CHECK, data={"text": signed}).text.split("<textarea")[0]
        assert name in page and completed in page and f"{months}</th><td>{MONTHS}</td>" in page
        assert hours not in page


def test_a_month_that_is_missing_is_named_in_the_language_of_the_page(school):
    participant, _ = support(school, MONTHS - 2)
    kernel = school.kernel(coaches(school)[0], "app", "support")
    for language, words in (("kk", "әлі қабылданбаған айлары бар: 8, 9"), ("ru", "не хватает: 8, 9")):
        body = {"uuid": str(uuid4()), "participants": [participant], "kind": "support"}
        refused = kernel.post(ISSUE, json=body, headers={"Accept-Language": language})
        assert refused.status_code == 409
        assert words in refused.json()["detail"]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_stranger_reads_the_page_in_each_language(school, language):
    browser = school.sign_in(None)
    browser.cookies.set("sandyq-lang", language)
    page = browser.get(CHECK)
    assert page.status_code == 200
    assert {"kk": "шынайы ма", "ru": "Подлинный", "en": "real?"}[language] in page.text
    assert "BEGIN PUBLIC KEY" in page.text and "PRIVATE" not in page.text
    assert 'role="alert"' in browser.post(CHECK, data={"text": "<b>no</b>"}).text
    assert "<b>no</b>" not in browser.post(CHECK, data={"text": "<b>no</b>"}).text


def test_members_are_read_by_the_academys_people_and_lent_to_nobody(school):
    def read(login):
        return school.kernel(login, "app", "training").get(f"{PREFIX}/api/centre?sheets=member,training")

    teacher = read(school.login("teacher")).json()["sheets"]["member"]
    assert len({each["school"] for each in teacher}) == 3
    pupils = {account.login for account in school.accounts if account.role == "pupil"}
    with school.database.reading() as session:
        names = {each.full_name for each in session.scalars(select(Person).where(Person.login.in_(pupils)))}
    assert names.isdisjoint(each["name"] for each in teacher)
    assert read(school.login("pupil")).status_code == 403


def test_a_picture_of_evidence_opens_to_the_participant_and_their_guide(school):
    participant, learner = fulfil(school.database)
    coach, other = coaches(school)
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "#4b7f35").save(content, "JPEG")
    school.settings.photos.mkdir()  # the supervisor makes it
    own = school.kernel(learner, "app", "training")
    photo = own.put(f"{PREFIX}/api/centre/photos", content=content.getvalue()).json()["photo"]
    with school.database.session() as session:
        row = session.get_one(t.Participant, participant)
        task = {
            "task": "month:1",
            "kind": "photo",
            "on": row.left_on or session.get_one(t.TrainingGroup, row.group_id).ends_on,
        }
        session.add(
            t.Evidence(school_id=row.school_id, by=row.person_id, participant_id=row.id, photo=photo, **task)
        )

    def look(login):
        return school.kernel(login, "app", "training").get(f"{PREFIX}/api/centre/photos/{photo}").status_code

    assert (look(learner), look(coach), look(other)) == (200, 200, 404)
    assert look(school.login("pupil")) == 404
