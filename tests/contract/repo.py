"""The repository as the contract tests read it: files and syntax trees, never an import of Frappe."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "codigo_binario_support"
MODULE = PACKAGE / "codigo_binario_support"


@cache
def tree(path: Path) -> ast.Module:
	return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
	"""`flow/clock/clock.py`: how a failing test names a file."""
	return path.relative_to(PACKAGE).as_posix()


def files(*suffixes: str, under: Path = PACKAGE) -> list[Path]:
	return sorted(
		path
		for path in under.rglob("*")
		if path.suffix in suffixes and not {"__pycache__", "node_modules"} & set(path.parts)
	)


def none_of(offenders: Iterable[str]) -> None:
	"""Fails with every offender on a line of its own: one test for a thousand rows, and still each is named."""
	found = list(offenders)
	assert not found, f"{len(found)}:\n" + "\n".join(found)


def python_files(under: Path = PACKAGE) -> list[Path]:
	return files(".py", under=under)


def calls(root: ast.AST) -> Iterator[ast.Call]:
	return (node for node in ast.walk(root) if isinstance(node, ast.Call))


def dotted(node: ast.AST) -> str:
	"""`frappe.db.commit` of an attribute chain; an empty string for anything else."""
	if isinstance(node, ast.Name):
		return node.id
	if isinstance(node, ast.Attribute):
		base = dotted(node.value)
		return f"{base}.{node.attr}" if base else ""
	return ""


def functions(root: ast.AST) -> Iterator[ast.FunctionDef]:
	return (node for node in ast.walk(root) if isinstance(node, ast.FunctionDef))


def documents(kind: str) -> dict[Path, dict[str, Any]]:
	"""Path -> content of the module's exported documents of one kind (`doctype`, `report`, `workspace` ...)."""
	folder = MODULE / kind
	return {
		path: json.loads(path.read_text(encoding="utf-8"))
		for path in sorted(folder.glob("*/*.json"))
		if path.stem == path.parent.name
	}
