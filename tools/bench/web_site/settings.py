"""The project's settings with the bench's addresses."""

from triallink.project.settings import *  # noqa: F403

ROOT_URLCONF = "web_site.urls"
