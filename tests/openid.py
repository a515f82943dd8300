"""A small OpenID Connect provider: discovery, authorize, token, userinfo and keys, on a port of its own.

It signs whoever `person` is in without asking, keeps to the code flow with PKCE, and says of a person what it is
told to. `token` and `signer` let it lie, so that a test can see the lie refused.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.ports import free_port

CLIENT, SECRET = "trial-link", "the client's secret"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """The provider's address and what it says."""

    issuer: str
    person: dict[str, Any]
    token: Callable[[dict[str, Any]], dict[str, Any]] = dict
    userinfo: Callable[[dict[str, Any]], dict[str, Any]] = dict
    signer: Callable[[dict[str, Any]], str] | None = None
    configuration: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def sign(self, claims: dict[str, Any]) -> str:
        """Return an identity token as an honest provider makes it."""
        return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "one"})

    def discovery(self) -> dict[str, Any]:
        """Return OpenID Connect Discovery's document."""
        places = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "keys",
        }
        own = {name: f"{self.issuer}/{place}" for name, place in places.items()}
        methods = {"token_endpoint_auth_methods_supported": ["client_secret_basic"]}
        return {"issuer": self.issuer, **own, **methods, **self.configuration}

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where the browser goes next: back, with a code."""
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert set(asked["scope"].split()) == {"openid", "profile", "email"}
        code = secrets.token_urlsafe()
        self.asked[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, sent: dict[str, str], authorization: str) -> dict[str, Any]:
        """Return the tokens for a code; a code is good once, for the client that asked for it."""
        assert authorization == "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.asked.pop(sent["code"])
        assert sent["redirect_uri"] == asked["redirect_uri"]
        proof = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=")
        assert (asked["code_challenge_method"], asked["code_challenge"]) == ("S256", proof.decode())
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
        }
        token = (self.signer or self.sign)(self.token(claims))
        return {"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": token}

    def keys(self) -> dict[str, Any]:
        """Return the public key."""
        own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [{**own, "kid": "one", "use": "sig", "alg": "RS256"}]}


@contextmanager
def running_provider(person: dict[str, Any]) -> Iterator[Provider]:
    """Give a provider that listens, and signs this person in."""
    port = free_port()
    provider = Provider(f"http://127.0.0.1:{port}", person)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Keep silent."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(dict(parse_qsl(parts.query))))
                self.end_headers()
            elif parts.path == "/userinfo":
                assert self.headers["Authorization"] == "Bearer access"
                self._answer(provider.userinfo(provider.person))
            else:
                pages = {
                    "/.well-known/openid-configuration": provider.discovery,
                    "/keys": provider.keys,
                }
                self._answer(pages[parts.path]())

        def do_POST(self) -> None:
            sent = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self._answer(provider.exchange(sent, self.headers.get("Authorization", "")))

        def _answer(self, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
        thread.start()
        yield provider
        server.shutdown()
