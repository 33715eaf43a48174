"""The snowstorm: counted again from the lesson's text, child by child."""

# where, grades, children, of them without internet, lessons today
TABLE = [
    ("here", "y", 40, 12, 4),
    ("here", "m", 36, 7, 6),
    ("here", "s", 24, 3, 6),
    ("upper", "y", 14, 7, 4),
    ("upper", "m", 13, 5, 6),
    ("upper", "s", 7, 3, 6),
    ("lower", "y", 8, 3, 4),
    ("lower", "m", 9, 2, 6),
    ("lower", "s", 5, 1, 6),
]
GRADES = {"y": [1, 2, 3, 4], "m": [5, 6, 7, 8], "s": [9, 10, 11]}


def is_told(choice, where, online):
    """Whether a family hears of it before its child leaves; minutes after six."""
    minute = {"t610": 10, "t640": 40, "t720": 80}[choice["when"]]
    leaves = {"upper": 50, "lower": 60, "here": 110}[where]
    if online:
        return minute <= leaves
    if choice["calls"] == "chat":
        return False
    first = choice["calls"] == "villages" and where != "here"
    return minute + (6 if first else 12) <= leaves


def recompute(choice):
    names = "road unaware sources stranded short alone idle owed unmade cost"
    found = dict.fromkeys(names.split(), 0)
    in_school, by_network = set(), set()
    for where, grades, children, offline, lessons in TABLE:
        mode = choice[grades] if where == "here" else choice[where]
        days = choice["extra"] if where == "here" else min(choice["extra"], choice["late_bus"])
        if mode == "open":
            in_school.update(GRADES[grades])
            if where != "here":
                found["road"] += children
                found["stranded"] += children
            else:  # the youngest go home at twelve, at 20 m/s; nine of them live beyond a kilometre
                found["stranded"] += 9 if grades == "y" else children
        if mode == "remote":
            by_network.update(GRADES[grades])
        for number in range(children):
            online = number >= offline
            missed = {
                "open": 0,
                "remote": 0 if online else lessons,
                "packet": lessons // 2,
                "later": lessons,
            }[mode]
            found["owed"] += missed
            found["unmade"] += max(0, missed - days)
            if missed == lessons:
                found["idle"] += 1
            if mode != "open" and not is_told(choice, where, online):
                found["unaware"] += 1
                found["road"] += where != "here"
    on_duty = 1 if choice["duty"] == "yes" else 0
    if choice["y"] != "open":
        found["stranded"] += 4 * on_duty
        found["alone"] = 11 * (1 - on_duty)
    here = 8 - on_duty
    for _ in in_school:
        here -= 1
    if here < 0:
        found["short"] = -here
        here = 0
    found["short"] += max(0, len(by_network) - (5 + here))
    found["sources"] = 1 + (choice["when"] != "t610") + (choice["when"] == "t720")
    found["cost"] = 6000 * choice["extra"] + 8000 * choice["late_bus"] + 4000 * on_duty
    return found
