"""What the command line does with the school."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TextIO

from sandyq.i18n import translator
from sandyq.school.cards import Card, render_cards
from sandyq.school.database import Database, today
from sandyq.school.errors import SchoolError
from sandyq.school.roster.apply import Applied, apply_plan, prepare_secrets
from sandyq.school.roster.entries import Entries
from sandyq.school.roster.load import load_roster
from sandyq.school.roster.plan import Plan, make_plan
from sandyq.school.roster.report import describe_plan
from sandyq.settings import Settings


def import_people(settings: Settings, file: Path, apply: bool, skip_bad_rows: bool, out: TextIO) -> int:
    """Show what a roster would change; with ``apply`` change it and write the new people's login cards.

    Return 0, or 1 when the file cannot be read or has errors that ``skip_bad_rows`` does not pass over.
    """
    _ = translator(settings.language)
    database = Database(settings.database_url)
    try:
        database.migrate()
        entries = load_roster(file)
        with database.reading() as session:
            plan = make_plan(session, entries, today())
            print_lines(out, *describe_plan(plan, settings.language))
        if plan.grave and not skip_bad_rows:
            print_lines(
                out, _("Nothing was changed. Correct the rows above, or leave them out with --skip-bad-rows.")
            )
            return 1
        if apply:
            _apply(settings, database, entries, plan, out)
        else:
            print_lines(out, _("This was a preview; nothing was changed. To do it, add --apply."))
    except SchoolError as error:
        print_lines(out, error.in_language(settings.language))
        return 1
    finally:
        database.close()
    return 0


def _apply(settings: Settings, database: Database, entries: Entries, preview: Plan, out: TextIO) -> None:
    """Apply in one transaction; the rows that the preview showed as wrong are left out."""
    _ = translator(settings.language)
    secrets = prepare_secrets(preview.new)
    path: Path | None = None
    try:
        with database.session() as session:
            plan = make_plan(session, entries, today())
            applied = apply_plan(session, plan, today(), skip_bad_rows=bool(preview.grave), secrets=secrets)
            if applied.new:  # before the commit: no account without its card
                path = write_cards(settings, plan.census.school.name, _make_cards(applied))
    except BaseException:
        if path:
            path.unlink()
        raise
    line = _("Done: {new} new, {moved} moved, {renamed} renamed.")
    print_lines(out, line.format(new=len(applied.new), moved=applied.moved, renamed=applied.renamed))
    if path:
        print_lines(out, _("Login cards to print: {path}").format(path=path))
        print_lines(out, _("Their passwords are shown nowhere else. Print the cards, then delete the file."))


def _make_cards(applied: Applied) -> list[Card]:
    return [
        Card(
            new.person.full_name, new.class_name, new.person.login, new.kind, new.secret, new.person.language
        )
        for new in applied.new
    ]


def write_cards(settings: Settings, school: str, cards: list[Card]) -> Path:
    """Write login cards to print and return where."""
    return _write_private(settings.home / "cards", render_cards(school, settings.address, cards))


def _write_private(folder: Path, page: str) -> Path:
    """Write a page that only the operator may read, durably; its name is the time."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"cards-{datetime.now():%Y-%m-%d-%H%M%S-%f}.html"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(page)
        file.flush()
        os.fsync(file.fileno())
    return path


def print_lines(out: TextIO, *lines: str) -> None:
    for line in lines:
        out.write(f"{line}\n")
