"""The scratch site: one with ERPNext and allow_tests whose support data may be lost, and the ways to it.

CODIGO_BINARIO_SCRATCH_SITE names it, or `codigo_binario_scratch_site` in the bench's common_site_config.json. Without one the
tests that need it are skipped, with that reason.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from conftest import BENCH

APP = "codigo_binario_support"
_CONFIG = BENCH / "sites" / "common_site_config.json"
SITE = os.environ.get("CODIGO_BINARIO_SCRATCH_SITE") or (
	json.loads(_CONFIG.read_text()).get("codigo_binario_scratch_site") if _CONFIG.exists() else None
)

needs_scratch_site = pytest.mark.skipif(
	not SITE, reason="no scratch site: set CODIGO_BINARIO_SCRATCH_SITE to try installing and uninstalling"
)


def python(*arguments: str, tree: Path | None = None, timeout: int = 500) -> subprocess.CompletedProcess:
	"""The bench's Python with the checkout under test first on its path, or `tree` before it."""
	path = os.pathsep.join(filter(None, (str(tree) if tree else "", os.environ.get("PYTHONPATH", ""))))
	return subprocess.run(
		[str(BENCH / "env" / "bin" / "python"), *arguments],
		cwd=BENCH / "sites",
		env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
		capture_output=True,
		text=True,
		timeout=timeout,
	)


def bench(*arguments: str, check: bool = True, tree: Path | None = None) -> subprocess.CompletedProcess:
	"""Frappe's own command line, on the scratch site."""
	done = python("-m", "frappe.utils.bench_helper", "frappe", "--site", SITE, *arguments, tree=tree)
	assert not check or done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
	return done


def ask(code: str) -> str:
	"""Run a few lines on the scratch site in a process of their own; returns what they print."""
	lines = f"import frappe\nfrappe.init(site={SITE!r})\nfrappe.connect()\n{code}\nfrappe.db.commit()\nfrappe.destroy()\n"
	done = python("-c", lines, timeout=120)
	assert done.returncode == 0, done.stderr[-2000:]
	return done.stdout.strip()


def is_installed() -> bool:
	return APP in ask("print(frappe.get_installed_apps())")


def uninstall() -> None:
	"""Leave the site without the app, and no archive of its evidence behind."""
	out = bench("uninstall-app", APP, "--yes", "--no-backup").stdout
	for word in out.split():
		if word.endswith(".tar.gz") and os.path.exists(word):
			os.unlink(word)
