"""The month as an XLSX file: the register as people print it, and every row ever written beside it."""

from __future__ import annotations

from datetime import date as day

from sandyq_apps.attendance_trail import list_trail
from sandyq_apps.kit.app import File
from sandyq_apps.kit.papers import Value, Workbook
from sandyq_apps.register import Month, Totals, count_child, count_date, count_month, count_unique
from sandyq_apps.words import Words, local_time

COUNTED = ("total_present", "total_absent", "total_excused", "percent")
TRAIL = ("date", "child", "class", "status", "reason", "by", "at", "kind")


def build_workbook(words: Words, month: Month) -> File:
    """Return an XLSX file with the sheets ``register`` and ``history``."""
    book = Workbook()
    _add_register(book, words, month)
    _add_history(book, words, month)
    return book.save(f"{month.club.name.strip() or 'club'}-{month.month}")


def _add_register(book: Workbook, words: Words, month: Month) -> None:
    labels, symbols = words.labels(), words.symbols()
    days = [words.short_date(date) for date in month.dates]
    lines = []
    for number, child in enumerate(month.children, start=1):
        newest = (month.newest(date, child.id) for date in month.dates)
        signs = [symbols[row.status] if row else None for row in newest]
        lines.append(
            [number, child.name, child.class_name, *signs, *_list_totals(count_child(month, child.id))]
        )
    came = [count_date(month, date).present for date in month.dates]
    book.add_sheet(
        labels["title"],
        [
            f"{labels['title']}: {words.month(month.month)}",
            f"{labels['club']}: {month.club.name}",
            f"{labels['leader']}: {month.club.leader}",
        ],
        [labels["number"], labels["child"], labels["class"], *days, *(labels[name] for name in COUNTED)],
        lines,
        sums=[None, labels["came"], None, *came, *_list_totals(count_month(month))],
        foot=[labels["unique"].format(count=count_unique(month), all=len(month.children))],
        fixed=3,
    )


def _add_history(book: Workbook, words: Words, month: Month) -> None:
    labels = words.labels()
    lines = [
        [
            day.fromisoformat(entry.date), entry.child.name, entry.child.class_name, labels[entry.row.status],
            entry.row.reason, entry.row.by, local_time(entry.row.at), labels[entry.kind],
        ]
        for entry in list_trail(month)
    ]  # fmt: skip
    book.add_sheet(labels["history"], [], [labels[name] for name in TRAIL], lines)


def _list_totals(totals: Totals) -> list[Value]:
    return [totals.present, totals.absent, totals.excused, totals.percent]
