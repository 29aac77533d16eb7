"""Every text that a user can read, and its Spanish.

python tests/contract/messages.py            prints the messages without a row in translations/es.csv
python tests/contract/messages.py --csv      the same as CSV rows, ready to be filled in
python tests/contract/messages.py --unused   rows of es.csv that nothing asks for any more
"""

from __future__ import annotations

import ast
import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from repo import MODULE, PACKAGE, ROOT, calls, dotted, files, name_of, python_files, tree

SPANISH = PACKAGE / "translations" / "es.csv"

#: Functions that look a message up. `t` is the command line's, `__` the desk's.
LOOKUPS = frozenset({"_", "_lt", "__", "t"})
#: Functions that take a message, or the kind of thing that is expected, elsewhere than first.
PLACES = {"Problem": 1, "_read": 2, "_require": 2, "need": 2}
#: Keys of exported documents whose text is shown.
SHOWN_KEYS = frozenset({"label", "description", "title", "subject", "introduction_text", "success_message"})
SHOWN_KEYS |= frozenset({"success_title", "button_label", "group", "link_label", "empty_report_message"})
SHOWN_KEYS |= frozenset({"format_string", "columns_label", "chart_name", "report_name", "web_form_title"})

_QUOTED = r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
_IN_TEMPLATE = re.compile(r"(?<![\w.])(?:_|__|t|lang\.t)\(\s*" + _QUOTED)
_IN_SCRIPT = re.compile(r"(?<![\w.])__\(\s*" + _QUOTED + r"((?:\s*\+\s*" + _QUOTED + r")*)")
_IS_SENTENCE = re.compile(r"(?:[A-Z]|\{\w+\} )[^\n]*\s[^\n]*[.?!]")
_HAS_WORDS = re.compile(r"[^\W\d_]{2,}")


class Messages(dict):
	"""message -> where it stands."""

	def __init__(self) -> None:
		super().__init__()
		self.where: dict[str, list[str]] = defaultdict(list)

	def add(self, text: Any, where: str) -> None:
		if isinstance(text, str) and _HAS_WORDS.search(text):
			self[text] = True
			self.where[text].append(where)


def collect() -> Messages:
	found = Messages()
	errors = error_classes()
	for path in python_files():
		for text, line in in_python(tree(path), errors):
			found.add(text, f"{name_of(path)}:{line}")
	for path in [*python_files(PACKAGE / "domain"), *python_files(PACKAGE / "cli")]:
		for text, line in (*sentences(tree(path)), *tables(tree(path))):
			found.add(text, f"{name_of(path)}:{line}")
	for text, where in vocabulary():
		found.add(text, where)
	for path in files(".html", ".jinja", ".j2", ".md", under=PACKAGE):
		for text in in_template(path.read_text(encoding="utf-8")):
			found.add(text, name_of(path))
	for path in files(".js"):
		for text in in_script(path.read_text(encoding="utf-8")):
			found.add(text, name_of(path))
	reasons = PACKAGE / "data" / "evidence" / "reasons.json"
	for text in json.loads(reasons.read_text(encoding="utf-8")).values():
		found.add(text, name_of(reasons))
	for path in files(".json", under=PACKAGE / "workspace_sidebar"):
		for row in json.loads(path.read_text(encoding="utf-8"))["items"]:
			found.add(row["label"], name_of(path))
	for path in files(".json", under=MODULE):
		for text, what in in_document(json.loads(path.read_text(encoding="utf-8"))):
			found.add(text, f"{name_of(path)} ({what})")
	return found


def error_classes() -> set[str]:
	"""Names of the domain's errors, whose first argument is a template that doors translate."""
	bases = {
		node.name: {dotted(base).split(".")[-1] for base in node.bases}
		for path in python_files()
		for node in ast.walk(tree(path))
		if isinstance(node, ast.ClassDef)
	}
	known = {"SupportError"}
	while grown := {name for name, parents in bases.items() if parents & known} - known:
		known |= grown
	return known


def in_python(root: ast.AST, errors: set[str]) -> Iterator[tuple[str, int]]:
	for call in calls(root):
		name = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)
		position = PLACES.get(name, 0 if name in LOOKUPS or name in errors else None)
		if position is not None and len(call.args) > position:
			yield from ((text, call.lineno) for text in _constants(call.args[position]))
		if name in errors:
			# The kind of thing that was expected is shown inside the message.
			kinds = [keyword.value for keyword in call.keywords if keyword.arg == "kind"]
			yield from ((text, call.lineno) for kind in kinds for text in _constants(kind))


def tables(root: ast.Module) -> Iterator[tuple[str, int]]:
	"""The texts of a table whose values are shown: `..._LABELS`, `_SHAPES`."""
	for node in root.body:
		targets = node.targets if isinstance(node, ast.Assign) else []
		if any(isinstance(t, ast.Name) and t.id.endswith(("LABELS", "SHAPES", "_WHY")) for t in targets):
			for value in getattr(node.value, "values", ()):
				parts = value.elts if isinstance(value, ast.Tuple) else [value]
				yield from ((text, value.lineno) for part in parts for text in _constants(part))


