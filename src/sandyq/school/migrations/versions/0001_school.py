"""The school: people, classes, learning, centre

Revision 0001, after nothing.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "login_failure",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_login_failure"),
    )
    op.create_table(
        "school",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_school"),
        sa.UniqueConstraint("name", name="uq_school_name"),
    )
    op.create_table(
        "academic_year",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("quarters", JSON, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name="fk_academic_year_school_id_school"),
        sa.PrimaryKeyConstraint("id", name="pk_academic_year"),
        sa.UniqueConstraint("school_id", "name", name="uq_academic_year_school_id"),
    )
    op.create_table(
        "chest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("names", JSON, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name="fk_chest_school_id_school"),
        sa.PrimaryKeyConstraint("id", name="pk_chest"),
    )
    op.create_index("ix_chest_school_id", "chest", ["school_id"])

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("family_name", sa.String(length=100), nullable=False),
        sa.Column("given_name", sa.String(length=100), nullable=False),
        sa.Column("patronymic", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name="fk_person_school_id_school"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("login", name="uq_person_login"),
        sa.UniqueConstraint("school_id", "external_id", name="uq_person_school_id"),
    )
    op.create_index("ix_person_school_id", "person", ["school_id"])

    op.create_table(
        "class_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("year_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("grades", JSON, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name="fk_class_group_school_id_school"),
        sa.ForeignKeyConstraint(
            ["year_id"], ["academic_year.id"], name="fk_class_group_year_id_academic_year"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_class_group"),
        sa.UniqueConstraint("year_id", "name", name="uq_class_group_year_id"),
    )
    op.create_index("ix_class_group_school_id", "class_group", ["school_id"])

    op.create_table(
        "club",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("chest_id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["chest_id"], ["chest.id"], name="fk_club_chest_id_chest"),
        sa.ForeignKeyConstraint(["leader_id"], ["person.id"], name="fk_club_leader_id_person"),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name="fk_club_school_id_school"),
        sa.PrimaryKeyConstraint("id", name="pk_club"),
    )
    op.create_index("ix_club_school_id", "club", ["school_id"])

    op.create_table(
        "credential",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("secret_hash", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_credential_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", name="pk_credential"),
    )
    op.create_table(
        "learning_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(length=20), nullable=False),
        sa.Column("lesson", sa.String(length=100), nullable=False),
        sa.Column("question", sa.String(length=100), nullable=True),
        sa.Column("response", JSON, nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("max_score", sa.Double(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_learning_event_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_learning_event"),
        sa.UniqueConstraint("uuid", name="uq_learning_event_uuid"),
    )
    op.create_index("ix_learning_event_lesson", "learning_event", ["lesson"])
    op.create_index("ix_learning_event_who_what", "learning_event", ["person_id", "lesson", "question"])

    op.create_table(
        "person_role",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_role_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "role", name="pk_person_role"),
    )
    op.create_table(
        "club_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("club_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["club_id"], ["club.id"], name="fk_club_session_club_id_club"),
        sa.PrimaryKeyConstraint("id", name="pk_club_session"),
        sa.UniqueConstraint("club_id", "held_on", name="uq_club_session_club_id"),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("club_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["club_id"], ["club.id"], name="fk_enrolment_club_id_club"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_enrolment_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment"),
    )
    op.create_index("ix_enrolment_club_id", "enrolment", ["club_id"])
    op.create_index("ix_enrolment_person_id", "enrolment", ["person_id"])

    op.create_table(
        "lesson_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("lesson", sa.String(length=100), nullable=False),
        sa.Column("assigned_by", sa.Integer(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assigned_by"], ["person.id"], name="fk_lesson_assignment_assigned_by_person"
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["class_group.id"], name="fk_lesson_assignment_class_id_class_group"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lesson_assignment"),
        sa.UniqueConstraint("class_id", "lesson", name="uq_lesson_assignment_class_id"),
    )
    op.create_index("ix_lesson_assignment_class_id", "lesson_assignment", ["class_id"])

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["class_id"], ["class_group.id"], name="fk_membership_class_id_class_group"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_membership_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_membership"),
    )
    op.create_index("ix_membership_class_id", "membership", ["class_id"])
    op.create_index("ix_membership_person_id", "membership", ["person_id"])

    op.create_table(
        "attendance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_attendance_person_id_person"),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name="fk_attendance_recorded_by_person"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["club_session.id"], name="fk_attendance_session_id_club_session"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attendance"),
        sa.UniqueConstraint("uuid", name="uq_attendance_uuid"),
    )
    op.create_index("ix_attendance_session_person", "attendance", ["session_id", "person_id"])


def downgrade() -> None:
    for table in (
        "attendance",
        "membership",
        "lesson_assignment",
        "enrolment",
        "club_session",
        "person_role",
        "learning_event",
        "credential",
        "club",
        "class_group",
        "person",
        "chest",
        "academic_year",
        "school",
        "login_failure",
    ):
        op.drop_table(table)
