"""Time spent and offers, by customer on the provider's site and by company on the customer's."""

from collections import Counter, defaultdict
from typing import Any

from frappe import _

from codigo_binario_support.adapters.access import people
from codigo_binario_support.adapters.offers import packs
from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.domain.evidence.metrics import percent
from codigo_binario_support.reports import chart, column, numbers, share, summary, total

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
	requests: dict[str, Counter] = defaultdict(Counter)
	for row in figures.by_month(span, (f"{figures.party_sql()} as `party`",), _OFFERS):
		requests[row["party"]].update({key: int(row[key]) for key in ("total", *_OFFERS)})
	spent = figures.by_party(span, packs.TIME, "`entry`.spent_on", _TIME)
	bought = figures.by_party(span, packs.ENTRY, "`entry`.creation", _BOUGHT)
	parties = sorted({*requests, *spent, *bought}, key=lambda name: (-requests[name]["total"], name))
	data = [_row(name, requests[name], {**spent.get(name, {}), **bought.get(name, {})}) for name in parties]
	columns = [
		column("party", _("Customer") if people.is_provider_site() else _("Company"), width=220),
		*numbers(total=_("Requests")),
		column("included_hours", _("Included hours"), "Float", precision=1),
		column("pack_hours", _("Hours of packs used"), "Float", 150, precision=1),
		column("bought_hours", _("Hours of packs bought"), "Float", 160, precision=1),
		*numbers(offered=_("Offers"), accepted=_("Accepted"), declined=_("Declined"), waiting=_("Waiting")),
		share("accepted_share", _("Accepted of the offers")),
	]
	series = {_("Included hours"): "included_hours", _("Hours of packs used"): "pack_hours"}
	drawn = chart("bar", data[:_CHARTED], "party", series, ("#29A36A", "#449CF0"), stacked=1)
	offered, accepted = total(data, "offered"), total(data, "accepted")
	cards = [
		summary(_("Included hours"), round(total(data, "included_hours"), 1), "Float", "Green"),
		summary(_("Hours of packs used"), round(total(data, "pack_hours"), 1), "Float"),
		summary(_("Offers"), offered, "Int"),
		summary(_("Accepted of the offers"), percent(accepted, offered), "Percent"),
	]
	return columns, data, None, drawn, cards


def _row(name: str, requests: Counter, sums: dict[str, Any]) -> dict[str, Any]:
	return {
		"party": name or _("Nobody yet"),
		**{key: requests[key] for key in ("total", *_OFFERS)},
		"included_hours": float(sums.get("included_minutes") or 0) / 60,
		"pack_hours": float(sums.get("pack_minutes") or 0) / 60,
		"bought_hours": float(sums.get("bought_hours") or 0),
		"accepted_share": percent(requests["accepted"], requests["offered"]),
	}
