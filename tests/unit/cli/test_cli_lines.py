"""Bytes to records: encodings, separators and broken quotes."""

import io
from zoneinfo import ZoneInfo

import pytest

from codigo_binario_support.cli.columns import HeaderError, Requests, plain_text
from codigo_binario_support.cli.lines import Lines, Records, Skipped, condensed, split_record

HEADER = "id,subject,body,created_at\n"
ZONE = ZoneInfo("America/Mexico_City")


def rows(content: str | bytes, **options):
	"""(requests, skipped) of a file with that content."""
	raw = content.encode() if isinstance(content, str) else content
	found = list(Requests(Lines(io.BytesIO(raw)), ZONE, **options))
	return [row for row in found if not isinstance(row, Skipped)], [
		row for row in found if isinstance(row, Skipped)
	]


def ids(content: str | bytes, **options) -> list[str]:
	return [row.id for row in rows(content, **options)[0]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"])
def test_accents_survive_every_usual_encoding(encoding):
	text = HEADER + "1,Contraseña,No sé cómo reiniciarla,2026-03-02 10:30\n"
	(row,), skipped = rows(text.encode(encoding))
	assert (row.subject, row.body, skipped) == ("Contraseña", "No sé cómo reiniciarla", [])


def test_one_line_in_another_encoding_does_not_spoil_the_others():
	first = "1,Contraseña,x,2026-03-02 10:30\n".encode()
	second = "2,Facturación,x,2026-03-02 10:31\n".encode("cp1252")
	found, _ = rows(HEADER.encode() + first + second)
	assert [row.subject for row in found] == ["Contraseña", "Facturación"]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(mark):
	assert ids((HEADER + "7,Hola,Texto,2026-03-02\n").replace(",", mark)) == ["7"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_of_every_system_are_read(ending):
	assert ids((HEADER + "1,a,b,2026-03-02\n2,a,b,2026-03-02\n").replace("\n", ending)) == ["1", "2"]


def test_a_chunk_border_changes_nothing():
	body = "ñ" * 70_000
	found, skipped = rows(f'{HEADER}1,a,"{body}",2026-03-02\r\n2,a,b,2026-03-02\r\n')
	assert [row.id for row in found] == ["1", "2"] and not skipped


def test_a_quoted_field_may_hold_separators_quotes_and_lines():
	(row,), skipped = rows(HEADER + '1,"a, ""b""","uno\ndos, tres",2026-03-02\n')
	assert (row.subject, row.body, skipped) == ('a, "b"', "uno\ndos, tres", [])


def test_a_quote_in_the_middle_of_an_unquoted_field_is_a_letter():
	(row,), skipped = rows(HEADER + '1,Pantalla de 12",no abre,2026-03-02\n')
	assert (row.subject, skipped) == ('Pantalla de 12"', [])


def test_quotes_that_were_not_doubled_are_kept_as_letters():
	(row,), skipped = rows(HEADER + '1,"dice "error" y ya",b,2026-03-02\n')
	assert (row.subject, skipped) == ('dice "error" y ya', [])


@pytest.mark.parametrize(
	"following",
	[
		"2,b,c,2026-03-02\n3,b,c,2026-03-02\n4,b,c,2026-03-02\n",
		'2,"b","c",2026-03-02\n3,b,c,2026-03-02\n4,b,c,2026-03-02\n',
		'2,"b","c d\ne",2026-03-02\n3,b,c,2026-03-02\n4,b,c,2026-03-02\n',
	],
)
def test_an_unclosed_quote_costs_its_own_row_and_no_other(following):
	content = HEADER + "0,a,b,2026-03-02\n" + '1,"broken,body,2026-03-02\n' + following
	found, skipped = rows(content)
	assert [row.id for row in found] == ["0", "2", "3", "4"]
	assert [(row.line, row.last_line) for row in skipped] == [(3, 3)]


def test_an_unclosed_quote_in_the_last_row_is_reported():
	found, skipped = rows(HEADER + "1,a,b,2026-03-02\n" + '2,"b,c,2026-03-02\n')
	assert [row.id for row in found] == ["1"]
	assert [row.line for row in skipped] == [3]


def test_an_unclosed_quote_over_thousands_of_rows_still_costs_one():
	many = "".join(f"{n},a,b,2026-03-02\n" for n in range(2, 8000))
	found, skipped = rows(HEADER + '1,"a,b,2026-03-02\n' + many)
	assert len(found) == 7998 and [row.line for row in skipped] == [2]


def test_nothing_is_lost_every_row_is_read_or_reported():
	content = HEADER
	for n in range(300):
		content += f'{n},"sin cerrar,b,2026-03-02\n' if n % 7 == 0 else f'{n},"a ""b""","c\nd",2026-03-02\n'
	found, skipped = rows(content)
	assert len(found) + len(skipped) == 300
	assert {row.id for row in found} == {str(n) for n in range(300) if n % 7}


def test_nul_bytes_are_removed_and_counted():
	lines = Lines(io.BytesIO((HEADER + "1,a\0b,c,2026-03-02\n").encode()))
	(row,) = Requests(lines, ZONE)
	assert (row.subject, lines.lines_with_nul) == ("ab", 1)


def test_a_row_with_too_few_or_too_many_fields_is_reported():
	found, skipped = rows(HEADER + "1,a,b\n2,a,b,2026-03-02,more\n3,a,b,2026-03-02,,\n")
	assert [row.id for row in found] == ["3"]
	assert [row.line for row in skipped] == [2, 3]
	assert skipped[0].values == {"count": 3, "width": 4}


def test_a_field_of_a_megabyte_is_read_and_an_endless_line_is_reported(monkeypatch):
	monkeypatch.setattr("codigo_binario_support.cli.lines.MAX_RECORD_CHARACTERS", 2_000_000)
	content = HEADER + f'1,a,"{"x" * 1_000_000}",2026-03-02\n' + "y" * 3_000_000 + "\n3,a,b,2026-03-02\n"
	found, skipped = rows(content)
	assert [row.id for row in found] == ["1", "3"]
	assert [row.line for row in skipped] == [3]


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "   \n"])
def test_an_empty_file_says_so(content):
	with pytest.raises(HeaderError, match="empty"):
		rows(content)


