"""What an xAPI statement may hold, written down from the specification and not from what we write.

Source: xAPI 1.0.3, part two, 2.4 (statements), 4.2 (language maps), 4.4 (UUIDs), 4.5 (timestamps); ADL.
"""

from __future__ import annotations

from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker

IRI: Final = {"type": "string", "format": "iri"}
TEXTS: Final = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"},
    "additionalProperties": {"type": "string"},
}
"""A language map: RFC 5646 tags."""


def _only(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


AGENT: Final = _only(
    ("account",),  # one of four identifiers, the one we use
    objectType={"const": "Agent"},
    name={"type": "string", "minLength": 1},
    account=_only(("homePage", "name"), homePage=IRI, name={"type": "string", "minLength": 1}),
)
GROUP: Final = _only(
    ("objectType", "member"),
    objectType={"const": "Group"},
    member={"type": "array", "minItems": 1, "items": AGENT},
)
INTERACTIONS: Final = (
    "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert",
    "numeric", "other",
)  # fmt: skip
STATEMENT: Final = _only(
    ("id", "actor", "verb", "object", "timestamp"),
    id={
        "type": "string",
        "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
    },
    actor=AGENT,
    verb=_only(("id", "display"), id=IRI, display=TEXTS),
    object=_only(
        ("id",),
        objectType={"const": "Activity"},
        id=IRI,
        definition=_only(
            (), type=IRI, name=TEXTS, description=TEXTS, interactionType={"enum": list(INTERACTIONS)}
        ),
    ),
    result=_only(
        (),
        success={"type": "boolean"},
        completion={"type": "boolean"},
        response={"type": "string"},
        score=_only(
            (),
            scaled={"type": "number", "minimum": -1, "maximum": 1},
            raw={"type": "number"},
            min={"type": "number"},
            max={"type": "number"},
        ),
    ),
    context=_only((), team=GROUP),
    timestamp={"type": "string", "format": "date-time"},  # RFC 3339: with its zone
)
_VALIDATOR: Final = Draft202012Validator(STATEMENT, format_checker=FormatChecker())


def find_faults(statement: dict[str, Any]) -> list[str]:
    """Return what the specification does not allow in a statement."""
    faults = [f"{error.json_path}: {error.message}" for error in _VALIDATOR.iter_errors(statement)]
    score = statement.get("result", {}).get("score", {})
    if score and not score["min"] <= score["raw"] <= score["max"] > score["min"]:
        faults.append(f"$.result.score: {score}")
    if statement["timestamp"].endswith(("-00:00", "-00", "-0000")):
        faults.append("$.timestamp: no offset of minus zero")
    return faults
