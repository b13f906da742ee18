"""Settings of a running service. What differs between deployments comes from the environment (`config/env.py`)."""

from pathlib import Path

from django.utils.functional import SimpleLazyObject

from config.env import BASE_DIR, database, demo_password, env, secret_key
from geo.db.sqlite_driver import ensure_extension_loading

ensure_extension_loading()

DATA_DIR = Path(env.str("GRIDCASE_DATA_DIR", default=str(BASE_DIR / "var")))
DEBUG = env.bool("GRIDCASE_DEBUG", default=False)
SECRET_KEY = secret_key(DATA_DIR)
ALLOWED_HOSTS = env.list("GRIDCASE_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
HTTPS = env.bool("GRIDCASE_HTTPS", default=False)
CSRF_TRUSTED_ORIGINS = env.list("GRIDCASE_ORIGINS", default=[])

INSTALLED_APPS = [
    "config.apps.GridcaseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.humanize",
    "rest_framework",
    "rest_framework.authtoken",
    "rest_framework_gis",
    "drf_spectacular",
    "axes",
    "csp",
    "django_htmx",
    "geo",
    "cases",
    "layers",
    "deliberation",
    "maps",
]

MIDDLEWARE = [
    "config.middleware.RequestSizeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PagePolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "geo.middleware.OneTimePasswordMiddleware",
    "config.middleware.PageMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.PageHtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
        },
    }
]

DATABASES = {"default": database(DATA_DIR / "gridcase.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "geo.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "geo.backends.AccountBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Made (and kept) only when a demo is loaded.
DEMO_PASSWORD = SimpleLazyObject(lambda: demo_password(DATA_DIR))
DEMO_FIXTURES = BASE_DIR / "fixtures" / "geojson"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "geo.views.accounts.locked_out"
# Proxies in front whose X-Forwarded-For is believed; without any, the address that connects counts: anybody can
# write the header.
PROXIES = env.int("GRIDCASE_PROXIES", default=0)
AXES_IPWARE_PROXY_COUNT = PROXIES or None
AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if PROXIES else ["REMOTE_ADDR"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    # The proxy redirects before; this is for one that forgets to. Who watches over the service may ask it directly.
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English"), ("ko", "한국어")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL: str | None = None  # photos are served by views that ask who wants them, never by the web server

BASEMAP_ORIGINS = env.list("GRIDCASE_BASEMAP_ORIGINS", default=[])
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", *BASEMAP_ORIGINS],
        "font-src": ["'self'"],
        "connect-src": ["'self'", *BASEMAP_ORIGINS],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    }
}

# Map: raster basemap by setting, with its datum and the review number that Chinese law wants on it.
BASEMAP = {
    "url": env.str("GRIDCASE_BASEMAP_URL", default=""),
    "datum": env.str("GRIDCASE_BASEMAP_DATUM", default="wgs84"),
    "attribution": env.str("GRIDCASE_BASEMAP_ATTRIBUTION", default=""),
    "review_number": env.str("GRIDCASE_MAP_REVIEW_NUMBER", default=""),
}

# Intake
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
MAX_BODY_BYTES = 12 * 1_048_576  # a photo in one piece; refused by its length before it is read
CASE_BODY_MAX_BYTES = 256 * 1024
PHOTO_MAX_BYTES = 10 * 1_048_576
INBOX_KEEP_DAYS = env.int("GRIDCASE_INBOX_KEEP_DAYS", default=30)
# Messages to other systems; without an address none are written.
OUTBOX_WEBHOOK_URL = env.str("GRIDCASE_WEBHOOK_URL", default="")
OUTBOX_WEBHOOK_SECRET = env.str("GRIDCASE_WEBHOOK_SECRET", default="")
OUTBOX_EMAILS = env.list("GRIDCASE_NOTIFY_EMAILS", default=[])
PROFILE_FOLDERS = [Path(p) for p in env.list("GRIDCASE_PROFILE_FOLDERS", default=[])]

# Rate limits only, so each worker may keep its own; entries are two small numbers an address.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "geo.authentication.AccountTokens",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "geo.negotiation.OneFormNegotiation",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "config.exceptions.problem_response",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {
        "anonymous": env.str("GRIDCASE_ANONYMOUS_RATE", default="600/minute"),
        "login": "20/minute",
    },
    "NUM_PROXIES": PROXIES,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Gridcase 格案",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {"OutcomeEnum": "geo.api.schemas.OUTCOME_CHOICES"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"axes": {"level": "WARNING"}},
}
# Debian 12 has GDAL 3.6, which may open files and addresses named as a CRS. No text from outside reaches its CRS
# parser: geometries are read by shapely and carry our own SRID (tests/house/test_tree.py watches over it).
# Whether every other name below the domain speaks HTTPS only (W005, W021) is not for this service to promise.
SILENCED_SYSTEM_CHECKS: list[str] = ["gis.W001", "security.W005", "security.W021"]
