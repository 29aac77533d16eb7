"""Sites installed before mail was read get the acknowledgement's templates and the settings' defaults."""

from codigo_binario_support.setup import defaults


def execute():
	defaults.create_mail_defaults()
	defaults.set_missing_settings()
