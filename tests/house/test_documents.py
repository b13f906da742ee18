"""What is written down is true: variables, links."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"""(?:env\.\w+|environ\.get|environ)[(\[]\s*["']([A-Z][A-Z_]+)["']""")
OF_OTHERS = {"DJANGO_SETTINGS_MODULE", "PATH", "PYTHONPATH", "DJANGO_ALLOW_ASYNC_UNSAFE"}


def variables() -> set[str]:
    sources = [*(ROOT / "config").rglob("*.py"), *(ROOT / "scripts").glob("*.py")]
    return {name for file in sources for name in READ.findall(file.read_text(encoding="utf-8"))} - OF_OTHERS


def test_every_variable_is_in_the_table():
    read = variables()
    assert {"DATABASE_URL", "GRIDCASE_SECRET_KEY", "PORT"} <= read, "the pattern no longer finds them"
    table = set(
        re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8"))
    )
    assert read - table == set()
    told = {name for name in table if name.startswith("GRIDCASE_")}
    assert told - read == set(), "told of in the table, read nowhere"


@pytest.mark.parametrize(
    "file",
    sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "tests" / "README.md"]),
    ids=lambda f: f.name,
)
def test_links_lead_somewhere(file):
    text = file.read_text(encoding="utf-8")
    targets = [
        target for target in re.findall(r"\]\(([^)#\s]+)", text) if not target.startswith(("http", "mailto"))
    ]
    assert [target for target in targets if not (file.parent / target).exists()] == []
