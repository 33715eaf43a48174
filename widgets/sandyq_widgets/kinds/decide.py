"""A decision with its limits: what follows from it is computed, by a program of the case (``sandyq_widgets.cases``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Final, Self

from sandyq_widgets.cases import Choice, Follow, Value, find_case, list_cases
from sandyq_widgets.draft import Block, Draft
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, ResponseError, Spec
from sandyq_widgets.markdown import render_line
from sandyq_widgets.numbers import parse_number, write_number

FEWEST_EXPERTS: Final = 2
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,29}")
_RANGE: Final = re.compile(r"(\S+?)\s*(?:\.\.|…|–)\s*(\S+?)(?:\s+step\s+(\S+))?")
_LIMIT: Final = re.compile(r"(most|least)\s+(\S+)")
_PLACE: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_KEPT: Final = re.compile(r"^([a-z][a-z0-9_]*)=([^)\n]*)", re.MULTILINE)


@dataclass(frozen=True)
class Option:
    key: str
    text: str
    paper: str
    """What the paper says of it; ``-``: the line is left out."""


@dataclass(frozen=True)
class Field:
    """One thing to decide: a number from ``least`` to ``most``, or one of ``options``."""

    name: str
    label: str
    options: tuple[Option, ...] = ()
    least: Decimal = Decimal()
    most: Decimal = Decimal()
    step: Decimal = Decimal(1)

    def read(self, text: str) -> Decimal | str | None:
        """Return the value that was written; None when it is none of this field's."""
        if self.options:
            return text if text in [option.key for option in self.options] else None
        value = parse_number(text)
        fits = value is not None and self.least <= value <= self.most and not (value - self.least) % self.step
        return value if fits else None

    def find_option(self, key: object) -> Option:
        return next(option for option in self.options if option.key == key)

    def tell(self, value: Decimal | str, language: str) -> str:
        return self.find_option(value).text if self.options else write_number(value, language)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Measure:
    """One thing that follows; with a limit it can be kept or broken."""

    name: str
    label: str
    least: Decimal | None = None
    most: Decimal | None = None
    warning: str = ""
    """What a broken limit means for people."""

    def is_kept(self, value: Value) -> bool | None:
        """Return whether the limit is kept; None where there is none."""
        if self.least is None and self.most is None:
            return None
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True)
class Expert:
    name: str
    choice: Mapping[str, Decimal | str]
    reasons: str


@dataclass(frozen=True)
class Product:
    """A paper to take away, in the light markup of ``sandyq.papers``; ``{name}`` is what was decided or follows."""

    title: str
    markup: str


