"""Sites installed before mail was read get the acknowledgement's templates and the settings' defaults."""

from codigo_binario_support.setup import seeds


def execute():
	seeds.plant_mail()
	seeds.set_mail_defaults()