def sentences(root: ast.Module) -> Iterator[tuple[str, int]]:
	"""In the pure rooms a constant that reads like a sentence is a message, wherever it waits to be shown."""
	documentation = {
		id(node.body[0].value)
		for node in ast.walk(root)
		if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
		and node.body
		and isinstance(node.body[0], ast.Expr)
	}
	for node in ast.walk(root):
		if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
			if _IS_SENTENCE.fullmatch(node.value):
				yield node.value, node.lineno


def _constants(node: ast.AST | None) -> Iterator[str]:
	"""The texts an argument may be: a constant, or either side of a conditional."""
	if isinstance(node, ast.Constant) and isinstance(node.value, str):
		yield node.value
	elif isinstance(node, ast.IfExp):
		yield from _constants(node.body)
		yield from _constants(node.orelse)


#: What a row of a table has beside words.
UNSAID = ("color", "category", "has_excluded")


def vocabulary() -> Iterator[tuple[str, str]]:
	"""The closed lists of the domain: a value of one is shown by its translation."""
	sys.path.insert(0, str(ROOT))
	from codigo_binario_support import shipped
	from codigo_binario_support.domain.backups import inventory
	from codigo_binario_support.domain.policy import policy
	from codigo_binario_support.domain.requests import status
	from codigo_binario_support.domain.time import clock
	from codigo_binario_support.domain.triage import verdict

	for where, table in shipped.sentences().items():
		yield from ((text, f"data/sentences.json ({where})") for text in table.values())
	for where, words in (
		("status.STATES", status.STATES),
		("status.ACTIONS", status.ACTIONS),
		("clock.ACTIONS", clock.ACTIONS),
		("policy.CLAUSE_SIDES", policy.CLAUSE_SIDES),
		("policy.SIDES", policy.SIDES),
		("policy.SEVERITIES", policy.SEVERITIES),
		("policy.COMMITMENT_CLOCKS", policy.COMMITMENT_CLOCKS),
		("verdict.VERDICTS", verdict.VERDICTS),
		("inventory.DIFFERENCES", inventory.DIFFERENCES),
		("clause_labels.json", shipped.mapping("clause_labels.json").values()),
		*((f"backups {kind}", words.values()) for kind, words in shipped.backup_words().items()),
		*(
			(f"{where} {name}", [words for field, words in row._asdict().items() if field not in UNSAID])
			for where, table in (
				("status.STATUSES", status.STATUSES),
				("status.WORDS", status.WORDS),
				("verdict.VERDICTS", verdict.VERDICTS),
			)
			for name, row in table.items()
		),
	):
		yield from ((word, f"domain/{where}") for word in words)


def in_template(source: str) -> Iterator[str]:
	for match in _IN_TEMPLATE.finditer(source):
		yield ast.literal_eval(match.group(1))


def in_script(source: str) -> Iterator[str]:
	for match in _IN_SCRIPT.finditer(source):
		parts = re.findall(_QUOTED, match.group(0))
		yield "".join(ast.literal_eval(part) for part in parts)


def in_document(data: Any) -> Iterator[tuple[str, str]]:
	"""(text, what it is) of an exported document: names, labels, descriptions, options, roles."""
	if not isinstance(data, dict):
		for row in data if isinstance(data, list) else ():
			yield from in_document(row)
		return
	kind = data.get("doctype")
	if kind in ("DocType", "Report", "Workspace", "Web Form", "Print Format", "Notification", "Number Card"):
		yield data.get("name", ""), f"name of the {kind}"
	for key, value in data.items():
		if isinstance(value, (dict, list)):
			yield from in_document(value)
		elif key in SHOWN_KEYS:
			yield from ((line, key) for line in _lines(value, key))
		elif key == "role":
			yield value, "role"
		elif key == "content" and kind == "Workspace":
			yield from _in_blocks(value)
	if data.get("fieldtype") == "Select":
		yield from ((option, "option") for option in (data.get("options") or "").split("\n"))
	if data.get("fieldtype") in ("Section Break", "Column Break", "Tab Break") and data.get("options"):
		yield data["options"], "options"


def _lines(value: Any, key: str) -> Iterator[str]:
	if isinstance(value, str) and value and not ("{{" in value or "{%" in value):
		yield value


def _in_blocks(content: str) -> Iterator[tuple[str, str]]:
	for block in json.loads(content or "[]"):
		text = (block.get("data") or {}).get("text")
		if text:
			yield re.sub(r"<[^>]+>", "", text), "block"


def spanish() -> list[list[str]]:
	"""The rows of es.csv as they stand."""
	if not SPANISH.exists():
		return []
	with SPANISH.open(encoding="utf-8", newline="") as lines:
		return list(csv.reader(lines))


def missing() -> dict[str, str]:
	"""message -> first place, for the messages without Spanish."""
	have = {row[0] for row in spanish() if len(row) > 1 and row[1]}
	found = collect()
	return {text: found.where[text][0] for text in found if text not in have}


def main(arguments: list[str]) -> None:
	if "--unused" in arguments:
		known = collect()
		for row in spanish():
			if row and row[0] not in known:
				print(row[0])
		return
	if "--csv" in arguments:
		csv.writer(sys.stdout, lineterminator="\n").writerows([text, ""] for text in missing())
		return
	print("# no Spanish yet; list them again: python tests/contract/messages.py [--csv | --unused]")
	for text, where in missing().items():
		print(f"{json.dumps(text, ensure_ascii=False)}  # {where}")


if __name__ == "__main__":
	main(sys.argv[1:])
