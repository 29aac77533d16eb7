"""Sites that were installed before probes existed: what a new site's settings say of maintenance and samples."""

from codigo_binario_support.setup import defaults

execute = defaults.set_missing_settings
