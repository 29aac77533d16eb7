"""Where the site tests can run: a bench, a site in it that allows tests, its services up, a pytest for its Python.

	python tests/bench_discovery.py prepare FILE   looks, starts what is down, writes shell variables to FILE
	python tests/bench_discovery.py run            runs tests/site with the variables of `prepare` in the environment
	python tests/bench_discovery.py browser        looks as `prepare` does, and runs tests/browser in Chromium
	python tests/bench_discovery.py both           one after the other
	python tests/bench_discovery.py 16             the same in a second bench, of Frappe 16

The second bench is CODIGO_BINARIO_BENCH_16, its site CODIGO_BINARIO_SITE_16 (else found as the first's). Where it lives in
a chroot or a container, CODIGO_BINARIO_BENCH_16_RUN is what a command is run with there (`chroot /opt/x`,
`docker exec -i x`); paths are those inside, and the checkout is seen there under the path that it has here.

`prepare` never fails: what is missing is printed, FILE stays empty, and the site tests are skipped. The bench itself
is not changed: what the tests need and it lacks is installed into a folder of its own.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CHECKOUT = Path(__file__).resolve().parents[1]
APP = "codigo_binario_support"
#: What the site tests import beyond Frappe: two of its own development dependencies, and what Frappe 16 brings no more.
TEST_PACKAGES = ("pytest", "freezegun", "boto3")
BROWSER_PACKAGES = ("pytest", "playwright")
#: Playwright drives the system's own browser: none is downloaded.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: The environment's variable that says which lines the tests run.
COVERAGE = "CODIGO_BINARIO_COVERAGE"
#: pytest, with a folder of packages that the bench lacks.
RUN = (
	"import sys; folder = sys.argv.pop(1); folder and sys.path.append(folder);"
	"import pytest; sys.exit(pytest.main(sys.argv[1:]))"
)
LOCAL = ("127.0.0.1", "localhost", "::1", "")


class Missing(Exception):
	"""Why the site tests cannot run here, and what would help."""


@dataclass(frozen=True)
class Service:
	name: str
	host: str
	port: int

	@property
	def is_up(self) -> bool:
		try:
			with socket.create_connection((self.host or "127.0.0.1", self.port), timeout=2):
				return True
		except OSError:
			return False


def find_bench(environ: Mapping[str, str]) -> Path:
	"""CODIGO_BINARIO_BENCH, else FRAPPE_BENCH_ROOT, else ~/frappe-bench."""
	named = environ.get("CODIGO_BINARIO_BENCH") or environ.get("FRAPPE_BENCH_ROOT")
	bench = Path(named) if named else Path(environ.get("HOME") or "/") / "frappe-bench"
	for part in ("sites", "env/bin/python"):
		if not (bench / part).exists():
			raise Missing(f"no bench: {bench / part} does not exist (name one with CODIGO_BINARIO_BENCH)")
	return bench.resolve()


def common_config(bench: Path) -> dict[str, Any]:
	return _json(bench / "sites" / "common_site_config.json")


def find_site(bench: Path, environ: Mapping[str, str]) -> str:
	"""CODIGO_BINARIO_SITE, else the default site if it allows tests, else the first that does."""
	common = common_config(bench)

	def allows_tests(site: str) -> bool:
		config = bench / "sites" / site / "site_config.json"
		return config.exists() and bool({**common, **_json(config)}.get("allow_tests"))

	named = environ.get("CODIGO_BINARIO_SITE")
	if named:
		if not allows_tests(named):
			raise Missing(
				f"{named} is no site of {bench} that allows tests: bench --site {named} set-config allow_tests true"
			)
		return named
	sites = sorted(path.parent.name for path in (bench / "sites").glob("*/site_config.json"))
	for site in [common.get("default_site") or "", *sites]:
		if site and allows_tests(site):
			return site
	raise Missing(f"no site of {bench} allows tests: bench --site SITE set-config allow_tests true")


def services(bench: Path, site: str) -> list[Service]:
	"""MariaDB and the two Redis of a bench, each once."""
	config = {**common_config(bench), **_json(bench / "sites" / site / "site_config.json")}
	found = [Service("MariaDB", config.get("db_host") or "127.0.0.1", int(config.get("db_port") or 3306))]
	for key, port in (("redis_cache", 13000), ("redis_queue", 11000)):
		url = urlsplit(config.get(key) or f"redis://127.0.0.1:{port}")
		found.append(Service(key, url.hostname or "127.0.0.1", url.port or port))
	return list({(service.host, service.port): service for service in reversed(found)}.values())[::-1]


def start(service: Service, bench: Path) -> None:
	"""Start one service that is down. Raises `Missing` when it cannot be started from here."""
	if service.host not in LOCAL:
		raise Missing(
			f"{service.name} at {service.host}:{service.port} does not answer, and is not ours to start"
		)
	for command in commands_for(service, bench):
		if shutil.which(command[0]):
			print(f"  starting {service.name}: {shlex.join(command)}", flush=True)
			_launch(command)
			if _wait(service):
				return
	raise Missing(f"{service.name} is not up on port {service.port} and could not be started")


def commands_for(service: Service, bench: Path) -> list[list[str]]:
	"""Ways to start a service, the nearest to the bench's own first."""
	if service.name == "MariaDB":
		if service.port != 3306:
			return [["mysqld_safe", "--user=mysql", f"--port={service.port}"]]
		return [
			["service", "mariadb", "start"],
			["service", "mysql", "start"],
			["mysqld_safe", "--user=mysql"],
		]
	own = bench / "config" / f"{service.name}.conf"
	options = ["--port", str(service.port), "--bind", "127.0.0.1", "--daemonize", "yes"]
	plain = ["redis-server", *options, "--save", ""]
	return [["redis-server", str(own), *options], plain] if own.exists() else [plain]


