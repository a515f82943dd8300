"""Signing in through an OpenID Connect provider, where one was set up."""

from allauth.socialaccount import views
from allauth.socialaccount.providers.openid_connect import views as openid_connect

from triallink.web.doors import open_to_strangers

login = open_to_strangers(openid_connect.login)
callback = open_to_strangers(openid_connect.callback)
signup = open_to_strangers(views.signup)
cancelled = open_to_strangers(views.login_cancelled)
failed = open_to_strangers(views.login_error)
