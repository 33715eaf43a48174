"""A table with children's personal data went to a parents' chat: what is done in which order, who is told what."""

from __future__ import annotations

from typing import Final

from sandyq_widgets.cases import Choice, Value

OPENED: Final = (2, 3, 3, 5, 6, 7, 8, 9, 10, 10, 11, 12, 13, 14, 14, 16, 18, 21, 24, 27, 33, 41, 52, 58)
"""By parent of the chat: minutes from sending (16:10) to opening."""
SAVED: Final = (3, 7, 9, 12, 16, 24, 41)
"""When those opened it who saved a copy."""
SENT: Final = 16 * 60 + 10
LEARNT: Final = SENT + 10
CHILDREN, OTHER_CLASS, NOT_IN_CHATS = 46, 22, 4
DELETED: Final = {"cut": 11, "shot": 15, "chat": 30, "meeting": 60}
"""Minutes from sending."""
CALL, CALLERS = 4, 2
WAIT_FOR_ANSWERS: Final = 60
NEVER: Final = 10**6
TELLING: Final = 23
"""Minutes for two class teachers to tell 46 families one by one."""
PARENTS_BY, OFFICE_BY = 20 * 60, 20 * 60 + 20
DAY: Final = 24 * 60
OFFICE: Final = {
    "o17": 17 * 60,
    "o19": 19 * 60,
    "morning": DAY + 9 * 60,
    "monday": 4 * DAY + 9 * 60,
}
NEXT_MORNING: Final = DAY + 8 * 60
BLOCK, CHANGE, ACCOUNTS = 5, 2, 380
SETTING_ACCESS: Final = {"same": 0, "one": 0, "split": 40, "clean": 60}
REACH: Final = {
    "same": 11 * 9,
    "one": 9,
    "split": 9 + 3 + 2 * 4 + 3 + 3,
    "clean": 7 + 3 + 2 * 3 + 3 + 2,
}
"""People times columns."""
STOPPED: Final = {"same": 0, "one": 4, "split": 0, "clean": 0}


def follow(choice: Choice) -> dict[str, Value]:
    """Return people, minutes and accounts; see the lesson's ``follows:``."""
    end = DELETED[choice["first"]]
    known = _find_when_known(choice)
    parents_at = int(choice["parents_at"]) * 60
    office_at = OFFICE[choice["office"]]
    renewed = choice["passwords"] != "leave"
    return {
        "exposure": sum(max(0, end - opened) for opened in OPENED),
        "left": _count_copies(choice["copies"], sum(saved < end for saved in SAVED)),
        "accounts": _count_account_minutes(choice),
        "again": CHILDREN * ((choice["told"] == "list") + (renewed and choice["handout"] == "chat")),
        "untold": _count_untold(choice["told"], parents_at),
        "rewrite": (parents_at < known) + (office_at < known),
        "office_late": max(0, office_at - OFFICE_BY),
        "reach": REACH[choice["access"]],
        "stopped": STOPPED[choice["access"]] + (renewed and choice["handout"] == "none"),
        "admin": SETTING_ACCESS[choice["access"]]
        + {"leave": 0, "block": BLOCK, "change": CHANGE * CHILDREN, "all": CHANGE * ACCOUNTS}[
            choice["passwords"]
        ],
    }


def _find_when_known(choice: Choice) -> int:
    """Return the minute of the day from which on it is known whether copies are left."""
    end = DELETED[choice["first"]]
    if choice["copies"] == "none":
        return NEVER
    if choice["copies"] == "appeal":
        return SENT + end + WAIT_FOR_ANSWERS
    asked = len(OPENED) if choice["first"] == "cut" else sum(opened < end for opened in OPENED)
    return SENT + end + CALL * -(-asked // CALLERS)


def _count_copies(how: str, saved: int) -> int:
    return {"none": saved, "appeal": saved - saved // 2, "calls": 0}[how]


def _count_account_minutes(choice: Choice) -> int:
    """Minutes during which a password from the table still opens its account, all accounts together."""
    if choice["passwords"] == "leave":
        return CHILDREN * (NEXT_MORNING - SENT)
    begin = LEARNT - SENT
    if choice["queue"] == "access":
        begin += SETTING_ACCESS[choice["access"]]
    if choice["passwords"] == "block":
        return CHILDREN * (begin + BLOCK)
    return sum(begin + CHANGE * number for number in range(1, CHILDREN + 1))


def _count_untold(how: str, begins: int) -> int:
    """Children whose parents have not heard the four facts by the hour that this case sets."""
    ends = begins + (TELLING if how == "each" else 0)
    if how == "fault" or ends > PARENTS_BY:
        return CHILDREN
    return {"list": OTHER_CLASS, "both": NOT_IN_CHATS, "each": 0}[how]
