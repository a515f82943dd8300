"""The package index this machine is set up for, as pip and uv would choose it."""

import base64
import configparser
import netrc
import os
import ssl
import sys
import tomllib
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit

from .refused import Refused

# Where pip and uv turn when nothing is configured.
PUBLIC_INDEX = urlunsplit(("https", ".".join(("pypi", "org")), "/simple", "", ""))
TIMEOUT_S = 60


@dataclass(frozen=True)
class Index:
    """The index to install from; `extra` ones are asked as well."""

    address: str
    extra: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    certificates: str | None = None

    def uv_environment(self) -> dict[str, str]:
        """Return the settings that make uv, which does not read pip's, ask the same index."""
        settings = {
            "UV_DEFAULT_INDEX": self.address,
            # uv would ask only the first index that knows a name; every file is pinned by its hash,
            # so looking in all of them, as pip does, cannot let a stranger's file in.
            "UV_INDEX_STRATEGY": "unsafe-best-match",
            "UV_SYSTEM_CERTS": "true",
        }
        if self.extra:
            settings["UV_INDEX"] = " ".join(self.extra)
        if self.find_links:
            settings["UV_FIND_LINKS"] = ",".join(self.find_links)
        if self.certificates and not os.environ.get("SSL_CERT_FILE"):
            settings["SSL_CERT_FILE"] = self.certificates
        return settings


def configured_index() -> Index:
    """Return the index that uv's settings name, else pip's, else the public one."""
    uv, pip, environment = _uv_settings(), _pip_settings(), os.environ
    address = (
        environment.get("UV_DEFAULT_INDEX")
        or environment.get("UV_INDEX_URL")
        or environment.get("PIP_INDEX_URL")
        or uv.get("default")
        or pip.get("index-url")
        or PUBLIC_INDEX
    )
    extra = (
        environment.get("UV_INDEX")
        or environment.get("UV_EXTRA_INDEX_URL")
        or environment.get("PIP_EXTRA_INDEX_URL")
        or uv.get("extra")
        or pip.get("extra-index-url", "")
    )
    links = environment.get("UV_FIND_LINKS") or environment.get("PIP_FIND_LINKS") or pip.get("find-links", "")
    certificates = environment.get("PIP_CERT") or environment.get("REQUESTS_CA_BUNDLE") or pip.get("cert")
    return Index(
        # uv allows a name before an address: `internal=https://…`.
        address=_without_name(address),
        extra=tuple(_without_name(each) for each in extra.split()),
        find_links=tuple(links.replace(",", " ").split()),
        certificates=certificates,
    )


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
        reason = getattr(error, "reason", None) or error
        hint = "; install the ca-certificates package" if "CERTIFICATE_VERIFY" in str(reason) else ""
        raise Refused(
            f"The package index at {without_secrets(index.address)} cannot be reached ({reason}){hint}; "
            "Trial.Link needs it once, at set-up."
        ) from None


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
    """Return what pip's files say, later files over earlier ones as pip reads them."""
    home, folders = Path.home(), os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")
    files = [Path(folder) / "pip/pip.conf" for folder in folders] + [Path("/etc/pip.conf")]
    files += [home / ".pip/pip.conf"]
    if sys.platform == "darwin":
        files += [home / "Library/Application Support/pip/pip.conf"]
    files += [Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip/pip.conf"]
    if os.environ.get("PIP_CONFIG_FILE"):
        files += [Path(os.environ["PIP_CONFIG_FILE"])]
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
    return settings


def _uv_settings() -> dict[str, str]:
    """Return the default and extra indexes that uv's own files name."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for file in (os.environ.get("UV_CONFIG_FILE"), folder / "uv/uv.toml", "/etc/uv/uv.toml"):
        if not file or not Path(file).is_file():
            continue
        try:
            content = tomllib.loads(Path(file).read_text())
        except tomllib.TOMLDecodeError as error:
            raise Refused(f"uv's settings in {file} cannot be read ({error}).") from None
        listed = content.get("index", [])
        default = [each["url"] for each in listed if each.get("default")] or [content.get("index-url", "")]
        extra = [each["url"] for each in listed if not each.get("default")]
        extra += content.get("extra-index-url", [])
        return {"default": default[0], "extra": " ".join(extra)}
    return {}


def _without_name(address: str) -> str:
    name, separator, rest = address.partition("=")
    return rest if separator and name.isidentifier() else address


class _Links(HTMLParser):
    """Collects the addresses of a simple index page (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
