"""Addresses of the market."""

from triallink.web.market.requests.urls import patterns as request_patterns

app_name = "market"
urlpatterns = [*request_patterns]
