"""Which SQLite is used: the interpreter's own where it can load SpatiaLite, else the wheel's."""

import sys
from types import SimpleNamespace

import pysqlite3
import pytest

from geo.db.sqlite_driver import ensure_extension_loading


def test_whatever_is_imported_as_sqlite3_can_load_extensions():
    """Settings were imported before this test, so the choice has been made."""
    assert hasattr(sys.modules["sqlite3"].Connection, "enable_load_extension")
    assert hasattr(sys.modules["sqlite3.dbapi2"].Connection, "enable_load_extension")


def test_an_interpreter_without_extension_loading_gets_the_wheel(monkeypatch):
    monkeypatch.setitem(sys.modules, "sqlite3", SimpleNamespace(Connection=object))
    monkeypatch.setitem(sys.modules, "sqlite3.dbapi2", SimpleNamespace(Connection=object))
    version = ensure_extension_loading()
    assert sys.modules["sqlite3"] is pysqlite3
    assert sys.modules["sqlite3.dbapi2"] is pysqlite3.dbapi2
    assert version == pysqlite3.dbapi2.sqlite_version


def test_one_with_it_keeps_its_own(monkeypatch):
    own = SimpleNamespace(Connection=SimpleNamespace(enable_load_extension=True))
    monkeypatch.setitem(sys.modules, "sqlite3", own)
    ensure_extension_loading()
    assert sys.modules["sqlite3"] is own


def test_without_either_it_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "sqlite3", SimpleNamespace(Connection=object))
    monkeypatch.setitem(sys.modules, "pysqlite3", None)
    with pytest.raises(ImportError, match="pysqlite3"):
        ensure_extension_loading()
