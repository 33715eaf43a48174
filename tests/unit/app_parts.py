"""What an app shows, searched: its page is parts within parts."""


def find(parts, kind):
    """Return all parts of a kind, however deep."""
    found = []
    for part in parts if isinstance(parts, list) else [parts]:
        if isinstance(part, dict):
            found += [part] if part.get("t") == kind else []
            for value in part.values():
                if isinstance(value, (list, dict)):
                    found += find(value, kind)
    return found
