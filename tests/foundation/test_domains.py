"""Domains as applications: Django must use each domain's own configuration."""

from django.apps import apps

from triallink.foundation.apps import DomainConfig


def test_every_installed_domain_registers_through_its_own_configuration():
    configs = [config for config in apps.get_app_configs() if ".domains." in config.name]
    assert configs
    assert all(isinstance(config, DomainConfig) and type(config) is not DomainConfig for config in configs)
