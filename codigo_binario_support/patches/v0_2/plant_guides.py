"""Sites of version 0.1 get the official pages and help articles, as new ones do."""

from codigo_binario_support.setup.guides import create_guides

execute = create_guides
