"""The centre: rooms, times, wishes, surveys, the timetable, launch, money, passports; and the journal of changes

Revision 0004, after 0003.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    _add_to_clubs()
    _create(
        "intake",
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(40), nullable=False),
    )
    _create(
        "launch_plan",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
    )
    _create(
        "room",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
    )
    _create(
        "rota",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("about", JSON, nullable=False),
    )
    _create(
        "route",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("leaves", JSON, nullable=False),
    )
    _create(
        "slot",
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.String(5), nullable=False),
        sa.Column("ends", sa.String(5), nullable=False),
        sa.Column("shift", sa.Integer(), nullable=False),
    )
    _create(
        "survey",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("questions", JSON, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("class_ids", JSON, nullable=False),
    )
    _create(
        "child",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("sex", sa.String(1), nullable=False),
        sa.Column("village", sa.String(60), nullable=False),
        sa.Column("shift", sa.Integer(), nullable=False),
        sa.Column("route_id", sa.Integer(), sa.ForeignKey("route.id"), nullable=True),
        sa.Column("priority", sa.String(200), nullable=False),
        indexed=("person_id",),
    )
    _create(
        "launch_step",
        sa.Column("plan_id", sa.Integer(), sa.ForeignKey("launch_plan.id"), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("names", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("responsible", sa.String(100), nullable=False),
        sa.Column("documents", JSON, nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("begun_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(500), nullable=False),
        indexed=("plan_id",),
    )
    _create(
        "survey_answer",
        sa.Column("survey_id", sa.Integer(), sa.ForeignKey("survey.id"), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("about", JSON, nullable=False),
        sa.Column("answers", JSON, nullable=False),
        indexed=("survey_id",),
    )
    _create(
        "budget_line",
        sa.Column("club_id", sa.Integer(), sa.ForeignKey("club.id"), nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("unit_tiyn", sa.BigInteger(), nullable=False),
        sa.Column("quantity_milli", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
    )
    _create(
        "meeting",
        sa.Column("club_id", sa.Integer(), sa.ForeignKey("club.id"), nullable=False),
        sa.Column("slot_id", sa.Integer(), sa.ForeignKey("slot.id"), nullable=False),
        sa.Column("room_id", sa.Integer(), sa.ForeignKey("room.id"), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        indexed=("club_id",),
    )
    _create(
        "passport_entry",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("chest_id", sa.Integer(), sa.ForeignKey("chest.id"), nullable=True),
        sa.Column("club_id", sa.Integer(), sa.ForeignKey("club.id"), nullable=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("photo", sa.String(64), nullable=False),
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        indexed=("person_id",),
    )
    _create(
        "timetable_wish",
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("club_id", sa.Integer(), sa.ForeignKey("club.id"), nullable=True),
        sa.Column("room_id", sa.Integer(), sa.ForeignKey("room.id"), nullable=True),
        sa.Column("about", JSON, nullable=False),
        sa.Column("must", sa.Boolean(), nullable=False),
    )
    _create(
        "waiting",
        sa.Column("club_id", sa.Integer(), sa.ForeignKey("club.id"), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        indexed=("club_id",),
    )
    _create(
        "wish",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("club_id", sa.Integer(), sa.ForeignKey("club.id"), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        indexed=("person_id",),
    )
    _create(
        "spending",
        sa.Column("line_id", sa.Integer(), sa.ForeignKey("budget_line.id"), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("amount_tiyn", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        indexed=("line_id",),
    )
    with op.batch_alter_table("club") as table:
        table.add_column(sa.Column("room_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_club_room_id_room", "room", ["room_id"], ["id"])
    _create_journal()


def _create(name: str, *columns: sa.Column[object], indexed: Sequence[str] = ()) -> None:
    """Create a table whose rows are kept through the journal."""
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("school_id", sa.Integer(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        *columns,
    )
    for column in ("school_id", *indexed):
        op.create_index(f"ix_{name}_{column}", name, [column])


def _create_journal() -> None:
    op.create_table(
        "centre_change",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("school_id", sa.Integer(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False, unique=True),
        sa.Column("app", sa.String(40), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("rows", JSON, nullable=False),
        sa.Column("undoes", sa.Integer(), sa.ForeignKey("centre_change.id"), nullable=True, unique=True),
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_centre_change_school_id_id", "centre_change", ["school_id", "id"])


def _add_to_clubs() -> None:
    """Chests, clubs and enrolments were there before; what they lack gets a value that changes nothing."""
    with op.batch_alter_table("chest") as table:
        _add(table, "colour", sa.String(7), "")
        _add(table, "example", sa.Boolean(), sa.false())
        _add_kept(table)
    with op.batch_alter_table("club") as table:
        for name, kind, value in (
            ("language", sa.String(2), ""),
            ("grade_from", sa.Integer(), "1"),
            ("grade_to", sa.Integer(), "11"),
            ("least", sa.Integer(), "0"),
            ("capacity", sa.Integer(), "15"),
            ("meetings", sa.Integer(), "1"),
            ("room_kind", sa.String(20), ""),
        ):
            _add(table, name, kind, value)
        _add_kept(table)
    with op.batch_alter_table("enrolment") as table:
        table.add_column(sa.Column("school_id", sa.Integer(), nullable=True))
        _add(table, "why", sa.String(200), "")
        _add_kept(table)
    op.execute(
        "UPDATE enrolment SET school_id = (SELECT club.school_id FROM club WHERE club.id = enrolment.club_id)"
    )
    with op.batch_alter_table("enrolment") as table:
        table.alter_column("school_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key("fk_enrolment_school_id_school", "school", ["school_id"], ["id"])
        table.create_index("ix_enrolment_school_id", ["school_id"])


def _add(table: Any, name: str, kind: Any, value: Any) -> None:
    table.add_column(sa.Column(name, kind, nullable=False, server_default=value))


def _add_kept(table: Any) -> None:
    _add(table, "version", sa.Integer(), "1")
    _add(table, "gone", sa.Boolean(), sa.false())
