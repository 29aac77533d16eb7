"""`clock`: what the clocks of scenarios read, and why."""

from datetime import datetime, tzinfo
from typing import Any

import click

from ..domain.errors import SupportError
from ..domain.time.clock import ClockState
from ..domain.time.scenarios import Scenario
from .language import Language
from .output import json_text
from .shell import FAILED, OK
from .source import NotFound, SourceError, read_json

_WHY = {
	"running": "running",
	"closed": "window closed",
	"holiday": "holiday",
	"on_hold": "on hold",
	"resolved": "resolved",
}


def run(lang: Language, path: str, explained_id: str | None) -> int:
	scenarios = _scenarios(read_json(path))
	if explained_id is not None:
		return _explain(lang, scenarios, explained_id)
	code = OK
	# One by one: a long file need not fit in memory twice.
	click.echo('{"results": [', nl=False)
	for number, data in enumerate(scenarios):
		result: dict[str, Any] = {"id": _id(data, number)}
		try:
			result.update(_read(data).result())
		except SupportError as error:
			result["error"] = lang.error(error)
			click.echo(f"{result['id']}: {result['error']}", err=True)
			code = FAILED
		click.echo(("," if number else "") + "\n" + json_text(result), nl=False)
	click.echo("\n]}")
	return code


def _scenarios(data: Any) -> list[Any]:
	scenarios = data.get("scenarios") if isinstance(data, dict) else data
	if not isinstance(scenarios, list):
		raise SourceError(
			"The file has no list of scenarios: write {example}.", example='{"scenarios": [...]}'
		)
	return scenarios


def _id(data: Any, number: int) -> str:
	return str(data["id"]) if isinstance(data, dict) and "id" in data else f"#{number + 1}"


def _read(data: Any) -> Scenario:
	"""Raises `SupportError` for whatever is wrong: a file may hold anything."""
	try:
		scenario = Scenario.from_dict(data)
		scenario.result()
		return scenario
	except SupportError:
		raise
	except (TypeError, ValueError, AttributeError, KeyError, IndexError, OverflowError) as error:
		raise SourceError(
			"The scenario cannot be read: {detail}.", detail=error or type(error).__name__
		) from error


def _explain(lang: Language, scenarios: list[Any], explained_id: str) -> int:
	for number, data in enumerate(scenarios):
		if _id(data, number) == explained_id:
			click.echo("\n".join(_ledger_lines(lang, _read(data))))
			return OK
	known = ", ".join(_id(data, number) for number, data in enumerate(scenarios[:20]))
	raise NotFound("There is no scenario {id}; the file has {known}.", id=explained_id, known=known or "-")


def _ledger_lines(lang: Language, scenario: Scenario) -> list[str]:
	t, zone = lang.t, scenario.window.zone
	reading, segments = scenario.reading(), scenario.ledger()
	lines = [
		click.style(scenario.id, bold=True)
		+ " · "
		+ t("zone {zone}, read at {instant}").format(zone=zone.key, instant=_stamp(reading.read_at, zone)),
		"",
		f"{t('Segment start'):<25} {t('Segment end'):<25} {t('Counted'):>10}  {t('Why')}",
	]
	for segment in segments:
		detail = f" ({segment.detail})" if segment.detail else ""
		lines.append(
			f"{_stamp(segment.start, zone):<25} {_stamp(segment.end, zone):<25} "
			f"{_minutes(lang, segment.counted_seconds):>10}  {t(_WHY[segment.why])}{detail}"
		)
	counted = sum(segment.counted_seconds for segment in segments)
	lines += [
		"",
		t("Counted: {counted}. Paused in open hours: {paused}.").format(
			counted=_minutes(lang, counted), paused=_minutes(lang, reading.paused_seconds)
		),
		_face_line(lang, t("Response"), reading.response, zone),
		_face_line(lang, t("Resolution"), reading.resolution, zone),
	]
	return lines


def _face_line(lang: Language, name: str, face: ClockState, zone: Any) -> str:
	t = lang.t
	elapsed = _minutes(lang, face.elapsed_seconds)
	if face.target_seconds is None:
		return t("{clock}: {elapsed}, no time promised.").format(clock=name, elapsed=elapsed)
	return t("{clock}: {elapsed} of {target}, due {due}: {verdict}.").format(
		clock=name,
		elapsed=elapsed,
		target=_minutes(lang, face.target_seconds),
		due=_stamp(face.due_at, zone) if face.due_at else t("open while on hold"),
		verdict=t("breached") if face.is_breached else t("not breached"),
	)


def _stamp(instant: datetime, zone: tzinfo) -> str:
	return instant.astimezone(zone).isoformat()


def _minutes(lang: Language, seconds: int) -> str:
	return f"{lang.number(seconds / 60)} min"
