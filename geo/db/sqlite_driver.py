"""Choose a sqlite3 module that can load SpatiaLite.

Many Pythons are built without extension loading. There the `pysqlite3` wheel stands in for the standard module,
before Django's SQLite back end is first imported.
"""

import sqlite3
import sys


def ensure_extension_loading() -> str:
    """Make `import sqlite3` give a module that can load extensions; return its SQLite version.

    Raises
    ------
    ImportError
        If the interpreter cannot load extensions and the `pysqlite3` wheel is missing.
    """
    current = sys.modules["sqlite3"]
    if not hasattr(current.Connection, "enable_load_extension"):
        import pysqlite3
        import pysqlite3.dbapi2

        sys.modules["sqlite3"] = pysqlite3
        sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
        return str(pysqlite3.dbapi2.sqlite_version)
    return sqlite3.sqlite_version
