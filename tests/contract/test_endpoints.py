"""Whitelisted doors are verbed, typed and guarded; only jobs commit; one place asks what time it is."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from repo import MODULE, PACKAGE, calls, dotted, functions, name_of, none_of, python_files, tree

#: A call of one of these, here or in a helper of the same module, is a guard.
GUARDS = frozenset(
	(
		"as_agent",
		"check_permission",
		"has_permission",
		"only_for",
		"rate_limit",
		"request_of",
		"require_permission",
		"require_permission_to_ask",
	)
)
#: Who commits besides jobs, and why.
COMMITS = {
	"commands/": "a bench command is a transaction of its own, and nobody commits after it",
	"setup/uninstall.py": "Frappe commits before it calls after_uninstall, not after",
}
#: Doors without a session, and what guards them. Each is limited by address besides.
OPEN_DOORS = {
	"api/availability.py:health": "yes or no, from a look that is at most ten seconds old; details only to a signed request",
	"api/availability.py:deliver": "nothing is stored that is not signed with the key of an enabled probe",
}
VERBS = frozenset(("GET", "POST", "PUT", "DELETE"))

#: What asks for the time of the site. A command line without Frappe asks once, to hand the time on.
SITE_TIME = frozenset(("now_datetime", "nowdate", "getdate", "today"))


def _whitelisted():
	for path in python_files():
		for function in functions(tree(path)):
			for decorator in function.decorator_list:
				name = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
				if name.split(".")[-1] == "whitelist":
					yield path, function, decorator


DOORS = list(_whitelisted())


def test_there_are_doors_at_all():
	assert len(DOORS) >= 5


def where(path, node: ast.AST) -> str:
	return f"{name_of(path)}:{node.lineno} {getattr(node, 'name', '')}".rstrip()


def _unverbed(path, function, decorator) -> Iterator[str]:
	if not isinstance(decorator, ast.Call):
		yield "write @frappe.whitelist(methods=[...])"
		return
	keywords = {keyword.arg: keyword.value for keyword in decorator.keywords}
	methods = set(ast.literal_eval(keywords["methods"])) if "methods" in keywords else set()
	if not methods or methods - VERBS:
		yield f"methods={sorted(methods)}"
	is_open = "allow_guest" in keywords and ast.literal_eval(keywords["allow_guest"])
	if is_open and f"{name_of(path)}:{function.name}" not in OPEN_DOORS:
		yield "opens without a session"


def test_a_door_says_which_verbs_it_answers():
	none_of(f"{where(door[0], door[1])}: {found}" for door in DOORS for found in _unverbed(*door))


def test_a_door_without_a_session_is_limited():
	open_doors = {f"{name_of(path)}:{function.name}": function for path, function, _decorator in DOORS}
	assert OPEN_DOORS.keys() <= open_doors.keys()
	for name in OPEN_DOORS:
		decorators = [
			dotted(row.func) for row in open_doors[name].decorator_list if isinstance(row, ast.Call)
		]
		assert "rate_limit" in decorators, name


def _untyped(function: ast.FunctionDef) -> Iterator[str]:
	arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
	yield from (f"{a.arg} has no type" for a in arguments if a.annotation is None and a.arg != "self")
	if function.returns is None:
		yield "says not what it gives"
	if function.args.kwarg is not None:
		yield "a door that takes anything takes everything"


def test_a_door_types_what_it_takes_and_gives():
	none_of(
		f"{where(path, function)}: {found}"
		for path, function, _decorator in DOORS
		for found in _untyped(function)
	)


def _is_guarded(path, function: ast.FunctionDef) -> bool:
	local = {node.name: node for node in functions(tree(path))}
	seen, waiting = set(), [function]
	while waiting:
		node = waiting.pop()
		for call in calls(node):
			name = dotted(call.func).split(".")[-1] or getattr(call.func, "attr", "")
			if name in GUARDS:
				return True
			if name in local and name not in seen:
				seen.add(name)
				waiting.append(local[name])
	return False


def test_a_door_is_guarded():
	none_of(
		f"{where(path, function)}: call check_permission, has_permission or only_for before anything else"
		for path, function, _decorator in DOORS
		if not _is_guarded(path, function)
	)


def test_only_jobs_commit():
	none_of(
		where(path, call)
		for path in python_files()
		if not name_of(path).startswith(("jobs/", *COMMITS))
		for call in calls(tree(path))
		if dotted(call.func) in ("frappe.db.commit", "db.commit")
	)


def test_what_may_be_filed_is_what_the_forms_ask():
	"""A field that the desk lets people fill and intake does not know is emptied, silently; one of the portal's is lost."""
	request = json.loads(
		(MODULE / "doctype/support_request/support_request.json").read_text(encoding="utf-8")
	)
	layout = ("Section Break", "Column Break", "Tab Break", "HTML")
	filled = {
		field["fieldname"]
		for field in request["fields"]
		if not field.get("read_only") and field["fieldtype"] not in layout
	}
	constants = {
		node.targets[0].id: node.value
		for node in tree(PACKAGE / "flow/filing/intake.py").body
		if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
	}
	assert filled == set(ast.literal_eval(constants["FILED_FIELDS"]))

	asked = re.findall(r'name="(\w+)"', (PACKAGE / "www/soporte/nueva.html").read_text(encoding="utf-8"))
	(door,) = (row for row in functions(tree(PACKAGE / "api/portal.py")) if row.name == "file")
	# The session's token is Frappe's to read, uploads come beside the form.
	arguments = {argument.arg for argument in door.args.args}
	assert set(asked) - {"csrf_token", "file"} == arguments
	(handed_on,) = (call for call in calls(door) if dotted(call.func) == "portal.file")
	assert arguments <= {node.id for node in ast.walk(handed_on) if isinstance(node, ast.Name)}


