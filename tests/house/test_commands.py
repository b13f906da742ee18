"""Management commands of ours: each gives a machine's report."""

from pathlib import Path

from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.template.loader import get_template

OURS = {"config", "geo", "cases", "layers", "deliberation", "maps"}


def test_every_command_of_ours_has_json():
    ours = {name: app for name, app in get_commands().items() if app in OURS}
    assert ours
    without = []
    for name, app in ours.items():
        parser = load_command_class(app, name).create_parser("manage.py", name)
        if "--json" not in {option for action in parser._actions for option in action.option_strings}:
            without.append(name)
    assert without == []


def test_every_template_compiles():
    seen = 0
    for config in apps.get_app_configs():
        if config.name.split(".")[0] not in OURS:
            continue
        for file in Path(config.path).glob("templates/**/*.html"):
            get_template(str(file.relative_to(f"{config.path}/templates")))
            seen += 1
    assert seen > 5
