"""Time spent and offers, by customer on the provider's site and by company on the customer's."""

from collections import Counter
from typing import Any

from frappe import _

from codigo_binario_support.adapters.access import people
from codigo_binario_support.adapters.offers import packs
from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.domain.evidence.metrics import percent
from codigo_binario_support.reports import chart, column, number, share, summary

_OFFERS = {
	"offered": "sum(ifnull(`offer`, '') != '')",
	"accepted": "sum(`offer_status` = 'Accepted')",
	"declined": "sum(`offer_status` = 'Declined')",
	"waiting": "sum(`offer_status` = 'Waiting')",
}
_TIME = {
	"included_minutes": f"sum(if(`entry`.part = '{packs.PACK}', 0, `entry`.minutes))",
	"pack_minutes": f"sum(if(`entry`.part = '{packs.PACK}', `entry`.minutes, 0))",
}
_BOUGHT = {"bought_hours": f"sum(if(`entry`.kind = '{packs.BOUGHT}', `entry`.hours, -`entry`.hours))"}
_CHARTED = 12


def execute(filters: dict[str, Any] | None = None) -> tuple:
	span = figures.months((filters or {}).get("period"))
	requests: dict[str, Counter] = {}
	for row in figures.by_month(span, (f"{figures.party_sql()} as `party`",), _OFFERS):
		counts = {key: int(row[key]) for key in ("total", *_OFFERS)}
		requests.setdefault(row["party"], Counter()).update(counts)
	spent = figures.by_party(span, packs.TIME, "`entry`.spent_on", _TIME)
	bought = figures.by_party(span, packs.ENTRY, "`entry`.creation", _BOUGHT)
	parties = sorted(
		{*requests, *spent, *bought}, key=lambda name: (-requests.get(name, Counter())["total"], name)
	)
	data = [
		_row(name, requests.get(name, Counter()), spent.get(name, {}), bought.get(name, {}))
		for name in parties
	]
	return _columns(), data, None, _chart(data), _summary(data)


def _columns() -> list[dict[str, Any]]:
	party = _("Customer") if people.is_provider_site() else _("Company")
	return [
		column("party", party, width=220),
		number("total", _("Requests")),
		column("included_hours", _("Included hours"), "Float", precision=1),
		column("pack_hours", _("Hours of packs used"), "Float", 150, precision=1),
		column("bought_hours", _("Hours of packs bought"), "Float", 160, precision=1),
		number("offered", _("Offers")),
		number("accepted", _("Accepted")),
		number("declined", _("Declined")),
		number("waiting", _("Waiting")),
		share("accepted_share", _("Accepted of the offers")),
	]


def _row(name: str, requests: Counter, spent: dict[str, Any], bought: dict[str, Any]) -> dict[str, Any]:
	return {
		"party": name or _("Nobody yet"),
		**{key: requests[key] for key in ("total", *_OFFERS)},
		"included_hours": float(spent.get("included_minutes") or 0) / 60,
		"pack_hours": float(spent.get("pack_minutes") or 0) / 60,
		"bought_hours": float(bought.get("bought_hours") or 0),
		"accepted_share": percent(requests["accepted"], requests["offered"]),
	}


def _chart(data: list[dict[str, Any]]) -> dict[str, Any]:
	shown = data[:_CHARTED]
	series = {
		_("Included hours"): [row["included_hours"] for row in shown],
		_("Hours of packs used"): [row["pack_hours"] for row in shown],
	}
	return chart("bar", [row["party"] for row in shown], series, ("#29A36A", "#449CF0"), is_stacked=True)


def _summary(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
	offered, accepted = (sum(row[key] for row in data) for key in ("offered", "accepted"))
	return [
		summary(_("Included hours"), round(sum(row["included_hours"] for row in data), 1), "Float", "Green"),
		summary(_("Hours of packs used"), round(sum(row["pack_hours"] for row in data), 1), "Float"),
		summary(_("Offers"), offered, "Int"),
		summary(_("Accepted of the offers"), percent(accepted, offered), "Percent"),
	]
