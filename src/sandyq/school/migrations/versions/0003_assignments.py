"""Assignments: courses, releases, what was handed in, marks

Revision 0003, after 0002.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "own_packet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("wish", JSON, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("faults", JSON, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_own_packet_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_own_packet"),
    )
    op.create_index("ix_own_packet_person_id", "own_packet", ["person_id"], unique=False)
    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["class_group.id"], name="fk_course_class_id_class_group"),
        sa.PrimaryKeyConstraint("id", name="pk_course"),
        sa.UniqueConstraint("class_id", "subject", name="uq_course_class_id"),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("about", JSON, nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_assignment_course_id_course"),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name="fk_assignment_made_by_person"),
        sa.PrimaryKeyConstraint("id", name="pk_assignment"),
    )
    op.create_index("ix_assignment_course_id", "assignment", ["course_id"], unique=False)
    op.create_table(
        "course_teacher",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_course_teacher_course_id_course"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_course_teacher_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_course_teacher"),
    )
    op.create_index("ix_course_teacher_course_id", "course_teacher", ["course_id"], unique=False)
    op.create_index("ix_course_teacher_person_id", "course_teacher", ["person_id"], unique=False)
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name="fk_release_assignment_id_assignment"
        ),
        sa.ForeignKeyConstraint(["released_by"], ["person.id"], name="fk_release_released_by_person"),
        sa.PrimaryKeyConstraint("id", name="pk_release"),
        sa.UniqueConstraint("code", name="uq_release_code"),
    )
    op.create_index("ix_release_assignment_id", "release", ["assignment_id"], unique=False)
    op.create_table(
        "extension",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name="fk_extension_given_by_person"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_extension_person_id_person"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_extension_release_id_release"),
        sa.PrimaryKeyConstraint("release_id", "person_id", name="pk_extension"),
    )
    op.create_table(
        "release_target",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_release_target_person_id_person"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_release_target_release_id_release"),
        sa.PrimaryKeyConstraint("release_id", "person_id", name="pk_release_target"),
    )
    op.create_table(
        "returned",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("returned_by", sa.Integer(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_returned_person_id_person"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_returned_release_id_release"),
        sa.ForeignKeyConstraint(["returned_by"], ["person.id"], name="fk_returned_returned_by_person"),
        sa.PrimaryKeyConstraint("release_id", "person_id", name="pk_returned"),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("result", JSON, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_submission_person_id_person"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_submission_release_id_release"),
        sa.PrimaryKeyConstraint("id", name="pk_submission"),
    )
    op.create_index("ix_submission_person_id", "submission", ["person_id"], unique=False)
    op.create_index("ix_submission_release_person", "submission", ["release_id", "person_id"], unique=False)
    op.create_table(
        "work_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(length=10), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_work_event_person_id_person"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_work_event_release_id_release"),
        sa.PrimaryKeyConstraint("id", name="pk_work_event"),
    )
    op.create_index("ix_work_event_release_person", "work_event", ["release_id", "person_id"], unique=False)
    op.create_table(
        "cell_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("notebook", sa.String(length=100), nullable=False),
        sa.Column("cell", sa.String(length=100), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("proposed", sa.Double(), nullable=True),
        sa.Column("given", sa.Double(), nullable=True),
        sa.Column("comment", sa.String(length=2000), nullable=False),
        sa.Column("marked_by", sa.Integer(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["marked_by"], ["person.id"], name="fk_cell_mark_marked_by_person"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_cell_mark_person_id_person"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_cell_mark_release_id_release"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name="fk_cell_mark_submission_id_submission"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_cell_mark"),
        sa.UniqueConstraint("release_id", "person_id", "notebook", "cell", name="uq_cell_mark_release_id"),
    )
    op.create_table(
        "grading_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=200), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name="fk_grading_job_submission_id_submission"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_grading_job"),
    )
    op.create_index("ix_grading_job_state", "grading_job", ["state"], unique=False)
    op.create_index("ix_grading_job_submission_id", "grading_job", ["submission_id"], unique=False)
