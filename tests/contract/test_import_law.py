"""The law of the house: who may import whom, and what the pure rooms may not do at all."""

from __future__ import annotations

import ast
import subprocess
import sys

from repo import PACKAGE, ROOT, calls, dotted, name_of, none_of, python_files, tree

PURE = [*python_files(PACKAGE / "domain"), *python_files(PACKAGE / "cli"), PACKAGE / "__main__.py"]
DOMAIN = python_files(PACKAGE / "domain")


def test_the_import_contracts_of_pyproject_are_kept():
	run = subprocess.run(
		[
			sys.executable,
			"-c",
			"from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))",
		],
		cwd=ROOT,
		capture_output=True,
		text=True,
	)
	assert run.returncode == 0, run.stdout + run.stderr
	assert "0 broken" in run.stdout


def test_domain_and_command_line_import_where_frappe_is_not_installed():
	names = [
		"codigo_binario_support."
		+ name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
		for path in PURE
		if path.name != "__main__.py"
	]
	code = "\n".join(
		[
			"import sys, importlib",
			"sys.modules['frappe'] = sys.modules['erpnext'] = None",
			f"for name in {names!r}: importlib.import_module(name)",
			"assert not [name for name in sys.modules if name.split('.')[0] == 'frappe' and sys.modules[name]]",
		]
	)
	run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
	assert run.returncode == 0, run.stderr


def _imported(node: ast.AST) -> set[str]:
	if isinstance(node, ast.Import):
		return {alias.name.split(".")[0] for alias in node.names}
	if isinstance(node, ast.ImportFrom) and not node.level:
		return {(node.module or "").split(".")[0]}
	return set()


def test_a_pure_room_never_mentions_frappe_in_an_import():
	none_of(
		f"{name_of(path)}:{node.lineno}"
		for path in PURE
		for node in ast.walk(tree(path))
		if _imported(node) & {"frappe", "erpnext"}
	)


def test_the_domain_is_told_the_time_and_given_its_files():
	forbidden = {"open", "print", "input", "now", "utcnow", "today", "time", "monotonic", "getenv", "random"}
	none_of(
		f"{name_of(path)}:{call.lineno} {dotted(call.func)}"
		for path in DOMAIN
		for call in calls(tree(path))
		if dotted(call.func).split(".")[-1] in forbidden
	)


def test_a_function_of_the_domain_says_what_it_takes_and_gives():
	def is_typed(function):
		arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
		return all(a.annotation or a.arg in ("self", "cls") for a in arguments) and (
			function.returns or function.name.startswith("__")
		)

	none_of(
		f"{name_of(path)}:{node.lineno} {node.name}"
		for path in DOMAIN
		for node in ast.walk(tree(path))
		if isinstance(node, ast.FunctionDef) and not is_typed(node)
	)


def test_there_is_no_utils_py():
	assert [name_of(path) for path in python_files() if path.stem in ("utils", "helpers", "misc")] == []
