"""Spanish is complete: every text that a user can read has its row in es.csv, and says the same."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from string import Formatter

import locale_files
from messages import LOOKUPS, collect, in_python, in_script, in_template, missing, spanish
from repo import PACKAGE, calls, documents, dotted, files, name_of, none_of, python_files, tree

ROWS = spanish()
#: Texts that a developer, not a user, reads.
_MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->|{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>", re.S)


def test_the_collector_finds_what_is_there():
	root = ast.parse('_("one"); t("two" if x else "three"); ClockError("four {a}", a=1); other("five")')
	assert [text for text, _line in in_python(root, {"ClockError"})] == ["one", "two", "three", "four {a}"]
	assert list(in_template('{{ _("one") }} {{ lang.t(\'two\') }} {{ my_("three") }}')) == ["one", "two"]
	assert list(in_script('__("one"); __(\'two {0}\', [x]); __("thr" +\n"ee"); x("four")')) == [
		"one",
		"two {0}",
		"three",
	]


def test_every_text_has_its_spanish():
	lacking = missing()
	listed = "\n".join(f"{text}   <- {where}" for text, where in lacking.items())
	assert not lacking, f"{len(lacking)} without Spanish (python tests/contract/messages.py --csv):\n{listed}"


def test_no_row_is_left_over_from_a_text_that_is_gone():
	known = collect()
	assert [row[0] for row in ROWS if row[0] not in known] == []


def test_a_row_is_a_text_and_its_translation():
	for number, row in enumerate(ROWS, 1):
		assert len(row) in (2, 3), f"line {number}: {row}"
		assert row[0].strip() and row[1].strip(), f"line {number}: {row}"


def test_a_text_begins_and_ends_with_a_word():
	"""Frappe looks a text up without the spaces around it: one that has them is shown in English for ever."""
	assert [text for text in collect() if text != text.strip()] == []


def test_a_text_has_one_translation():
	repeated = [key for key, count in Counter((row[0], *row[2:]) for row in ROWS).items() if count > 1]
	assert repeated == []


def test_a_context_is_one_that_something_asks_for():
	"""Frappe gives a label and an option the name of their document; the rest of the code says its own."""
	named = {data["name"] for kind in ("doctype", "report", "workspace") for data in documents(kind).values()}
	said = {
		found
		for path in files(".py", ".js", ".html")
		for found in re.findall(
			r"""context="([^"]+)"|__\("[^"]+", null, "([^"]+)"\)""", path.read_text(encoding="utf-8")
		)
	}
	asked = named | {name for pair in said for name in pair}
	none_of(f"es.csv: {row[0]}: {row[2]}" for row in ROWS if len(row) > 2 and row[2] not in asked)


def test_the_locale_files_say_what_the_rows_say():
	"""Frappe 16 reads them beside the rows, and they win: `make locale` writes them anew."""
	assert locale_files.read() == {(row[0], row[2] if len(row) > 2 else None): row[1] for row in ROWS}
	assert locale_files.read(locale_files.TEMPLATE).keys() == locale_files.read().keys()


def _places(text: str) -> Counter:
	return Counter(name for _literal, name, _spec, _conversion in Formatter().parse(text) if name is not None)


def test_a_translation_has_the_same_places_to_fill_in():
	none_of(f"es.csv: {row[0]}" for row in ROWS if set(_places(row[1])) != set(_places(row[0])))


def test_a_translation_keeps_the_edges_of_the_text():
	def edges(text: str) -> tuple:
		return text.startswith(" "), text.endswith(" "), text.rstrip().endswith("."), text.count("`")

	none_of(f"es.csv: {row[0]!r} -> {row[1]!r}" for row in ROWS if edges(row[0]) != edges(row[1]))


def _unfilled(path) -> Iterator[str]:
	for call in calls(tree(path)):
		name = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)
		if name in LOOKUPS and call.args:
			argument = call.args[0]
			where = f"{name_of(path)}:{call.lineno}"
			if isinstance(argument, ast.JoinedStr):
				yield f"{where}: no f-string inside {name}()"
			if isinstance(argument, ast.BinOp):
				yield f"{where}: no + or % inside {name}()"
			if isinstance(argument, ast.Call) and getattr(argument.func, "attr", "") == "format":
				yield f"{where}: {name}(...).format(...), not {name}(... .format(...))"


def test_a_text_is_filled_in_after_it_is_translated():
	none_of(found for path in python_files() for found in _unfilled(path))


def test_what_is_thrown_or_shown_is_translated():
	shown = ("frappe.throw", "frappe.msgprint", "throw", "msgprint")
	none_of(
		f"{name_of(path)}:{call.lineno}: wrap it in _()"
		for path in python_files()
		for call in calls(tree(path))
		if dotted(call.func) in shown
		and call.args
		and isinstance(call.args[0], (ast.Constant, ast.JoinedStr))
	)


def _line(source: str, match: re.Match[str]) -> int:
	return source.count("\n", 0, match.start()) + 1


def test_a_script_translates_its_labels():
	bare = re.compile(
		r"\b(?:label|title|description|message|primary_action_label|placeholder):\s*[\"'`][^\"'`]*\w"
		r"|__\(\s*`"  # a template literal is no text that can be looked up
	)
	none_of(
		f"{name_of(path)}:{_line(source, match)}: {match.group()}"
		for path in files(".js")
		for source in [path.read_text(encoding="utf-8")]
		for match in bare.finditer(source)
	)


def test_a_template_has_no_words_of_its_own():
	def words(path) -> list[str]:
		text = _MARKUP.sub(" ", path.read_text(encoding="utf-8"))
		return re.findall(r"[^\W\d_]{3,}", re.sub(r"&\w+;", " ", text))

	none_of(
		f"{name_of(path)}: {word}"
		for path in files(".html")
		if "web_form" not in path.parts
		for word in words(path)
	)


def test_the_messages_are_english():
	"""A message in Spanish would be shown to everyone: Spanish belongs in es.csv and in the policy."""
	names = re.compile("Código Binario( Support)?|^Soporte")
	assert [text for text in collect() if re.search("[¿¡ñáéíóú]", names.sub("", text))] == []


def test_the_catalogue_is_read_by_frappe_and_by_the_command_line_alike():
	raw = (PACKAGE / "translations" / "es.csv").read_bytes()
	assert not raw.startswith(b"\xef\xbb\xbf"), "a byte order mark would become part of the first text"
	assert b"\r" not in raw
