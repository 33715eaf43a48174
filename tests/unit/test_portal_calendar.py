"""Calendar and notices: what each sees, what calendar programs get, who writes to whom; printed, parsed, refused."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import icalendar
import pytest
from portal_school import PREFIX, School, form_token
from sqlalchemy import select

from sandyq.school.academy import tables as t
from sandyq.school.centre.tables import Club
from sandyq.school.database import today
from sandyq.school.people import class_of_pupil, end_account
from sandyq.school.tables import LessonAssignment, Person, PersonRole
from sandyq_portal.feeds import FETCHES, WRONG_TRIES, Quota

CALENDAR, NOTICES = f"{PREFIX}/calendar", f"{PREFIX}/notices"
ZONE = ZoneInfo("Asia/Almaty")


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def person(session, login):
    return session.scalars(select(Person).where(Person.login == login)).one()


def account(school, role, place=0):
    return [each.login for each in school.accounts if each.role == role][place]


def post(browser, address, **values):
    token = form_token(browser.get(f"{PREFIX}/").text)
    return browser.post(address, data={"token": token, "uuid": str(uuid4())} | values)


def plan_session(school, coach, days=3, **values):
    """A session of the first group of a coach; return its id."""
    with school.database.session() as session:
        group = session.scalars(
            select(t.TrainingGroup)
            .where(t.TrainingGroup.coach_id == person(session, coach).id)
            .order_by(t.TrainingGroup.id)
        ).first()
        module = session.get_one(t.Training, group.training_id).modules[0]["key"]
        row = t.TrainingSession(
            school_id=group.school_id, group_id=group.id, module=module, on=today() + timedelta(days),
            starts="15:00", minutes=90, place="Қанатқызының өңірлік әдістемелік кабинеті, үшінші қабат, үлкен зал",
            **values,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def members(school, coach):
    with school.database.reading() as session:
        ids = session.scalars(
            select(t.Participant.person_id)
            .join(t.TrainingGroup)
            .where(t.TrainingGroup.coach_id == person(session, coach).id)
            .order_by(t.Participant.id)
        )
        return [session.get_one(Person, number).login for number in ids]


def parse(reply):
    assert reply.status_code == 200 and reply.headers["content-type"] == "text/calendar; charset=utf-8"
    return icalendar.Calendar.from_ical(reply.content)


def find(calendar, part):
    return next(each for each in calendar.walk("VEVENT") if part in str(each["UID"]))


def make_address(school, login):
    browser = school.sign_in(login)
    assert post(browser, f"{CALENDAR}/address").status_code == 303
    return re.search(r'value="http://testserver([^"]+\.ics)"', browser.get(CALENDAR).text)[1]


# the home page and the calendar


def test_the_home_page_tells_a_teacher_what_comes_and_leads_there(school):
    coach = account(school, "coach")
    plan_session(school, coach)
    teacher = members(school, coach)[0]
    page = school.sign_in(teacher).get(f"{PREFIX}/").text
    assert "Алда не бар" in page and "Курс кездесуі: PISA" in page and "15:00–16:30" in page
    month = school.sign_in(teacher).get(f"{CALENDAR}?month={(today() + timedelta(3)):%Y-%m}").text
    assert "Курс кездесуі: PISA" in month
    agenda = (
        school.sign_in(teacher).get(f"{CALENDAR}?month={(today() + timedelta(3)):%Y-%m}&view=agenda").text
    )
    assert "үлкен зал" in agenda


def test_a_pupil_sees_their_classs_lessons_and_nothing_of_adults(school):
    pupil = school.login("pupil")
    plan_session(school, account(school, "coach"))
    with school.database.session() as session:
        group = class_of_pupil(session, person(session, pupil).id)
        given = session.scalars(select(LessonAssignment).where(LessonAssignment.class_id == group.id)).all()
        for each in given:
            session.delete(each)
        session.flush()
        teacher = person(session, account(school, "teacher"))
        session.add(
            LessonAssignment(
                class_id=group.id,
                lesson="passphrase",
                assigned_by=teacher.id,
                due_on=today() + timedelta(2),
            )
        )
    page = school.sign_in(pupil).get(f"{PREFIX}/").text
    coming = page[page.index("coming-heading") : page.index("assigned-heading")]
    assert "Сабақты аяқтау: Passphrase kk" in coming and "/services/rooms/lesson/kk/passphrase" in coming
    month = school.sign_in(pupil).get(CALENDAR).text
    assert "Курс кездесуі" not in page + month and "Сарапшы" not in page + month
    assert "calendar/address" not in month, "a pupil's days leave the server in no address"


def test_a_coach_is_told_who_has_been_silent_and_nobody_else_is(school):
    with school.database.session() as session:
        for table in (t.Evidence, LessonAssignment):
            for each in session.scalars(select(table)):
                session.delete(each)
    pages = {
        role: school.sign_in(school.login(role)).get(f"{PREFIX}/").text
        for role in ("coach", "teacher", "administrator", "expert", "pupil")
    }
    assert {role for role, page in pages.items() if "silent-heading" in page} == {"coach"}


def test_who_leads_the_centre_sees_a_days_clubs_as_one_line(school):
    page = school.sign_in(school.login("leader")).get(CALENDAR).text
    with school.database.reading() as session:
        names = {club.name for club in session.scalars(select(Club))}
    assert ("Үйірмелер: " in page) == bool(names and "kind-clubs" in page)
    assert school.sign_in(school.login("leader")).get(f"{CALENDAR}?month=2026-13").status_code == 422


# calendar programs


def test_the_file_is_read_back_with_times_zone_languages_and_folded_lines(school):
    coach = account(school, "coach")
    number = plan_session(school, coach)
    login = members(school, coach)[0]
    reply = school.sign_in(login).get(f"{CALENDAR}/download")
    assert all(len(line) <= 75 for line in reply.content.split(b"\r\n")), "octets, not letters"
    event = find(parse(reply), f"training_session-{number}@")
    assert str(event["LOCATION"]).startswith("Қанатқызының өңірлік") and str(event["LOCATION"]).endswith(
        "зал"
    )
    begins = datetime.combine(today() + timedelta(3), datetime.min.time(), ZONE).replace(hour=15)
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (begins, begins + timedelta(minutes=90))
    assert event["DTSTART"].params["TZID"] == "Asia/Almaty"
    assert begins.utcoffset() == timedelta(hours=5)
    (zone,) = parse(reply).walk("VTIMEZONE")
    assert str(zone["TZID"]) == "Asia/Almaty" and zone.to_tz().utcoffset(
        begins.replace(tzinfo=None)
    ) == timedelta(hours=5)
    assert event["SUMMARY"].params["LANGUAGE"] == "kk" and str(event["SUMMARY"]).startswith("Курс кездесуі")
    post(school.sign_in(login), f"{PREFIX}/language", lang="ru")
    told = find(parse(school.sign_in(login).get(f"{CALENDAR}/download")), f"training_session-{number}@")
    assert str(told["SUMMARY"]).startswith("Занятие курса") and told["UID"] == event["UID"]


def test_a_change_is_a_higher_sequence_and_what_is_off_is_cancelled(school):
    coach = account(school, "coach")
    number = plan_session(school, coach)
    login = members(school, coach)[0]

    def read():
        event = find(parse(school.sign_in(login).get(f"{CALENDAR}/download")), f"training_session-{number}@")
        return str(event["STATUS"]), int(event["SEQUENCE"]), event.decoded("DTSTART").hour

    def alter(**values):
        with school.database.session() as session:
            row = session.get_one(t.TrainingSession, number)
            row.version += 1
            for name, value in values.items():
                setattr(row, name, value)

    assert read() == ("CONFIRMED", 0, 15)
    alter(starts="16:00")
    assert read() == ("CONFIRMED", 1, 16)
    assert "Курс кездесуі: PISA" in school.sign_in(login).get(f"{PREFIX}/").text
    alter(gone=True)
    assert read() == ("CANCELLED", 2, 16)
    assert "Курс кездесуі: PISA" not in school.sign_in(login).get(f"{PREFIX}/").text


def test_no_sign_that_programs_refuse_gets_into_the_file(school):
    coach = account(school, "coach")
    number = plan_session(school, coach)
    with school.database.session() as session:
        session.get_one(t.TrainingSession, number).place = "Бөлме\x0b\x01 7\x7f"
    content = school.sign_in(members(school, coach)[0]).get(f"{CALENDAR}/download").content
    assert (
        str(find(icalendar.Calendar.from_ical(content), f"training_session-{number}@")["LOCATION"])
        == "Бөлме 7"
    )
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)", content)


def test_a_day_without_a_time_lasts_that_day_and_keeps_nobody_busy(school):
    event = find(parse(school.sign_in(school.login("teacher")).get(f"{CALENDAR}/download")), "notice-")
    on = today() + timedelta(12)
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (on, on + timedelta(1))
    assert isinstance(event.decoded("DTSTART"), date) and str(event["TRANSP"]) == "TRANSPARENT"


def test_an_address_needs_no_sign_in_and_ends_when_its_owner_says_so_or_leaves(school):
    coach = account(school, "coach")
    plan_session(school, coach)
    login = members(school, coach)[0]
    stranger = school.sign_in(None)
    first = make_address(school, login)
    assert "Курс кездесуі" in str(find(parse(stranger.get(first)), "training_session-")["SUMMARY"])
    assert stranger.post(first).status_code == 405, "it only reads"
    second = make_address(school, login)
    assert second != first
    assert stranger.get(first).status_code == 403 and stranger.get(second).status_code == 200
    with school.database.session() as session:
        person(session, login).left_at = datetime.now(ZONE)
    assert stranger.get(second).status_code == 403
    with school.database.session() as session:
        person(session, login).left_at = None
    assert post(school.sign_in(login), f"{CALENDAR}/address/end").status_code == 303
    assert stranger.get(second).status_code == 403
    third = make_address(school, login)
    assert third not in (first, second), "an address that ended never comes back"


def test_somebody_elses_number_with_ones_own_secret_opens_nothing(school):
    path = make_address(school, account(school, "teacher"))
    folder, _, token = path.rpartition("/")
    number, secret = token.split("-", 1)
    for forged in (f"{int(number) + 1}-{secret}", f"{number}-{'A' * 43}.ics", "1", f"{number}-{secret[:-5]}"):
        assert school.sign_in(None).get(f"{folder}/{forged}").status_code == 403, forged
    assert post(school.sign_in(school.login("pupil")), f"{CALENDAR}/address").status_code == 403


def test_a_feed_holds_no_pupils_name(school):
    login = account(school, "teacher")
    text = (
        parse(school.sign_in(None).get(make_address(school, login))).to_ical().decode().replace("\r\n ", "")
    )
    with school.database.reading() as session:
        pupils = [each for each in session.scalars(select(Person)) if "pupil" in each.role_names]
    assert len(pupils) > 20 and not [each.full_name for each in pupils if each.family_name in text]


def test_a_feed_is_fetched_so_often_and_guessed_so_often_and_no_oftener(school):
    path = make_address(school, account(school, "teacher"))
    stranger = school.sign_in(None)
    assert [stranger.get(path).status_code for _ in range(FETCHES + 1)] == [200] * FETCHES + [429]
    assert int(stranger.get(path).headers["retry-after"]) > 0
    wrong = [stranger.get(f"{CALENDAR}/feed/7-x").status_code for _ in range(WRONG_TRIES + 1)]
    assert wrong == [403] * WRONG_TRIES + [429]


def test_a_quota_slides():
    quota = Quota(2, 10.0)
    assert [quota.take("a", at) for at in (0.0, 1.0, 2.0)] == [0.0, 0.0, 8.0]
    assert quota.take("b", 2.0) == 0.0 and quota.take("a", 10.5) == 0.0 and quota.look("a", 10.6) > 0


# notices


def write(school, login, **values):
    words = {"title_kk": "Семинар", "text_kk": "Сағат үште"}
    return post(school.sign_in(login), NOTICES, **(words | values))


def home(school, login):
    return school.sign_in(login).get(f"{PREFIX}/").text


def test_a_coachs_notice_reaches_their_people_once_and_is_put_away_for_good(school):
    coach = account(school, "coach")
    mine = members(school, coach)
    assert write(school, coach, title_kk="Дәптер алып келіңіз").status_code == 303
    assert home(school, mine[0]).count("<h3>Дәптер алып келіңіз") == 1
    others = [each.login for each in school.accounts if each.role == "teacher" and each.login not in mine]
    assert all("Дәптер алып келіңіз" not in home(school, login) for login in others) and others
    assert "Дәптер алып келіңіз" not in home(school, school.login("pupil"))
    with school.database.reading() as session:
        number = session.scalars(select(t.Notice.id).order_by(t.Notice.id.desc())).first()
    assert post(school.sign_in(mine[0]), f"{NOTICES}/{number}/put-away").status_code == 303
    assert "Дәптер алып келіңіз" not in home(school, mine[0])
    assert "Дәптер алып келіңіз" in home(school, mine[1])
    assert "Дәптер алып келіңіз" in school.sign_in(mine[0]).get(NOTICES).text
    assert post(school.sign_in(others[0]), f"{NOTICES}/{number}/put-away").status_code == 404
    changed = post(
        school.sign_in(coach), f"{NOTICES}/{number}", version="1", title_kk="Дәптер алып келіңіз: екеуін"
    )
    assert changed.status_code == 303 and "екеуін" in home(school, mine[0]), "what was changed is news again"


def test_only_the_district_speaks_to_all_and_a_school_to_itself(school):
    head, chief = account(school, "administrator"), account(school, "district")
    assert write(school, head, reach="everywhere").status_code == 403
    assert write(school, head, title_kk="Мектепте жиналыс", roles=["teacher", "pupil"]).status_code == 303
    neighbour = account(school, "administrator", -1)
    assert "Мектепте жиналыс" in home(school, account(school, "teacher"))
    assert "Мектепте жиналыс" in home(school, school.login("pupil"))
    assert "Мектепте жиналыс" not in home(school, neighbour) + home(school, account(school, "leader"))
    assert write(school, chief, title_kk="Аудандық кеңес", reach="everywhere").status_code == 303
    assert "Аудандық кеңес" in home(school, neighbour) and "Аудандық кеңес" in home(
        school, account(school, "teacher")
    )
    for role in ("teacher", "leader", "pupil", "expert", "operator"):
        assert write(school, school.login(role)).status_code == 403, role


def test_important_ones_stand_on_top_and_a_day_already_told_is_not_told_twice(school):
    head = account(school, "administrator")
    on = (today() + timedelta(2)).isoformat()
    write(school, head, title_kk="Маңызды хабар", important="true", on=on)
    write(school, head, title_kk="Жай хабар")
    page = home(school, account(school, "teacher"))
    assert page.index("Маңызды хабар") < page.index("Жай хабар")
    assert page.count("Маңызды хабар") == 2, "its heading and its button's name"
    month = school.sign_in(account(school, "teacher")).get(f"{CALENDAR}?month={on[:7]}").text
    assert "Маңызды хабар" in month


def test_a_missing_language_is_told_in_the_other_and_marked(school):
    head = account(school, "administrator")
    write(school, head, title_kk="", text_kk="", title_ru="Собрание", text_ru="В три часа")
    page = home(school, account(school, "teacher"))
    assert '<h3 lang="ru">Собрание' in page and re.search(r'<span class="chip">Русский</span>', page)


def test_only_our_own_pages_become_links_and_no_markup_gets_through(school):
    head = account(school, "administrator")
    text = (
        "<b>x</b> http://testserver/services/rooms/lesson/kk/passphrase. /services/portal/lessons "
        "http://evil.example/services/portal/x javascript:alert(1)"
    )
    write(school, head, text_kk=text)
    page = home(school, account(school, "teacher"))
    told = page[page.index("&lt;b&gt;x") : page.index("javascript:alert(1)")]
    assert re.findall(r'href="([^"]+)"', told) == [
        "/services/rooms/lesson/kk/passphrase",
        "/services/portal/lessons",
    ]
    assert ">Passphrase kk</a>." in told and ">Сабақтар</a>" in told


def test_a_notice_is_seen_first_then_kept_and_errors_stand_at_their_field(school):
    head = account(school, "administrator")
    seen = write(school, head, act="preview", title_ru="Собрание")
    assert seen.status_code == 200 and "preview-heading" in seen.text and 'value="Собрание"' in seen.text
    with school.database.reading() as session:
        assert "Семинар" not in [row.titles.get("kk") for row in session.scalars(select(t.Notice))]
    for values, field in (
        ({"title_kk": " "}, "titles"),
        ({"since": "2026-12-02", "until": "2026-12-01"}, "until"),
        ({"since": "2026-12-01", "until": "2030-12-01"}, "until"),
        ({"since": "9999-12-31"}, "since"),
        ({"on": "ертең"}, "on"),
        ({"on": "9999-12-31"}, "on"),
        ({"roles": ["king"]}, "roles"),
    ):
        refused = write(school, head, **values)
        assert refused.status_code == 422 and f'id="{field}-problem"' in refused.text, values


def test_a_notice_is_taken_back_and_brought_back(school):
    head = account(school, "administrator")
    write(school, head)
    with school.database.reading() as session:
        number = session.scalars(select(t.Notice.id).order_by(t.Notice.id.desc())).first()
    teacher = account(school, "teacher")
    assert post(
        school.sign_in(account(school, "administrator", -1)), f"{NOTICES}/{number}/take-back"
    ).status_code in (403, 404)
    taken = post(school.sign_in(head), f"{NOTICES}/{number}/take-back")
    assert taken.status_code == 303 and "Семинар" not in home(school, teacher)
    change = taken.headers["location"].partition("taken=")[2]
    assert post(school.sign_in(head), f"{NOTICES}/undo", change=change).status_code == 303
    assert "Семинар" in home(school, teacher)
    write(school, account(school, "coach"))
    with school.database.reading() as session:
        theirs = session.scalars(select(t.Notice.id).order_by(t.Notice.id.desc())).first()
    assert (
        post(school.sign_in(account(school, "district")), f"{NOTICES}/{theirs}/take-back").status_code == 303
    )


def test_what_is_over_or_not_begun_is_not_shown(school):
    head, teacher = account(school, "administrator"), account(school, "teacher")
    later = (today() + timedelta(5)).isoformat()
    write(school, head, title_kk="Кейінгі", since=later)
    with school.database.session() as session:
        session.add(
            t.Notice(
                school_id=person(session, head).school_id, by=person(session, head).id, titles={"kk": "Өткен"},
                texts={}, since=today() - timedelta(9), until=today() - timedelta(1),
            )
        )  # fmt: skip
    page = home(school, teacher)
    assert "Кейінгі" not in page and "Өткен" not in page
    written = school.sign_in(head).get(NOTICES).text
    assert "Кейінгі" in written and "Өткен" in written


def test_a_notice_whose_writer_has_left_is_changed_on_its_page_by_who_has_the_office_now(school):
    head, chief = account(school, "administrator"), account(school, "coach")
    assert write(school, chief, title_kk="Коучтың сөзі").status_code == 303
    with school.database.session() as session:
        number = session.scalars(select(t.Notice.id).order_by(t.Notice.id.desc())).first()
        heir = Person(
            school_id=person(session, chief).school_id, login="heir", family_name="Жаңа", given_name="Коуч",
            roles=[PersonRole(role="coach")],
        )  # fmt: skip
        session.add(heir)
    page = f'href="{NOTICES}/{number}"'
    assert page not in school.sign_in("heir").get(NOTICES).text
    assert school.sign_in("heir").get(f"{NOTICES}/{number}").status_code == 404
    with school.database.session() as session:
        end_account(session, person(session, chief))
    assert page in school.sign_in("heir").get(NOTICES).text
    assert school.sign_in(head).get(f"{NOTICES}/{number}").status_code == 404
    assert "Коучтың сөзі" in school.sign_in("heir").get(f"{NOTICES}/{number}").text
    changed = post(school.sign_in("heir"), f"{NOTICES}/{number}", version="1", title_kk="Жаңа коучтың сөзі")
    assert changed.status_code == 303
    taken = post(school.sign_in("heir"), f"{NOTICES}/{number}/take-back")
    assert taken.status_code == 303 and page not in school.sign_in("heir").get(NOTICES).text


def unfold(content):
    """Return the lines of a calendar as (name, parameters, value); RFC 5545, 3.1, read by hand."""
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n"), "CRLF and nothing else"
    physical = content.split(b"\r\n")[:-1]
    assert all(0 < len(line) <= 75 for line in physical), "75 octets without the break"
    assert all(line.decode() for line in physical), "no letter is cut in two"
    lines = []
    for line in physical:
        if line.startswith((b" ", b"\t")):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    found = [
        re.fullmatch(r"([A-Z-]+)((?:;[A-Z-]+=(?:\"[^\"]*\"|[^;:\",]*))*):(.*)", each.decode())
        for each in lines
    ]
    assert all(found)
    return [(each[1], each[2], each[3]) for each in found]


def read_components(lines):
    """Return events, and zones by name: of each its properties as (parameters, value)."""
    opened, events, zones, current = [], [], {}, {}
    for name, parameters, value in lines:
        if name == "BEGIN":
            opened.append(value)
            current = {} if value in ("VEVENT", "VTIMEZONE") else current
        elif name == "END":
            assert opened.pop() == value
            if value == "VEVENT":
                events.append(current)
            elif value == "VTIMEZONE":
                zones[current["TZID"][0][1]] = current
        else:
            current.setdefault(name, []).append((parameters, value))
    assert opened == []
    return events, zones


def check_event(event, zones):
    for name in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "STATUS"):
        assert len(event[name]) == 1, name
    assert re.fullmatch(r"\d{8}T\d{6}Z", event["DTSTAMP"][0][1]), "of no place"
    assert re.fullmatch(r"[\w.-]+@[\w.-]+", event["UID"][0][1])
    ends = [event[name][0] for name in ("DTSTART", "DTEND")]
    assert ends[0][0] == ends[1][0] and ends[0][1] < ends[1][1]
    for parameters, value in ends:
        if parameters == ";VALUE=DATE":
            assert re.fullmatch(r"\d{8}", value)
        else:
            assert re.fullmatch(r"\d{8}T\d{6}", value) and parameters[1:] in {
                f"TZID={zone}" for zone in zones
            }
    for _, text in (each for name in ("SUMMARY", "LOCATION", "DESCRIPTION") for each in event.get(name, ())):
        assert not re.search(r"[;,]", re.sub(r"\\[\\;,nN]", "", text)), "escaped"


def test_the_file_keeps_the_standard_to_the_letter(school):
    coach = account(school, "coach")
    number = plan_session(school, coach)
    place = 'Зал; 2-қабат, "үлкен" \\ ' + "ұзын ә" * 30 + "\nекінші жол"
    with school.database.session() as session:
        session.get_one(t.TrainingSession, number).place = place[:100]
    login = members(school, coach)[0]
    reply = school.sign_in(login).get(f"{CALENDAR}/download")
    assert reply.headers["content-type"].lower().replace(" ", "") == "text/calendar;charset=utf-8"
    lines = unfold(reply.content)
    assert lines[0] == ("BEGIN", "", "VCALENDAR") and lines[-1] == ("END", "", "VCALENDAR")
    assert [name for name, _, _ in lines].count("PRODID") == 1
    assert [value for name, _, value in lines if name == "VERSION"] == ["2.0"]
    events, zones = read_components(lines)
    assert len(events) > 1
    assert [value for _, value in zones["Asia/Almaty"]["TZOFFSETTO"]][-1] == "+0500"
    for event in events:
        check_event(event, zones)
    names = [event["UID"][0][1] for event in events]
    assert len(set(names)) == len(names)
    (ours,) = [event for event in events if event["UID"][0][1].startswith(f"training_session-{number}@")]
    told = re.sub(r"\\(.)", lambda each: {"n": "\n"}.get(each[1], each[1]), ours["LOCATION"][0][1])
    assert told == place[:100]
    again = unfold(school.sign_in(login).get(f"{CALENDAR}/download").content)
    assert [value for name, _, value in again if name == "UID"] == names
