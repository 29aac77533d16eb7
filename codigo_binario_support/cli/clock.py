"""`clock`: what the clocks of scenarios read, and why."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

import click

from ..domain.errors import SupportError
from ..domain.time.clock import ClockState
from ..domain.time.scenarios import Scenario
from .files import NotFound, SourceError, json_text, read_json
from .language import Language
from .shell import FAILED, OK

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
		example = '{"scenarios": [...]}'
		raise SourceError("The file has no list of scenarios: write {example}.", example=example)
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
		detail = error or type(error).__name__
		raise SourceError("The scenario cannot be read: {detail}.", detail=detail) from error


def _explain(lang: Language, scenarios: list[Any], explained_id: str) -> int:
	for number, data in enumerate(scenarios):
		if _id(data, number) == explained_id:
			click.echo("\n".join(_ledger_lines(lang, _read(data))))
			return OK
	known = ", ".join(_id(data, number) for number, data in enumerate(scenarios[:20]))
	raise NotFound("There is no scenario {id}; the file has {known}.", id=explained_id, known=known or "-")


def _ledger_lines(lang: Language, scenario: Scenario) -> Iterator[str]:
	t, zone, reading, segments = lang.t, scenario.window.zone, scenario.reading(), scenario.ledger()
	read_at = t("zone {zone}, read at {instant}").format(zone=zone.key, instant=_stamp(reading.read_at, zone))
	yield f"{click.style(scenario.id, bold=True)} · {read_at}"
	yield ""
	yield f"{t('Segment start'):<25} {t('Segment end'):<25} {t('Counted'):>10}  {t('Why')}"
	for segment in segments:
		span = f"{_stamp(segment.start, zone):<25} {_stamp(segment.end, zone):<25}"
		detail = f" ({segment.detail})" if segment.detail else ""
		yield f"{span} {_minutes(lang, segment.counted_seconds):>10}  {t(_WHY[segment.why])}{detail}"
	yield ""
	counted = _minutes(lang, sum(segment.counted_seconds for segment in segments))
	paused = _minutes(lang, reading.paused_seconds)
	yield t("Counted: {counted}. Paused in open hours: {paused}.").format(counted=counted, paused=paused)
	yield _clock_line(lang, t("Response"), reading.response, zone)
	yield _clock_line(lang, t("Resolution"), reading.resolution, zone)


def _clock_line(lang: Language, name: str, clock: ClockState, zone: tzinfo) -> str:
	t, elapsed = lang.t, _minutes(lang, clock.elapsed_seconds)
	if clock.target_seconds is None:
		return t("{clock}: {elapsed}, no time promised.").format(clock=name, elapsed=elapsed)
	target = _minutes(lang, clock.target_seconds)
	due = _stamp(clock.due_at, zone) if clock.due_at else t("open while on hold")
	verdict = t("breached") if clock.is_breached else t("not breached")
	line = t("{clock}: {elapsed} of {target}, due {due}: {verdict}.")
	return line.format(clock=name, elapsed=elapsed, target=target, due=due, verdict=verdict)


def _stamp(instant: datetime, zone: tzinfo) -> str:
	return instant.astimezone(zone).isoformat()


def _minutes(lang: Language, seconds: int) -> str:
	return f"{lang.number(seconds / 60)} min"
