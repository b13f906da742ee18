from django.db import migrations

from geo.db.append_only import AppendOnly


class Migration(migrations.Migration):
    """The database refuses to change events, whoever asks."""

    dependencies = [("cases", "0001_initial")]
    operations = [AppendOnly("cases_event")]
