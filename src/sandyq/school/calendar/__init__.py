"""What is coming for a person: one place computes it, for the home page, the calendar and calendar programs."""
