"""``school.toml``: what is wrong is named with its line and what to write instead."""

from datetime import time

import pytest

from sandyq.configuration import TEMPLATE, Configuration, read_configuration


def read(folder, text):
    path = folder / "school.toml"
    path.write_text(text, "utf-8")
    return read_configuration(path)


def test_the_template_says_what_holds_without_a_file(tmp_path):
    assert read(tmp_path, TEMPLATE) == read_configuration(tmp_path / "none.toml") == Configuration()
    assert Configuration().backup.at == time(19, 30)


@pytest.mark.parametrize(
    "folder",
    [
        "/",
        "/usr",
        "/boot/kept",
        "//home/x",
        "/lib64",
        "/var/run/kept",
        "/var/lock",
        "/var",
        "//var",
        "/var/lib",
    ],
)
def test_a_backup_goes_neither_to_the_systems_folders_nor_around_the_data(tmp_path, folder):
    with pytest.raises(ValueError, match="holds or lies below the data"):
        read(tmp_path, f'[backup]\nfolder = "{folder}"')


@pytest.mark.parametrize("folder", ["/srv", "//mnt/disk", "/media/disk/kept", "/var/backups", "/usr2/kept"])
def test_a_backup_goes_to_any_other_folder(tmp_path, folder):
    kept = read(tmp_path, f'[backup]\nfolder = "{folder}"').backup.folder
    assert str(kept) == folder.replace("//", "/")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[backup]\nkeep_day = 7", ["line 2", "backup.keep_day", "Did you mean keep_days?"]),
        ("\n[back_up]\nat = 1", ["line 2", "back_up", "Did you mean backup?"]),
        ("[server]\nwifi = 1", ["line 2", "server.wifi", "language, tls_name, port"]),
        ('[server]\nport = "80"', ["line 2", "server.port is '80'", "without quotes"]),
        ('[server]\ntls_name = "sandyq"', ["line 2", "tls_name is 'sandyq'", "sandyq.local"]),
        ("[server]\nplain_port = -1", ["line 2", "plain_port is -1"]),
        ("[server]\nport = 80\nplain_port = 80", ["line 3", "plain_port is 80", "not that of port"]),
        ("[people]\nfolder_megabytes = -1", ["line 2", "folder_megabytes is -1"]),
        (
            "[people]\nfolder_megabytes = true",
            ["line 2", "is True", "number from 0 to 1000000", "such as 500"],
        ),
        ("[backup]\nkeep_weeks = -5", ["line 2", "is -5", "number from 0 to 520", "such as 5"]),
        ("[server]\nport = 70000", ["line 2", "70000", "1 to 65535"]),
        ('# words\n[server]\n\nlanguage = "kz"', ["line 4", "'kz'", '"kk", "ru" or "en"']),
        ('[backup]\nat = "at night"', ["line 2", "'at night'", '"19:30"']),
        ('[backup]\nfolder = "usb"', ["line 2", "begins with /"]),
        ('[backup]\nusb = "../etc"', ["line 2", "'../etc'", '"SANDYQ"']),
        ("[backup]\nkeep_days = 0", ["line 2", "keep_days is 0", "1"]),
        (
            "[logs]\nmegabytes = true",
            ["line 2", "logs.megabytes is True", "a whole number from 16 to 100000 without"],
        ),
        ("[server]\nlanguage = kk", ["line 2", "in quotes"]),
        ('[server]\nlanguage = "kk', ["line 2", "in quotes"]),
        ("[server]\nport = 80\nport = 81", ["line 3", "second time"]),
        ("[server]\nport = 80\n[logs]\n[server]\n", ["line 4", "second time"]),
        ("server = 3", ["line 1", "server is 3", "a line [server]"]),
        ("[backup]\nat = 1930", ["line 2", "backup.at is 1930", '"19:30"']),
        ('[backup]\nat = "19:30+05:00"', ["line 2", "19:30+05:00", '"19:30"']),
        ('[backup]\nfolder = "/srv/../home/x"', ["line 2", "begins with /"]),
        ('[backup]\nfolder = "/var/lib/sandyq/kept"', ["line 2", "the data in /var/lib/sandyq"]),
        ('[backup]\nfolder = "/srv/my disk"', ["line 2", "letters, digits"]),
        ('[backup]\nfolder = "/srv/100%"', ["line 2", "letters, digits"]),
        ('[backup]\nfolder = "/srv/a\\nExecStart=/bin/b"', ["line 2", "letters, digits"]),
        ("[server]\nport = 8081", ["line 2", "port is 8081", "not 8001, 8081"]),
        ("[server]\nplain_port = 8001", ["line 2", "plain_port is 8001", "8001, 8081"]),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_its_remedy(tmp_path, text, words):
    with pytest.raises(ValueError, match=r"school\.toml") as told:
        read(tmp_path, text)
    for word in words:
        assert word in str(told.value), told.value


def test_everything_that_is_wrong_is_said_at_once(tmp_path):
    with pytest.raises(ValueError, match="line 2") as told:
        read(tmp_path, "[server]\nport = 0\n[logs]\ndays = -1\nyears = 2")
    assert len(str(told.value).splitlines()) == 3


def test_a_mark_at_the_beginning_from_a_pcs_editor_does_no_harm(tmp_path):
    assert read(tmp_path, "\ufeff[logs]\ndays = 7").logs.days == 7
