"""Official material: what is shipped is whole, and the right page comes first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES
from codigo_binario_support.domain.triage import resources
from codigo_binario_support.domain.triage.resources import (
	ARTICLE,
	GUIDED_CLAUSES,
	PAGE,
	Resource,
	ResourceIndex,
	article_of,
)

FOLDER = Path(resources.__file__).parents[2] / "data" / "guides"
PAGES = json.loads((FOLDER / "resources.json").read_text(encoding="utf-8"))
ARTICLES = {
	path.stem: article_of(path.read_text(encoding="utf-8")) for path in (FOLDER / "articles").glob("*.md")
}
KEYS = {row["key"] for row in PAGES}


def listed(text: str) -> tuple[str, ...]:
	return tuple(text.split(", "))


def shipped() -> ResourceIndex:
	pages = [
		Resource(
			row["key"],
			row["title"],
			row["url"],
			PAGE,
			tuple(row["clauses"]),
			(row["keywords"],),
			row["language"],
			row["topic"] == "Inicio",
		)
		for row in PAGES
	]
	articles = [
		Resource(
			name, row["title"], f"/guias/{name}", ARTICLE, *map(listed, (row["clauses"], row["keywords"]))
		)
		for name, row in sorted(ARTICLES.items())
	]
	return ResourceIndex([*pages, *articles])


SHELF = shipped()


def test_at_least_25_articles_are_shipped_and_each_is_short_and_whole():
	assert len(ARTICLES) >= 25
	for name, article in ARTICLES.items():
		assert 40 <= len(article["body"].split()) <= 250, name
		assert article["title"] and all(listed(article["keywords"])), name
		assert set(listed(article["clauses"])) <= CLAUSE_SIDES.keys(), name
		assert set(listed(article["resources"])) <= KEYS, name


def test_shipped_pages_are_official_and_stand_once():
	assert len({row["url"] for row in PAGES}) == len(PAGES)
	for row in PAGES:
		assert resources.is_official(row["url"]), row["url"]
		assert set(row["clauses"]) <= CLAUSE_SIDES.keys(), row["key"]


@pytest.mark.parametrize(
	("text", "wanted"),
	[
		("olvide mi contraseña y no puedo entrar", "olvide-mi-contrasena"),
		("olvide mi contrasenia", "olvide-mi-contrasena"),
		("CÓMO DOY DE ALTA UN USUARIO NUEVO", "dar-de-alta-un-usuario"),
		("un empleado renunció, como lo doy de baja", "dar-de-baja-un-usuario"),
		("no salen los correos del sistema", "el-correo-no-sale"),
		("cómo concilio el banco con mi estado de cuenta", "conciliar-el-banco"),
		("kiero poner mi logotipo en el membrete", "cambiar-el-logotipo"),
		("cómo registro el pago de una factura", "registrar-un-pago"),
		("hicimos un conteo y hay que ajustar existencias", "ajustar-existencias"),
		("quiero programar un reporte cada semana por correo", "programar-un-reporte"),
		("necesitamos un curso de capacitación en video", "donde-aprender"),
		("me sale no tienes permiso", "mensaje-de-permiso-insuficiente"),
	],
)
def test_a_common_question_finds_its_article(text, wanted):
	assert wanted in [row.name for row in SHELF.suggest(text, None, "es", 2)]


@pytest.mark.parametrize("text", ["", "hola buenas tardes", "xyzzy plugh", "¿?"])
def test_a_text_that_says_nothing_gets_nothing(text):
	assert SHELF.suggest(text) == []


@pytest.mark.parametrize("clause", GUIDED_CLAUSES)
@pytest.mark.parametrize("text", ["", "xyzzy", "hola"])
def test_a_guided_clause_always_has_something_official(clause, text):
	found = SHELF.suggest(text, clause)
	assert found and all(clause in row.clauses for row in found)


@given(st.text(max_size=300), st.sampled_from([None, *CLAUSE_SIDES]), st.integers(1, 5))
def test_suggestions_are_few_different_and_always_the_same(text, clause, limit):
	found = SHELF.suggest(text, clause, limit=limit)
	assert len(found) <= limit
	assert len({row.name for row in found}) == len(found)
	assert found == SHELF.suggest(text, clause, limit=limit)


def test_an_answer_that_names_a_resource_carries_it():
	assert SHELF.is_carried_by(
		'<a href="https://docs.frappe.io/erpnext/user/manual/en/adding-users">guía</a>'
	)
	assert not SHELF.is_carried_by("<p>Ya quedó, saludos.</p>")


@pytest.mark.parametrize(
	"url",
	[
		"http://docs.frappe.io/erpnext",
		"https://docs.frappe.io.example.com/",
		"https://docs.frappe.io@example.com/",
		"https://example.com/docs.frappe.io",
		"javascript:alert(1)//docs.frappe.io",
		"https://[docs.frappe.io",
		"",
	],
)
def test_what_only_looks_official_is_not(url):
	assert not resources.is_official(url)


def test_a_host_that_the_policy_allows_is_official():
	assert resources.is_official("https://ayuda.example.mx/x", ("ayuda.example.mx",))


@pytest.mark.parametrize(
	("looks", "state"),
	[
		([200], "Reachable"),
		([301], "Reachable"),
		([404], "Doubtful"),
		([404, 404], "Dead"),
		([404, None, 410], "Dead"),
		([404, 200, 404], "Doubtful"),
		([404, 404, 200], "Reachable"),
		([None], "Not checked"),
		([200, None, 503, 429], "Reachable"),
	],
)
def test_a_link_is_dead_once_it_is_gone_twice_in_a_row(looks, state):
	found = "Not checked"
	for status in looks:
		found = resources.link_state(found, status)
	assert found == state


@pytest.mark.parametrize("text", ["", "no head", "---\ntitle\n---\nx", "---\ntitle: x\n---\nbody"])
def test_an_article_without_a_whole_head_is_refused(text):
	with pytest.raises((ValueError, KeyError)):
		article_of(text)
