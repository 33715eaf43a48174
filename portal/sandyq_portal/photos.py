"""Pictures of children's works: looked through, made small, freed of what the camera wrote into them, kept durably."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandyq.durable import write_durably
from sandyq.school.errors import BadField, Invalid
from sandyq.settings import Settings

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

NAME: Final = re.compile(r"[0-9a-f]{64}")
LARGEST: Final = 8 * 2**20
"""Bytes of a picture as it is sent."""
MOST_PIXELS: Final = 50_000_000
"""More is a bomb: a few bytes that unfold to gigabytes."""
EDGE: Final = 1200
"""Pixels of the longer edge that is kept: enough for half a printed page."""


def keep(settings: Settings, content: bytes) -> str:
    """Keep a picture (JPEG, PNG, WebP) as JPEG; return its name, the SHA-256 of what is kept. Invalid otherwise.

    JPEG knows no transparency: a drawing without a background stands on white, as on paper.
    """
    if len(content) > LARGEST:
        raise Invalid("The picture is larger than {most} MB. Take a smaller one.", most=LARGEST // 2**20)
    made = _shrink(content)
    name = sha256(made).hexdigest()
    path = path_of(settings, name)
    if not path.exists():
        write_durably(path, made, 0o600)
    return name


def check_kept(settings: Settings, name: object) -> None:
    """BadField for the name of a picture that is not kept here: its page could show nothing."""
    if name and not (isinstance(name, str) and NAME.fullmatch(name) and path_of(settings, name).exists()):
        raise BadField("photo", "This picture is not there. Choose it again.")


def path_of(settings: Settings, name: str) -> Path:
    return settings.photos / f"{name}.jpg"


def _shrink(content: bytes) -> bytes:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Invalid("The picture has {width} × {height} pixels. Take a smaller one.", width=picture.width, height=picture.height)  # fmt: skip # noqa: E501
            upright = _turn(picture)
            upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
            upright.thumbnail((EDGE, EDGE))
            paper = Image.new("RGB", upright.size, "white")
            paper.paste(upright, mask=upright if upright.mode == "RGBA" else None)
            file = io.BytesIO()
            paper.save(file, "JPEG", quality=82, optimize=True)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Invalid("This file is no picture that can be shown. Choose a JPEG, PNG or WebP file.") from None
    return file.getvalue()


def _turn(picture: Picture) -> Picture:
    """Return a picture as it was seen: a camera held sideways only notes that it was (EXIF, tag Orientation).

    Pillow's own ``exif_transpose`` writes all other notes anew besides, and fails at those of many phones.
    """
    from PIL.ExifTags import Base
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(picture.getexif().get(Base.Orientation, 1))
    return picture if turn is None else picture.transpose(turn)


def read(settings: Settings, name: str) -> str:
    """Return a kept picture as a data URL, so that it needs no address of its own."""
    return f"data:image/jpeg;base64,{b64encode(path_of(settings, name).read_bytes()).decode()}"
