"""What can go wrong when somebody asks the school for something, as sentences that can be translated."""

from __future__ import annotations

from sandyq.i18n import translator


class SchoolError(ValueError):
    """A refusal: ``template`` is the English sentence, ``values`` fill it in."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template.format(**values))
        self.template = template
        self.values = values

    def in_language(self, language: str) -> str:
        return translator(language)(self.template).format(**self.values)


class NotFound(SchoolError):
    """No such thing, or none that the asker may know of (HTTP 404)."""


class NotAllowed(SchoolError):
    """The asker has no right to do this (HTTP 403)."""


class Conflict(SchoolError):
    """It contradicts what is stored (HTTP 409)."""


class Invalid(SchoolError):
    """The value itself is wrong (HTTP 422)."""


class BadField(Invalid):
    """A value that cannot be kept, and the field in which it stands."""

    def __init__(self, field_name: str, template: str, **values: object) -> None:
        super().__init__(template, **values)
        self.field = field_name
