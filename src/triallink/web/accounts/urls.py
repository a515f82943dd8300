"""Addresses of accounts. allauth finds its own pages by the names without a prefix."""

from django.urls import include, path, re_path

from triallink.web.accounts import entrance, passwords, start

own = [
    path("sign-out/", entrance.sign_out, name="sign-out"),
    path("sign-up/", entrance.sign_up, name="sign-up"),
    path("demo-sign-in/", entrance.demo_sign_in, name="demo-sign-in"),
    path("start/", start.start, name="start"),
    path("invitations/<str:token>/", start.invitation, name="invitation"),
    path("invitations/<str:token>/accept/", start.accept, name="invitation-accept"),
]
urlpatterns = [
    path("sign-in/", entrance.sign_in, name="account_login"),
    path("sign-up/", entrance.sign_up, name="account_signup"),
    path("sign-out/", entrance.sign_out, name="account_logout"),
    path("sign-up/confirm/", entrance.confirm, name="account_email_verification_sent"),
    path("sign-in/closed/", entrance.closed, name="account_inactive"),
    path("password/forgotten/", passwords.reset, name="account_reset_password"),
    path("password/forgotten/sent/", passwords.reset_sent, name="account_reset_password_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        passwords.reset_from_link,
        name="account_reset_password_from_key",
    ),
    path("password/set/done/", passwords.reset_done, name="account_reset_password_from_key_done"),
    path("", include((own, "accounts"))),
]
