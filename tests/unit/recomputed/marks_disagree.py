"""Marks that disagree: counted again from the lesson's text and its table, class by class."""

import csv
from fractions import Fraction

from sandyq.settings import PROJECT

TABLE = PROJECT / "curriculum" / "lessons" / "marks-disagree" / "marks.ru.csv"


def read_classes():
    classes = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert int(row["Разница"]) == int(row["ФО"]) - int(row["СОЧ"])
            classes.setdefault(row["Класс"], []).append(row)
    return classes


def grade_of(row, column):
    percent = Fraction(25 * int(row["ФО"]) + 25 * int(row["СОР"]) + 50 * int(row[column]), 100)
    if percent < 40:
        return 2
    if percent < 65:
        return 3
    return 4 if percent < 85 else 5


def drop_narrow(rows):
    """Leave four with the widest gaps; of equal ones the last in the list goes."""
    while len(rows) > 4:
        narrowest = min(int(row["Разница"]) for row in rows)
        del rows[max(i for i, row in enumerate(rows) if int(row["Разница"]) == narrowest)]


def recompute(choice):
    quarters = 0  # of an hour
    listed = in_vain = teachers = causes = 0
    mistakes = []
    for rows in read_classes().values():
        considered = []
        for row in rows:
            if int(row["Разница"]) < choice["gap"]:
                continue
            if choice["below"] != "any" and int(row["СОЧ"]) >= int(choice["below"][1:]):
                continue
            listed += 1
            in_vain += row["Причина"] == "0"
            often_away = int(row["Дни"]) >= 8
            if choice["talk"] == "all" or (choice["talk"] == "absent" and often_away):
                quarters += 1
                causes += row["Причина"] == "3"
            if often_away and choice["absent"] == "apart":
                continue
            considered.append(row)
            quarters += {"none": 0, "self": 1, "colleague": 2}[choice["second"]]
            if row["Причина"] == "2":
                mistakes.append(row)
        if len(considered) < choice["few"]:
            continue
        quarters += 4
        teachers += not {"1", "2"} & {row["Причина"] for row in rows}
        if choice["tasks"] != "no":
            quarters += 8 if choice["tasks"] == "two" else 16
            if choice["tasks"] == "two":
                drop_narrow(considered)
            causes += sum(row["Причина"] == "1" for row in considered)

    mistakes = mistakes[: {"none": 0, "self": len(mistakes) // 2, "colleague": 66}[choice["second"]]]
    causes += len(mistakes)
    if choice["parents"] == "found":
        quarters += causes
    return {
        "flagged": listed,
        "found": causes,
        "noise": in_vain,
        "teachers": teachers,
        "fixed": sum(grade_of(row, "СОЧ") != grade_of(row, "Снова") for row in mistakes),
        "alarmed": listed - causes if choice["parents"] == "all" else 0,
        "told": causes if choice["parents"] != "none" else 0,
        "hours": Fraction(quarters, 4),
    }
