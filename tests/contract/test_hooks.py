"""Every dotted path that Frappe is told to call leads to a function."""

from __future__ import annotations

import ast
import json
import re

from repo import MODULE, PACKAGE, ROOT, documents, files, name_of, none_of, python_files, tree

HOOKS = PACKAGE / "hooks.py"
_PATH = re.compile(r"codigo_binario_support(?:\.\w+)+")


def _definitions(path):
	"""Names that a module defines at its top level, or makes when they are asked for."""
	for node in tree(path).body:
		if isinstance(node, ast.FunctionDef) and node.name == "__getattr__":
			yield from _strings(node)
		if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
			yield node.name
		elif isinstance(node, ast.Assign):
			yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def resolves(path: str) -> bool:
	*modules, name = path.split(".")
	base = ROOT.joinpath(*modules)
	for file in (base.with_suffix(".py"), base / "__init__.py"):
		if file.exists() and name in _definitions(file):
			return True
	return False


def _strings(root):
	return [
		node.value
		for node in ast.walk(root)
		if isinstance(node, ast.Constant) and isinstance(node.value, str)
	]


HOOKED = sorted({text for text in _strings(tree(HOOKS)) if _PATH.fullmatch(text)})
CALLED = sorted(
	{
		(text, name_of(path))
		for path in python_files()
		if path != HOOKS
		for text in _strings(tree(path))
		if _PATH.fullmatch(text) and not text.endswith("__version__")
	}
)


def test_a_hook_leads_to_a_function():
	none_of(f"hooks.py: {path}" for path in HOOKED if not resolves(path))


def test_hooks_name_doors_only():
	"""What Frappe calls is a door: it hands over to a flow, and a flow never learns who called."""
	doors = {"api", "events", "jobs", "mail_accounts", "permissions", "setup", "www"}
	assert [path for path in HOOKED if path.split(".")[1] not in doors] == []


def _leads_somewhere(path: str) -> bool:
	package = ROOT.joinpath(*path.split("."))
	return resolves(path) or package.is_dir() or package.with_suffix(".py").exists()


def test_a_path_given_to_the_queue_leads_to_a_function():
	none_of(f"{where}: {path}" for path, where in CALLED if not _leads_somewhere(path))


def test_a_path_called_from_a_script_leads_somewhere():
	for script in files(".js", ".html"):
		for path in _PATH.findall(script.read_text(encoding="utf-8")):
			is_module = ROOT.joinpath(*path.split(".")).with_suffix(".py").exists()
			assert is_module or resolves(path), f"{name_of(script)}: {path}"


def test_the_hooks_are_strings_without_code():
	"""Other apps' hooks are read by importing them: nothing may run there."""
	allowed = (ast.Assign, ast.Expr)
	assert all(isinstance(node, allowed) for node in tree(HOOKS).body)
	assert not [node for node in ast.walk(tree(HOOKS)) if isinstance(node, (ast.Call, ast.Lambda))]


def test_assets_named_in_the_hooks_exist():
	for text in _strings(tree(HOOKS)):
		if text.startswith("/assets/codigo_binario_support/"):
			assert (PACKAGE / "public" / text.removeprefix("/assets/codigo_binario_support/")).exists(), text


def test_every_patch_has_execute():
	lines = (PACKAGE / "patches.txt").read_text(encoding="utf-8").splitlines()
	patches = [line.split("#")[0].strip() for line in lines]
	for patch in patches:
		if patch and not patch.startswith("["):
			assert resolves(f"{patch.split()[0]}.execute"), patch
	assert {"[pre_model_sync]", "[post_model_sync]"} <= set(patches)


def test_only_roles_are_fixtures():
	"""Fixtures are deleted and inserted again on every migrate: what a user changes there would die."""
	assert {json.dumps(row["dt"]) for row in _hook("fixtures")} == {'"Role"'}
	for path in sorted((PACKAGE / "fixtures").glob("*.json")):
		rows = json.loads(path.read_text(encoding="utf-8"))
		assert {row["doctype"] for row in rows} == {"Role"}, path.name


def test_the_roles_of_the_fixtures_are_those_that_the_hook_exports():
	exported = {name for row in _hook("fixtures") for name in row["filters"][0][2]}
	shipped = {
		row["name"]
		for path in (PACKAGE / "fixtures").glob("*.json")
		for row in json.loads(path.read_text(encoding="utf-8"))
	}
	assert shipped == exported


def test_the_module_of_every_document_is_the_module_of_the_app():
	modules = (PACKAGE / "modules.txt").read_text(encoding="utf-8").split("\n")
	title = modules[0].strip()
	assert MODULE.name == title.lower().replace(" ", "_")
	for kind in sorted(
		path.name for path in MODULE.iterdir() if path.is_dir() and path.name != "__pycache__"
	):
		for path, data in documents(kind).items():
			assert data.get("module") in (title, None), name_of(path)


def _hook(name):
	for node in tree(HOOKS).body:
		if isinstance(node, ast.Assign) and node.targets[0].id == name:
			return ast.literal_eval(node.value)
	raise AssertionError(f"hooks.py has no {name}")
