"""Whitelisted doors are verbed, typed and guarded; only jobs commit; one place asks what time it is."""

from __future__ import annotations

import ast

import pytest
from repo import calls, dotted, functions, name_of, python_files, tree

#: A call of one of these, here or in a helper of the same module, is a guard.
GUARDS = frozenset(
	(
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
					yield pytest.param(path, function, decorator, id=f"{name_of(path)}:{function.name}")


DOORS = list(_whitelisted())


def test_there_are_doors_at_all():
	assert len(DOORS) >= 5


@pytest.mark.parametrize(("path", "function", "decorator"), DOORS)
def test_a_door_says_which_verbs_it_answers(path, function, decorator):
	assert isinstance(decorator, ast.Call), "write @frappe.whitelist(methods=[...])"
	keywords = {keyword.arg: keyword.value for keyword in decorator.keywords}
	assert "methods" in keywords
	methods = ast.literal_eval(keywords["methods"])
	assert methods and set(methods) <= VERBS
	is_open = "allow_guest" in keywords and ast.literal_eval(keywords["allow_guest"])
	assert not is_open or f"{name_of(path)}:{function.name}" in OPEN_DOORS


def test_a_door_without_a_session_is_limited():
	open_doors = {f"{name_of(p.values[0])}:{p.values[1].name}": p.values[1] for p in DOORS}
	assert OPEN_DOORS.keys() <= open_doors.keys()
	for name in OPEN_DOORS:
		decorators = [
			dotted(row.func) for row in open_doors[name].decorator_list if isinstance(row, ast.Call)
		]
		assert "rate_limit" in decorators, name


@pytest.mark.parametrize(("path", "function", "decorator"), DOORS)
def test_a_door_types_what_it_takes_and_gives(path, function, decorator):
	arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
	assert [a.arg for a in arguments if a.annotation is None and a.arg != "self"] == []
	assert function.returns is not None
	assert function.args.kwarg is None, "a door that takes anything takes everything"


@pytest.mark.parametrize(("path", "function", "decorator"), DOORS)
def test_a_door_is_guarded(path, function, decorator):
	local = {node.name: node for node in functions(tree(path))}
	seen, waiting = set(), [function]
	while waiting:
		node = waiting.pop()
		for call in calls(node):
			name = dotted(call.func).split(".")[-1] or getattr(call.func, "attr", "")
			if name in GUARDS:
				return
			if name in local and name not in seen:
				seen.add(name)
				waiting.append(local[name])
	raise AssertionError("no guard: call check_permission, has_permission or only_for before anything else")


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_only_jobs_commit(path):
	if name_of(path).startswith(("jobs/", *COMMITS)):
		return
	commits = [
		call.lineno for call in calls(tree(path)) if dotted(call.func) in ("frappe.db.commit", "db.commit")
	]
	assert commits == []


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_one_place_asks_what_time_it_is(path):
	name = name_of(path)
	if name in ("adapters/site/now.py", "adapters/site/instants.py"):
		return
	asked = set()
	for call in calls(tree(path)):
		parts = dotted(call.func).split(".")
		if parts[-1] in ("now", "utcnow") and parts[0] in ("datetime", "dt"):
			asked.add(f"{'.'.join(parts)} in line {call.lineno}")
		if ".".join(parts) in ("date.today", "datetime.today", "time.time", "frappe.utils.now"):
			# The command line is a door of its own: it may ask once, to hand the time on.
			if not name.startswith("cli/"):
				asked.add(f"{'.'.join(parts)} in line {call.lineno}")
		if parts[-1] in SITE_TIME and not call.args and not call.keywords:
			asked.add(f"{parts[-1]} in line {call.lineno}")
	if name.startswith("cli/"):
		asked = {text for text in asked if not text.startswith("datetime.now")}
	assert asked == set()


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_a_job_is_queued_after_the_commit(path):
	"""A worker is quicker than a commit: it would not find the document."""
	for call in calls(tree(path)):
		if dotted(call.func) in ("frappe.enqueue", "enqueue", "frappe.enqueue_doc"):
			given = {keyword.arg: keyword.value for keyword in call.keywords}
			assert "enqueue_after_commit" in given, f"line {call.lineno}"
			assert ast.literal_eval(given["enqueue_after_commit"]) is True, f"line {call.lineno}"


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_permissions_are_set_aside_only_with_a_reason_beside_it(path):
	lines = path.read_text(encoding="utf-8").splitlines()
	for call in calls(tree(path)):
		for keyword in call.keywords:
			if (
				keyword.arg == "ignore_permissions"
				and isinstance(keyword.value, ast.Constant)
				and keyword.value.value
			):
				if name_of(path).startswith(("setup/", "patches/", "jobs/")):
					continue
				near = lines[max(0, call.lineno - 3) : call.end_lineno + 1]
				assert any("#" in line or '"""' in line for line in near), (
					f"line {call.lineno}: say why permissions do not count here"
				)


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_a_list_from_the_database_has_an_order(path):
	"""Frappe 16 orders by creation where 15 ordered by modified: what is not said changes under our feet."""
	unordered = {
		id(argument)
		for call in calls(tree(path))
		if dotted(call.func) in ("set", "frozenset", "len", "any", "sorted")
		for argument in call.args
	}
	for call in calls(tree(path)):
		if dotted(call.func) in ("frappe.get_all", "frappe.get_list") and id(call) not in unordered:
			assert "order_by" in {keyword.arg for keyword in call.keywords}, f"line {call.lineno}"
