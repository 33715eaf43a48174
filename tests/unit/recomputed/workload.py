"""Who takes 25 hours: counted again from the lesson's text, teacher by teacher."""

CLASSES = [
    ("m5", "5", "maths", 5),
    ("m6", "6", "maths", 5),
    ("a7", "7", "algebra and geometry", 5),
    ("a8", "8", "algebra and geometry", 5),
    ("i56", "5-6", "informatics", 2),
    ("i79", "7-9", "informatics", 3),
]
TEACHERS = {
    "sapar": {"now": 18, "fee": 11000, "may": lambda subject, _grade: subject != "informatics"},
    "ahmet": {"now": 20, "fee": 10000, "may": lambda subject, _grade: subject != "informatics"},
    "kim": {"now": 16, "fee": 9000, "may": lambda subject, _grade: subject == "informatics"},
    "bota": {
        "now": 22,
        "fee": 8000,
        "may": lambda subject, grade: subject == "maths" and grade in ("5", "6"),
    },
}


def recompute(choice):
    names = "uncovered unfit over remote remote_young biggest lost handover cost"
    found = dict.fromkeys(names.split(), 0)
    taken = dict.fromkeys(TEACHERS, 0)
    for field, grade, subject, hours in CLASSES:
        who = choice[field]
        if who == "none":
            found["uncovered"] += hours
        elif who == "remote":
            found["remote"] += hours
            if grade in ("5", "6", "5-6"):
                found["remote_young"] += hours
        else:
            teacher = TEACHERS[who]
            taken[who] += hours
            found["cost"] += hours * teacher["fee"]
            if not teacher["may"](subject, grade):
                found["unfit"] += hours
    for name, hours in taken.items():
        found["biggest"] = max(found["biggest"], hours)
        if TEACHERS[name]["now"] + hours > 27:
            found["over"] += TEACHERS[name]["now"] + hours - 27
    if choice["start"] == "week":  # six lessons a week are spent on handing over, all 25 hours are lost
        found["lost"], found["handover"] = 25, 6
    if choice["start"] == "overlap":  # two weeks, two hours each, for 24 000
        found["handover"] = 2 * 2
        found["cost"] += 24000
    return found
