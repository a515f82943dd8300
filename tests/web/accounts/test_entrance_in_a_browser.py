"""The whole way in, in a real browser and both languages: account, organization, phone, recovery code."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from playwright.sync_api import expect
from tests.conftest import PASSWORD
from tests.journeys.walk import Walk
from tests.web.accounts.conftest import PERIOD_SECONDS

from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import Person

pytestmark = pytest.mark.browser


def present_code(secret: str) -> str:
    """Return what an authenticator application shows, once it will show it long enough for a page to be sent."""
    left = PERIOD_SECONDS - time.time() % PERIOD_SECONDS
    if left < 8:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD_SECONDS))


def sign_out(walk: Walk) -> None:
    walk.page.locator("header .dropdown-toggle, header [data-bs-toggle=dropdown]").last.click()
    walk.page.get_by_role("button", name=walk.say("Sign out")).click()
    expect(walk.page.get_by_role("link", name=walk.say("Sign in")).first).to_be_visible()


def sign_in(walk: Walk, email: str) -> None:
    walk.open("/sign-in/")
    walk.field("E-mail address").fill(email)
    walk.field("Password").fill(PASSWORD)
    walk.press("Sign in")
    walk.page.wait_for_url("**/sign-in/code/")


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_from_signing_up_to_a_recovery_code(visit, live_site, locale):
    walk, email = Walk(visit(None, locale)), f"iris-{locale}@example.org"
    page = walk.open("/sign-up/")
    walk.field("Your name").fill("Iris")
    walk.field("E-mail address").fill(email)
    walk.field("Password").fill(PASSWORD)
    walk.press("Make the account")

    page.wait_for_url("**/sign-up/confirm/")
    [letter] = live_site.letters(email)
    assert (locale == "zh") == ("验证码" in letter["Subject"])
    code = re.search(r"^    (\S+)$", letter.get_content(), re.MULTILINE)
    assert code
    walk.field("Code").fill(code[1])
    walk.press("Confirm")

    page.wait_for_url("**/start/")
    walk.choose("You offer your own work; the organization is you alone.")
    walk.field("Name in English").fill("Iris Monitoring")
    walk.press("Found the organization")
    page.wait_for_url(live_site.url + "/")
    expect(page.get_by_text("Iris Monitoring").first).to_be_visible()
    assert actor_for(Person.objects.get(email=email)).organization_kind == "freelancer"

    walk.open("/account/security/")
    walk.press("Set it up")
    walk.field("Password").fill(PASSWORD)
    walk.press("Continue")
    page.wait_for_url("**/account/security/two-steps/**")
    picture = page.get_by_alt_text(walk.say("QR code for your authenticator application"))
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 100
    walk.shot("entrance-qr")
    secret = page.locator("code").inner_text().replace(" ", "")
    walk.field("Code").fill(present_code(secret))
    walk.press("Turn it on")
    page.wait_for_url("**/account/security/recovery-codes/")
    recovery = page.locator("ul.codes code").all_inner_texts()
    assert len(set(recovery)) == 10
    walk.press("I kept them")
    sign_out(walk)

    sign_in(walk, email)
    cache.clear()  # half a minute goes by: a code that was used is not good for its whole period
    walk.field("Code").fill(present_code(secret))
    walk.press("Sign in")
    page.wait_for_url(live_site.url + "/")
    sign_out(walk)

    sign_in(walk, email)
    walk.field("Code").fill(recovery[0])
    walk.press("Sign in")
    page.wait_for_url(live_site.url + "/")
    walk.open("/account/security/")
    expect(page.get_by_text(re.compile(r"\b9\b"))).to_be_visible()