def _asks_the_time(path) -> Iterator[str]:
	name = name_of(path)
	if name == "adapters/site/instants.py":
		return
	for call in calls(tree(path)):
		parts = dotted(call.func).split(".")
		# The command line is a door of its own: it may ask once, to hand the time on.
		is_line = name.startswith("cli/")
		if parts[-1] in ("now", "utcnow") and parts[0] in ("datetime", "dt"):
			if not (is_line and parts[:2] == ["datetime", "now"]):
				yield f"{where(path, call)}: {'.'.join(parts)}"
		if (
			".".join(parts) in ("date.today", "datetime.today", "time.time", "frappe.utils.now")
			and not is_line
		):
			yield f"{where(path, call)}: {'.'.join(parts)}"
		# `getdate` of an empty value is today.
		if parts[-1] == "getdate" or (parts[-1] in SITE_TIME and not call.args and not call.keywords):
			yield f"{where(path, call)}: {parts[-1]}"


def test_one_place_asks_what_time_it_is():
	none_of(found for path in python_files() for found in _asks_the_time(path))


def test_a_job_is_queued_after_the_commit_and_by_the_one_door_that_no_full_queue_shuts():
	"""A worker is quicker than a commit: it would not find the document. A full queue raises, in Frappe 16 by default."""

	def is_right(path: Path, call: ast.Call) -> bool:
		name = dotted(call.func)
		if name.removeprefix("frappe.") in ("enqueue_doc", "enqueue_create_notification"):
			return False
		if name != "frappe.enqueue":
			return True
		given = {keyword.arg: keyword.value for keyword in call.keywords}
		waits = "enqueue_after_commit" in given and ast.literal_eval(given["enqueue_after_commit"]) is True
		return waits and name_of(path) == "adapters/site/background.py"

	none_of(
		where(path, call) for path in python_files() for call in calls(tree(path)) if not is_right(path, call)
	)


def _permissions_set_aside(path) -> Iterator[str]:
	if name_of(path).startswith(("setup/", "patches/", "jobs/")):
		return
	lines = path.read_text(encoding="utf-8").splitlines()
	for call in calls(tree(path)):
		for keyword in call.keywords:
			value = keyword.value
			if keyword.arg == "ignore_permissions" and isinstance(value, ast.Constant) and value.value:
				near = lines[max(0, call.lineno - 3) : call.end_lineno + 1]
				if not any("#" in line or '"""' in line for line in near):
					yield f"{where(path, call)}: say why permissions do not count here"


def test_permissions_are_set_aside_only_with_a_reason_beside_it():
	none_of(found for path in python_files() for found in _permissions_set_aside(path))


def _unordered(path) -> Iterator[str]:
	indifferent = {
		id(argument)
		for call in calls(tree(path))
		if dotted(call.func) in ("set", "frozenset", "len", "any", "sorted")
		for argument in call.args
	}
	for call in calls(tree(path)):
		if dotted(call.func) in ("frappe.get_all", "frappe.get_list") and id(call) not in indifferent:
			if "order_by" not in {keyword.arg for keyword in call.keywords}:
				yield where(path, call)


def test_a_list_from_the_database_has_an_order():
	"""Frappe 16 orders by creation where 15 ordered by modified: what is not said changes under our feet."""
	none_of(found for path in python_files() for found in _unordered(path))
