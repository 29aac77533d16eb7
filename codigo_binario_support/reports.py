"""Columns, charts and summaries as Frappe's reports want them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def column(
	fieldname: str, label: str, fieldtype: str = "Data", width: int = 130, **more: Any
) -> dict[str, Any]:
	return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}


def numbers(**labels: str) -> list[dict[str, Any]]:
	"""A column of whole numbers for each field, as wide as its label."""
	return [column(name, label, "Int", max(100, 9 * len(label))) for name, label in labels.items()]


def share(fieldname: str, label: str) -> dict[str, Any]:
	return column(fieldname, label, "Percent", 160, precision=1)


def total(rows: Iterable[Row], key: str) -> Any:
	return sum(row[key] for row in rows)


def summary(label: str, value: Any, datatype: str, indicator: str = "Blue") -> dict[str, Any]:
	"""One figure above the report; what cannot be said is a dash, not a zero."""
	if value is None or value == "":
		return {"label": label, "value": "–", "datatype": "Data", "indicator": "Gray"}
	if datatype == "Percent":
		# Frappe would show three decimals.
		value, datatype = f"{value:.1f} %", "Data"
	return {"label": label, "value": value, "datatype": datatype, "indicator": indicator}


def faults(label: str, count: float, datatype: str = "Int", indicator: str = "Red") -> dict[str, Any]:
	"""As `summary`, of what should be none: green then."""
	return summary(label, count, datatype, indicator if count else "Green")


def chart(
	kind: str, rows: Sequence[Row], x: str, series: Mapping[str, str], colors: Sequence[str], stacked: int = 0
) -> dict[str, Any]:
	"""`x` and the values of `series` (label -> key) are keys of the rows; a value that a row lacks is 0."""
	datasets = [
		{"name": label, "values": [row.get(key) or 0 for row in rows]} for label, key in series.items()
	]
	return {
		"type": kind,
		"data": {"labels": [row[x] for row in rows], "datasets": datasets},
		"colors": list(colors),
		"barOptions": {"stacked": stacked},
	}
