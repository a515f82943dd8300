"""The one command that serves the site: `run`, the tests and the benchmark start the same server."""

from pathlib import Path

from .places import CHECKOUT

# Addresses of style sheets, scripts and pictures carry a digest of their content (`?v=`): they may be kept for long.
STATIC = CHECKOUT / "src/triallink/web/static"
STATIC_KEPT_S = 30 * 86400


def web_command(python: Path | str, *, port: int, host: str = "127.0.0.1", workers: int = 1) -> list[str]:
    """Return what serves pages and static files on a port; an asset is sent without waking Python."""
    return [
        *(str(python), "-m", "granian", "--interface", "asgi", "--no-access-log"),
        *("--host", host, "--port", str(port), "--workers", str(workers)),
        *("--static-path-route", "/static", "--static-path-mount", str(STATIC)),
        *("--static-path-expires", str(STATIC_KEPT_S)),
        "triallink.project.asgi:application",
    ]
