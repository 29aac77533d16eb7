"""Columns, charts and summaries as Frappe's reports want them."""

from collections.abc import Mapping, Sequence
from typing import Any


def column(
	fieldname: str, label: str, fieldtype: str = "Data", width: int = 130, **more: Any
) -> dict[str, Any]:
	return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}


def number(fieldname: str, label: str) -> dict[str, Any]:
	return column(fieldname, label, "Int", max(100, 9 * len(label)))


def share(fieldname: str, label: str) -> dict[str, Any]:
	return column(fieldname, label, "Percent", 160, precision=1)


def summary(label: str, value: Any, datatype: str, indicator: str = "Blue") -> dict[str, Any]:
	"""One figure above the report; what cannot be said is a dash, not a zero."""
	if value is None or value == "":
		return {"label": label, "value": "–", "datatype": "Data", "indicator": "Gray"}
	if datatype == "Percent":
		# Frappe would show three decimals.
		value, datatype = f"{value:.1f} %", "Data"
	return {"label": label, "value": value, "datatype": datatype, "indicator": indicator}


def chart(
	kind: str,
	labels: Sequence[str],
	series: Mapping[str, Sequence[float]],
	colors: Sequence[str],
	is_stacked: bool = False,
) -> dict[str, Any]:
	datasets = [{"name": name, "values": list(values)} for name, values in series.items()]
	return {
		"type": kind,
		"data": {"labels": list(labels), "datasets": datasets},
		"colors": list(colors),
		"barOptions": {"stacked": int(is_stacked)},
	}
