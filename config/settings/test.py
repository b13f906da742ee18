"""Settings of the test suite: the same as production, with cheap password hashing and folders of its own."""

import tempfile
from pathlib import Path

from config.settings.base import *  # noqa: F403
from config.settings.base import REST_FRAMEWORK

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = Path(tempfile.gettempdir()) / "gridcase-test-media"
# Django's live server wants an address for media; photos are never served below it.
MEDIA_URL = "/not-served/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"anonymous": None, "login": None}}
ALLOWED_HOSTS = ["*"]
WHITENOISE_AUTOREFRESH = True
