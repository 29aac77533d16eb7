"""One dictionary serves all apps of a site: what ours says of a word, it says on every screen of ERPNext too."""

import csv
from pathlib import Path

import frappe
from frappe.translate import clear_cache, get_translations_from_apps

import codigo_binario_support

ROWS = Path(codigo_binario_support.__file__).parent / "translations" / "es.csv"


def test_no_word_of_another_app_is_taken_from_it():
	"""A word that Frappe or ERPNext says otherwise (Rate is a price there) needs a context in ours: the third column."""
	theirs = get_translations_from_apps("es", ["frappe", "erpnext"])
	with ROWS.open(encoding="utf-8", newline="") as lines:
		ours = {row[0]: row[1] for row in csv.reader(lines) if len(row) == 2}
	taken = {
		text: (translated, theirs[text])
		for text, translated in ours.items()
		# A message that is a sentence is ours, and "OPTIONS" is a word of the command line.
		if text in theirs and theirs[text].strip().lower() != translated.strip().lower() and text != "OPTIONS"
	}
	assert taken == {}


def test_a_word_with_a_context_is_found_where_it_is_asked_for():
	clear_cache()
	frappe.local.lang = "es"
	try:
		assert frappe._("Rate", context="Support Request") == "Calificar"
		assert frappe._("Rate") != "Calificar"
	finally:
		frappe.local.lang = "en"
