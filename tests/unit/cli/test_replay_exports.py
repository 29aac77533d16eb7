"""The CSV exports of ERPNext's Issue and Frappe Helpdesk's HD Ticket, as they come."""

import csv
import io
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from codigo_binario_support.cli import instants
from codigo_binario_support.cli.columns import HeaderError, Requests
from codigo_binario_support.cli.lines import Lines, RowError, Skipped

ZONE = ZoneInfo("America/Mexico_City")


def read(rows: list[list], quoting=csv.QUOTE_MINIMAL, **options):
	text = io.StringIO()
	csv.writer(text, quoting=quoting).writerows(rows)
	requests = Requests(Lines(io.BytesIO(text.getvalue().encode())), ZONE, **options)
	found = list(requests)
	return (
		[row for row in found if not isinstance(row, Skipped)],
		[row for row in found if isinstance(row, Skipped)],
		requests,
	)


def history(row) -> list[tuple[str, str]]:
	return [(event.at.astimezone(ZONE).strftime("%m-%d %H:%M"), event.do) for event in row.events]


def test_an_issue_report_in_english_is_read():
	(row,), skipped, _ = read(
		[
			[
				"Sr",
				"ID",
				"Subject",
				"Status",
				"Priority",
				"Raised By (Email)",
				"Description",
				"creation",
				"Opening Date",
				"Opening Time",
				"First Responded On",
				"Resolution Date",
				"Resolution By",
				"owner",
			],
			[
				1,
				"ISS-2026-00001",
				"No entra",
				"Closed",
				"Medium",
				"a@b.mx",
				"<div>No <b>entra</b></div>",
				"2026-03-02 10:30:11.123456",
				"2026-03-02",
				"10:30:09.550000",
				"2026-03-02 11:00:00.000001",
				"2026-03-02 12:15:00",
				"2026-03-04 10:30:00",
				"Administrator",
			],
		],
		csv.QUOTE_NONNUMERIC,
	)
	assert (row.id, row.subject, row.body, row.priority) == (
		"ISS-2026-00001",
		"No entra",
		"No entra",
		"Medium",
	)
	assert history(row) == [
		("03-02 10:30", "create"),
		("03-02 11:00", "first_reply"),
		("03-02 12:15", "resolve"),
	]
	assert row.knows_end and not skipped


def test_an_issue_report_in_spanish_is_read():
	(row,), skipped, _ = read(
		[
			[
				"Sr",
				"Identificador",
				"Asunto",
				"Estado",
				"Prioridad",
				"Descripción",
				"Fecha de apertura",
				"Hora de Apertura",
				"Primera respuesta el",
				"Fecha de resolución",
			],
			[
				1,
				"ISS-2026-00001",
				"No entra",
				"Cerrado",
				"Media",
				"x",
				"2026-03-02",
				"9:05:00",
				"",
				"2026-03-02 12:15:00",
			],
		]
	)
	assert history(row) == [("03-02 09:05", "create"), ("03-02 12:15", "resolve")]
	assert not skipped


def test_a_ticket_of_the_helpdesk_is_read_with_its_pause():
	(row,), skipped, _ = read(
		[
			[
				"ID",
				"Subject",
				"Status",
				"Priority",
				"Description",
				"Opening Date",
				"Opening Time",
				"First Responded On",
				"Resolution Date",
				"On Hold Since",
				"Total Hold Time",
				"Response By",
			],
			[
				"17",
				"Hola",
				"Replied",
				"High",
				"<p>x</p>",
				"2026-03-02",
				"9:05:00",
				"2026-03-02 09:30:00",
				"",
				"2026-03-02 10:00:00",
				"",
				"2026-03-02 12:00:00",
			],
		]
	)
	assert history(row) == [
		("03-02 09:05", "create"),
		("03-02 09:30", "first_reply"),
		("03-02 10:00", "hold"),
	]
	assert not skipped


def test_child_rows_and_totals_are_no_requests_and_no_errors():
	found, skipped, requests = read(
		[
			["ID", "Subject", "Description", "Created On", "ID (Tags)", "Tag (Tags)"],
			["1", "a", "b", "2026-03-02 10:00:00", "t1", "x"],
			["", "", "", "", "t2", "y"],
			["2", "c", "d", "2026-03-02 11:00:00", "", ""],
			["Total", "", "", "", "", ""],
		]
	)
	assert [row.id for row in found] == ["1", "2"]
	assert not skipped and requests.child_rows == 2


DATA_EXPORT = [
	[""],
	["DocType:", "Issue", "", "", "", "", "", "~", "Tag Link", "tags"],
	[
		"Column Labels:",
		"ID",
		"Subject",
		"Series",
		"Description",
		"Opening Date",
		"Opening Time",
		"",
		"ID",
		"Tag",
	],
	[
		"Column Name:",
		"name",
		"subject",
		"naming_series",
		"description",
		"opening_date",
		"opening_time",
		"~",
		"name",
		"tag",
	],
	["Mandatory:", "Yes", "Yes", "No", "No", "No", "No", "", "Yes", "No"],
	["Type:", "Data", "Data", "Select", "Text Editor", "Date", "Time", "", "Data", "Data"],
	["Info:", "", "", "One of: ISS-.YYYY.-", "", "dd-mm-yyyy", "", "", "", ""],
]
DATA_ROWS = [
	["", '"ISS-2026-00001"', "Uno", "ISS-.YYYY.-", "texto\n\ndos", "02-03-2026", "10:30:00", "", '"t1"', "x"],
	["", "", "", "", "", "", "", "", '"t2"', "y"],
	["", '"ISS-2026-00002"', "Dos", "ISS-.YYYY.-", "texto", "13-03-2026", "10:30:00", "", "", ""],
]
TEMPLATE = [
	["Data Import Template"],
	["Table:", "Issue"],
	[""],
	[""],
	["Notes:"],
	["Please do not change the template headings."],
	["First data column must be blank."],
	['If you are uploading new records, leave the "name" (ID) column blank.'],
]