def _launch(command: list[str]) -> None:
	stays = command[0] == "mysqld_safe"
	if stays:
		Path("/run/mysqld").mkdir(parents=True, exist_ok=True)
		shutil.chown("/run/mysqld", "mysql")
	quiet = subprocess.DEVNULL
	process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
	if not stays:
		process.wait(timeout=60)


def _wait(service: Service, seconds: int = 60) -> bool:
	for _n in range(seconds * 4):
		if service.is_up:
			return True
		time.sleep(0.25)
	return False


def require_apps(bench: Path, site: str) -> None:
	"""ERPNext on the site, our app in the bench: installing an app that the bench lacks would break the site."""
	listed = (bench / "sites" / "apps.txt").read_text(encoding="utf-8").split()
	if APP not in listed:
		raise Missing(f"{APP} is not in {bench}: bench get-app {CHECKOUT}")
	code = (
		"import frappe, sys; frappe.init(site=sys.argv[1]); frappe.connect();"
		"print(*frappe.get_installed_apps(), sep='\\n'); frappe.destroy()"
	)
	run = _bench_python(bench, "-c", code, site, cwd=bench / "sites")
	if run.returncode:
		raise Missing(
			f"{site} cannot be opened: {(run.stderr.strip().splitlines() or ['no reason given'])[-1]}"
		)
	if "erpnext" not in run.stdout.split():
		raise Missing(f"{site} has no ERPNext: bench --site {site} install-app erpnext")


def require_browser() -> str:
	"""The path of a Chromium. Raises `Missing`."""
	found = next(filter(None, map(shutil.which, BROWSERS)), None)
	if not found:
		raise Missing("no browser: install Debian's package chromium")
	return found


def require_packages(bench: Path, names: tuple[str, ...] = TEST_PACKAGES) -> str:
	"""The folder with what the tests need of packages, or an empty string when the bench has its own."""
	missing = [name for name in names if _bench_python(bench, "-c", f"import {name}").returncode]
	if not missing:
		return ""
	folder = tempfile.mkdtemp(prefix="support-tests-")
	print(
		f"  the bench lacks {', '.join(missing)}: installed into {folder}, the bench stays as it is",
		flush=True,
	)
	options = ["install", "--quiet", "--disable-pip-version-check", "--target", folder, *missing]
	python = str(bench / "env" / "bin" / "python")
	for command in (
		[python, "-m", "pip", *options],
		[sys.executable, "-m", "pip", "--python", python, *options],
	):
		if subprocess.run(command, capture_output=True, check=False).returncode == 0:
			return folder
	raise Missing(f"{', '.join(missing)} could not be installed for the bench's Python")


def open_bench(environ: Mapping[str, str]) -> tuple[Path, str]:
	"""Bench and site, with their services up. Raises `Missing`."""
	bench = find_bench(environ)
	site = find_site(bench, environ)
	print(f"  bench {bench}, site {site}", flush=True)
	for service in services(bench, site):
		if not service.is_up:
			start(service, bench)
	require_apps(bench, site)
	return bench, site


def prepare(environ: Mapping[str, str]) -> dict[str, str]:
	"""The variables that `run` needs. Raises `Missing`."""
	bench, site = open_bench(environ)
	return {
		"CODIGO_BINARIO_BENCH": str(bench),
		"CODIGO_BINARIO_SITE": site,
		"CODIGO_BINARIO_PYTEST": require_packages(bench),
	}


def browse(environ: Mapping[str, str], arguments: list[str]) -> int:
	"""tests/browser, or why not. Raises `Missing`."""
	os.environ["CODIGO_BINARIO_BROWSER"] = require_browser()
	bench, site = open_bench(environ)
	os.environ["CODIGO_BINARIO_BENCH"], os.environ["CODIGO_BINARIO_SITE"] = str(bench), site
	os.environ["CODIGO_BINARIO_PYTEST"] = require_packages(bench, BROWSER_PACKAGES)
	return run(os.environ, arguments, "browser")


