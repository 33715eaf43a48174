"""The command line. Each command imports only what it needs, so ``--help`` answers at once."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sandyq.keeping import DEMO_HOME, PRIVATE, add_home, add_keeping, default_home, existing_home
from sandyq.operating import add_commands
from sandyq.tls_cli import add_tls

if TYPE_CHECKING:
    from sandyq.settings import Settings

MINIMUM = (3, 11)
LANGUAGES = ("kk", "ru", "en")
BENCHES = ("kernel", "lesson", "bell", "scale", "abandon", "page", "grade", "apps", "soak")
PROOFS = tuple(
    "cuts restores upgrades kit regrade signals logins guesses exchange sandbox leaks bombs limits".split()  # noqa: SIM905
)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sandyq",
        description="A school server: lessons, assignments and centre apps in Kazakh, Russian and English.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    demo = commands.add_parser("demo", help="start a whole server with a sample school on this machine")
    add_home(demo, DEMO_HOME)
    demo.add_argument("--port", type=int, metavar="N", help="port of the address to open (default: 8000)")
    demo.add_argument("--lang", choices=LANGUAGES, default="kk", help="language before sign-in (default: kk)")
    demo.add_argument("--tls", action="store_true", help="HTTPS, as in a school (default port: 8443)")
    demo.add_argument(
        "--name", metavar="NAME", default="localhost", help="with --tls: its name (default: localhost)"
    )
    demo.add_argument(
        "--new", action="store_true", help="without a school: the first-run page, as after an installation"
    )
    demo.set_defaults(run=_demo)

    test = commands.add_parser("test", help="run all checks and tests (arguments after -- go to pytest)")
    test.add_argument("pytest", nargs="*", metavar="ARG", help="what to give to pytest instead of all tests")
    test.add_argument(
        "--published",
        action="store_true",
        help="only ipykernel's and nbclient's own test suites, with stock kernels and with forked ones",
    )
    test.add_argument(
        "--lessons", action="store_true", help="only: every lesson by keyboard, every page, in every language"
    )
    test.set_defaults(run=_test)

    _add_build(commands)
    _add_assignments(commands)

    bench = commands.add_parser("bench", help="measure and print a table")
    bench.add_argument(
        "name",
        choices=BENCHES,
        help="kernel (one and many), lesson (visitors at once), bell (a class starts its notebooks), "
        "scale (the cost as N grows), abandon (500 lessons left open), page (weights, opening times, cold start), "
        "grade (a class's hand-ins graded), "
        "apps (leaders open the centre's apps), "
        "soak (one lesson for 45 minutes, the network cut 20 times)",
    )
    bench.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    bench.add_argument("--save", type=Path, metavar="DIR", help="also write a table and a picture there")
    bench.add_argument("--quick", action="store_true", help="the smallest honest form")
    bench.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    bench.add_argument("--app", metavar="NAME", help="with lesson: leaders open this app of the centre")
    bench.set_defaults(run=_bench)

    _add_prove(commands)
    tour = commands.add_parser("tour", help="save a screenshot of every page in three languages")
    tour.add_argument("folder", type=Path, help="where to save them")
    only = tour.add_mutually_exclusive_group()
    only.add_argument(
        "--lessons", action="store_true", help="every screen of every lesson instead, on sheets"
    )
    only.add_argument("--apps", action="store_true", help="the pictures of the centre apps' guides instead")
    tour.set_defaults(run=_tour)

    _add_people(commands)

    certificate = commands.add_parser(
        "certificate", help="check a certificate without a network, by the public key of who issued it"
    )
    certificate.add_argument("key", type=Path, metavar="KEY", help="file from the portal's page /certificate")
    certificate.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="text of the certificate's code (default: what comes in by <)",
    )
    certificate.set_defaults(run=_check_certificate)

    learning = commands.add_parser("learning", help="export what people learnt")
    actions = learning.add_subparsers(dest="action", metavar="ACTION", required=True)
    exporting = actions.add_parser(
        "export", help="write what everybody opened and answered to the screen or, with >, to a file"
    )
    exporting.add_argument(
        "--form",
        choices=("xapi", "csv"),
        default="xapi",
        help="xAPI statements, one JSON line each, or a table",
    )
    add_home(exporting)
    exporting.set_defaults(run=_export_learning)

    add_keeping(commands)
    add_commands(commands)
    add_tls(commands)
    return parser


def _add_prove(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    prove = commands.add_parser("prove", help="show that nothing is lost: each proof tries hard and counts")
    prove.add_argument(
        "name",
        choices=PROOFS,
        help="cuts (the power goes at a thousand moments), restores (a school at work, brought back 20 times), "
        "upgrades (cut short at 40 moments, or at --cuts N), "
        "kit (a bare Debian without a network becomes a server from a stick), "
        "regrade (killed while grading again, 200 times), "
        "signals (a process's number is somebody else's now), logins (30 at once, 10 times), "
        "guesses (let through in a row), exchange, sandbox (suites of attacks), leaks (everybody reads "
        "every page), bombs (what others wait for meanwhile), limits (of control groups hold)",
    )
    prove.add_argument("--quick", action="store_true", help="the smallest honest form")
    prove.add_argument(
        "--cuts", type=int, metavar="N", help="with upgrades: at how many moments; each takes about a minute"
    )
    prove.add_argument("--save", type=Path, metavar="DIR", help="also write the figures there")
    prove.set_defaults(run=_prove)


def _add_build(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    build = commands.add_parser("build", help="build the lessons' notebooks from their texts")
    build.add_argument("lessons", nargs="*", metavar="SLUG", help="only these lessons")
    way = build.add_mutually_exclusive_group()
    way.add_argument(
        "--check", action="store_true", help="build nothing; exit 1 when a notebook is out of date"
    )
    way.add_argument(
        "--watch", action="store_true", help="go on and build what its author saves, until Ctrl-C"
    )
    way.add_argument(
        "--translated",
        nargs="+",
        metavar=("SLUG", "LANGUAGE"),
        help="note that a lesson's translations (or one of them) are true to the source as it stands now",
    )
    build.set_defaults(run=_build)


def _add_assignments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    assignments = commands.add_parser(
        "assignments", help="build assignments, or take over an nbgrader course"
    )
    actions = assignments.add_subparsers(dest="action", metavar="ACTION", required=True)
    building = actions.add_parser(
        "build", help="make, try and write the packets of assignments from their texts"
    )
    building.add_argument("assignments", nargs="*", metavar="COURSE/NAME", help="only these assignments")
    building.add_argument(
        "--check", action="store_true", help="build nothing; exit 1 when a packet is out of date"
    )
    building.set_defaults(run=_build_assignments)
    importing = actions.add_parser(
        "import", help="make packets of any nbgrader course: its folder, or one assignment's source notebooks"
    )
    importing.add_argument(
        "folder", type=Path, metavar="FOLDER", help="a course with source/, or one assignment"
    )
    importing.add_argument("--course", metavar="NAME", help="name of the course (default: the folder's)")
    importing.add_argument(
        "--language", choices=LANGUAGES, default="kk", help="language the notebooks are in (default: kk)"
    )
    importing.set_defaults(run=_import_assignments)


def _add_people(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    people = commands.add_parser("people", help="import people from a spreadsheet")
    actions = people.add_subparsers(dest="action", metavar="ACTION", required=True)
    importing = actions.add_parser(
        "import",
        help="preview a roster, then apply it",
        description="Reads CSV, XLSX or a OneRoster 1.1 CSV zip.",
    )
    importing.add_argument("file", type=Path, help="the roster")
    importing.add_argument(
        "--apply", action="store_true", help="do it; without this, only show what would change"
    )
    importing.add_argument(
        "--skip-bad-rows", action="store_true", help="apply the good rows and leave the bad ones out"
    )
    add_home(importing)
    importing.set_defaults(run=_import_people)
    leaving = actions.add_parser("leave", help="end accounts of people who left the school")
    leaving.add_argument("logins", nargs="+", metavar="LOGIN", help="whose account to end")
    leaving.add_argument("--apply", action="store_true", help="do it; without this, only show whose")
    add_home(leaving)
    leaving.set_defaults(run=_end_accounts)
    moving = actions.add_parser("move", help="let adults go on at another school of this server")
    moving.add_argument("logins", nargs="+", metavar="LOGIN", help="who moves")
    moving.add_argument("--to", required=True, metavar="SCHOOL", help="the new school's name")
    moving.add_argument("--apply", action="store_true", help="do it; without this, only show who")
    add_home(moving)
    moving.set_defaults(run=_move_people)
    resetting = actions.add_parser(
        "reset", help="give people new passwords or PINs and write their login cards"
    )
    resetting.add_argument("logins", nargs="+", metavar="LOGIN", help="who gets a new one")
    add_home(resetting)
    resetting.set_defaults(run=_reset_secrets)
    syncing = actions.add_parser(
        "sync", help="make a running hub's accounts and groups equal to the school's"
    )
    add_home(syncing)
    syncing.set_defaults(run=_sync_people)


def _demo(arguments: argparse.Namespace) -> int:
    os.umask(PRIVATE)
    from sandyq_hub.demo import run

    if (home := arguments.home.resolve()) == default_home():
        raise ValueError(f"{home} is a real school's. Give the demo a folder of its own: --home DIR")
    port = arguments.port or (8443 if arguments.tls else 8000)
    return run(home, port, arguments.lang, arguments.name if arguments.tls else "", new=arguments.new)


def _test(arguments: argparse.Namespace) -> int:
    from sandyq.checks import compare_published, complete_lessons, run

    if arguments.lessons:
        return complete_lessons()
    return compare_published() if arguments.published else run(arguments.pytest)


def _build(arguments: argparse.Namespace) -> int:
    from sandyq_curriculum.commands import build, confirm, watch

    if arguments.translated:
        slug, *languages = arguments.translated
        if len(languages) > 1 or arguments.lessons:
            raise ValueError("--translated takes one lesson and one language. Run it once for each.")
        return confirm(slug, languages[0] if languages else None, sys.stdout)
    if arguments.watch:
        return watch(arguments.lessons, sys.stdout)
    return build(arguments.check, arguments.lessons, sys.stdout)


def _build_assignments(arguments: argparse.Namespace) -> int:
    from sandyq_grading.commands import build

    return build(arguments.check, arguments.assignments, sys.stdout)


def _import_assignments(arguments: argparse.Namespace) -> int:
    from sandyq_grading.commands import import_course

    folder = arguments.folder.resolve()
    return import_course(folder, arguments.course or folder.name, arguments.language, sys.stdout)


def _bench(arguments: argparse.Namespace) -> int:
    if arguments.app and arguments.name != "lesson":
        raise ValueError("--app goes with the bench lesson: ./sandyq bench lesson --app NAME")
    return _run_script(
        "apps.py" if arguments.app else f"{arguments.name}.py",
        *(_flag("--app", arguments.app)),
        *(_flag("--json", arguments.json)),
        *(_flag("--save", arguments.save)),
        *(["--quick"] if arguments.quick else []),
        *(["--strict"] if arguments.strict else []),
    )


def _tour(arguments: argparse.Namespace) -> int:
    kinds = [f"--{kind}" for kind in ("lessons", "apps") if getattr(arguments, kind)]
    return _run_script("tour.py", str(arguments.folder), *kinds)


def _prove(arguments: argparse.Namespace) -> int:
    from sandyq.settings import PROJECT

    if arguments.cuts and arguments.name != "upgrades":
        raise ValueError("--cuts goes with the proof upgrades: ./sandyq prove upgrades --cuts N")
    shared = (PROJECT, PROJECT / "benchmarks", PROJECT / "tests" / "unit")
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, shared))
    options = [*_flag("--cuts", arguments.cuts), *_flag("--save", arguments.save)]
    return _run_script(
        f"{arguments.name}.py", *options, *(["--quick"] if arguments.quick else []), folder="tests/proofs"
    )


def _flag(name: str, value: object) -> list[str]:
    return [name, str(value)] if value else []


def _run_script(name: str, *arguments: str, folder: str = "benchmarks") -> int:
    """Run a program of the project in this environment."""
    from sandyq.settings import PROJECT

    os.execv(sys.executable, [sys.executable, str(PROJECT / folder / name), *arguments])  # noqa: S606


def _import_people(arguments: argparse.Namespace) -> int:
    os.umask(PRIVATE)
    from sandyq.school.commands import import_people

    settings = existing_home(arguments.home.resolve())
    code = import_people(settings, arguments.file, arguments.apply, arguments.skip_bad_rows, sys.stdout)
    if code == 0 and arguments.apply:
        _sync(settings)
    return code


def _export_learning(arguments: argparse.Namespace) -> int:
    from sandyq_portal.commands import export_learning

    return export_learning(existing_home(arguments.home.resolve()), arguments.form, sys.stdout)


def _check_certificate(arguments: argparse.Namespace) -> int:
    """Needs neither a server nor a network."""
    from sandyq.school.academy.certificates import check, read_keys

    keys = read_keys(arguments.key.read_text("utf-8"))
    text = arguments.file.read_text("utf-8") if arguments.file else sys.stdin.read()
    print(check(text, keys).write())
    return 0


def _end_accounts(arguments: argparse.Namespace) -> int:
    from sandyq.school.accounts import end_accounts

    settings = existing_home(arguments.home.resolve())
    code = end_accounts(settings, arguments.logins, arguments.apply, sys.stdout)
    if code == 0 and arguments.apply:
        _sync(settings)
    return code


def _move_people(arguments: argparse.Namespace) -> int:
    from sandyq.school.accounts import move_people

    settings = existing_home(arguments.home.resolve())
    code = move_people(settings, arguments.logins, arguments.to, arguments.apply, sys.stdout)
    if code == 0 and arguments.apply:
        _sync(settings)
    return code


def _reset_secrets(arguments: argparse.Namespace) -> int:
    from sandyq.school.accounts import reset_secrets

    os.umask(PRIVATE)
    return reset_secrets(existing_home(arguments.home.resolve()), arguments.logins, sys.stdout)


def _sync_people(arguments: argparse.Namespace) -> int:
    _sync(existing_home(arguments.home.resolve()))
    return 0


def _sync(settings: Settings) -> None:
    from urllib.error import URLError

    from sandyq.i18n import translator
    from sandyq_hub.roles import reconcile

    try:
        reconcile(settings)
    except URLError:
        _ = translator(settings.language)
        print(_("The server is not running; it will take over the changes when it starts."))


def main(arguments: Sequence[str] | None = None) -> int:
    if sys.version_info < MINIMUM:  # the launcher checks too; this is for those who call Python themselves
        found = ".".join(map(str, sys.version_info[:3]))
        print(f"sandyq: Python {found} is too old. Install Python 3.11 or newer.", file=sys.stderr)
        return 1
    options = build_parser().parse_args(sys.argv[1:] if arguments is None else arguments)
    try:
        return int(options.run(options) or 0)
    except (OSError, ValueError) as error:
        print(f"sandyq: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("sandyq: stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