@pytest.mark.parametrize(
	"rows",
	[
		DATA_EXPORT + DATA_ROWS,
		TEMPLATE + DATA_EXPORT + [["Start entering data below this line"]] + DATA_ROWS,
		[DATA_EXPORT[2], *DATA_ROWS],
		[
			["Etiquetas de columna:", *DATA_EXPORT[2][1:]],
			["Nombre de columna:", *DATA_EXPORT[3][1:]],
			*DATA_EXPORT[4:],
			["Comience ingresando datos debajo de esta línea"],
			*DATA_ROWS,
		],
	],
	ids=["data", "template", "labels only", "spanish"],
)
def test_the_data_export_is_read_below_its_preamble(rows):
	found, skipped, requests = read(rows, csv.QUOTE_NONNUMERIC)
	assert [row.id for row in found] == ["ISS-2026-00001", "ISS-2026-00002"]
	assert found[1].created_at == datetime(2026, 3, 13, 16, 30, tzinfo=timezone.utc)
	assert not skipped and requests.child_rows == 1


def test_a_data_export_without_a_needed_column_says_which():
	rows = [[*row[:5], *row[7:]] for row in DATA_EXPORT[1:] + DATA_ROWS]
	with pytest.raises(HeaderError, match="created_at"):
		read(rows)


def test_a_closed_ticket_without_a_time_of_solution_is_unknown_not_open():
	(row,), _, _ = read(
		[
			["id", "subject", "status", "created_at", "resolved_at"],
			["1", "a", "Closed", "2026-03-02 10:00", ""],
		]
	)
	assert not row.knows_end


def test_own_events_are_read_with_their_reasons():
	events = "2026-03-02T10:30 first_reply; 2026-03-02 11:00 hold: waiting; for a file; 2026-03-02T12:00:00-05:00 RESUME;"
	(row,), _, _ = read([["id", "subject", "created_at", "events"], ["1", "a", "2026-03-02 10:00", events]])
	assert history(row) == [
		("03-02 10:00", "create"),
		("03-02 10:30", "first_reply"),
		("03-02 11:00", "hold"),
		("03-02 11:00", "resume"),
	]
	assert row.events[2].detail == "waiting; for a file"


@pytest.mark.parametrize(
	("created", "events", "reason"),
	[
		("2026-02-30 10:00", "", "does not exist in the calendar"),
		("2026-03-02 25:00", "", "does not exist in the calendar"),
		("31/31/2026", "", "does not exist in the calendar"),
		("0001-01-01", "", "out of range"),
		("9999-12-31 23:59", "", "out of range"),
		("mañana", "", "is not a date and time"),
		("", "", "does not say when it was created"),
		("2026-03-02 10:00", "2026-03-02 09:00 first_reply", "nothing can come before it"),
		("2026-03-02 10:00", "2026-03-02 11:00 fly", "fly is not an event"),
		("2026-03-02 10:00", "first_reply", "cannot be read"),
		("2026-03-02 10:00", "2026-03-02 11:00", "is not an event|cannot be read|is not a date"),
		("2026-03-02 10:00", "2026-03-02T10:00+99:00 resolve", "is not a UTC offset"),
	],
)
def test_an_impossible_history_is_reported_with_its_reason(created, events, reason):
	found, skipped, _ = read(
		[["id", "subject", "created_at", "events"], ["1", "a", created, events], ["2", "a", "2026-03-02", ""]]
	)
	assert [row.id for row in found] == ["2"]
	assert skipped[0].line == 2
	import re

	assert re.search(reason, skipped[0].template.format(**skipped[0].values))


@pytest.mark.parametrize(
	("text", "wall"),
	[
		("2026-03-02T10:30:15.5", "2026-03-02T10:30:15"),
		("2026-03-02T10:30:15-05:00", "2026-03-02T09:30:15"),
		("2026-03-02T16:30Z", "2026-03-02T10:30:00"),
		("02/03/2026 4:30 p. m.", "2026-03-02T16:30:00"),
		("2/3/2026 12:05 AM", "2026-03-02T00:05:00"),
		("02.03.2026", "2026-03-02T00:00:00"),
	],
)
def test_instants_are_read_in_the_zone_of_the_policy(text, wall):
	assert instants.parse(text, ZONE).astimezone(ZONE).replace(tzinfo=None).isoformat() == wall


def test_the_month_comes_first_only_when_asked():
	assert instants.parse("03/02/2026", ZONE, is_month_first=True) == instants.parse("2026-03-02", ZONE)


@pytest.mark.parametrize(
	"text",
	["2026-03-02 13:00 pm", "2026-03-02 0:30 am", "26-03-02", "2026-3", "10:30", "2026-03-02 10:30+02"],
)
def test_what_could_mean_two_things_is_refused(text):
	with pytest.raises(RowError):
		instants.parse(text, ZONE)