@dataclass(frozen=True, kw_only=True)
class DecideSpec(Spec):
    """Fields to fill in (``decide:``), what follows (``follows:``), two experts, a paper (``product``)."""

    fields: tuple[Field, ...]
    measures: tuple[Measure, ...]
    experts: tuple[Expert, ...]
    product: Product
    case: str
    follow: Follow
    kind: ClassVar[str] = "decide"
    settings: ClassVar[tuple[str, ...]] = ("id", "points", "case")
    labels: ClassVar[tuple[str, ...]] = (
        "options",
        "decide",
        "follows",
        "expert",
        "product",
        "hint",
        "reason",
    )

    @classmethod
    def read(cls, draft: Draft) -> Self:
        case = draft.settings.get("case", "")
        follow = find_case(case)
        if follow is None:
            message = N_("“case={case}” is not known. Use one of: {known}")
            raise draft.error(1, message, case=case, known=", ".join(list_cases()))
        fields = _read_fields(draft)
        spec = cls(
            text=draft.read_text(),
            fields=fields,
            measures=_read_measures(draft),
            experts=_read_experts(draft, fields),
            product=_read_product(draft),
            case=case,
            follow=follow,
            **cls.common(draft),
        )
        spec._check(draft)
        return spec

    def _check(self, draft: Draft) -> None:
        """What the program tells and what the text shows are the same, and the limits can be kept."""
        told = set(self.follow(self.experts[0].choice))
        shown = {measure.name for measure in self.measures}
        line = draft.labelled("follows")[0].line
        for name in sorted(told ^ shown):
            message = (
                N_("“{name}” is not computed by the case. It computes: {known}")
                if name in shown
                else N_("“{name}” is computed and not shown. Add it below “follows:”; it computes: {known}")
            )
            raise draft.error(line, message, name=name, known=", ".join(sorted(told)))
        known = {*shown, *(field.name for field in self.fields)}
        line = draft.labelled("product")[0].line
        for name in _PLACE.findall(self.product.markup):
            if name not in known:
                message = N_("“{name}” is neither decided nor computed. Use: {known}")
                raise draft.error(line, message, name=name, known=", ".join(sorted(known)))
        if not any(self.share(expert.choice) == 1 for expert in self.experts):
            message = N_(
                "no expert keeps all limits, so nobody may be able to. Change a limit or a decision."
            )
            raise draft.error(draft.labelled("expert")[0].line, message)

    @property
    def keys(self) -> tuple[object, ...]:
        """All but words must agree between languages; numbers are written as text, so that they show in messages."""
        return (
            self.case,
            tuple(
                (
                    field.name,
                    *(option.key for option in field.options),
                    *_plain(field.least, field.most, field.step),
                )
                for field in self.fields
            ),
            tuple((each.name, *_plain(each.least, each.most)) for each in self.measures),
            tuple(tuple(f"{name}={value}" for name, value in each.choice.items()) for each in self.experts),
        )

    def face(self) -> dict[str, Any]:
        return {
            "fields": [
                {"name": each.name, "label": render_line(each.label)}
                | (
                    {"options": [[option.key, option.text] for option in each.options]}
                    if each.options
                    else {"least": str(each.least), "most": str(each.most), "step": str(each.step)}
                )
                for each in self.fields
            ]
        }

    def read_choice(self, response: str) -> dict[str, Decimal | str]:
        """Return what was decided; :class:`ResponseError` names the first field that is empty or out of its limits."""
        written = dict(_KEPT.findall(response))
        choice: dict[str, Decimal | str] = {}
        for field in self.fields:
            value = field.read(written.get(field.name, "").strip())
            if value is None:
                raise ResponseError(N_("Fill in every field; a number must keep to what stands beside it."))
            choice[field.name] = value
        return choice

    def judge(self, response: str) -> Judgement:
        choice = self.read_choice(response)
        return Judgement(self.write(choice), self.share(choice))

    def share(self, choice: Choice) -> Fraction:
        """How many of the limits are kept."""
        follows = self.follow(choice)
        verdicts = [each.is_kept(follows[each.name]) for each in self.measures]
        limited = [verdict for verdict in verdicts if verdict is not None]
        return Fraction(sum(limited), len(limited))

    def write(self, choice: Choice) -> str:
        """Return a decision as it is kept: a line a field, for the program before the bracket, for people behind."""
        return "\n".join(
            f"{field.name}={choice[field.name]}) {field.label}"
            + (f": {field.find_option(choice[field.name]).text}" if field.options else "")
            for field in self.fields
        )

    def solve(self) -> str:
        return self.write(next(each.choice for each in self.experts if self.share(each.choice) == 1))

    def tell(self) -> str:
        return "\n\n".join(f"**{each.name}.** {each.reasons}" for each in self.experts)

    def fill_product(self, choice: Choice, language: str) -> tuple[str, str]:
        """Return the paper's title and markup; a line whose places are all left out is left out."""
        follows = self.follow(choice)
        words = {each.name: write_number(follows[each.name], language) for each in self.measures}
        for field in self.fields:
            value = choice[field.name]
            told = field.find_option(value).paper if field.options else field.tell(value, language)
            words[field.name] = "" if told == "-" else told
        lines = [
            _PLACE.sub(lambda place: words[place[1]], line)
            for line in self.product.markup.split("\n")
            if not (places := _PLACE.findall(line)) or any(words[name] for name in places)
        ]
        return self.product.title, "\n".join(lines)


def _plain(*values: Decimal | None) -> tuple[str, ...]:
    return tuple("" if value is None else str(value.normalize()) for value in values)


def _lines(block: Block) -> list[tuple[int, str]]:
    return [(n, line.strip()) for n, line in enumerate(block.lines, start=block.line) if line.strip()]


def _require(draft: Draft, label: str, form: str) -> Block:
    block = next(iter(draft.labelled(label)), None)
    if block is None:
        end = max((each.line + len(each.lines) - 1 for each in draft.blocks), default=draft.end)
        raise draft.error(
            end, N_("“{label}:” is missing. Write it and below it: {form}"), label=label, form=form
        )
    return block


