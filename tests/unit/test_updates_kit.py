"""A kit is checked before it is believed, and names what is damaged; `./sandyq prove kit` installs from it."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from kit_world import WHEEL, build, fingerprint_of, make_kit
from packaging.utils import parse_wheel_filename
from tuf.api.metadata import Metadata
from updates_world import PASSPHRASE, World

from sandyq.settings import PROJECT
from sandyq.updates.keys import load_keys, make_keys
from sandyq.updates.kit import ROOMS, STAMP, check_kit, check_names, name_browser, pack_tree, read_member
from sandyq.updates.releasing import read_commit
from sandyq.updates.repository import Repository
from sandyq.updates.wheels import PYTHONS, list_tags, read_lock

HAS_CRYPTOGRAPHY = (
    subprocess.run(
        ["/usr/bin/python3", "-Ic", "import cryptography"], capture_output=True, check=False
    ).returncode
    == 0
)
needs_cryptography = pytest.mark.skipif(
    not HAS_CRYPTOGRAPHY,
    reason="Debian's python3-cryptography is not installed: apt install python3-cryptography",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_kit(tmp_path_factory.mktemp("made"))


@pytest.fixture
def world(made, tmp_path):
    return made.copy(tmp_path)


def install(world, *arguments, answer=""):
    command = ["sh", str(world.stick / "install"), *arguments]
    return subprocess.run(command, input=answer, capture_output=True, text=True, check=False)


def test_what_stands_on_the_stick(world):
    assert {path.name for path in world.stick.iterdir()} == {"install", "README.txt", "metadata", "targets"}
    page = (world.stick / "README.txt").read_text()
    assert fingerprint_of(world) in page
    assert "sh install" in page
    assert not any(path.is_symlink() for path in world.stick.rglob("*"))


def test_a_kit_built_again_is_the_same_and_fetches_nothing(world):
    before = {path: path.read_bytes() for path in (world.stick / "targets").rglob("*") if path.is_file()}
    assert not any("fetched" in line or "built" in line for line in build(world))
    assert {path: path.read_bytes() for path in before} == before


def test_whatever_the_front_end_is_built_from_gives_the_kit_another_one(world):
    """The launcher compares all of it, and on a machine without a network nothing can be built."""
    script = (PROJECT / STAMP).read_text()
    counted = re.findall(r"[\w-]+(?:/[\w-]+)*/\*|package-lock\.json", script)
    assert len(counted) == 5, script
    names = {name_browser(world.checkout, read_commit(world.checkout))}
    for number, path in enumerate(counted, 2):
        world.write(path.replace("*", "new.js"), "{} ")
        world.commit(number)
        names.add(name_browser(world.checkout, read_commit(world.checkout)))
        assert len(names) == number, path


def test_the_launcher_takes_the_kits_front_end_for_its_own(world):
    """A kit's program has nothing to build with: another number, and no installed server would start."""
    build_script = {"build": f"mkdir -p node_modules {ROOMS}/built"}
    world.write("package.json", json.dumps({"name": "x", "version": "1.0.0", "scripts": build_script}))
    world.write(
        "package-lock.json", '{"name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": {}}'
    )
    world.commit(2)
    build(world)
    archive = (
        world.stick / f"targets/browser-{name_browser(world.checkout, read_commit(world.checkout))}.tar.gz"
    )
    counted = subprocess.run(
        ["sh", world.checkout / STAMP], capture_output=True, text=True, check=True
    ).stdout
    assert read_member(archive, f"{ROOMS}/built/stamp").decode() == counted
    assert 'stamp=$(sh "$rooms/stamp.sh")' in (PROJECT / "sandyq").read_text()


