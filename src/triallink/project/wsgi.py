"""Django as WSGI; pages are synchronous and run on threads."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "triallink.project.settings")
# Loading makes hardly any garbage, and looking for it takes a fifth of the time.
gc.disable()
application = get_wsgi_application()
gc.enable()
