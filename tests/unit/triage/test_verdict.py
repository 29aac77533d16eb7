"""Verdicts that cite their clause. The sentences here are written for these tests and stand in no part of the corpus."""

import json
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from codigo_binario_support.domain.policy.policy import Policy
from codigo_binario_support.domain.triage import corrections as learning
from codigo_binario_support.domain.triage import linear_model
from codigo_binario_support.domain.triage import verdict as scope
from codigo_binario_support.domain.triage.cleaning import automatic_kind, clean, is_courtesy
from codigo_binario_support.domain.triage.verdict import EXCLUDED, INCLUDED, MIXED, NEEDS_REVIEW
from codigo_binario_support.shipped import CORPUS_PATH, MODEL_PATH, classify, triage_model

ROOT = Path(__file__).resolve().parents[3]
POLICY = json.loads((ROOT / "codigo_binario_support/data/policy.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def policy():
	return Policy(POLICY)


def changed(**changes):
	return Policy({**POLICY, **changes})


@pytest.mark.parametrize(
	("text", "verdict", "clause"),
	[
		("No abre el sistema en ninguna caja, marca 504 Gateway Time-out", INCLUDED, "connectivity"),
		("¿Cada cuánto sacan el respaldo y dónde queda guardado?", INCLUDED, "backup"),
		("Se me borraron las listas de precios, ¿las recuperan de la copia de anoche?", INCLUDED, "restore"),
		("¿Me comparten la guía oficial para hacer una conciliación bancaria?", INCLUDED, "usage_guidance"),
		("olvide mi contraseña como la reinicio", INCLUDED, "faq"),
		("No ha llegado el CFDI de la mensualidad de su servicio", INCLUDED, "account_billing"),
		("¿Cuándo nos suben a la versión 16?", INCLUDED, "platform_upgrade"),
		("Manden a un técnico a la bodega el jueves", EXCLUDED, "onsite_visit"),
		("Pasen mis clientes de CONTPAQi al ERP, les mando el Excel", EXCLUDED, "data_import"),
		("¿Qué método de costeo nos conviene según nuestra operación?", EXCLUDED, "process_consulting"),
		("Queremos un curso de inventarios para seis almacenistas", EXCLUDED, "training"),
		("Agreguen nuestro logo y un campo de talla al formato de factura", EXCLUDED, "design_improvement"),
		("El módulo que nos hizo otro consultor dejó de timbrar", EXCLUDED, "third_party"),
		("Necesito un flujo para que el gerente autorice las compras", EXCLUDED, "workflow_permissions"),
		(
			"In a clean install the stock ageing report is wrong too, it is a known GitHub bug",
			EXCLUDED,
			"native_bug",
		),
	],
)
def test_a_plain_request_is_decided_and_cites_its_clause(policy, text, verdict, clause):
	triage = classify(policy, "", text)
	assert (triage.verdict, triage.clause) == (verdict, clause)
	assert triage.confidence >= policy.review_threshold
	assert triage.signals and triage.reason == ""


def test_improper_configuration_is_only_ever_a_suggestion(policy):
	triage = classify(
		policy, "IVA", "Ayer le moví a la plantilla de impuestos y ahora sale doble, arréglenlo"
	)
	assert (triage.verdict, triage.clause) == (NEEDS_REVIEW, "misconfiguration")


@pytest.mark.parametrize(
	"text", ["Buenas tardes", "Gracias!!", "no jala", "", "...", "Adjunto mi CV para la vacante de cajero"]
)
def test_what_is_no_request_is_for_a_person_and_cites_nothing(policy, text):
	triage = classify(policy, "", text)
	assert (triage.verdict, triage.clause, triage.second_clause) == (NEEDS_REVIEW, None, None)


def test_two_wishes_on_two_sides_are_mixed(policy):
	triage = classify(
		policy,
		"Dos cosas",
		"Primero, mándenme la copia de respaldo de anoche. Además, queremos un curso de capacitación para compras.",
	)
	assert triage.verdict in (MIXED, NEEDS_REVIEW)
	assert {triage.clause, triage.second_clause} == {"backup", "training"}


@pytest.mark.parametrize(
	"text",
	[
		"Desde que el consultor externo instaló su módulo nadie puede entrar al sistema, sale 502",
		"After your update nobody can log in, the site is down for all branches",
		"El plugin del proveedor tumbó todo, no carga en ninguna sucursal y estamos parados",
	],
)
def test_what_may_be_an_outage_is_never_excluded(policy, text):
	assert classify(policy, "", text).verdict != EXCLUDED


def test_below_the_threshold_a_person_decides_and_the_clause_is_a_suggestion():
	strict = changed(review_threshold=1.0)
	triage = classify(strict, "", "¿Cada cuánto sacan el respaldo y dónde queda guardado?")
	assert (triage.verdict, triage.clause) == (NEEDS_REVIEW, "backup")
	assert "threshold" in triage.reason


def test_the_same_text_gives_the_same_answer_in_another_process(policy):
	text = "Se cicló el módulo de la otra empresa y además ocupo la guía de inventarios"
	code = (
		"import json,sys;from codigo_binario_support.domain.policy.policy import Policy;"
		"from codigo_binario_support.shipped import classify;"
		f"print(repr(classify(Policy(json.load(open({str(ROOT / 'codigo_binario_support/data/policy.json')!r}))),'',{text!r})))"
	)
	for seed in ("1", "2"):
		done = subprocess.run(
			[sys.executable, "-c", code],
			capture_output=True,
			text=True,
			check=True,
			cwd=ROOT,
			env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
		)
		assert done.stdout.strip() == repr(classify(policy, "", text))


def test_the_words_that_decided_are_the_customer_s_own(policy):
	text = "Queremos una capacitación en la planta para el turno nocturno, no un video"
	triage = classify(policy, "Curso", text)
	assert triage.clause == "training"
	said = f"Curso {text}".lower()
	for signal in triage.signals:
		assert all(word.strip("…") in said for word in signal.text.lower().split())
	assert triage.signals[0].weight > 0 and any(signal.weight < 0 for signal in triage.signals)


def test_the_nearest_example_is_a_record_of_the_corpus(policy):
	nearest = classify(policy, "", "¿Cada cuánto sacan el respaldo de la base?").nearest
	assert nearest.name.startswith("#") and nearest.clause == "backup" and 0 < nearest.likeness <= 1
	assert nearest.quoted == nearest.text


def test_a_signal_written_into_the_policy_counts_at_once():
	text = "Otra vez la zarandaja de siempre en la tienda"
	clauses = [
		{**row, "signals": [*row["signals"], "zarandaja"] if row["code"] == "third_party" else row["signals"]}
		for row in POLICY["clauses"]
	]
	before = classify(changed(), "", text).chances["third_party"]
	assert classify(changed(clauses=clauses), "", text).chances["third_party"] > before


# -- cleaning ---------------------------------------------------------------------------------------------------------


def test_a_mail_is_read_without_its_wrapping():
	cleaned = clean(
		"RE: RV: Usuarios",
		"Buenos días, estimados:\n¿Cómo doy de baja a un vendedor?\n\nSaludos cordiales\nLic. Paz\nTel. 55 1234 5678\n"
		"AVISO DE CONFIDENCIALIDAD: este correo es para su destinatario.\n\nEl lun, 3 mar 2025, Soporte escribió:\n> Respaldo listo",
	)
	assert cleaned.subject == "Usuarios"
	assert cleaned.body == "¿Cómo doy de baja a un vendedor?"


def test_a_trace_is_evidence_of_its_own():
	trace = (
		"Al guardar truena:\nTraceback (most recent call last):\n"
		'  File "apps/frappe/frappe/app.py", line 99, in application\n'
		"  File \"apps/control_escolar/control_escolar/api.py\", line 7, in boleta\nKeyError: 'grupo'"
	)
	cleaned = clean("", trace)
	assert cleaned.body == "Al guardar truena:"
	assert cleaned.apps == ("control_escolar", "frappe") and cleaned.foreign_apps == ("control_escolar",)
	assert cleaned.exceptions == ("KeyError",)
	assert clean("", trace.replace("control_escolar", "erpnext")).is_stock_trace


@pytest.mark.parametrize(
	("headers", "kind"),
	[
		({"Auto-Submitted": "auto-replied"}, "auto_reply"),
		({"auto-submitted": "auto-generated; x"}, "auto_reply"),
		({"X-Auto-Response-Suppress": "All"}, "auto_reply"),
		({"Precedence": "auto_reply"}, "auto_reply"),
		({"Precedence": "bulk"}, "bulk"),
		({"Return-Path": "<>"}, "bounce"),
		({"Content-Type": "multipart/report; report-type=delivery-status"}, "bounce"),
		({"Auto-Submitted": "no", "Return-Path": "<ana@example.com>", "Content-Type": "text/plain"}, None),
		(None, None),
	],
)
def test_automatic_mail_is_known_by_its_headers(policy, headers, kind):
	assert automatic_kind("Sin sistema", "No abre nada", headers) == kind
	triage = classify(policy, "Sin sistema", "No abre nada, 502", headers)
	assert (triage.clause is None) == (kind is not None)


@pytest.mark.parametrize(
	("subject", "body", "kind"),
	[
		("Respuesta automática: Factura", "Estoy fuera de la oficina", "auto_reply"),
		("Undeliverable: pago", "Your message couldn't be delivered", "bounce"),
		("Fuera de la oficina el viernes", "x", "auto_reply"),
		("No llegan los correos", "Los avisos del ERP rebotan con undeliverable, ¿qué pasa?", None),
		("Autorespuesta", "", "auto_reply"),
	],
)
def test_automatic_mail_is_known_by_its_words(subject, body, kind):
	assert automatic_kind(subject, body) == kind


# -- the site's corrections -------------------------------------------------------------------------------------------


CORRECTIONS = [
	learning.Correction("SD-1", "Zebrín", "El Zebrín no manda los pedidos al almacén", "third_party"),
	learning.Correction("SD-2", "zebrin otra vez", "zebrin duplicó pedidos del almacén", "third_party"),
	learning.Correction("SD-3", "Menú", "Cambien la carta digital del comedor", "design_improvement"),
]


def fitted(policy, corrections):
	return learning.fit(triage_model(), scope.signals_of(policy), corrections)


def test_a_correction_changes_later_verdicts_like_it_and_taking_it_back_leaves_no_trace(policy):
	text = "El Zebrín no pasa pedidos al almacén central"
	plain = classify(policy, "", text)
	taught = classify(policy, "", text, learned=fitted(policy, CORRECTIONS))
	assert taught.chances["third_party"] > plain.chances["third_party"]
	assert taught.clause == "third_party"
	assert taught.nearest.name in ("SD-1", "SD-2")
	# Somebody else's request: the one that is like it carries its name, and not its words.
	assert taught.nearest.quoted == taught.nearest.name
	back = classify(policy, "", text, learned=fitted(policy, CORRECTIONS[2:]))
	assert (
		back.clause == plain.clause and abs(back.chances["third_party"] - plain.chances["third_party"]) < 0.05
	)


def test_corrections_leave_other_requests_alone(policy):
	text = "¿Cada cuánto sacan el respaldo y dónde queda guardado?"
	assert classify(policy, "", text, learned=fitted(policy, CORRECTIONS)).clause == "backup"


def test_the_order_of_corrections_does_not_matter_and_a_snapshot_reads_back(policy):
	one = fitted(policy, CORRECTIONS)
	assert one.to_data() == fitted(policy, CORRECTIONS[::-1]).to_data()
	again = learning.site_learning(json.loads(json.dumps(one.to_data())))
	text = "Zebrín duplica pedidos"
	assert classify(policy, "", text, learned=again) == classify(policy, "", text, learned=one)


def test_an_unknown_snapshot_says_what_to_do():
	with pytest.raises(learning.LearningError, match="fit them again"):
		learning.site_learning({"format": "x"})


# -- cost -------------------------------------------------------------------------------------------------------------


def test_the_model_is_small_and_loads_light():
	assert MODEL_PATH.stat().st_size < 2_000_000
	tracemalloc.start()
	linear_model.unpack(MODEL_PATH.read_bytes())
	_, peak = tracemalloc.get_traced_memory()
	tracemalloc.stop()
	assert peak < 20_000_000


def test_a_file_that_is_no_model_says_what_to_do():
	with pytest.raises(linear_model.ModelError, match="make triage-fit"):
		linear_model.unpack(b"nothing")


#: A million additions on a quiet core of the kind that the limits are meant for.
QUIET_SECONDS = 0.030
FIRST_USE = """
import json, re, sys, time, typing, unicodedata, zoneinfo, dataclasses, decimal, hashlib, resource, zlib
def memory():
	return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
def loop():
	started = time.process_time()
	sum(i for i in range(1_000_000))
	return time.process_time() - started
slow = min(loop(), loop())
before, started = memory(), time.process_time()
from codigo_binario_support.shipped import classify
from codigo_binario_support.domain.policy.policy import Policy
with open(sys.argv[1], encoding="utf-8") as file:
	policy = Policy(json.load(file))
classify(policy, "Reporte en ceros", "Desde que actualizaron, el reporte de saldos sale en ceros. ¿Lo corrigen?")
seconds = time.process_time() - started
print(seconds, min(slow, loop()), memory() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read where Linux keeps it")
@pytest.mark.measured
def test_the_first_request_of_a_process_loads_little(tmp_path):
	"""Issue 3: no import over 50 ms and 20 MB at first use; the first verdict is in it here."""
	# Compiled files as a worker has them; the first run writes them.
	settings = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
	taken, sizes = [], []
	for _ in range(5):
		done = subprocess.run(
			[sys.executable, "-c", FIRST_USE, str(ROOT / "codigo_binario_support/data/policy.json")],
			capture_output=True,
			text=True,
			check=True,
			cwd=ROOT,
			env=settings,
		)
		seconds, loop_seconds, size = map(float, done.stdout.split())
		taken.append(seconds / max(1.0, loop_seconds / QUIET_SECONDS))
		sizes.append(size)
	assert min(taken) < 0.050
	assert max(sizes) < 20_000_000


@pytest.mark.measured
def test_a_request_costs_little(policy):
	"""Issue 3: 2 ms at the median, over texts that it has not met."""
	rows = [json.loads(line) for line in CORPUS_PATH.open(encoding="utf-8")][::19]
	medians = []
	for part in (rows[0::2], rows[1::2]):
		slow = slowness()
		times = [_seconds(lambda row=row: classify(policy, row["s"], row["b"])) for row in part]
		medians.append(statistics.median(times) / slow)
	assert min(medians) < 0.002


def slowness() -> float:
	"""How many times slower this moment is than a quiet core: other work on the machine is not what is measured."""
	return max(1.0, min(_seconds(lambda: sum(i for i in range(1_000_000))) for _ in range(3)) / QUIET_SECONDS)


def _seconds(call) -> float:
	started = time.process_time()
	call()
	return time.process_time() - started


@pytest.mark.parametrize(
	"text",
	[
		"Gracias",
		"Muchas gracias, quedó perfecto. ¡Saludos!",
		"Mil gracias por el apoyo\n\nSaludos\nAna López\nTel 55 1234 5678",
		"Thanks, all good now",
		"Gracias!\n\nEl lun, 24 nov 2026 a las 10:00, Soporte escribió:\n> ¿Ya pudiste entrar?",
	],
)
def test_a_thank_you_is_a_courtesy(text):
	assert is_courtesy(text)


@pytest.mark.parametrize(
	"text",
	[
		"",
		"Gracias, pero sigue igual",
		"No gracias",
		"¿Gracias?",
		"ok",
		"Gracias, ya no funciona",
		"Gracias. 2 preguntas más",
	],
)
def test_whatever_says_more_is_not(text):
	assert not is_courtesy(text)
