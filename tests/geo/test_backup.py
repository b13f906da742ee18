"""A backup brings back every row and every byte; whatever goes wrong, what was there stays."""

import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from cases.models import Case, Photo
from cases.services.photos import photo_receive, read_content_range
from geo.db.backup import DumpError, tables
from geo.db.backup_postgis import _program
from geo.errors import Conflict, InvalidInput
from geo.models import User
from geo.services import restores
from geo.services.backups import BackupFailed, backup_write, backups_prune
from geo.services.restores import backup_restore, restore_finish
from scripts.serving import gunicorn, manage
from tests.factories.cases import file_case, jpeg
from tests.factories.places import PASSWORD, build_place
from tests.harness.servers import own_database

ROOT = Path(__file__).resolve().parents[2]


def rows():
    """Return every row of every table of ours as the database gives it."""
    found = {}
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in set(tables()) & there:
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column.name if hasattr(column, "name") else column[0] for column in cursor.description]
            found[table] = sorted(
                repr(sorted(zip(names, row, strict=True), key=str)) for row in cursor.fetchall()
            )
    return found


def media():
    """Return the bytes of every file of the media folder by path; what waits there, too."""
    root = Path(django_settings.MEDIA_ROOT)
    return {
        str(file.relative_to(root)): file.read_bytes()
        for file in root.rglob("*")
        if file.name != restores.LOCK and file.is_file()
    }


def everything():
    return rows(), media()


def with_photo(case, colour):
    raw = jpeg(colour)
    sha256 = hashlib.sha256(raw).hexdigest()
    Photo.objects.create(case=case, sha256=sha256, created_at=case.received_at)
    return photo_receive(case_id=case.pk, sha256=sha256, piece=read_content_range("", raw), actor=None)


def fill():
    place = build_place()
    with_photo(file_case(place, "g1", text="坑"), "red")
    with_photo(file_case(place, "g5", category="drainage"), "green")
    file_case(place, location=None, category="certificate", place=place.place.slug)
    return place


def alter(place):
    """Change, add and delete rows and photos; also a photo's bytes under its own name."""
    Case.objects.filter(text__startswith="坑").update(text="别的", text_masked="别的")
    red, green = Photo.objects.order_by("pk")
    Path(red.file.path).write_bytes(b"damaged")
    Path(green.thumbnail.path).unlink()
    with_photo(file_case(place, "g3", text="新的"), "blue")
    User.objects.filter(username__endswith="resident_2").delete()
    (Path(django_settings.MEDIA_ROOT) / "plans").mkdir()
    (Path(django_settings.MEDIA_ROOT) / "plans" / "new.pdf").write_bytes(b"%PDF")


@pytest.fixture
def filled(transactional_db):
    return fill()


@pytest.fixture
def archive(filled, tmp_path):
    """Return a backup of `filled` with what it must bring back; the deployment has gone on since."""
    file = tmp_path / "backup.zip"
    before = everything()
    backup_write(path=file)
    alter(filled)
    assert everything() != before
    return file, before


def test_every_row_and_every_byte_come_back(archive, client, capsys):
    file, before = archive
    call_command("restore", str(file), "--force", "--json")
    report = json.loads(capsys.readouterr().out)
    after = everything()
    assert after[0] == before[0]
    assert after[1] == before[1]
    assert (report["files"], report["rows"]) == (4, sum(len(found) for found in before[0].values()))
    assert client.get("/healthz").json()["places"] == {"wuyingshan": "2026-1"}
    assert User.objects.get(username="wuyingshan.official").check_password(PASSWORD)


def test_the_database_works_as_before_afterwards(archive):
    """New rows get new ids, the append-only tables stay so, the spatial index finds what is filed."""
    file, _before = archive
    backup_restore(path=file, force=True)
    newest = Case.objects.order_by("-pk").first().pk
    place = User.objects.get(username="wuyingshan.official").place
    case = Case.objects.get(pk=newest)
    fresh = Case(
        **{f.attname: getattr(case, f.attname) for f in Case._meta.concrete_fields if not f.primary_key}
    )
    fresh.client_id, fresh.follow_code, fresh.inbox_item_id = (
        "11111111-1111-4111-8111-111111111111",
        "NEW",
        None,
    )
    fresh.save()
    assert fresh.pk > newest
    assert place.slug == "wuyingshan"
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_event SET kind = 'x'")


