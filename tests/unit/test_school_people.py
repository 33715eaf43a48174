"""Who is who, and the groups that rights come from."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from sandyq.school import people, sample
from sandyq.school.database import now
from sandyq.school.tables import ClassGroup, Credential, Membership, Person

TODAY = date(2026, 11, 24)


@pytest.fixture
def school(database):
    """The sample school on a November day; give its accounts."""
    with database.session() as session:
        return sample.seed(session, TODAY)


def group(session, name):
    return session.scalars(select(ClassGroup).where(ClassGroup.name == name)).one()


def test_the_sample_school_is_as_described(database, school):
    count = [account.role for account in school]
    assert {role: count.count(role) for role in set(count)} == {
        "pupil": 60,
        "teacher": 6 + 2,  # two teachers and an administrator are a neighbouring school's
        "leader": 1,
        "administrator": 2 + 1,
        "operator": 1,
        "coach": 2,
        "expert": 1,
        "district": 1,
    }
    assert {a.class_name for a in school if a.role == "pupil"} == {"3А", "7А", "5Б", "2–4"}
    assert {a.language for a in school if a.class_name == "5Б" and a.role == "pupil"} == {"ru"}
    with database.reading() as session:
        kinds = dict(session.execute(select(Person.grade, Credential.kind).join(Credential)).all())
    assert {grade: kinds[grade] for grade in (2, 3, 4, 5, 7)} == {
        2: "pin",
        3: "pin",
        4: "pin",
        5: "password",
        7: "password",
    }


def test_a_second_sample_is_not_made(database, school):
    with database.session() as session:
        assert sample.seed(session, TODAY) == []


def test_names_and_logins_are_the_same_in_every_home_and_secrets_are_not(database, school, tmp_path):
    from sandyq.school.database import Database

    other = Database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    other.migrate()
    with other.session() as session:
        accounts = sample.seed(session, TODAY)
    other.close()
    assert [(a.login, a.name, a.class_name) for a in accounts] == [
        (a.login, a.name, a.class_name) for a in school
    ]
    passwords = [a.secret for a in accounts if len(a.secret) > 4]
    assert not set(passwords) & {a.secret for a in school}


@pytest.mark.parametrize("day", [date(2026, 6, 1), date(2026, 9, 1), date(2027, 8, 31), date(2030, 1, 31)])
def test_the_sample_works_on_any_day(database, day):
    with database.session() as session:
        sample.seed(session, day)
        school_id = session.scalars(select(Person.school_id)).first()
        classes = people.list_classes(session, school_id, day)
        assert [each.name for each in classes] == ["2–4", "3А", "5Б", "7А"]
        assert sum(len(people.class_pupils(session, each.id, day)) for each in classes) == 60


def test_pupils_stand_in_the_order_of_the_kazakh_alphabet(database, school):
    with database.reading() as session:
        names = [
            person.family_name for person in people.class_pupils(session, group(session, "2–4").id, TODAY)
        ]
    assert names[:5] == ["Асан", "Байжан", "Ғали", "Дүйсен", "Еркін"]
    assert names[-1] == "Ілияс"


def test_groups_follow_roles_and_classes_and_forget_whoever_left(database, school):
    with database.session() as session:
        leaver = people.find_person(session, school[0].login)
        before = people.wanted_groups(session, TODAY)
        leaver.left_at = now()
        after = people.wanted_groups(session, TODAY)
        class_group = f"class-{group(session, '3А').id}"
    assert before["pupil"] - after["pupil"] == {leaver.login}
    assert before[class_group] - after[class_group] == {leaver.login}
    assert len(after["teacher"]) == 8
    assert not after["pupil"] & after["teacher"]


def test_a_moved_pupil_is_in_the_new_class_from_that_day(database, school):
    with database.session() as session:
        pupil = people.find_person(session, school[0].login)
        membership = session.scalars(select(Membership).where(Membership.person_id == pupil.id)).one()
        membership.until = TODAY
        target = group(session, "2–4")
        session.add(Membership(person_id=pupil.id, class_id=target.id, role="pupil", since=TODAY))
        session.flush()
        assert people.class_of_pupil(session, pupil.id, TODAY - timedelta(days=1)).name == "3А"
        assert people.class_of_pupil(session, pupil.id, TODAY).name == "2–4"


def test_a_teacher_sees_their_classes_and_a_pupil_their_classmates(database, school):
    teacher = next(a for a in school if a.role == "teacher" and a.class_name == "7А, 3А")
    with database.reading() as session:
        person = people.find_person(session, f" {teacher.login.upper()} ")
        assert [each.name for each in people.classes_of_teacher(session, person.id, TODAY)] == ["3А", "7А"]
        pupil = people.find_person(session, school[0].login)
        mates = people.classmates(session, pupil.id, TODAY)
        assert len(mates) == 15
        assert pupil not in mates


def test_the_sign_in_page_offers_only_pin_classes_and_tells_namesakes_apart(database, school):
    with database.session() as session:
        first, second = people.class_pupils(session, group(session, "3А").id, TODAY)[:2]
        second.given_name, second.family_name = first.given_name, "Әлиева"
        session.flush()
        found, classes = people.pin_classes(session, TODAY)
        labels = [pupil.label for pupil in people.pin_pupils(session, group(session, "3А").id, TODAY)]
    assert found.name == sample.SCHOOL
    assert [each.name for each in classes] == ["2–4", "3А"]
    assert len(set(labels)) == len(labels)
    assert {"Аружан Әбенова", "Аружан Әлиева"} <= set(labels)
    assert "Данияр Б." not in labels  # that was the second's name
    assert "Ерасыл Д." in labels
