"""A plan in words, for the terminal, in the operator's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sandyq.i18n import translator
from sandyq.layout import write_commands
from sandyq.school.roster.entries import Entry
from sandyq.school.roster.plan import Match, Plan


def describe_plan(plan: Plan, language: str) -> Iterator[str]:
    """Give the lines of a preview: what would be new, moved, renamed; what is missing; what is wrong."""
    _ = translator(language)
    yield from _section(_("New: {count}"), [_describe_new(entry) for entry in plan.new])
    yield from _section(_("Move to another class: {count}"), [_describe_move(match) for match in plan.moved])
    yield from _section(_("Get another name: {count}"), [_describe_name(match) for match in plan.renamed])
    roles = [match for match in plan.matches if match.new_roles]
    yield from _section(_("Get another role: {count}"), [_describe_roles(match) for match in roles])
    returned = [match.person.full_name for match in plan.matches if match.returns]
    yield from _section(_("Come back: {count}"), returned)
    details = [m.person.full_name for m in plan.matches if m.new_details and not (m.joins or m.new_name)]
    yield from _section(_("Get a grade or an ID: {count}"), details)
    yield _("Unchanged: {count}").format(count=plan.unchanged)
    missing = [plan.census.describe(person) for person in plan.missing]
    yield from _section(_("At the school but not in the file (nobody is removed): {count}"), missing)
    if missing:
        yield write_commands(_("  Who has left the school: ./sandyq people leave LOGIN …"))
    yield from _describe_problems(plan, language, _)


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if not lines:
        return
    yield title.format(count=len(lines))
    yield from (f"  {line}" for line in lines)


def _describe_problems(plan: Plan, language: str, _: Callable[[str], str]) -> Iterator[str]:
    for title, grave in ((_("Errors: {count}"), True), (_("Warnings: {count}"), False)):
        found = [problem.describe(language) for problem in plan.problems if problem.grave == grave]
        if found:
            yield title.format(count=len(found))
            yield from (f"  {line}" for line in found)


def _describe_new(entry: Entry) -> str:
    return f"{entry.full_name} ({entry.class_names})" if entry.classes else entry.full_name


def _describe_move(match: Match) -> str:
    before, after = ", ".join(match.leaves), ", ".join(match.joins)
    return (
        f"{match.person.full_name}: {before} → {after}" if before else f"{match.person.full_name}: + {after}"
    )


def _describe_name(match: Match) -> str:
    person = match.person
    entry = match.entry
    before = f"{person.full_name} {person.patronymic}".strip()
    after = " ".join(filter(None, [*entry.name[:2], entry.name.patronymic or person.patronymic]))
    return f"{before} → {after} ({person.login})"


def _describe_roles(match: Match) -> str:
    before, after = sorted(match.person.role_names), sorted(match.entry.roles)
    return f"{match.person.full_name}: {', '.join(before)} → {', '.join(after)}"
