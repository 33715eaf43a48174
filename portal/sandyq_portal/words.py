"""What pages call the things that lessons name by a word: English, the keys of the catalogue."""

from __future__ import annotations

from typing import Final

TRACKS: Final = {
    "pupils": "For pupils",
    "teachers": "For teachers",
    "leaders": "For leaders",
    "adults": "For adults",
}
SUBJECTS: Final = {
    "informatics": "Informatics",
    "digital-skills": "Digital skills",
    "reading": "Reading literacy",
    "maths": "Mathematical literacy",
    "science": "Scientific literacy",
    "financial": "Financial literacy",
    "creative": "Creative thinking",
    "pedagogy": "Teaching",
    "management": "School management",
}
KINDS: Final = {
    "choice": "one answer",
    "choices": "several answers",
    "order": "put in order",
    "match": "find the pairs",
    "sort": "sort the cards",
    "inbox": "sort the messages",
    "gaps": "fill the gaps",
    "number": "a number",
    "short": "a short answer",
    "highlight": "mark in the text",
    "open": "in one's own words",
    "poll": "a poll",
    "typing": "typing",
    "robot": "a program for the robot",
    "board": "a timetable",
    "decide": "a decision",
}
TRANSLATIONS: Final = {
    "source": "the original text",
    "draft": "a draft: no fluent reader has confirmed it yet",
    "reviewed": "read by a fluent reader",
}
WAYS: Final = {"rooms": "on a page, without code", "notebook": "in a notebook, with code"}
