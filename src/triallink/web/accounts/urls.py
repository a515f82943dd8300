"""Addresses of accounts. allauth finds its own pages by the names without a prefix."""

from django.urls import include, path, re_path

from triallink.web.accounts import (
    entrance,
    members,
    openid,
    organization,
    passwords,
    personal,
    start,
    tokens,
    two_step,
)

own = [
    path("sign-out/", entrance.sign_out, name="sign-out"),
    path("sign-up/", entrance.sign_up, name="sign-up"),
    path("demo-sign-in/", entrance.demo_sign_in, name="demo-sign-in"),
    path("start/", start.start, name="organization-new"),
    path("invitations/<str:token>/", start.invitation, name="invitation"),
    path("invitations/<str:token>/accept/", start.accept, name="invitation-accept"),
    path("account/", personal.profile, name="profile"),
    path("account/security/", personal.security, name="security"),
    path("account/export/", personal.export, name="export"),
    path("account/close/", personal.close, name="close"),
    path("account/memberships/<int:membership_id>/leave/", personal.leave, name="membership-leave"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", tokens.revoke, name="token-revoke"),
    path("organization/", organization.organization, name="organization"),
    path("organization/edit/", organization.edit, name="organization-edit"),
    path("organization/history/", organization.history, name="history"),
    path("organization/members/", members.members, name="members"),
    path("organization/members/invite/", members.invite, name="invite"),
    path("organization/members/<int:membership_id>/", members.member, name="member"),
    path("organization/members/<int:membership_id>/end/", members.end, name="member-end"),
    path("organization/invitations/<int:invitation_id>/revoke/", members.revoke, name="invitation-revoke"),
]
entrance_of_allauth = [
    path("sign-in/", entrance.sign_in, name="account_login"),
    path("sign-in/code/", two_step.second_step, name="mfa_authenticate"),
    path("sign-in/closed/", entrance.closed, name="account_inactive"),
    path("sign-up/", entrance.sign_up, name="account_signup"),
    path("sign-up/confirm/", entrance.confirm, name="account_email_verification_sent"),
    path("sign-out/", entrance.sign_out, name="account_logout"),
    path("password/forgotten/", passwords.reset, name="account_reset_password"),
    path("password/forgotten/sent/", passwords.reset_sent, name="account_reset_password_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        passwords.reset_from_link,
        name="account_reset_password_from_key",
    ),
    path("password/set/done/", passwords.reset_done, name="account_reset_password_from_key_done"),
]
openid_of_allauth = [
    path("<str:provider_id>/", openid.login, name="openid_connect_login"),
    path("<str:provider_id>/callback/", openid.callback, name="openid_connect_callback"),
    path("new/person/", openid.signup, name="socialaccount_signup"),
    path("not/cancelled/", openid.cancelled, name="socialaccount_login_cancelled"),
    path("not/possible/", openid.failed, name="socialaccount_login_error"),
]
security_of_allauth = [
    path("", personal.profile, name="account_email"),
    path("again/", two_step.again_by_password, name="account_reauthenticate"),
    path("again/code/", two_step.again_by_code, name="mfa_reauthenticate"),
    path("password/", passwords.change, name="account_change_password"),
    path("password/first/", passwords.set_first, name="account_set_password"),
    path("security/", personal.security, name="mfa_index"),
    path("security/openid/", personal.security, name="socialaccount_connections"),
    path("security/two-steps/", two_step.activate, name="mfa_activate_totp"),
    path("security/two-steps/off/", two_step.deactivate, name="mfa_deactivate_totp"),
    path("security/recovery-codes/", two_step.recovery_codes, name="mfa_view_recovery_codes"),
    path("security/recovery-codes/new/", two_step.new_recovery_codes, name="mfa_generate_recovery_codes"),
]
urlpatterns = [
    *entrance_of_allauth,
    path("sign-in/openid/", include(openid_of_allauth)),
    path("account/", include(security_of_allauth)),
    path("", include((own, "accounts"))),
]