def test_a_file_without_a_header_says_what_a_header_is():
	with pytest.raises(HeaderError, match="id,subject,body"):
		rows("hola,que,tal\n" * 100)


def test_missing_columns_are_named():
	with pytest.raises(HeaderError, match="lacks the columns id, created_at; it has subject, body"):
		rows("subject,body\na,b\n")


def test_a_workbook_is_recognised():
	with pytest.raises(HeaderError, match="Excel"):
		rows(b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)) * 40)


def test_columns_come_in_any_order_and_language():
	(row,), _ = rows("Creado el;Descripción;Identificador;ASUNTO;Otra\n02/03/2026 10:30;Texto;9;Hola;x\n")
	assert (row.id, row.subject, row.body) == ("9", "Hola", "Texto")
	assert row.created_at.isoformat() == "2026-03-02T16:30:00+00:00"


def test_html_becomes_text():
	text = plain_text("<style>p{}</style><p>No puedo&nbsp;entrar</p><br>desde <b>hoy</b><!-- x --> & 3 < 4")
	assert text.replace("\xa0", " ").split() == ["No", "puedo", "entrar", "desde", "hoy", "&", "3", "<", "4"]


@pytest.mark.parametrize(
	"hostile", ["<script>" * 50_000, "<a" * 200_000, "<!--" * 100_000, "&" * 200_000, '"' * 99_999]
)
def test_hostile_text_costs_no_more_than_its_length(hostile):
	plain_text(hostile)
	split_record(hostile, ",")


def test_a_record_ends_where_its_quote_is_closed():
	text = 'a,"b\nc"\nd,e\n'
	records = list(Records(iter(Lines(io.BytesIO(text.encode()))), ","))
	assert [(record.line, record.last_line, record.fields) for record in records] == [
		(1, 2, ["a", "b\nc"]),
		(3, 3, ["d", "e"]),
	]


def test_a_long_run_of_one_mistake_is_told_at_once_and_counted_whole():
	content = HEADER + "1,a,b,2026-03-02\n" + "x\n" * 500 + "2,a,b,2026-03-02\n" + "x\n"
	found = list(condensed(Requests(Lines(io.BytesIO(content.encode())), ZONE)))
	skipped = [row for row in found if isinstance(row, Skipped)]
	assert [row.line for row in skipped[:20]] == list(range(3, 23))
	assert [(row.line, row.last_line, row.rows) for row in skipped[20:]] == [(23, 502, 480), (504, 504, 1)]
	assert [row.id for row in found if not isinstance(row, Skipped)] == ["1", "2"]
	assert found.index(skipped[20]) < len(found) - 2