def _split(draft: Draft, line: int, text: str, form: str) -> tuple[str, list[str]]:
    """Read ``name = label | part | part``."""
    name, equals, rest = (part.strip() for part in text.partition("="))
    parts = [part.strip() for part in rest.split("|")]
    if not equals or not _NAME.fullmatch(name) or not parts[0]:
        raise draft.error(
            line, N_("“{found}” is not understood here. Write it like {form}"), found=text, form=form
        )
    return name, parts


def _read_options(draft: Draft) -> dict[str, tuple[Option, ...]]:
    sets: dict[str, tuple[Option, ...]] = {}
    for block in draft.labelled("options"):
        options: list[Option] = []
        for line, text in _lines(block):
            key, parts = _split(draft, line, text.lstrip("- "), "- key = …")
            if key in [option.key for option in options]:
                raise draft.error(line, N_("“{name}” stands twice. Give each a name of its own."), name=key)
            options.append(Option(key, parts[0], parts[1] if len(parts) > 1 else parts[0]))
        draft.require_items(options, 2, "- key = …")
        sets[block.argument] = tuple(options)
    return sets


def _read_fields(draft: Draft) -> tuple[Field, ...]:
    form = "name = … | 0..10"
    sets = _read_options(draft)
    fields: list[Field] = []
    for line, text in _lines(_require(draft, "decide", form)):
        name, parts = _split(draft, line, text, form)
        if name in [field.name for field in fields]:
            raise draft.error(line, N_("“{name}” stands twice. Give each a name of its own."), name=name)
        range_ = _RANGE.fullmatch(parts[-1])
        if parts[-1] in sets:
            fields.append(Field(name, parts[0], sets[parts[-1]]))
        elif range_ and len(parts) == 2:
            least, most, step = (draft.decimal(line, name, part or "1") for part in range_.groups())
            fields.append(Field(name, parts[0], (), least, most, step))
        else:
            known = ", ".join([*sets, "0..10", "0..10 step 0.5"])
            message = N_("“{found}”: after | stands what can be chosen, one of: {known}")
            raise draft.error(line, message, found=text, known=known)
    draft.require_items(fields, 1, form)
    return tuple(fields)


def _read_measures(draft: Draft) -> tuple[Measure, ...]:
    form = "name = … | most 10 | …"
    measures: list[Measure] = []
    for line, text in _lines(_require(draft, "follows", form)):
        name, parts = _split(draft, line, text, form)
        limit = _LIMIT.fullmatch(parts[1]) if len(parts) > 1 else None
        if len(parts) > 1 and not limit:
            message = N_("“{found}” is no limit. Write most 10 or least 10")
            raise draft.error(line, message, found=parts[1])
        bound = draft.decimal(line, name, limit[2]) if limit else None
        least, most = (bound, None) if limit and limit[1] == "least" else (None, bound)
        measures.append(Measure(name, parts[0], least, most, parts[2] if len(parts) > 2 else ""))
    if all(each.least is None and each.most is None for each in measures):
        raise draft.error(draft.end, N_("nothing has a limit. Add one: {form}"), form=form)
    return tuple(measures)


def _read_experts(draft: Draft, fields: tuple[Field, ...]) -> tuple[Expert, ...]:
    experts = []
    for block in draft.labelled("expert"):
        (line, first), *rest = _lines(block)
        written = dict(word.strip().split("=", 1) for word in first.split(",") if "=" in word)
        choice = {field.name: field.read(written.pop(field.name, "")) for field in fields}
        wrong = [*written, *(name for name, value in choice.items() if value is None)]
        if wrong:
            message = N_("expert {name}: “{field}” is not decided, or in a way that cannot be chosen.")
            raise draft.error(line, message, name=block.argument, field=wrong[0])
        if not rest:
            raise draft.error(
                line, N_("expert {name}: the reasons are missing. Write them below."), name=block.argument
            )
        experts.append(Expert(block.argument, choice, "\n".join(text for _, text in rest)))  # type: ignore[arg-type]
    draft.require_items(experts, FEWEST_EXPERTS, "expert …: name=…, name=…")
    return tuple(experts)


def _read_product(draft: Draft) -> Product:
    block = _require(draft, "product", "= …")
    return Product(block.argument, block.text)
