"""Sites of version 0.1 get the official pages and help articles, as new ones do."""

from codigo_binario_support.setup.guides import plant_guides


def execute() -> None:
	plant_guides()
