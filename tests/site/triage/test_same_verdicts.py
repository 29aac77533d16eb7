"""A request filed on the site gets the verdict that `python -m codigo_binario_support triage` gives its text."""

import html
import io
import json
import sys

import frappe
import pytest

from codigo_binario_support.cli.app import main
from codigo_binario_support.domain.policy.policy import Policy
from codigo_binario_support.shipped import CORPUS_PATH, policy_data

FIELDS = ("verdict", "clause", "second_clause", "severity")
MAIL = {
	"s": "RE: Alta",
	"b": "Buenos días, estimados:\n¿Cómo doy de alta a un vendedor? Además, manden a alguien a la bodega.\n\nSaludos\nLic. Paz",
}


def requests():
	"""Some sixty texts of all clauses and authors, and a whole mail."""
	rows = [json.loads(line) for line in CORPUS_PATH.read_text(encoding="utf-8").splitlines()]
	return [row for row in rows[::80] if row["s"] and row["b"]] + [MAIL]


@pytest.fixture
def said(monkeypatch, capsys):
	"""What the command says about texts, by number."""

	def say(rows) -> list[dict]:
		lines = [json.dumps({"id": i, "subject": row["s"], "body": row["b"]}) for i, row in enumerate(rows)]
		monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode())))
		assert main(["triage", "-"]) == 0
		return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

	return say


@pytest.fixture
def policy_as_shipped():
	"""The site's policy with the shipped clauses' signals and threshold: other tests and people may have edited them."""
	shipped = Policy(policy_data())
	name = frappe.get_all("Support Policy", {"enabled": 1}, pluck="name", order_by="valid_from desc")[0]
	policy = frappe.get_doc("Support Policy", name)
	policy.review_threshold = shipped.review_threshold
	policy.learning = None
	for row in policy.clauses:
		row.signals = "\n".join(shipped.clauses[row.code].signals)
	policy.save()


def test_filing_and_the_command_say_the_same(policy_as_shipped, file_request, said):
	rows = requests()
	assert len(rows) > 45
	differing = []
	for row, expected in zip(rows, said(rows), strict=True):
		lines = "".join(f"<p>{html.escape(line)}</p>" for line in row["b"].split("\n"))
		request = file_request("ana", subject=row["s"][:140], description=lines)
		decision = request.decisions[0]
		found = {"verdict": request.verdict, "severity": request.severity}
		found |= {"clause": decision.clause or None, "second_clause": decision.second_clause or None}
		if any(_plain(found[key]) != _plain(expected[key]) for key in FIELDS):
			differing.append((row, expected, found))
	assert differing == []


def _plain(value: str | None) -> str | None:
	"""The desk writes `Out of scope` where the file says `excluded`."""
	words = {"in scope": "included", "out of scope": "excluded"}
	folded = (value or "").lower().replace("_", " ")
	return words.get(folded, folded) or None