def test_damaged_and_missing_files_are_named_by_both_checks(world):
    told = fingerprint_of(world)
    assert check_kit(world.stick, told) == (told, [])
    wheel, browser = world.stick / "targets" / "wheels" / WHEEL, next(world.stick.glob("targets/browser-*"))
    content = bytearray(wheel.read_bytes())
    content[len(content) // 2] ^= 1
    wheel.write_bytes(content)
    browser.unlink()
    names = [f"targets/{browser.name}", f"targets/wheels/{WHEEL}"]
    assert check_kit(world.stick, told)[1] == names
    if HAS_CRYPTOGRAPHY:
        done = install(world, "--check", "--fingerprint", told)
        assert done.returncode == 1
        assert all(f"    {name}" in done.stderr for name in names)
        assert "copy them again" in done.stderr


def test_software_of_another_machine_is_not_offered_but_lessons_are(world):
    assert set(world.client().look()) == {"content", "software", "kit"}
    assert set(world.client(python="cp399").look()) == {"content", "kit"}
    assert any(file.path.endswith(WHEEL) for file in world.client(python="*").look()["software"].files)


@needs_cryptography
def test_a_whole_kit_is_said_to_be_whole(world):
    done = install(world, "--check", "--fingerprint", fingerprint_of(world).upper())
    assert done.returncode == 0, done.stderr
    assert "the kit is whole: 0.1.0-" in done.stdout


def test_nothing_is_done_without_the_publishers_fingerprint(world):
    groups = fingerprint_of(world).split()
    assert "Do not use it" in install(world, "--check", "--fingerprint", "0000 " * 8).stderr
    refused = install(world, "--check", answer=f"{groups[0]} 0000\n")
    assert refused.returncode == 1
    assert "Do not use this kit" in refused.stderr
    assert install(world, "--check").returncode == 1, "nobody typed anything"
    almost = " ".join([*groups[:4], "0000", *groups[5:]])
    assert "Do not use this kit" in install(world, "--check", answer=f"{almost}\n").stderr
    if HAS_CRYPTOGRAPHY:
        for typed in (f"{groups[0]} {groups[-1]}", f"{groups[0]}{groups[-1]}".upper(), " ".join(groups)):
            assert install(world, "--check", answer=f"{typed}\n").returncode == 0, typed


@needs_cryptography
@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_a_kit_that_a_stranger_signed_is_refused(world, role):
    stranger, told = world.folder / "stranger", fingerprint_of(world)
    make_keys(stranger, PASSPHRASE)
    repository = Repository(world.stick)
    version = Metadata.from_file(str(repository.metadata / "timestamp.json")).signed.version
    name = {"timestamp": "timestamp.json", "root": "2.root.json"}.get(role, f"{version}.{role}.json")
    source = repository.metadata / ("1.root.json" if role == "root" else name)
    metadata = Metadata.from_file(str(source))
    metadata.signatures.clear()
    if role == "root":
        metadata.signed.version = 2
    repository._sign(metadata, load_keys(stranger, role, PASSPHRASE), name)
    done = install(world, "--check", "--fingerprint", told)
    assert done.returncode == 1
    assert f"metadata/{name} is not signed by the publisher" in done.stderr
    with pytest.raises(ValueError, match="not signed"):
        check_kit(world.stick, told)


@needs_cryptography
@pytest.mark.parametrize("key", ["signed", "sig", "keyid"])
def test_a_list_that_a_dying_stick_gives_back_with_one_letter_wrong_is_named(world, key):
    path = world.stick / "metadata" / "timestamp.json"
    path.write_text(path.read_text().replace(f'"{key}"', f'"{key[:-1]}~"'))
    done = install(world, "--check", "--fingerprint", fingerprint_of(world))
    assert done.returncode == 1
    assert "metadata/timestamp.json is damaged. Copy the kit again." in done.stderr
    assert "Traceback" not in done.stderr


@needs_cryptography
def test_a_root_that_two_old_keys_signed_is_followed(world):
    told, new = fingerprint_of(world), world.folder / "new-keys"
    make_keys(new, PASSPHRASE)
    Repository(world.stick).renew_root(
        world.publisher.keys,
        new,
        PASSPHRASE,
        Metadata.from_file(str(world.stick / "metadata" / "timestamp.json")).signed.expires,
    )
    again = World(world.folder)
    again.publisher = type(world.publisher)(new, PASSPHRASE)
    build(again)
    done = install(again, "--check", "--fingerprint", told)
    assert done.returncode == 0, done.stderr


@needs_cryptography
def test_a_changed_installer_on_the_stick_is_noticed_by_the_check(world):
    (world.stick / "install").write_text((world.stick / "install").read_text() + "\n# evil\n")
    assert check_kit(world.stick, "")[1] == ["install"]


def test_names_that_a_stick_cannot_hold(tmp_path):
    for name in ("a:b", "con?", "a b", ".hidden", "Readme", "readme"):
        (tmp_path / name).write_text("")
    for name in ("a:b", "con?", "a b", ".hidden"):
        with pytest.raises(ValueError, match="no name for a stick"):
            check_names([name], tmp_path)
    with pytest.raises(ValueError, match="one file to FAT32"):
        check_names(["Readme", "readme"], tmp_path)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**32)
    with pytest.raises(ValueError, match="larger than 4 GB"):
        check_names(["large"], tmp_path)