def test_it_is_taken_while_others_write(filled, tmp_path):
    """Each transaction of the writers adds two accounts and a file before them: the copy has both or none."""
    stop, written, failed = threading.Event(), [], []
    folder = Path(django_settings.MEDIA_ROOT) / "photos"

    def write():
        from django.db import transaction

        try:
            while not stop.is_set():
                number = len(written)
                (folder / f"w{number}.jpg").write_bytes(b"x" * 1000)
                with transaction.atomic():
                    User.objects.create(username=f"writer-a-{number}")
                    User.objects.create(username=f"writer-b-{number}")
                written.append(number)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 5 and not failed:
            time.sleep(0.01)
        first = len(written)
        backup_write(path=tmp_path / "online.zip")
        last = len(written)
    finally:
        stop.set()
        writer.join()
    assert failed == []
    assert last > first, "nothing was written meanwhile: the test would show nothing"
    backup_restore(path=tmp_path / "online.zip", force=True)
    names = set(User.objects.filter(username__startswith="writer-").values_list("username", flat=True))
    numbers = {name.rsplit("-", 1)[1] for name in names}
    assert len(names) == 2 * len(numbers)
    assert first <= len(numbers) <= last + 1
    assert all((folder / f"w{number}.jpg").exists() for number in numbers)


def test_something_there_is_kept_without_force(archive):
    file, _before = archive
    now = everything()
    with pytest.raises(Conflict, match=r"geo_place 1.*geo_user \d+.*--force"):
        backup_restore(path=file)
    with pytest.raises(CommandError, match="--force"):
        call_command("restore", str(file))
    assert everything() == now


def test_nothing_there_needs_no_force(archive, tmp_path):
    file, before = archive
    call_command("flush", interactive=False, verbosity=0)
    shutil.rmtree(django_settings.MEDIA_ROOT)
    backup_restore(path=file)
    assert everything() == before


def changed(file, target, *, manifest=None, members=None, extra=None, drop=()):
    """Write an archive anew with some of it changed."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "manifest.json" and manifest:
                said = json.loads(data)
                manifest(said)
                data = json.dumps(said)
            if members and name in members:
                data = members[name](data)
            if name not in drop:
                new.writestr(name, data)
        for name, data in (extra or {}).items():
            new.writestr(name, data)
    return target


def newer_version(said):
    said["version"] = "99.0"


def newer_format(said):
    said["format"] = 2


def unknown_migration(said):
    said["migrations"]["cases"].append("9999_of_tomorrow")


def other_kind(said):
    said["kind"] = "spatialite" if said["kind"] == "postgis" else "postgis"


def fewer_rows(said):
    said["rows"]["geo_user"] += 1


def no_table(said):
    said["rows"]['geo_user"; DROP TABLE geo_user; --'] = 0


def path_of(name):
    def change(said):
        said["files"][0]["path"] = name

    return change


PATHS = ("../x", "/etc/x", "a/../../x", "a\\..\\x", ".x", "", "a//b", "c:x")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (newer_version, r"99\.0.*older"),
        (newer_format, "newer"),
        (unknown_migration, r"newer.*cases\.9999_of_tomorrow"),
        (other_kind, "holds a .* database"),
        (fewer_rows, "geo_user has .* rows"),
        (no_table, "no table"),
        *[(path_of(name), "names the path") for name in PATHS],
    ],
)  # fmt: skip
def test_a_manifest_that_cannot_be_followed_changes_nothing(archive, tmp_path, change, says):
    file, _before = archive
    now = everything()
    wrong = changed(file, tmp_path / "wrong.zip", manifest=change)
    with pytest.raises((InvalidInput, BackupFailed), match=says):
        backup_restore(path=wrong, force=True)
    assert everything() == now


def test_damaged_members_change_nothing(archive, tmp_path):
    file, _before = archive
    now = everything()
    with zipfile.ZipFile(file) as opened:
        names = opened.namelist()
    photo = next(name for name in names if name.startswith("files/photos/"))
    wrong = [
        changed(file, tmp_path / "1.zip", members={photo: lambda data: data[:-1] + b"?"}),
        changed(file, tmp_path / "2.zip", members={photo: lambda data: data + b"?"}),
        changed(file, tmp_path / "3.zip", members={"database": lambda data: data[:-1]}),
        changed(file, tmp_path / "4.zip", drop=(photo,)),
        changed(file, tmp_path / "5.zip", extra={"files/../../evil": b"x"}),
        changed(file, tmp_path / "6.zip", drop=("manifest.json",)),
        tmp_path / "7.zip",
        tmp_path / "nowhere.zip",
    ]
    data = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as opened:
        offset = opened.getinfo(photo).header_offset
    data[offset + 300] ^= 0xFF  # a bit of the disk
    wrong[6].write_bytes(data)
    for each in wrong:
        with pytest.raises(InvalidInput, match=each.name):
            backup_restore(path=each, force=True)
        assert everything() == now


def test_an_archive_that_ends_too_early_changes_nothing(archive, tmp_path):
    file, _before = archive
    now = everything()
    data = file.read_bytes()
    for part in (0, 1, len(data) // 3, len(data) // 2, len(data) - 400, len(data) - 22, len(data) - 1):
        cut = tmp_path / "cut.zip"
        cut.write_bytes(data[:part])
        with pytest.raises(InvalidInput, match=r"cut\.zip"):
            backup_restore(path=cut, force=True)
    assert everything() == now


def test_one_of_an_older_version_is_brought_up_to_date(filled, tmp_path):
    now = everything()
    call_command("migrate", "cases", "0001_initial", interactive=False, verbosity=0)
    backup_write(path=tmp_path / "older.zip")
    call_command("migrate", interactive=False, verbosity=0)
    Case.objects.update(text="别的")
    with zipfile.ZipFile(tmp_path / "older.zip") as opened:
        held = json.loads(opened.read("manifest.json"))["rows"]
    held.pop("django_migrations")  # when each was applied is another matter
    backup_restore(path=tmp_path / "older.zip", force=True)
    after = everything()
    assert {table: after[0][table] for table in held} == {table: now[0][table] for table in held}
    assert after[1] == now[1]
    call_command("check_rollups")
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_event SET kind = 'x'")


def test_one_that_cannot_be_brought_up_to_date_changes_nothing(filled, tmp_path):
    """Its table of migrations says that the triggers are not there; they are, and making them fails."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM django_migrations WHERE name = '0002_append_only'")
        row = cursor.fetchone()
        cursor.execute("DELETE FROM django_migrations WHERE name = '0002_append_only'")
    backup_write(path=tmp_path / "odd.zip")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (id, app, name, applied) VALUES (%s, %s, %s, %s)", row)
    Case.objects.update(text="别的")
    now = everything()
    with pytest.raises(BackupFailed, match="append_only"):
        backup_restore(path=tmp_path / "odd.zip", force=True)
    assert everything() == now


