"""The grader's side of the queue; a proposal is kept before the grader hears so."""

from __future__ import annotations

import hmac
import json
from typing import Annotated, Any, Literal

from fastapi import HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from sandyq.durable import write_durably
from sandyq.school import assignments, grading
from sandyq.school.errors import Invalid
from sandyq.settings import read_secret
from sandyq_portal import handing_in
from sandyq_portal.access import Rule, RuledRouter
from sandyq_portal.own_packets import (
    find_running,
    given_before,
    keep_tried,
    read_own,
    read_uploaded,
    take_own,
)
from sandyq_portal.packets import ABOUT, keep_packet, pack, packet_of


class TheGrader(Rule):
    """Whoever shows the secret that grader and portal share."""

    def __call__(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        secret = read_secret(request.app.state.settings, "grading")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            raise HTTPException(401, "This is for the grader.")


router = RuledRouter(TheGrader(), prefix="/api/grading")
Name = Annotated[str, Field(max_length=200)]
Kept = Annotated[str, Field(max_length=100)]
"""A name that stands in the database."""
Points = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]


class Worker(BaseModel):
    model_config = ConfigDict(extra="forbid")
    worker: Name


class Progress(BaseModel):
    model_config = ConfigDict(extra="forbid")
    done: int = Field(ge=0)
    of: int = Field(ge=0)


class Cell(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: Kept
    score: Points | None
    points: Points
    empty: bool = False
    failure: dict[str, Any] | None = None


class Notebook(BaseModel):
    model_config = ConfigDict(extra="ignore")
    name: Kept
    missing: bool = False
    message: str = ""
    ipynb: dict[str, Any] | None = None
    repaired: list[Name] = []
    cells: list[Cell] = []


class Flag(BaseModel):
    model_config = ConfigDict(extra="ignore")
    notebook: Name
    cell: Name | None = None
    """None: of the whole notebook."""
    code: Name
    detail: str = Field("", max_length=2000)


class Result(BaseModel):
    model_config = ConfigDict(extra="ignore")
    status: Literal["graded", "failed"]
    seconds: float = 0
    message: str = Field("", max_length=2000)
    notebooks: list[Notebook] = []
    flags: list[Flag] = []


class Tried(BaseModel):
    """What came of a teacher's own notebooks."""

    model_config = ConfigDict(extra="forbid")
    status: Literal["ready", "refused"]
    faults: list[Annotated[str, Field(max_length=2000)]] = Field(max_length=200)
    files: dict[Name, str]
    """Base64 by name."""


@router.post("/next")
def take_job(request: Request, worker: Worker) -> Response:
    with request.app.state.database.session() as session:
        job = grading.take_job(session, worker.worker)
        if job is None:
            own = take_own(session)
            if own is None:
                return Response(status_code=204)
            return JSONResponse({"job": own.id, "kind": "prepare", "wish": own.wish})
        assignment = job.submission.release.assignment
        return JSONResponse(
            {
                "job": job.id,
                "kind": "grade",
                "submission": job.submission_id,
                "packet": f"{assignment.id}/v{assignment.version}",
                "language": assignment.about["language"],
            }
        )


@router.get("/jobs/{job_id}/files")
def send_files(request: Request, job_id: int) -> Response:
    settings = request.app.state.settings
    with request.app.state.database.reading() as session:
        job = grading.find_job(session, job_id)
        packet = packet_of(settings, job.submission.release.assignment)
        submitted = handing_in.read_kept(settings, job.submission)
    files = {ABOUT: json.dumps(packet.about, ensure_ascii=False).encode()}
    files |= {f"source/{name}": content for name, content in packet.read("source").items()}
    files |= {f"submitted/{name}": content for name, content in submitted.items()}
    return Response(pack(files), media_type="application/zip")


@router.post("/jobs/{job_id}/progress")
def note_progress(request: Request, job_id: int, progress: Progress) -> dict[str, bool]:
    with request.app.state.database.session() as session:
        job = grading.find_job(session, job_id, cancelled=True)
        if job.state == "running":
            grading.note_progress(job, progress.done, progress.of)
        return {"cancelled": job.state != "running"}


@router.post("/jobs/{job_id}/result", status_code=204)
def keep_result(request: Request, job_id: int, result: Result) -> None:
    """Keep proposals, and the notebooks as they were executed; 422 for cells that the packet does not have."""
    settings = request.app.state.settings
    with request.app.state.database.reading() as session:
        submission = grading.find_job(session, job_id).submission
        about = submission.release.assignment.about
    _check(result, about)
    for notebook in result.notebooks:
        if notebook.ipynb is not None:
            path = handing_in.executed_path(settings, submission, notebook.name)
            write_durably(path, json.dumps(notebook.ipynb, ensure_ascii=False).encode())
    kept = result.model_dump()
    for each in kept["notebooks"]:
        del each["ipynb"]
    with request.app.state.database.session() as session:
        grading.finish_job(session, grading.find_job(session, job_id), kept)


@router.get("/own/{own_id}/files")
def send_own(request: Request, own_id: int) -> Response:
    """Send a teacher's own notebooks, to be tried."""
    with request.app.state.database.reading() as session:
        files = read_uploaded(request.app.state.settings, find_running(session, own_id))
    return Response(pack(files), media_type="application/zip")


@router.post("/own/{own_id}/result", status_code=204)
def keep_own(request: Request, own_id: int, tried: Tried) -> None:
    settings = request.app.state.settings
    with request.app.state.database.session() as session:
        own = find_running(session, own_id)
        keep_tried(settings, own, tried.files, tried.faults)
        packet = read_own(settings, own)
        if packet is None:
            return
        for assignment in given_before(session, own):
            changed = assignments.add_assignment(session, assignment.course, packet.about, own.person_id)
            keep_packet(settings, changed, packet)  # what was handed in is graded again by the new tests


def _check(result: Result, about: dict[str, Any]) -> None:
    known = {
        (notebook["name"], cell["id"]): cell["points"]
        for notebook in about["notebooks"]
        for cell in notebook["cells"]
    }
    names = {notebook["name"] for notebook in about["notebooks"]}
    for notebook in result.notebooks:
        if notebook.name not in names:
            raise Invalid("The assignment has no notebook '{name}'.", name=notebook.name)
        for cell in notebook.cells:
            most = known.get((notebook.name, cell.id))
            if most is None:
                raise Invalid("Notebook '{name}' has no cell '{cell}'.", name=notebook.name, cell=cell.id)
            if cell.score is not None and cell.score > most:
                raise Invalid(
                    "Cell '{cell}' is worth {most} points, not {score}.",
                    cell=cell.id,
                    most=most,
                    score=cell.score,
                )
