"""nbgrader exchange, grader and marks. They arrive with a later step; see docs/architecture.md."""
