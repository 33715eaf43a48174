"""Mark the evidence in a passage."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from sandyq_widgets.draft import Draft, Item
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, Spec
from sandyq_widgets.kinds.choices import judge_selection, solve_selection
from sandyq_widgets.markdown import render_line

_PIECE: Final = re.compile(r"\[\s*([xXхХ]?)\s*\]\s*([^\[]*)")
_NO_MARK: Final = re.compile(r"(?<!\w)[({]\s*[xXхХ]?\s*[)}]|\[.{0,3}\]|\[|(?<!\w)[xXхХ]\]")


@dataclass(frozen=True, kw_only=True)
class HighlightSpec(Spec):
    """A passage of pieces (``> [ ] … [x] …``); some of them are the evidence asked for."""

    pieces: tuple[Item, ...]
    breaks: tuple[int, ...]
    """How many pieces stand in each paragraph."""
    kind: ClassVar[str] = "highlight"

    @classmethod
    def read(cls, draft: Draft) -> Self:
        text, lines = draft.cut(lambda line: line.startswith((">", "[")), "> [ ] …")
        draft.check_below(lambda line: line.startswith(">"))
        pieces: list[Item] = []
        breaks: list[int] = []
        for number, line in lines:
            found = _PIECE.findall(line)
            inside = line.lstrip("> ")
            if not line.startswith(">") or (inside and not _PIECE.match(inside)):
                message = N_(
                    "a line of the passage begins with [ ] or, for the evidence, [x]; here is “{found}”."
                )
                raise draft.error(number, message, found=line)
            if wrong := _NO_MARK.search(_PIECE.sub(r"\2", inside)):
                message = N_("“{found}” is no mark. Write [ ] or, for the evidence, [x].")
                raise draft.error(number, message, found=wrong[0])
            for _, piece in found:
                draft.require_new(number, piece.strip(), ())
            pieces += [Item(number, piece.strip(), bool(mark)) for mark, piece in found]
            breaks += [len(found)] if found else []
        if not 0 < sum(piece.mark for piece in pieces) < len(pieces):
            message = N_("write the passage as “> [ ] one sentence. [x] the evidence.”, with both kinds.")
            raise draft.error(draft.end, message)
        return cls(text=text, pieces=tuple(pieces), breaks=tuple(breaks), **cls.common(draft))

    @property
    def keys(self) -> tuple[object, ...]:
        return tuple(piece.mark for piece in self.pieces)

    def face(self) -> dict[str, Any]:
        return {"options": [render_line(piece.text) for piece in self.pieces], "breaks": list(self.breaks)}

    def judge(self, response: str) -> Judgement:
        return judge_selection(self.pieces, response)

    def solve(self) -> str:
        return solve_selection(self.pieces)
