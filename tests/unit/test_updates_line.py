"""Over a bad line: each byte that has arrived stays, and nothing wrong does."""

import os

import pytest
from updates_world import BadLine, World, serve

from sandyq.updates.client import open_source
from sandyq.updates.fetching import Line, LineBroke, fetch_target
from sandyq.updates.repository import CHUNK, describe

LONG = 3 * CHUNK + 12_345


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "web" / "targets").mkdir(parents=True)
    (tmp_path / "web" / "targets" / "long").write_bytes(os.urandom(LONG))
    return tmp_path / "web"


def fetch(line, folder, **options):
    target = describe(folder / "targets" / "long", "long")
    pauses = []
    with serve(line) as address:
        fetch_target(open_source(address), target, folder / "here", wait=pauses.append, **options)
    assert (folder / "here").read_bytes() == (folder / "targets" / "long").read_bytes()
    assert list(folder.glob("*.part")) == []
    return pauses


def test_a_line_that_breaks_every_100_kilobytes(folder):
    line, said = BadLine(folder, 100_000), []
    assert fetch(line, folder, say=said.append) == [], "whoever gets on need not wait"
    assert line.cuts >= LONG // 100_000
    assert line.sent == LONG, "no byte twice"
    assert said == sorted(said) and said[-1] == LONG


def test_a_server_that_knows_no_ranges_sends_all_of_it_again(folder):
    """Nothing comes of it when each try breaks before the last one's end; what did arrive is kept."""
    line = BadLine(folder, CHUNK, ranges=False)
    with pytest.raises(LineBroke, match="run the same command again"):
        fetch(line, folder)
    line.most = LONG
    fetch(line, folder)


def test_a_spoilt_chunk_alone_is_fetched_again(folder):
    line = BadLine(folder, CHUNK)
    line.spoil = ["long"]
    fetch(line, folder)
    assert line.sent == LONG + CHUNK


def test_what_came_before_the_machine_went_down_is_not_fetched_again(folder):
    content = (folder / "targets" / "long").read_bytes()
    (folder / "here.part").write_bytes(content[: 2 * CHUNK + 500])
    line = BadLine(folder, 1 << 30)
    fetch(line, folder)
    assert line.sent == LONG - 2 * CHUNK - 500


def test_a_part_that_a_cut_left_wrong_is_cut_back(folder):
    content = bytearray((folder / "targets" / "long").read_bytes()[: 2 * CHUNK])
    content[CHUNK + 5 : CHUNK + 4096] = bytes(4091)  # blocks that never reached the disk
    (folder / "here.part").write_bytes(content)
    line = BadLine(folder, 1 << 30)
    fetch(line, folder)
    assert line.sent == LONG - CHUNK


def test_a_line_that_is_dead_is_given_up_after_growing_pauses(folder):
    target = describe(folder / "targets" / "long", "long")
    pauses = []
    with serve(BadLine(folder, 0)) as address, pytest.raises(LineBroke, match="What has come is kept"):
        fetch_target(Line(address, silence=1), target, folder / "here", wait=pauses.append)
    assert pauses == sorted(pauses) and len(pauses) > 5


def test_lessons_over_a_line_that_breaks_every_kilobyte(tmp_path):
    world = World(tmp_path).make()
    for number in range(8):
        world.write_lesson(f"yurt-{number}", "Киіз үй", os.urandom(2000).hex())
    world.commit(2)
    world.release()
    line = BadLine(world.stick, 1000)
    with serve(line) as address:
        world.update(address)
    assert world.title("yurt-7") == "Киіз үй"
    assert line.cuts > 10


def test_what_is_no_place_is_said(tmp_path):
    with pytest.raises(ValueError, match="Plug the stick in"):
        open_source(str(tmp_path / "nothing"))
    world = World(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="No updates are there"):
        world.update(tmp_path / "empty")
