"""`triage`: one verdict a line, for JSON Lines or CSV."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import click

from ..domain.errors import SupportError
from ..domain.policy.policy import Policy
from ..domain.triage.verdict import Triage
from ..shipped import classify
from .columns import HeaderError, Requests, headers_of
from .language import Language
from .lines import Line, Lines, RowError, Skipped, condensed
from .output import json_text, report_mended, report_skipped
from .replay import triage_data
from .shell import FAILED, OK
from .source import load_policy, opened
from .table import VERDICT_LABELS


@dataclass(frozen=True, slots=True)
class Asked:
	"""A request to judge. `id` is as the file has it: text, or a number in JSON."""

	id: str | int
	subject: str
	body: str
	headers: dict[str, str] | None = None


def run(lang: Language, path: str, is_explained: bool, policy_path: str | None) -> int:
	policy = load_policy(policy_path)
	code = OK
	with opened(path) as (stream, _size):
		lines = Lines(stream)
		for asked in condensed(asked_in(lines, policy)):
			if isinstance(asked, Skipped):
				report_skipped(lang, asked)
				code = FAILED
				continue
			triage = classify(policy, asked.subject, asked.body, asked.headers)
			if is_explained:
				click.echo("\n".join(explanation(lang, policy, asked, triage)) + "\n")
			else:
				click.echo(json_text(triage_data(asked.id, triage)))
		report_mended(lang, lines)
	return code


def asked_in(lines: Lines, policy: Policy) -> Iterator[Asked | Skipped]:
	"""The requests of a file, by its content: an object on the first line means JSON Lines."""
	source = iter(lines)
	first = next((line for line in source if isinstance(line, Skipped) or line.text.strip()), None)
	if first is None:
		raise HeaderError("The file is empty: there are no requests to read.")
	everything = chain([first], source)
	text = first.text.lstrip() if isinstance(first, Line) else ""
	if text.startswith("["):
		raise HeaderError("This is a JSON list: write one object a line (JSON Lines), or CSV.")
	if text.startswith("{"):
		yield from _json_lines(everything)
		return
	for row in Requests(everything, policy.support_window.zone, with_history=False):
		yield row if isinstance(row, Skipped) else Asked(row.id, row.subject, row.body, row.headers)


def _json_lines(lines: Iterator[Line | Skipped]) -> Iterator[Asked | Skipped]:
	for line in lines:
		if isinstance(line, Skipped):
			yield line
		elif line.text.strip():
			try:
				yield _asked(line.text)
			except SupportError as error:
				yield Skipped.because(line.number, error)


def _asked(text: str) -> Asked:
	try:
		data = json.loads(text)
	except (ValueError, RecursionError) as error:
		raise RowError(
			"This is not a JSON object: write {example}.",
			example='{"id": "1", "subject": "...", "body": "..."}',
		) from error
	if not isinstance(data, dict):
		raise RowError(
			"This is not a JSON object: write {example}.",
			example='{"id": "1", "subject": "...", "body": "..."}',
		)
	request_id = data.get("id")
	if not isinstance(request_id, (str, int)) or isinstance(request_id, bool) or request_id == "":
		raise RowError("The request has no id: give it one.")
	return Asked(request_id, _text(data, "subject"), _text(data, "body"), headers_of(data.get("headers")))


def _text(data: dict[str, Any], key: str) -> str:
	value = data.get(key)
	if value is None:
		return ""
	if not isinstance(value, str):
		raise RowError("{key} is not text: put it in quotes.", key=key)
	return value


def explanation(lang: Language, policy: Policy, asked: Asked, triage: Triage) -> list[str]:
	"""What was decided and why, for a person."""
	t = lang.t
	lines = [
		click.style(f"{asked.id}: {asked.subject or asked.body[:80]}", bold=True),
		"  " + t("Verdict: {verdict}").format(verdict=t(VERDICT_LABELS[triage.verdict])),
	]
	for code, label in ((triage.clause, t("Clause")), (triage.second_clause, t("Second clause"))):
		if code:
			lines.append(f"  {label}: {code} – {policy.clause_text(code, lang.code)}")
	lines.append("  " + t("Confidence: {share}").format(share=lang.percent(triage.confidence)))
	lines.append("  " + t("Severity: {severity}").format(severity=t(SEVERITY_LABELS[triage.severity])))
	for signal in triage.signals:
		lines.append(f"    {signal.weight:+.2f}  {signal.text}  ({signal.clause or '–'})")
	if triage.nearest:
		nearest = t("Nearest example: {name} ({clause}): {text}").format(
			name=triage.nearest.name, clause=triage.nearest.clause or "–", text=triage.nearest.text
		)
		lines.append("  " + nearest)
	if triage.reason:
		lines.append("  " + t(triage.reason))
	return lines


SEVERITY_LABELS = {"outage": "outage", "degraded": "degraded", "question": "question", "request": "request"}
