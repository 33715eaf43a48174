"""Who holds the stick or the line wants a school to take over what its publisher did not sign, or what is old."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from tuf.api.metadata import Metadata, Root
from updates_world import PASSPHRASE, TODAY, BadLine, World, serve

from sandyq.updates.client import UpdateRefused, find_fingerprint, open_source, trust
from sandyq.updates.fetching import LineBroke, fetch_target
from sandyq.updates.keys import make_keys
from sandyq.updates.releasing import Publisher, release_content, replace_keys
from sandyq.updates.repository import LIFE, Repository, fingerprint


@pytest.fixture
def world(made, tmp_path):
    """A school that has taken the second release over; ``old`` is a copy of the first."""
    return made.copy(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("made")).make()
    shutil.copytree(world.stick, world.folder / "old")
    world.write_lesson("steppe", "Екінші")
    world.commit(2)
    world.release()
    world.update()
    assert world.title() == "Екінші"
    return world


def assert_refused(world, place, words, **wish):
    with pytest.raises((UpdateRefused, OSError), match=words):
        world.update(place, **wish)
    assert world.title() == "Екінші"


def test_rollback_an_older_release_that_was_truly_signed(world, tmp_path):
    assert_refused(world, tmp_path / "old", "older than one that this server has seen")
    assert_refused(world, tmp_path / "old", "older than one", accept_expired=True)


def test_mix_and_match_new_timestamp_with_old_files(world, tmp_path):
    world.write_lesson("steppe", "Үшінші")
    world.commit(3)
    world.release()
    stick, old = world.stick / "metadata", tmp_path / "old" / "metadata"
    shutil.copy(old / "1.targets.json", stick / "3.targets.json")
    assert_refused(world, None, "older than one|damaged")
    shutil.copy(old / "1.snapshot.json", stick / "3.snapshot.json")
    assert_refused(world, None, "older than one|damaged")


def test_mix_and_match_new_metadata_with_an_old_file(world, tmp_path):
    world.write_lesson("steppe", "Үшінші")
    world.commit(3)
    world.release()
    new, old = (next(folder.glob("targets/content-*")) for folder in (world.stick, tmp_path / "old"))
    shutil.copy(old, new)
    assert_refused(world, None, "not what was signed")


def test_freeze_old_metadata_is_good_for_its_time_only(world):
    later = TODAY + LIFE["timestamp"] + timedelta(days=1)
    with pytest.raises(UpdateRefused, match=r"was good until .* too old now") as refused:
        world.client(now=later).look()
    assert "--accept-expired" in str(refused.value)
    assert "clock" in str(refused.value)
    assert world.client(now=later, accept_expired=True).look()["content"], "the operator knows better"


def test_a_clock_that_lost_its_battery_does_not_make_old_releases_new(world, tmp_path):
    stick = tmp_path / "ancient"
    shutil.copytree(world.stick, stick)
    world.commit(900)
    world.release()
    world.client().look()  # this server has seen a release of that day
    assert world.client(now=datetime(1970, 1, 1, tzinfo=UTC)).now > TODAY + timedelta(days=800)


def test_wrong_key_another_publisher(world, tmp_path):
    other = Publisher(tmp_path / "other-keys", PASSPHRASE)
    make_keys(other.keys, PASSPHRASE)
    release_content(world.checkout, tmp_path / "other", other)
    assert_refused(world, tmp_path / "other", "not signed|older")
    source = open_source(str(tmp_path / "other"))
    with pytest.raises(UpdateRefused, match="trusts another publisher already"):
        trust(world.settings.home / "updates", source, find_fingerprint(source))
    with pytest.raises(UpdateRefused, match="Look at the paper again"):
        trust(world.settings.home / "updates", source, find_fingerprint(open_source(str(world.stick))))


@pytest.mark.parametrize("role", ["targets", "snapshot", "timestamp"])
def test_wrong_key_one_role_signed_by_a_stranger(world, tmp_path, role):
    make_keys(tmp_path / "other-keys", PASSPHRASE)
    world.write_lesson("steppe", "Үшінші")
    world.commit(3)
    world.release()
    name = "timestamp.json" if role == "timestamp" else f"3.{role}.json"
    path = world.stick / "metadata" / name
    metadata = Metadata.from_file(str(path))
    metadata.signatures.clear()
    Repository(world.stick)._sign(metadata, load(tmp_path / "other-keys", role), name)
    assert_refused(world, None, "not signed by the publisher")


def load(folder, role):
    from sandyq.updates.keys import load_keys

    return load_keys(folder, role, PASSPHRASE)


def test_one_stolen_root_key_changes_nothing(world, tmp_path):
    """A thief of one root key of three, and of all others, would make keys of their own count."""
    thief = tmp_path / "thief"
    make_keys(thief, PASSPHRASE)
    shutil.copy(world.publisher.keys / "root-1.pem", thief / "root-1.pem")
    repository = Repository(world.stick)
    root = Root(version=2, expires=TODAY + timedelta(days=9), consistent_snapshot=True)
    for role in ("root", "targets", "snapshot", "timestamp"):
        for signer in load(thief, role):
            root.add_key(signer.public_key, role)
        root.roles[role].threshold = 2 if role == "root" else 1
    repository._sign(Metadata(root), load(thief, "root"), "2.root.json")
    assert_refused(world, None, "not signed by the publisher")


def test_two_root_keys_replace_what_was_lost(world, tmp_path):
    new = tmp_path / "new-keys"
    make_keys(new, PASSPHRASE)
    (world.publisher.keys / "root-3.pem").unlink()  # lost
    assert replace_keys(world.stick, world.publisher, new, TODAY) == 2
    world.update()  # the release is signed anew, too
    world.write_lesson("steppe", "Үшінші")
    world.commit(3)
    with pytest.raises(ValueError, match="is not the one that schools know"):
        world.release()
    release_content(world.checkout, world.stick, Publisher(new, PASSPHRASE))
    world.update()
    assert world.title() == "Үшінші"
    assert find_fingerprint(open_source(str(world.stick))) == fingerprint(
        (world.settings.home / "updates" / "root.json").read_bytes()
    ), "the paper stays good"


def test_a_changed_byte_in_any_file_is_refused(world):
    world.write_lesson("steppe", "Үшінші")
    world.commit(3)
    world.release()
    for path in sorted(path for path in world.stick.rglob("*") if path.is_file()):
        if path.name.startswith(("1.", "2.")):
            continue  # not read any more
        content = bytearray(path.read_bytes())
        place = (
            content.find(b'"_type"') + 10
            if path.suffix == ".json" and b"_type" in content
            else len(content) // 2
        )
        content[place] ^= 1
        good = path.read_bytes()
        path.write_bytes(content)
        assert_refused(world, None, ".")
        path.write_bytes(good)
    world.update()
    assert world.title() == "Үшінші"


def test_endless_data_is_not_read_to_its_end(world):
    world.write_lesson("steppe", "Үшінші")
    world.commit(3)
    world.release()
    for name in ("metadata/timestamp.json", "metadata/3.targets.json"):
        path = world.stick / name
        good = path.read_bytes()
        with path.open("r+b") as file:
            file.truncate(1 << 40)  # a hole: no disk is used
        assert_refused(world, None, "line broke|damaged")
        path.write_bytes(good)
    target = next(world.stick.glob("targets/content-*"))
    with target.open("r+b") as file:
        file.truncate(1 << 40)
    world.update()
    assert world.title() == "Үшінші", "what was signed is its beginning, and no more was read"


def test_a_line_that_never_brings_what_was_signed_is_given_up(world, tmp_path):
    world.commit(3)
    world.release()
    client = world.client()
    (file,) = client.look()["content"].files
    line = BadLine(world.stick, 1 << 30)
    line.spoil = [file.path] * 100
    with serve(line) as address, pytest.raises(LineBroke, match="not what was signed"):
        fetch_target(open_source(address), file, tmp_path / "file", wait=lambda _: None)
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("name", ["../up", "/etc/up", ".hidden", "a//b", "a/../../up", "con\n"])
def test_a_name_that_leads_out_of_the_folder_is_not_written(world, name):
    """Also when the publisher's own keys signed it."""
    repository = Repository(world.stick)
    index = repository.read_index()
    index["content"]["files"] = [name]
    repository.publish(index, [], world.publisher.keys, PASSPHRASE, TODAY)
    assert_refused(world, None, "no plain name")


def test_metadata_is_not_believed_because_it_is_json(world):
    path = world.stick / "metadata" / "timestamp.json"
    for text in ("", "[]", "null", "{}", json.dumps({"signed": {}, "signatures": []}), "\x00" * 100):
        path.write_text(text)
        assert_refused(world, None, ".")
