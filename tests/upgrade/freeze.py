"""Freeze what a release leaves in a database: `.venv/bin/python -m tests.upgrade.freeze VERSION`, once a release.

Runs in an empty database of its own (`DATABASE_URL=spatialite:////tmp/…`), fills it through the services, and writes
`tests/upgrade/released/VERSION.json`. What was frozen before is never written anew.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")


def main() -> int:
    """Fill and freeze."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from tests.upgrade.filling import fill
    from tests.upgrade.released import FOLDER, Released, apps_at, read_rows

    (version,) = sys.argv[1:]
    if (FOLDER / f"{version}.json").exists():
        sys.exit(f"{version} is frozen already")
    call_command("migrate", verbosity=0, interactive=False)
    from geo.models import Place

    if Place.objects.exists():
        sys.exit("DATABASE_URL must name an empty database")
    fill()
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    rows = read_rows(apps_at(leaves))
    print(Released(name=version, migrations=dict(leaves), rows=rows).write())
    return 0


if __name__ == "__main__":
    sys.exit(main())
