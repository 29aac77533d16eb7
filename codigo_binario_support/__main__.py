"""``python -m codigo_binario_support``: the policy on a file of requests, without a bench."""

import sys

from codigo_binario_support.cli.app import main

if __name__ == "__main__":
	sys.exit(main())
