"""`triage`: one verdict a line, for JSON Lines or CSV."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import click

from ..domain.errors import SupportError
from ..domain.policy.policy import Policy
from ..domain.triage.verdict import Triage
from ..shipped import classify
from .columns import HeaderError, Requests, Row, headers_of
from .files import json_text, load_policy, opened, report_mended
from .language import Language
from .lines import Line, Lines, RowError, Skipped, condensed
from .replay import triage_data
from .shell import FAILED, OK
from .table import VERDICT_LABELS


def run(lang: Language, path: str, is_explained: bool, policy_path: str | None) -> int:
	policy = load_policy(policy_path)
	code = OK
	with opened(path) as (stream, _size):
		lines = Lines(stream)
		for asked in condensed(asked_in(lines, policy)):
			if isinstance(asked, Skipped):
				click.echo(lang.skipped(asked), err=True)
				code = FAILED
				continue
			triage = classify(policy, asked.subject, asked.body, asked.headers)
			if is_explained:
				click.echo("\n".join(explanation(lang, policy, asked, triage)) + "\n")
			else:
				click.echo(json_text(triage_data(asked.id, triage)))
		report_mended(lang, lines)
	return code


def asked_in(lines: Lines, policy: Policy) -> Iterator[Row | Skipped]:
	"""The requests of a file, by its content: an object on the first line means JSON Lines."""
	source = iter(lines)
	first = next((line for line in source if isinstance(line, Skipped) or line.text.strip()), None)
	if first is None:
		raise HeaderError("The file is empty: there are no requests to read.")
	everything = chain([first], source)
	text = first.text.lstrip() if isinstance(first, Line) else ""
	if text.startswith("["):
		raise HeaderError("This is a JSON list: write one object a line (JSON Lines), or CSV.")
	if not text.startswith("{"):
		yield from Requests(everything, policy.support_window.zone, with_history=False)
		return
	for line in everything:
		if isinstance(line, Skipped):
			yield line
		elif line.text.strip():
			try:
				yield _asked(line)
			except SupportError as error:
				yield Skipped.because(line.number, error)


def _asked(line: Line) -> Row:
	try:
		data = json.loads(line.text)
	except (ValueError, RecursionError):
		data = None
	if not isinstance(data, dict):
		example = '{"id": "1", "subject": "...", "body": "..."}'
		raise RowError("This is not a JSON object: write {example}.", example=example)
	request_id = data.get("id")
	if not isinstance(request_id, (str, int)) or isinstance(request_id, bool) or request_id == "":
		raise RowError("The request has no id: give it one.")
	subject, body = _text(data, "subject"), _text(data, "body")
	return Row(line.number, request_id, subject, body, headers=headers_of(data.get("headers")))


def _text(data: dict[str, Any], key: str) -> str:
	value = data.get(key)
	if value is None:
		return ""
	if not isinstance(value, str):
		raise RowError("{key} is not text: put it in quotes.", key=key)
	return value


def explanation(lang: Language, policy: Policy, asked: Row, triage: Triage) -> list[str]:
	"""What was decided and why, for a person."""
	t, nearest = lang.t, triage.nearest
	told = [t("Verdict: {verdict}").format(verdict=t(VERDICT_LABELS[triage.verdict]))]
	for code, label in ((triage.clause, t("Clause")), (triage.second_clause, t("Second clause"))):
		if code:
			told.append(f"{label}: {code} – {policy.clause_text(code, lang.code)}")
	told.append(t("Confidence: {share}").format(share=lang.percent(triage.confidence)))
	told.append(t("Severity: {severity}").format(severity=t(triage.severity)))
	told += [f"  {signal.weight:+.2f}  {signal.text}  ({signal.clause or '–'})" for signal in triage.signals]
	if nearest:
		text = t("Nearest example: {name} ({clause}): {text}")
		told.append(text.format(name=nearest.name, clause=nearest.clause or "–", text=nearest.text))
	if triage.reason:
		told.append(t(triage.reason))
	title = click.style(f"{asked.id}: {asked.subject or asked.body[:80]}", bold=True)
	return [title, *(f"  {line}" for line in told)]
