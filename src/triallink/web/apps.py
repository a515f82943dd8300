"""The pages as a Django application."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, templates and static files."""

    name = "triallink.web"
    label = "web"
