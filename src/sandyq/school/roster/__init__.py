"""Adding a school's people from a spreadsheet: read, compare, show, and only then apply."""
