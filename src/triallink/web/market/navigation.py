"""Where the market stands on the rail."""

from triallink.web.market.requests import navigation as requests

__all__ = ["requests"]
