"""When requests arrive, in the policy's zone, beside the hours in which support is open."""

from typing import Any

from frappe import _

from codigo_binario_support.adapters.policy import promises
from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.adapters.site.instants import from_site
from codigo_binario_support.domain.evidence.metrics import WEEK_LABELS, HourLoad, load_by_hour, percent
from codigo_binario_support.domain.time.windows import ALWAYS_OPEN
from codigo_binario_support.reports import chart, column, numbers, summary, total


def execute(filters: dict[str, Any] | None = None) -> tuple:
	policy = promises.policy()
	window = policy.support_window if policy else ALWAYS_OPEN
	counts = figures.by_hour(figures.months((filters or {}).get("period")), window)
	loads = load_by_hour(((from_site(at), count) for at, count in counts), window)
	data = [_row(load) for load in loads]
	columns = [
		column("hour", _("Hour"), width=120),
		*numbers(**{day.lower(): _(day) for day in WEEK_LABELS}),
		*numbers(total=_("Requests"), open=_("While open"), closed=_("While closed")),
	]
	points = [{**row, "hour": str(load.hour)} for row, load in zip(data, loads, strict=True)]
	series = {_("While open"): "open", _("While closed"): "closed"}
	whole, busiest = total(data, "total"), max(data, key=lambda row: row["total"])
	cards = [
		summary(_("Requests"), whole, "Int"),
		summary(_("While closed"), percent(total(data, "closed"), whole), "Percent", "Orange"),
		summary(_("Busiest hour"), busiest["hour"] if whole else "", "Data"),
	]
	return columns, data, None, chart("bar", points, "hour", series, ("#29A36A", "#98A1A9"), stacked=1), cards


def _row(load: HourLoad) -> dict[str, Any]:
	days = dict(zip(map(str.lower, WEEK_LABELS), load.by_weekday, strict=True))
	return {
		"hour": f"{load.hour:02d}:00",
		"total": load.total,
		"open": load.open,
		"closed": load.closed,
		**days,
	}
