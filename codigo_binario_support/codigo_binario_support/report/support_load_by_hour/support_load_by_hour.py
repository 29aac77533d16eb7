"""When requests arrive, in the policy's zone, beside the hours in which support is open."""

from typing import Any

from frappe import _

from codigo_binario_support.adapters.policy import promises
from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.adapters.site.instants import from_site
from codigo_binario_support.domain.evidence.metrics import WEEK_LABELS, HourLoad, load_by_hour, percent
from codigo_binario_support.domain.time.windows import ALWAYS_OPEN
from codigo_binario_support.reports import chart, column, number, summary


def execute(filters: dict[str, Any] | None = None) -> tuple:
	filters = filters or {}
	policy = promises.policy()
	window = policy.support_window if policy else ALWAYS_OPEN
	counts = figures.by_hour(figures.months(filters.get("period")), window)
	rows = load_by_hour(((from_site(at), count) for at, count in counts), window)
	return _columns(), [_row(load) for load in rows], None, _chart(rows), _summary(rows)


def _columns() -> list[dict[str, Any]]:
	return [
		column("hour", _("Hour"), width=120),
		*(number(day.lower(), _(day)) for day in WEEK_LABELS),
		number("total", _("Requests")),
		number("open", _("While open")),
		number("closed", _("While closed")),
	]


def _row(load: HourLoad) -> dict[str, Any]:
	days = zip((day.lower() for day in WEEK_LABELS), load.by_weekday, strict=True)
	return {"hour": _hour(load), "total": load.total, "open": load.open, "closed": load.closed, **dict(days)}


def _hour(load: HourLoad) -> str:
	return f"{load.hour:02d}:00"


def _chart(rows: list[HourLoad]) -> dict[str, Any]:
	series = {_("While open"): [row.open for row in rows], _("While closed"): [row.closed for row in rows]}
	return chart("bar", [str(row.hour) for row in rows], series, ("#29A36A", "#98A1A9"), is_stacked=True)


def _summary(rows: list[HourLoad]) -> list[dict[str, Any]]:
	total = sum(row.total for row in rows)
	busiest = max(rows, key=lambda row: row.total)
	return [
		summary(_("Requests"), total, "Int"),
		summary(_("While closed"), percent(sum(row.closed for row in rows), total), "Percent", "Orange"),
		summary(_("Busiest hour"), _hour(busiest) if total else "", "Data"),
	]
