"""The table in the parents' chat: counted again from the lesson's text and its log, minute by minute."""

import csv
from datetime import datetime, timedelta

from sandyq.settings import PROJECT

LOG = PROJECT / "curriculum" / "lessons" / "data-incident" / "chat.kk.csv"
SENT, LEARNT = datetime(2026, 11, 26, 16, 10), datetime(2026, 11, 26, 16, 20)


def at(hour, minute=0, day=26):
    return datetime(2026, 11, day, hour, minute)


def minutes(span):
    return int(span.total_seconds() // 60)


def read_log():
    with LOG.open(encoding="utf-8") as file:
        return [
            (SENT + timedelta(minutes=int(opened)), saved == "иә")
            for _, opened, saved in list(csv.reader(file))[1:]
        ]


def count_accounts(choice, children):
    """Minutes of open accounts; minutes of the administrator's work."""
    work = setting = {"split": 40, "clean": 60}.get(choice["access"], 0)
    begin = LEARNT + timedelta(minutes=setting if choice["queue"] == "access" else 0)
    closed = []
    for number in range(children):
        if choice["passwords"] == "leave":
            closed.append(at(8, day=27))
        elif choice["passwords"] == "block":
            closed.append(begin + timedelta(minutes=5))
        else:
            closed.append(begin + timedelta(minutes=2 * (number + 1)))
    if choice["passwords"] == "block":
        work += 5
    if choice["passwords"] in ("change", "all"):
        work += 2 * (children if choice["passwords"] == "change" else 380)
    return sum(minutes(moment - SENT) for moment in closed), work


def recompute(choice):
    log, children = read_log(), 46
    gone = {"cut": at(16, 21), "shot": at(16, 25), "chat": at(16, 40), "meeting": at(17, 10)}[choice["first"]]
    saw = [(opened, saved) for opened, saved in log if opened < gone]
    found = {"exposure": sum(minutes(gone - opened) for opened, _ in saw)}

    copies = sum(saved for _, saved in saw)
    known = None  # nobody asks, nobody knows
    if choice["copies"] == "appeal":
        copies -= copies // 2
        known = gone + timedelta(hours=1)
    if choice["copies"] == "calls":
        copies = 0
        people = len(log) if choice["first"] == "cut" else len(saw)  # the list is gone with the message
        known = gone
        while people > 0:
            known += timedelta(minutes=4)
            people -= 2
    found["left"] = copies

    found["accounts"], found["admin"] = count_accounts(choice, children)

    parents = at(int(choice["parents_at"]))
    office = {"o17": at(17), "o19": at(19), "morning": at(9, day=27), "monday": at(9, day=30)}[
        choice["office"]
    ]
    found["rewrite"] = sum(known is None or moment < known for moment in (parents, office))
    found["office_late"] = max(0, minutes(office - at(20, 20)))
    reached = {"fault": 0, "list": 24, "both": 42, "each": 46}[choice["told"]]
    if parents + timedelta(minutes=23 if choice["told"] == "each" else 0) > at(20):
        reached = 0
    found["untold"] = children - reached

    columns = {  # you, nurse, two class teachers, accountant, administrator
        "same": [9] * 11,
        "one": [9],
        "split": [9, 3, 4, 4, 3, 3],
        "clean": [7, 3, 3, 3, 3, 2],
    }[choice["access"]]
    found["reach"] = sum(columns)
    found["stopped"] = 4 if choice["access"] == "one" else 0
    found["again"] = children if choice["told"] == "list" else 0
    if choice["passwords"] != "leave":
        if choice["handout"] == "chat":
            found["again"] += children
        if choice["handout"] == "none":
            found["stopped"] += 1
    return found
