"""The package index this machine is set up for, as pip and uv would choose it."""

import base64
import configparser
import netrc
import os
import ssl
import sys
import tomllib
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit

from .refused import Refused

# Where pip and uv turn when nothing is configured.
PUBLIC_INDEX = urlunsplit(("https", ".".join(("pypi", "org")), "/simple", "", ""))
TIMEOUT_S = 60


@dataclass(frozen=True)
class Index:
    """The index to install from, and what uv has to be told about it."""

    address: str
    certificates: str | None = None
    uv_settings: Mapping[str, str] = field(default_factory=dict)


def configured_index() -> Index:
    """Return the index that uv's own settings name, else pip's, else the public one."""
    own, pip = _uv_settings(), _pip_settings()
    certificates = pip.get("cert") or os.environ.get("REQUESTS_CA_BUNDLE")
    settings = {
        # uv would ask only the first index that knows a name; every file is pinned by its hash,
        # so looking in all of them, as pip does, cannot let a stranger's file in.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_SYSTEM_CERTS": "true",
    }
    if certificates:
        settings["SSL_CERT_FILE"] = certificates
    if not own:
        # uv does not read pip's settings.
        told = {"UV_DEFAULT_INDEX": "index-url", "UV_INDEX": "extra-index-url", "UV_FIND_LINKS": "find-links"}
        settings |= {name: " ".join(pip[key].split()) for name, key in told.items() if pip.get(key)}
        if "UV_FIND_LINKS" in settings:
            settings["UV_FIND_LINKS"] = settings["UV_FIND_LINKS"].replace(" ", ",")
    address = own.get("default") or (pip.get("index-url") if not own else None) or PUBLIC_INDEX
    return Index(address, certificates, settings)


def fetch_pinned(index: Index, project: str, hashes: set[str], wanted_endings: tuple[str, ...]) -> bytes:
    """Return the wheel of a project that runs here and whose sha256 is one of those pinned."""
    page = f"{index.address.rstrip('/')}/{project}/"
    if page.startswith("file:"):
        page += "index.html"
    links = _Links()
    links.feed(_get(index, page).decode(errors="replace"))
    for link in links.found:
        address, fragment = urldefrag(urljoin(page, link))
        name = unquote(urlsplit(address).path)
        if fragment.removeprefix("sha256=") in hashes and name.endswith(wanted_endings):
            return _get(index, address)
    raise Refused(
        f"The package index at {without_secrets(index.address)} has no {project} for this machine with a hash "
        "that requirements-setup.txt names."
    )


def without_secrets(address: str) -> str:
    """Return an address without the user name and password it may carry."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def unreachable(index: Index, reason: str) -> Refused:
    """Return the sentence for an index that gives no answer, with the remedy if only trust is missing."""
    hint = "; install the ca-certificates package" if "certificate" in reason.lower() else ""
    return Refused(
        f"The package index at {without_secrets(index.address)} cannot be reached ({reason}){hint}; "
        "Trial.Link needs it once, at set-up."
    )


def _get(index: Index, address: str) -> bytes:
    context = ssl.create_default_context()
    if index.certificates:
        try:
            context.load_verify_locations(index.certificates)
        except OSError:
            raise Refused(f"The certificates named to pip, {index.certificates}, cannot be read.") from None
    request = urllib.request.Request(without_secrets(address), headers={"Accept": "text/html, */*;q=0.1"})
    login = _login(address, index.address)
    if login:
        request.add_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=context) as answer:
            return answer.read()
    except OSError as error:  # URLError, HTTPError and time-outs are all of this kind
        raise unreachable(index, str(getattr(error, "reason", None) or error)) from None


def _login(address: str, index_address: str) -> str | None:
    """Return `user:password` for an address: its own, the index's on the same host, or that of ~/.netrc."""
    host = urlsplit(address).hostname
    for candidate in (urlsplit(address), urlsplit(index_address)):
        if candidate.username and candidate.hostname == host:
            return f"{unquote(candidate.username)}:{unquote(candidate.password or '')}"
    try:
        entry = netrc.netrc().authenticators(host or "")
    except (OSError, netrc.NetrcParseError):
        return None
    return f"{entry[0]}:{entry[2]}" if entry else None


def _pip_settings() -> dict[str, str]:
    """Return what pip is told: its files, later ones over earlier ones, and its variables over all."""
    home, folders = Path.home(), os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")
    files = [Path(folder) / "pip/pip.conf" for folder in folders] + [Path("/etc/pip.conf")]
    files += [home / ".pip/pip.conf"]
    if sys.platform == "darwin":
        files += [home / "Library/Application Support/pip/pip.conf"]
    files += [Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip/pip.conf"]
    chosen = os.environ.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:  # pip's way to say: none of them
        files = []
    elif chosen:
        files += [Path(chosen)]
    parser = configparser.RawConfigParser()
    for file in files:
        try:
            parser.read(file)
        except configparser.Error as error:
            raise Refused(f"pip's settings in {file} cannot be read ({error.message}).") from None
    settings: dict[str, str] = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            settings |= {name.replace("_", "-"): value for name, value in parser.items(section)}
    for name in ("index-url", "extra-index-url", "find-links", "cert"):
        value = os.environ.get("PIP_" + name.upper().replace("-", "_"))
        if value:
            settings[name] = value
    return settings


def _uv_settings() -> dict[str, str]:
    """Return what uv itself is told of indexes, empty if nothing."""
    address = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL")
    if address:
        # uv allows a name before an address: `internal=https://…`.
        name, separator, rest = address.partition("=")
        return {"default": rest if separator and name.isidentifier() else address}
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for file in (os.environ.get("UV_CONFIG_FILE"), folder / "uv/uv.toml", "/etc/uv/uv.toml"):
        if not file or not Path(file).is_file():
            continue
        try:
            content = tomllib.loads(Path(file).read_text())
        except tomllib.TOMLDecodeError as error:
            raise Refused(f"uv's settings in {file} cannot be read ({error}).") from None
        default = [each["url"] for each in content.get("index", []) if each.get("default")]
        default += [content["index-url"]] if "index-url" in content else []
        if default:
            return {"default": default[0]}
    return {}


class _Links(HTMLParser):
    """Collects the addresses of a simple index page (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
