"""Django as WSGI; pages are synchronous and run on threads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "triallink.project.settings")
application = get_wsgi_application()
