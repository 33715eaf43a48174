"""Four computers: the week is played through, lesson by lesson; pupils are counted in the lesson's table."""

import csv

from sandyq.settings import PROJECT

TABLE = PROJECT / "curriculum" / "lessons" / "four-pcs" / "pupils.ru.csv"
WEEK = {  # who is free for the room, as the lesson's table says
    "mon2": "3 7",
    "mon5": "5 8",
    "tue3": "3 10",
    "wed4": "5 7 8",
    "thu3": "7 10",
    "wed7": "8 10 club",
    "fri7": "8 club",
}
SCREEN = {"3": 20, "5": 25, "7": 25, "8": 25, "10": 30}


def read_pupils():
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def count(pupils, grade, column, value):
    return sum(row["Класс"] == grade and row[column] == value for row in pupils)


def fit_turns(minutes):
    """How many turns go into a lesson's 40 minutes, with three minutes between two."""
    turns, used = 0, minutes
    while used <= 40:
        turns, used = turns + 1, used + 3 + minutes
    return turns


def recompute(choice):
    pupils = read_pupils()
    at_once = 4 * int(choice["pair"])
    clash = missed = club = waiting = 0
    places, lessons = dict.fromkeys(SCREEN, 0), dict.fromkeys(SCREEN, 0)
    length = {grade: int(choice["young" if grade in ("3", "5") else "old"]) for grade in SCREEN}
    for slot, free in WEEK.items():
        who = choice[slot].removeprefix("g")
        if who == "none":
            continue
        if who not in free.split():
            clash += 1
            continue  # the room is empty
        if who == "club":
            club += at_once
            continue
        size = sum(row["Класс"] == who for row in pupils)
        lessons[who] += 1
        places[who] += at_once * fit_turns(length[who])
        waiting = max(waiting, size - at_once)
        if slot in ("wed7", "fri7"):
            missed += count(pupils, who, "Автобус", "1")
    minutes = {}
    for grade, number in places.items():
        size = sum(row["Класс"] == grade for row in pupils)
        minutes[grade] = min(number // size, lessons[grade]) * (length[grade] // int(choice["pair"]))
    return {
        "clash": clash,
        "over": max(0, *(length[grade] - SCREEN[grade] for grade in SCREEN)),
        "turn": int(min(choice["young"], choice["old"])),
        "least": min(minutes.values()),
        "spread": max(minutes.values()) - min(minutes.values()),
        "wait": waiting,
        "bus": missed,
        "club": club,
        "without": sum(minutes[row["Класс"]] for row in pupils if row["Компьютер"] == "0"),
    }
