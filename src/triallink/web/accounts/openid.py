"""Signing in through an OpenID Connect provider, where one was set up: the addresses.

What is checked of the provider's answer stands in `openid_provider`.
"""

from allauth.socialaccount import views
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2LoginView
from django.http import HttpRequest, HttpResponse
from requests import RequestException

from triallink.kernel.refusals import NotFound
from triallink.web.accounts.openid_provider import CallbackView, OpenIdDoor
from triallink.web.doors import open_to_strangers


@open_to_strangers
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider."""
    return _through(OAuth2LoginView, request, provider_id)


@open_to_strangers
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the browser back from the provider, and check what it brings."""
    return _through(CallbackView, request, provider_id)


signup = open_to_strangers(views.signup)
cancelled = open_to_strangers(views.login_cancelled)
failed = open_to_strangers(views.login_error)


def _through(
    view: type[OAuth2LoginView] | type[CallbackView], request: HttpRequest, provider_id: str
) -> HttpResponse:
    door = OpenIdDoor(request, provider_id)
    try:
        provider = door.get_provider()
    except SocialApp.DoesNotExist:
        raise NotFound from None
    try:
        answer: HttpResponse = view.adapter_view(door)(request)
        return answer
    except (OAuth2Error, RequestException) as error:
        # The provider is away, or says what no provider may: a page says that signing in was not possible.
        refused: HttpResponse = render_authentication_error(request, provider, exception=error)
        return refused
