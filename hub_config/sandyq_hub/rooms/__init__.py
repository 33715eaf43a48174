"""Rooms: lessons and centre apps opened with Voilà, one kernel a visitor, behind the hub's sign-in."""
