"""What an OpenID Connect provider is asked, and what of its answer is believed.

allauth skips the signature of an identity token it fetched itself and knows no nonce. Here every token is
checked as OpenID Connect Core 1.0 §3.1.3.7 asks, whatever the connection was, because a self-hosted
installation may speak to its provider through a proxy, and the code flow carries PKCE (RFC 7636).
"""

import secrets
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse

# Only signatures whose key is public: with a shared secret the client could sign what it is to believe.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
CLOCK_SKEW_S = 60
# What is kept of the provider's words about a person.
KEPT = ("sub", "iss", "email", "email_verified", "name")


class OpenIdProvider(OpenIDConnectProvider):
    """The provider as it is asked: always a sign-in, with a nonce and PKCE, and nothing the address adds."""

    pkce_enabled_default = True

    def get_oauth2_adapter(self, request: HttpRequest) -> "OpenIdDoor":
        """Return the door through which the answer comes."""
        return OpenIdDoor(request, self.app.provider_id)

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Take only the page to go on to from the address: no scope, no process, no parameter."""
        asked = super().get_redirect_from_request_kwargs(request)
        own = {"process": "login", "scope": self.get_scope(), "auth_params": self.get_auth_params()}
        return {**asked, **own}

    def redirect(self, request: HttpRequest, process: str, **more: Any) -> HttpResponse:
        """Send the browser to the provider; the nonce it must bring back waits in the session."""
        nonce = secrets.token_urlsafe(32)
        asked = {**more.pop("auth_params"), "nonce": nonce}
        answer: HttpResponse = super().redirect(request, process, auth_params=asked, nonce=nonce, **more)
        return answer

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        """Return the address; it counts as verified only if the provider says exactly so."""
        addresses: list[Any] = super().extract_email_addresses(data)
        for address in addresses:
            # Some providers send the words "true" and "false", and "false" is not empty.
            address.verified = str(address.verified).lower() == "true"
        return addresses

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Keep no more about a person than signing in takes."""
        return {"userinfo": {key: data["userinfo"][key] for key in KEPT if key in data["userinfo"]}}


class OpenIdDoor(OpenIDConnectOAuth2Adapter):
    """The provider's answers, each checked before it is believed."""

    nonce: str = ""

    def get_provider(self) -> OpenIdProvider:
        """Return the provider that was set up under this name."""
        return OpenIdProvider(self.request, app=get_adapter().get_app(self.request, self.provider_id))

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return what the provider says of itself; its issuer must be the address that was set up."""
        if not hasattr(self, "_openid_config"):
            config = super().openid_config
            if not isinstance(config, dict) or not all(isinstance(config.get(key), str) for key in NEEDED):
                raise OAuth2Error(f"the provider's configuration lacks one of {NEEDED}")
            configured = self.get_provider().app.settings["server_url"].partition("/.well-known/")[0]
            if config["issuer"].rstrip("/") != configured.rstrip("/"):
                raise OAuth2Error(f"the provider calls itself {config['issuer']!r}")
        config = self._openid_config
        return config

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Return who signs in, by a checked identity token and what the provider adds to it."""
        claims = self._claims(app, str(kwargs["response"].get("id_token") or ""))
        person = claims
        if "userinfo_endpoint" in self.openid_config:
            told = self._fetch_user_info(token.token)
            if told.get("sub") != claims["sub"]:
                raise OAuth2Error("the provider tells of somebody else than the token names")
            person = {**claims, **told}
        return self.get_provider().sociallogin_from_response(request, {"userinfo": person})

    def _claims(self, app: SocialApp, token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(token),
                algorithms=ALGORITHMS,
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                leeway=CLOCK_SKEW_S,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"the identity token does not hold: {error}") from error
        if not self.nonce or not secrets.compare_digest(str(claims["nonce"]).encode(), self.nonce.encode()):
            raise OAuth2Error("the identity token answers another sign-in")
        is_for_others_too = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if is_for_others_too else app.client_id) != app.client_id:
            raise OAuth2Error("the identity token was made for another application")
        return claims

    def _key(self, token: str) -> jwt.PyJWK:
        """Return the provider's key with which the token says it was signed."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys = [key for key in jwt.PyJWKSet.from_dict(answer.json()).keys if key.public_key_use != "enc"]
        named = jwt.get_unverified_header(token).get("kid")
        found = [key for key in keys if key.key_id == named] if named else keys
        if len(found) != 1:
            raise OAuth2Error(f"the provider has no key {named!r}")
        return found[0]


class CallbackView(OAuth2CallbackView):
    """Where the browser comes back to."""

    adapter: OpenIdDoor

    def _get_state(self, request: HttpRequest, provider: OpenIdProvider) -> tuple[Any, HttpResponse | None]:
        """Tell the door which nonce the sign-in that ends here began with."""
        state, refused = super()._get_state(request, provider)
        if state is not None:
            self.adapter.nonce = state.get("nonce") or ""
        return state, refused
