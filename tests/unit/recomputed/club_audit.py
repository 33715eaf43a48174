"""The audit of clubs: counted again from the lesson's text and its table of sessions."""

import csv

from sandyq.settings import PROJECT

TABLE = PROJECT / "curriculum" / "lessons" / "club-audit" / "registers.kk.csv"
FIELDS = {
    "Роботтехника": "robo",
    "Волейбол": "volley",
    "Домбыра": "dombra",
    "Ағылшын тілі": "english",
    "Шахмат": "chess",
    "Экология": "eco",
}
REASONS = {"Роботтехника": "card", "Волейбол": "door", "Ағылшын тілі": "moved"}
STEPS = {  # what a way of checking consists of
    "none": [],
    "hours": ["compare"],
    "talk": ["talk"],
    "sample": ["ask"],
    "visit": ["come"],
    "hourstalk": ["compare", "talk"],
    "hoursvisit": ["compare", "come"],
}
TAKES = {"compare": 1, "talk": 1, "ask": 2, "come": 3}


def read_clubs():
    clubs = {}
    with TABLE.open(encoding="utf-8") as file:
        for name, _day, register, door, elsewhere, late in list(csv.reader(file))[1:]:
            club = clubs.setdefault(name, {"gap": 0, "impossible": 0})
            club["gap"] += int(register) - int(door)
            club["impossible"] += int(elsewhere) + int(late)
    return clubs


def check_suspect(club, steps):
    """False visits found in a club without an explanation."""
    rest = club["gap"] - club["impossible"]
    found = 0
    if "compare" in steps:
        found += club["impossible"]
    elif "talk" in steps:
        found += club["impossible"] // 3
    if "come" in steps:
        return found + rest // 3 * 2
    return found + (rest // 3 if steps and steps != ["compare"] else 0)


def recompute(choice):
    names = "hours found left offended children disputed witness erased heard mispaid"
    result = dict.fromkeys(names.split(), 0)
    gaps = accused = 0
    for name, club in read_clubs().items():
        steps = STEPS[choice[FIELDS[name]]]
        gaps += club["gap"]
        left = club["gap"]
        result["hours"] += sum(TAKES[step] for step in steps)
        result["children"] += 5 * steps.count("ask")
        if "come" in steps:
            result["witness"] += {"alone": 0, "pair": 3, "three": 6}[choice["who"]]
        reason = REASONS.get(name)
        if reason or club["gap"] == 0:
            result["offended"] += "come" in steps or "ask" in steps
            if "talk" in steps or (reason == "door" and "come" in steps):
                left = 0
            if reason == "moved" and "compare" in steps and "talk" not in steps:
                accused += club["impossible"]
        else:
            found = check_suspect(club, steps)
            left -= found
            result["found"] += found
            result["heard"] += found > 0 and choice["say"] != "person"
            if "come" in steps and choice["who"] == "alone":
                result["disputed"] += (club["gap"] - club["impossible"]) // 3 * 2
        result["left"] += left
    if choice["fix"] != "rows":
        result["erased"] = result["found"]
    if choice["pay"] == "confirmed":
        result["mispaid"] = accused
    elif choice["pay"] == "all":
        result["mispaid"] = gaps - result["found"]
    else:
        result["mispaid"] = result["found"]
    return result
