"""One settings module; everything that differs between machines comes from the environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

PACKAGE = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("TRIALLINK_DATA_DIR", Path.home() / ".local/share/triallink"))
SECRET_KEY = os.environ.get("TRIALLINK_SECRET_KEY", "only-for-tests-and-tools")
# What secrets in the database are sealed with, newest first. Not the secret key: that one may be changed at any time.
VAULT_KEYS = os.environ.get("TRIALLINK_VAULT_KEYS", SECRET_KEY).split()
DEBUG = os.environ.get("TRIALLINK_DEBUG") == "1"
DEMO = os.environ.get("TRIALLINK_DEMO") == "1"
BASE_URL = os.environ.get("TRIALLINK_BASE_URL", "http://localhost:8000")
_HOST = urlsplit(BASE_URL).hostname or "localhost"
ALLOWED_HOSTS = [_HOST, "localhost", "127.0.0.1", "[::1]", *os.environ.get("TRIALLINK_HOSTS", "").split()]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
IS_HTTPS = BASE_URL.startswith("https://")


def database_from(url: str) -> dict[str, object]:
    """Return Django's database settings for a postgresql:// address; a socket folder may be in ?host=."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "triallink",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": query.pop("port", None) or str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": int(os.environ.get("TRIALLINK_DB_POOL", "16"))},
            **query,
        },
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


DATABASES = {"default": database_from(os.environ.get("DATABASE_URL", "postgresql:///triallink"))}
# In the database, because all processes must agree on which one-time codes were used and how often somebody tried.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entry",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "triallink.foundation",
    "triallink.domains.accounts",
    "triallink.domains.studies",
    "triallink.domains.quality",
    "triallink.domains.capacity",
    "triallink.domains.marketplace",
    "triallink.domains.ledger",
    "triallink.domains.contracts",
    "triallink.domains.delivery",
    "triallink.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "triallink.web.doors.SecurityHeadersMiddleware",
    # Before the session is looked up by a cookie; what it refuses, it says after the language is known.
    "triallink.web.storable.StorableTextMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # The language is the person's, or the cookie's, or the browser's: no LocaleMiddleware beside it.
    "triallink.web.middleware.ActorMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "triallink.web.doors.DoorMiddleware",
    "triallink.web.middleware.RefusalMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "triallink.api.v1.idempotency.IdempotencyMiddleware",
]
API_PREFIX = "/api/"
ROOT_URLCONF = "triallink.project.urls"
ASGI_APPLICATION = "triallink.project.asgi.application"
WSGI_APPLICATION = "triallink.project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / "web/templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "triallink.web.jinja.environment"},
    },
    {
        # Only for the plain-text mails that allauth ships; every page of ours is Jinja2.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "triallink.web.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "triallink.web.accounts.forms.SignInForm",
    "signup": "triallink.web.accounts.forms.SignUpForm",
    "confirm_email_verification_code": "triallink.web.accounts.forms.ConfirmForm",
    "reset_password": "triallink.web.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "triallink.web.accounts.forms.NewPasswordForm",
    "change_password": "triallink.web.accounts.forms.ChangePasswordForm",
    "set_password": "triallink.web.accounts.forms.SetPasswordForm",
    "reauthenticate": "triallink.web.accounts.forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = None  # the sign-in page asks
ACCOUNT_SESSION_COOKIE_AGE = 14 * 24 * 60 * 60  # for those who say yes
ACCOUNT_PREVENT_ENUMERATION = True
# Wrong passwords are counted by axes below; this limit is for one-time codes.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,10/300s/key"}
MFA_FORMS = {
    "activate_totp": "triallink.web.accounts.forms.ActivateForm",
    "authenticate": "triallink.web.accounts.forms.SecondStepForm",
    "reauthenticate": "triallink.web.accounts.forms.ReauthenticateByCodeForm",
}
MFA_ADAPTER = "triallink.web.accounts.adapters.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Trial.Link"
MFA_RECOVERY_CODES_SHOW_ONCE = True
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "triallink.web.accounts.lockout.locked_out"
# Trying while locked out does not make it last longer: the page says when it ends.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
SOCIALACCOUNT_ADAPTER = "triallink.web.accounts.adapters.OpenIdAdapter"
# The provider is the organization's own, so an address it has verified is the person's. Its pages are on
# another server, where a form may not lead (Content-Security-Policy): a link starts the visit.
SOCIALACCOUNT_FORMS = {"signup": "triallink.web.accounts.forms.OpenIdSignUpForm"}
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS: dict[str, object] = {}
if os.environ.get("TRIALLINK_OIDC_URL"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": os.environ.get("TRIALLINK_OIDC_NAME", "OpenID"),
                "client_id": os.environ["TRIALLINK_OIDC_CLIENT"],
                "secret": os.environ["TRIALLINK_OIDC_SECRET"],
                "settings": {"server_url": os.environ["TRIALLINK_OIDC_URL"]},
            }
        ]
    }

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_FAILURE_VIEW = "triallink.web.refused.form_expired"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"

USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
# One catalogue beside the code it translates, so that two areas never edit the same file.
LOCALE_PATHS = sorted(PACKAGE.glob("**/locale"))

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web/static"]
MEDIA_ROOT = DATA_DIR / "media"


def storages_from(environ: Mapping[str, str]) -> dict[str, object]:
    """Return Django's storages: files in a folder, or in a bucket of Amazon's or of any server that speaks S3.

    The keys of the bucket come as boto3 finds them: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, a role.
    """
    files: dict[str, object] = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if environ.get("TRIALLINK_S3_BUCKET"):
        from botocore.config import Config

        endpoint = environ.get("TRIALLINK_S3_ENDPOINT") or None
        # Other servers than Amazon's often have no host name per bucket and do not know its checksum trailers.
        config = Config(
            s3={"addressing_style": "path" if endpoint else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        files = {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": environ["TRIALLINK_S3_BUCKET"],
                "endpoint_url": endpoint,
                "region_name": environ.get("TRIALLINK_S3_REGION") or None,
                "client_config": config,
                "default_acl": None if endpoint else "private",
            },
        }
    return {
        "default": files,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


STORAGES = storages_from(os.environ)
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

EMAIL_BACKEND = os.environ.get("TRIALLINK_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_HOST = os.environ.get("TRIALLINK_EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("TRIALLINK_EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("TRIALLINK_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("TRIALLINK_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("TRIALLINK_EMAIL_TLS") == "1"  # STARTTLS, usually on port 587
EMAIL_USE_SSL = os.environ.get("TRIALLINK_EMAIL_SSL") == "1"  # TLS from the first byte, usually on port 465
DEFAULT_FROM_EMAIL = os.environ.get("TRIALLINK_EMAIL_FROM", "Trial.Link <no-reply@localhost>")

# Heavy work: "processes" (default) or the address of a dask scheduler.
COMPUTE = os.environ.get("TRIALLINK_COMPUTE", "processes")
SEARCH_DIR = DATA_DIR / "search"
SEARCH_INDEX = "triallink.foundation.search.tantivy_index.TantivyIndex"
# Signing certificate (PKCS#12); a demonstration certificate is made when none is set.
SIGNING_P12 = os.environ.get("TRIALLINK_SIGNING_P12", "")
SIGNING_P12_PASSWORD = os.environ.get("TRIALLINK_SIGNING_P12_PASSWORD", "")

# The bank: a class of your own, or the sandbox bank, whose misbehaviour follows from its seed.
LEDGER_RAIL = os.environ.get("TRIALLINK_LEDGER_RAIL", "")
LEDGER_SANDBOX_SEED = int(os.environ.get("TRIALLINK_LEDGER_SANDBOX_SEED", "1"))
LEDGER_CALLBACK_SECRET = os.environ.get("TRIALLINK_LEDGER_CALLBACK_SECRET", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("TRIALLINK_LOG", "WARNING")},
}
SILENCED_SYSTEM_CHECKS = ["axes.W003"]
