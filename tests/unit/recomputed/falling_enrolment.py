"""The eighty-first pupil: counted again from the lesson's text, from what comes and goes each year."""

FIRST_GRADE = {2027: 5, 2028: 6, 2029: 4}
FINISH_11 = {2027: 6, 2028: 5}  # known today; those of 2029 are today's grade 9, if they stayed
FINISH_9 = {2027: 11, 2028: 8, 2029: 9}  # today's grades 9, 8 and 7
SAILY = {2027: 9, 2028: 8, 2029: 7}
BUS = {  # all, grades 1-2, grades 3-4, minutes, thousand tenge
    "none": (0, 0, 0, 0, 0),
    "older": (8, 0, 0, 25, 3600),
    "asked": (11, 2, 1, 25, 3900),
    "all": (14, 3, 3, 40, 4200),
}
PAIRS = {  # by year: grades 1-2 and grades 3-4 of the village, moved up by hand
    2027: (5 + 6, 7 + 8),
    2028: (6 + 5, 6 + 7),
    2029: (4 + 6, 5 + 6),
}


def going_on(pupils, way):
    upper, lower = {"none": (1, 2), "exam": (2, 3), "joint": (3, 4)}[way]
    return -(-pupils * upper // lower)


def recompute(choice):
    everyone, small, bigger, minutes, money = BUS[choice["bus"]]
    basic = choice["form"] in ("bus", "board")

    moving = 3
    if choice["preschool"] == "half":
        moving, money = 2, money + 2600
    elif choice["preschool"] == "full":
        moving, money = 1, money + 5200
    if basic:
        moving += 1

    beds = int(choice["boarding"])
    if beds:
        money += 3000 + 400 * beds + 2500  # 2027 is the dearest year: the repairs
    guests = everyone + (6 if beds > 6 else beds)
    money += {"none": 0, "exam": 900, "joint": 1800}[choice["tenth"]]
    money += {"full": 0, "bus": 3000, "board": 600}[choice["form"]]
    if choice["form"] == "bus":
        minutes += 50

    village, counted, gone = 87, {}, 0
    for year in (2027, 2028, 2029):
        stay = going_on(FINISH_9[year], choice["tenth"])
        leave_school = FINISH_9[year] if basic else FINISH_9[year] - stay
        if year in FINISH_11:
            leave_school += FINISH_11[year]
        elif not basic:
            leave_school += going_on(FINISH_9[2027], choice["tenth"])
        village += FIRST_GRADE[year] - leave_school - moving
        counted[year] = village + guests
        gone += moving + (FINISH_9[year] if choice["form"] == "board" else FINISH_9[year] - stay)

    posts = 4 if basic else 0
    classes = [0]
    if choice["combine"] in ("junior", "both"):
        posts, money = posts + 1, money - 2400
        classes += [first + small for first, _ in PAIRS.values()]
    if choice["combine"] == "both":
        posts, money = posts + 1, money - 2400
        classes += [second + bigger for _, second in PAIRS.values()]

    return {
        "first": counted[2027],
        "second": counted[2028],
        "third": counted[2029],
        "reserve": min(counted.values()) - (41 if basic else 81),
        "neighbour": min(left - small - bigger for left in SAILY.values()),
        "ride": minutes,
        "gone": gone,
        "lost": posts,
        "big": max(classes),
        "cost": money,
    }
