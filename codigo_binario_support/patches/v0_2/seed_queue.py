"""Canned answers and saved views, for sites that were installed before there were any."""

from codigo_binario_support.setup import defaults

execute = defaults.create_queue_defaults
