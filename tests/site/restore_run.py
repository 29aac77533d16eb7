"""One run of a restore in a process of its own, that can be killed at a chosen point: `restore_run.py SITE JSON`.

`kill` names a point: `inside:STEP` (its work is done, the journal does not know), `after:STEP`, or `halfway:switch`
(the folders are switched, the configuration is not).
"""

import json
import os
import signal
import sys

import frappe


def die(*_args, **_kwargs) -> None:
	os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
	from codigo_binario_support.adapters.restores import site_folder
	from codigo_binario_support.operations.restores.restore import Restoring

	where, step = point.split(":")
	if where == "halfway":
		site_folder.switch_folders, original = (
			(lambda *args: (original(*args), die())),
			site_folder.switch_folders,
		)
	elif where == "inside":
		original = getattr(Restoring, f"_{step}")
		setattr(Restoring, f"_{step}", lambda self: (original(self), die()))
	else:
		original = Restoring.do
		Restoring.do = lambda self, name, keep=None: (original(self, name, keep), name == step and die())


def err(step: str) -> None:
	"""A mistake of the program's own in one step."""
	from codigo_binario_support.adapters.restores import unpacking

	def nobody(*_arguments):
		raise AttributeError("nobody thought of this")

	setattr(unpacking, step, nobody)


def main(site: str, options: dict) -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.local.lang = "en"
	frappe.flags.mute_emails = True
	from codigo_binario_support.adapters.restores.databases import access
	from codigo_binario_support.jobs import restores

	if options.get("kill"):
		arm(options["kill"])
	if options.get("mistake"):
		err(options["mistake"])
	wanted = restores.Wanted(options.get("key"), options.get("folder"), options.get("request"))
	restores.restore(wanted, access(), lambda _journal: True, print)


if __name__ == "__main__":
	main(sys.argv[1], json.loads(sys.argv[2]))
