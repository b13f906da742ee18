"""What a deployment sets from outside."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import environ
import pytest

from config.env import database, demo_password, kept_secret, secret_key


class TestDatabase:
    def test_spatialite_in_the_data_folder_is_the_default(self, monkeypatch, tmp_path):
        monkeypatch.delenv("DATABASE_URL", raising=False)
        given = database(tmp_path / "new" / "gridcase.sqlite3")
        assert given["ENGINE"] == "geo.db.backends.spatialite"
        assert given["NAME"] == str(tmp_path / "new" / "gridcase.sqlite3")
        assert (tmp_path / "new").is_dir()

    def test_a_spatialite_path(self, monkeypatch, tmp_path):
        monkeypatch.setenv("DATABASE_URL", f"spatialite:///{tmp_path}/there.db")
        assert database(tmp_path / "not-this")["NAME"] == f"{tmp_path}/there.db"

    def test_writers_lock_at_once_and_receipts_are_on_disk(self, monkeypatch, tmp_path):
        monkeypatch.delenv("DATABASE_URL", raising=False)
        options = database(tmp_path / "x.sqlite3")["OPTIONS"]
        assert options["transaction_mode"] == "IMMEDIATE"
        assert "synchronous=FULL" in options["init_command"]

    def test_postgis_by_address(self, monkeypatch, tmp_path):
        monkeypatch.setenv("DATABASE_URL", "postgis://grid:s%40crt@db.internal:5433/gridcase")
        given = database(tmp_path / "unused")
        assert given["ENGINE"] == "django.contrib.gis.db.backends.postgis"
        access = [given[key] for key in ("HOST", "PORT", "USER", "PASSWORD", "NAME")]
        assert access == ["db.internal", 5433, "grid", "s@crt", "gridcase"]
        assert given["CONN_HEALTH_CHECKS"] is True

    def test_postgis_by_unix_socket(self, monkeypatch, tmp_path):
        monkeypatch.setenv("DATABASE_URL", "postgis://grid@//run/cluster/gridcase")
        given = database(tmp_path / "unused")
        assert (given["HOST"], given["NAME"]) == ("/run/cluster", "gridcase")

    @pytest.mark.parametrize("url", ["mysql://u@h/db", "postgres://u@h/db", "sqlite:///x.db"])
    def test_another_kind_is_refused_with_what_is_accepted(self, monkeypatch, tmp_path, url):
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(environ.ImproperlyConfigured, match=r"postgis://.*spatialite://.*got"):
            database(tmp_path / "unused")


class TestSecrets:
    def test_from_the_environment(self, monkeypatch, tmp_path):
        monkeypatch.setenv("GRIDCASE_SECRET_KEY", "given")
        monkeypatch.setenv("GRIDCASE_DEMO_PASSWORD", "also given")
        assert secret_key(tmp_path) == "given"
        assert demo_password(tmp_path) == "also given"
        assert list(tmp_path.iterdir()) == []

    def test_made_once_and_kept_for_us_only(self, monkeypatch, tmp_path):
        monkeypatch.delenv("GRIDCASE_SECRET_KEY", raising=False)
        folder = tmp_path / "data"
        first = secret_key(folder)
        assert len(first) > 60
        assert secret_key(folder) == first
        assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
        assert [file.name for file in folder.iterdir()] == ["secret_key"]

    def test_the_demo_password_is_another_one(self, monkeypatch, tmp_path):
        monkeypatch.delenv("GRIDCASE_DEMO_PASSWORD", raising=False)
        assert demo_password(tmp_path) == demo_password(tmp_path) != secret_key(tmp_path)

    def test_processes_that_start_at_once_agree(self, tmp_path):
        """Two workers with different keys would sign each other's users out."""
        starters = 8
        barrier = threading.Barrier(starters)

        def start(name: str, proposed: int) -> str:
            barrier.wait()
            return kept_secret(tmp_path / name, f"proposal-{proposed}")

        with ThreadPoolExecutor(starters) as pool:
            for turn in range(100):
                got = list(pool.map(start, [f"key-{turn}"] * starters, range(starters)))
                assert len(set(got)) == 1
                assert got[0].startswith("proposal-")