def run(environ: Mapping[str, str], arguments: list[str], suite: str = "site") -> int:
	"""pytest in the bench's Python, from its sites folder, with the checkout before the installed app."""
	bench = Path(environ["CODIGO_BINARIO_BENCH"])
	code = _under_coverage(bench) if environ.get(COVERAGE) else RUN
	options = [
		"-q",
		"-p",
		"no:cacheprovider",
		"--rootdir",
		str(CHECKOUT),
		"-c",
		str(CHECKOUT / "pyproject.toml"),
	]
	command = [
		"-c",
		code,
		environ.get("CODIGO_BINARIO_PYTEST", ""),
		*options,
		str(CHECKOUT / "tests" / suite),
	]
	return _bench_python(bench, *command, *arguments, cwd=bench / "sites", is_shown=True).returncode


def _under_coverage(bench: Path) -> str:
	"""The same, with the lines that it ran in .coverage.site of the checkout: `make coverage` shows them."""
	if _bench_python(bench, "-c", "import coverage").returncode:
		print(f"  {COVERAGE}: the bench has no coverage (bench pip install coverage)", flush=True)
		return RUN
	data, source = str(CHECKOUT / ".coverage.site"), str(CHECKOUT / APP)
	return (
		f"import coverage; seen = coverage.Coverage(data_file={data!r}, source=[{source!r}], config_file=False);"
		f"seen.start(); import atexit; atexit.register(lambda: (seen.stop(), seen.save())); {RUN}"
	)


def second_command(environ: Mapping[str, str]) -> list[str]:
	"""What runs the site tests in the second bench. Raises `Missing` when none is named."""
	bench = environ.get("CODIGO_BINARIO_BENCH_16")
	if not bench:
		raise Missing("CODIGO_BINARIO_BENCH_16 names no bench of Frappe 16")
	inside = shlex.split(environ.get("CODIGO_BINARIO_BENCH_16_RUN") or "")
	site = environ.get("CODIGO_BINARIO_SITE_16")
	variables = [f"CODIGO_BINARIO_BENCH={bench}", *([f"CODIGO_BINARIO_SITE={site}"] if site else [])]
	# What names the first bench's things is not the second's.
	forgotten = [
		option for name in ("CODIGO_BINARIO_SITE", "CODIGO_BINARIO_SCRATCH_SITE") for option in ("-u", name)
	]
	python = "python3" if inside else sys.executable
	return [*inside, "env", *forgotten, *variables, python, str(Path(__file__).resolve()), "both"]


def run_second(environ: Mapping[str, str], arguments: list[str]) -> int:
	try:
		command = second_command(environ)
	except Missing as reason:
		print(f"  skipped: {reason}", flush=True)
		return 0
	print(f"  {shlex.join([*command, *arguments])}", flush=True)
	return subprocess.run([*command, *arguments], check=False).returncode


def _bench_python(
	bench: Path, *arguments: str, cwd: Path | None = None, is_shown: bool = False
) -> subprocess.CompletedProcess[str]:
	path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
	return subprocess.run(
		[str(bench / "env" / "bin" / "python"), *arguments],
		cwd=cwd,
		env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
		capture_output=not is_shown,
		text=True,
		check=False,
	)


def _json(path: Path) -> dict[str, Any]:
	try:
		content = json.loads(path.read_text(encoding="utf-8"))
	except (OSError, ValueError):
		return {}
	return content if isinstance(content, dict) else {}


def main(arguments: list[str]) -> int:
	if arguments[:1] == ["run"]:
		return run(os.environ, arguments[1:])
	if arguments[:1] == ["browser"]:
		try:
			return browse(os.environ, arguments[1:])
		except (Missing, OSError, subprocess.TimeoutExpired) as reason:
			print(f"  skipped: {reason}", flush=True)
			return 0
	if arguments[:1] == ["16"]:
		return run_second(os.environ, arguments[1:])
	if arguments[:1] == ["both"]:
		try:
			found = prepare(os.environ)
		except (Missing, OSError, subprocess.TimeoutExpired) as reason:
			print(f"  skipped: {reason}", flush=True)
			return 0
		os.environ.update(found)
		return run(os.environ, arguments[1:])
	if arguments[:1] != ["prepare"] or len(arguments) != 2:
		print(__doc__)
		return 2
	Path(arguments[1]).write_text("", encoding="utf-8")
	try:
		found = prepare(os.environ)
	except (Missing, OSError, subprocess.TimeoutExpired) as reason:
		print(f"  skipped: {reason}", flush=True)
		return 0
	lines = [f"export {key}={shlex.quote(value)}" for key, value in found.items()]
	Path(arguments[1]).write_text("\n".join(lines) + "\n", encoding="utf-8")
	return 0


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
