"""Python 3.10.0 runs all of it: no name of the standard library that came later, not even with a patch release."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from repo import PACKAGE, ROOT, calls, documents, dotted, python_files, tree

#: Of 3.10.12 and 3.11.4: how the standard library guards its unpacking. Debian 12 has neither.
PATCH_RELEASES = {
	"AbsoluteLinkError",
	"AbsolutePathError",
	"FilterError",
	"LinkOutsideDestinationError",
	"OutsideDestinationError",
	"SpecialFileError",
	"data_filter",
	"extraction_filter",
	"fully_trusted_filter",
	"tar_filter",
}
#: (module, name) of 3.11 to 3.14.
LATER = {
	("asyncio", "Runner"),
	("asyncio", "TaskGroup"),
	("asyncio", "timeout"),
	("calendar", "Month"),
	("contextlib", "chdir"),
	("copy", "replace"),
	("datetime", "UTC"),
	("enum", "ReprEnum"),
	("enum", "StrEnum"),
	("enum", "verify"),
	("hashlib", "file_digest"),
	("itertools", "batched"),
	("logging", "getLevelNamesMapping"),
	("math", "cbrt"),
	("math", "exp2"),
	("math", "sumprod"),
	("operator", "call"),
	("sys", "exception"),
	("typing", "LiteralString"),
	("typing", "Never"),
	("typing", "NotRequired"),
	("typing", "Required"),
	("typing", "Self"),
	("typing", "TypeAliasType"),
	("typing", "TypeVarTuple"),
	("typing", "Unpack"),
	("typing", "assert_never"),
	("typing", "assert_type"),
	("typing", "dataclass_transform"),
	("typing", "override"),
	("typing", "reveal_type"),
	("warnings", "deprecated"),
}
MODULES = {"annotationlib", "compression", "string.templatelib", "tomllib", "wsgiref.types"}
BUILTINS = {"BaseExceptionGroup", "ExceptionGroup", "PythonFinalizationError"}
METHODS = {"full_match", "is_junction"}
#: Functions that unpack, and got the keyword `filter` with a patch release.
UNPACKING = {"extract", "extractall", "unpack_archive"}

FILES = [
	path
	for path in (*python_files(), *python_files(ROOT / "tests"))
	if path.name not in ("test_python_versions.py", "test_members.py")
]


def later_names(root: ast.AST) -> list[str]:
	found = []
	for node in ast.walk(root):
		if isinstance(node, ast.Import):
			found += [alias.name for alias in node.names if alias.name in MODULES]
		elif isinstance(node, ast.ImportFrom) and not node.level:
			found += [node.module] if node.module in MODULES else []
			found += [alias.name for alias in node.names if (node.module, alias.name) in LATER]
			found += [alias.name for alias in node.names if alias.name in PATCH_RELEASES]
		elif isinstance(node, ast.Attribute):
			module = dotted(node.value).split(".")[-1]
			if (module, node.attr) in LATER or node.attr in PATCH_RELEASES | METHODS:
				found.append(f"{module}.{node.attr}")
		elif isinstance(node, ast.Name) and node.id in BUILTINS:
			found.append(node.id)
		elif isinstance(node, ast.Call):
			name = dotted(node.func).split(".")[-1]
			if name in UNPACKING and any(word.arg == "filter" for word in node.keywords):
				found.append(f"{name}(filter=)")
		elif type(node).__name__ in ("TryStar", "TypeAlias", "TemplateStr"):
			found.append(type(node).__name__)
	return found


def test_no_name_is_newer_than_the_oldest_python():
	found = {path.relative_to(ROOT).as_posix(): later_names(tree(path)) for path in FILES}
	assert {path: names for path, names in found.items() if names} == {}


def test_no_syntax_is_newer_than_the_oldest_python():
	assert [error for path in FILES if (error := _newer_syntax(path))] == []


def _newer_syntax(path: Path) -> str:
	try:
		ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))
	except SyntaxError as error:
		return f"{path.relative_to(ROOT).as_posix()}:{error.lineno}: {error.msg}"
	return ""


@pytest.mark.parametrize(
	"text",
	[
		"import tarfile\ntarfile.FilterError",
		"tar.extract(member, folder, filter='data')",
		"shutil.unpack_archive(path, filter='data')",
		"from datetime import UTC",
		"import datetime\ndatetime.UTC",
		"import tomllib",
		"from typing import Self",
		"raise ExceptionGroup('', [])",
		"hashlib.file_digest(file, 'sha256')",
	],
)
def test_a_newer_name_is_seen(text):
	assert later_names(ast.parse(text))


def test_archives_are_unpacked_by_rules_of_our_own_alone():
	"""Whatever a release of the standard library refuses or allows, nothing is left to it."""
	unpacking = [
		f"{path.relative_to(ROOT)}:{call.lineno}"
		for path in python_files()
		for call in calls(tree(path))
		if dotted(call.func).split(".")[-1] in ("extractall", "unpack_archive", "extractfile")
	]
	assert unpacking == []


def test_no_empty_date_of_a_single_is_taken_for_the_year_1():
	"""Frappe casts an empty one to the first day of the year 1, which is true: `adapters/site/settings.py` reads them."""
	dates = {
		field["fieldname"]
		for data in documents("doctype").values()
		if data.get("issingle")
		for field in data["fields"]
		if field["fieldtype"] in ("Date", "Datetime", "Time", "Duration")
	}
	assert dates, "the test looks at the right files"
	trusted = []
	for path in python_files():
		for call in calls(tree(path)):
			name = dotted(call.func).split(".")[-1]
			asked = {node.value for node in call.args if isinstance(node, ast.Constant)} & dates
			if name in ("get_single_value", "get_singles_value") and asked:
				trusted.append(f"{path.relative_to(PACKAGE)}:{call.lineno}")
		trusted += [
			f"{path.relative_to(PACKAGE)}:{node.lineno}"
			for node in ast.walk(tree(path))
			if isinstance(node, ast.Attribute)
			and node.attr in dates
			and dotted(node.value).split(".")[-1] in ("doc", "frappe", "single")
		]
	assert trusted == []
