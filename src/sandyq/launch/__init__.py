"""The way to a centre's opening day, as its app and the calendar count it alike."""