POINTS = {
    "staged": ("_stage", "after", "old"),
    "before the commit": ("_write_journal", "after", "old"),
    "after the commit": ("_switch", "after", "new"),
    "a folder moved": ("Path.rename", "2nd", "new"),
    "photos moved": ("_swap", "after", "new"),
}
KILLER = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from geo.services import restores
name, file = sys.argv[1:]
owner, attribute = (Path, "rename") if name == "Path.rename" else (restores, name)
original, calls = getattr(owner, attribute), []
def deadly(*args, **kwargs):
    done = original(*args, **kwargs)
    calls.append(1)
    if name != "Path.rename" or len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
setattr(owner, attribute, deadly)
restores.backup_restore(path=Path(file), force=True)
"""


def url_of_database():
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"spatialite:///{given['NAME']}"
    access = f"{given['USER']}:{given['PASSWORD']}@"
    if given["HOST"].startswith("/"):
        return f"postgis://{access}/{given['HOST']}/{given['NAME']}"
    return f"postgis://{access}{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"


@pytest.fixture
def environment(tmp_path):
    """Return the environment of a process that works on the test's database and media folder."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.base",
        "DATABASE_URL": url_of_database(),
        "GRIDCASE_DATA_DIR": str(tmp_path),
    }


@pytest.mark.parametrize("point", POINTS)
def test_killed_in_the_middle_leaves_old_or_new(archive, environment, point):
    file, before = archive
    now = everything()
    name, _when, expected = POINTS[point]
    connection.close()
    done = subprocess.run(
        [sys.executable, "-c", KILLER, name, str(file)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (Path(django_settings.MEDIA_ROOT) / restores.WORK).exists(), "killed too late to show anything"
    assert rows() == (before if expected == "new" else now)[0]
    if point == "a folder moved":
        manage(environment, "check")  # whatever starts next
    else:
        restore_finish()
    assert everything() == (before if expected == "new" else now)
    assert not (Path(django_settings.MEDIA_ROOT) / restores.WORK).exists()


def test_killed_at_any_moment_leaves_old_or_new(archive, environment):
    file, before = archive
    now, seen = everything(), set()
    for share in (0.3, 0.55, 0.75, 0.9):
        connection.close()
        command = [sys.executable, "manage.py", "restore", str(file), "--force"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        began = time.monotonic()
        while process.poll() is None and time.monotonic() - began < 6 * share:
            time.sleep(0.01)
        process.kill()
        process.wait()
        restore_finish()
        found = everything()
        assert found in (before, now)
        seen.add(found == before)
    assert seen


def test_a_running_restore_is_left_alone(archive, monkeypatch):
    file, _before = archive
    found = []

    def meanwhile(*_args):
        restore_finish()  # what another process does when it starts
        found.append((Path(django_settings.MEDIA_ROOT) / restores.WORK / "database").exists())
        with pytest.raises(Conflict, match="another"):
            backup_restore(path=file, force=True)

    monkeypatch.setattr(restores, "_require_empty", lambda *a, **k: None)
    stage = restores._stage
    monkeypatch.setattr(restores, "_stage", lambda *a: (stage(*a), meanwhile())[0])
    backup_restore(path=file)
    assert found == [True]


def test_a_new_machine_serves_what_was_backed_up(archive, tmp_path):
    """Into a database without a single table, by the command; then the server shows it."""
    file, _before = archive
    number = Case.objects.filter(is_published=True).count() - 1  # one was filed after the backup
    folder = tmp_path / "machine"
    folder.mkdir()
    with own_database(folder, None, f"restored_{os.getpid()}") as url:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
            "DATABASE_URL": url,
            "GRIDCASE_DATA_DIR": str(folder),
        }
        manage(environment, "restore", str(file))
        assert len(list((folder / "media" / "photos").iterdir())) == 2
        with gunicorn("config.wsgi", environment, folder / "log") as served:
            with urllib.request.urlopen(f"{served.url}/healthz") as answer:
                assert json.load(answer)["places"] == {"wuyingshan": "2026-1"}
            with urllib.request.urlopen(f"{served.url}/api/v1/cases/") as answer:
                assert json.load(answer)["total"] == number


def test_what_a_backup_holds(filled, tmp_path, capsys, settings):
    red = Photo.objects.order_by("pk").first()
    Path(red.file.path).unlink()
    incoming = Path(django_settings.MEDIA_ROOT) / "incoming"
    incoming.mkdir(exist_ok=True)
    (incoming / "1-x.part").write_bytes(b"half a photo")
    file = tmp_path / "backup.zip"
    call_command("backup", str(file), "--json")
    report = json.loads(capsys.readouterr().out)
    assert report["missing"] == [red.file.name]
    assert report["files"] == 3
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as opened:
        manifest = opened.read("manifest.json").decode()
        assert not any("incoming" in name for name in opened.namelist())
    said = json.loads(manifest)
    assert said["kind"] == ("postgis" if connection.vendor == "postgresql" else "spatialite")
    assert said["rows"]["cases_case"] == 3
    assert said["migrations"]["geo"][0] == "0001_initial"
    given = connection.settings_dict
    for secret in (
        settings.SECRET_KEY,
        given["PASSWORD"] or "none of it",
        str(given["HOST"]) or "none of it",
        PASSWORD,
    ):
        assert secret not in manifest
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_a_file_that_is_there_is_kept(filled, tmp_path):
    file = tmp_path / "backup.zip"
    file.write_bytes(b"of yesterday")
    with pytest.raises(CommandError, match="--force"):
        call_command("backup", str(file))
    assert file.read_bytes() == b"of yesterday"
    call_command("backup", str(file), "--force")
    assert zipfile.is_zipfile(file)
    with pytest.raises(CommandError, match="folder"):
        call_command("backup", str(tmp_path / "nowhere" / "backup.zip"))


def test_a_failing_backup_leaves_nothing(filled, tmp_path, monkeypatch):
    from geo.files.backup_archive import ArchiveWriter

    def fails(*_args, **_kwargs):
        raise OSError("the disk is full")

    monkeypatch.setattr(ArchiveWriter, "add_file", fails)
    with pytest.raises(OSError, match="full"):
        backup_write(path=tmp_path / "backup.zip")
    assert [entry.name for entry in tmp_path.iterdir() if "backup" in entry.name] == []


def test_a_folder_keeps_the_newest(tmp_path, transactional_db):
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in ("gridcase-20260101-000000.zip", "gridcase-20260102-000000.zip", "mine.zip"):
        (folder / name).write_bytes(b"")
    call_command("backup", str(folder), "--keep", "2")
    left = sorted(file.name for file in folder.iterdir())
    assert len(left) == 3
    assert left[0] == "gridcase-20260102-000000.zip"
    assert left[-1] == "mine.zip"
    with pytest.raises(InvalidInput, match="at least 1"):
        backups_prune(folder=folder, keep=0)
    with pytest.raises(CommandError, match="folder"):
        call_command("backup", str(tmp_path / "x.zip"), "--keep", "2")


def test_missing_client_programs_are_named():
    with pytest.raises(DumpError, match=r"pg_dump_of_nobody is not there.*postgresql-client"):
        _program("pg_dump_of_nobody", at_least=1)
    with pytest.raises(DumpError, match="version 99"):
        _program("python3", at_least=99)