def test_the_same_files_make_the_same_archive(tmp_path):
    for number in (1, 2):
        top = tmp_path / str(number) / "node_modules"
        for name in ("b/x.js", "a/y.js", "@esbuild/linux/bin"):
            (top / name).parent.mkdir(parents=True)
            (top / name).write_text(name)
            os.utime(top / name, (number, number))
        (top / "link").symlink_to("a")
        pack_tree(top.parent, ["node_modules"], tmp_path / f"{number}.tar.gz")
    assert (tmp_path / "1.tar.gz").read_bytes() == (tmp_path / "2.tar.gz").read_bytes()
    told = subprocess.run(
        ["tar", "-tzf", tmp_path / "1.tar.gz"], capture_output=True, text=True, check=True
    ).stdout
    assert "@esbuild" not in told
    assert "node_modules/link" in told


def test_a_wheel_for_a_newer_python_is_none_for_an_older_one():
    def fits(name, tag):
        return bool(parse_wheel_filename(name)[3] & list_tags(tag))

    newer = "pyzmq-27.3.0-cp312-abi3-manylinux_2_26_x86_64.manylinux_2_28_x86_64.whl"
    assert [fits(newer, tag) for tag in PYTHONS] == [False, True]
    assert [fits("a-1-cp38-abi3-manylinux_2_17_x86_64.whl", tag) for tag in PYTHONS] == [True, True]
    assert [fits("a-1-py2.py3-none-any.whl", tag) for tag in PYTHONS] == [True, True]
    assert [fits("a-1-py3-none-manylinux2014_x86_64.whl", tag) for tag in PYTHONS] == [True, True]
    for wrong in (
        "cp311-cp311-musllinux_1_2_x86_64",
        "cp311-cp311-manylinux2014_aarch64",
        "cp310-cp310-linux_x86_64",
    ):
        assert not any(fits(f"a-1-{wrong}.whl", tag) for tag in PYTHONS), wrong


def test_each_python_gets_the_packages_that_its_conditions_name():
    pins = read_lock((PROJECT / "requirements.lock").read_text())
    assert {pin.name for pin in pins if not any(pin.is_for(python) for python in PYTHONS.values())} == {
        "appnope",
        "colorama",
        "pywinpty",
    }
    old, new = (
        {(pin.name, pin.version) for pin in pins if pin.is_for(python)} for python in PYTHONS.values()
    )
    assert {name for name, _ in old ^ new} >= {"numpy", "contourpy", "soupsieve"}
    assert len({name for name, _ in old}) == len(old), "one version of each"
    assert all("--hash=sha256:" in pin.requirement and " ; " not in pin.requirement for pin in pins)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_the_installer_is_plain_sh():
    script = Path(PROJECT / "src" / "sandyq" / "updates" / "install.sh")
    subprocess.run(["shellcheck", "--shell=sh", script], check=True)
