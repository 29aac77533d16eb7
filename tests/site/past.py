"""A site as an old version leaves it: `past.py SITE VERSION`, with that version's tree first on PYTHONPATH.

Everything is written by the old version's own doors, as the people who would do it. What a test needs to know of it is
printed as one line of JSON, the last one.
"""

import json
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import frappe

PEOPLE = {"ana": ("Employee",), "agent": ("Support Agent", "Support Billing"), "manager": ("Employee",)}
#: What a person wrote by hand, and no migration may touch.
EDITED = "Redactado por nosotros."


def email(person: str) -> str:
	return "Administrator" if person == "Administrator" else f"support-test-{person}@example.com"


def as_(person: str) -> None:
	frappe.set_user(email(person))


def make_people() -> None:
	for person, roles in PEOPLE.items():
		if not frappe.db.exists("User", email(person)):
			frappe.get_doc(
				{
					"doctype": "User",
					"email": email(person),
					"first_name": person.title(),
					"send_welcome_email": 0,
					"user_type": "System User",
				}
			).insert()
		frappe.get_doc("User", email(person)).add_roles(*roles)
	frappe.get_doc("User", email("manager")).add_roles("Support Customer Manager")
	permission = {
		"user": email("manager"),
		"allow": "Company",
		"for_value": frappe.defaults.get_global_default("company"),
	}
	if not frappe.db.exists("User Permission", permission):
		frappe.get_doc({"doctype": "User Permission", **permission}).insert()


def make_prices(policy) -> None:
	if not frappe.db.exists("Supplier", {"supplier_name": "Código Binario"}):
		group = frappe.get_all("Supplier Group", filters={"is_group": 0}, pluck="name", order_by="name asc")[
			0
		]
		frappe.get_doc(
			{"doctype": "Supplier", "supplier_name": "Código Binario", "supplier_group": group}
		).insert()
	for pack in policy.success_packs:
		pack.hourly_rate = 950
	policy.save()


def file(subject: str, text: str, person: str = "ana") -> str:
	as_(person)
	values = {"doctype": "Support Request", "subject": subject, "description": f"<p>{text}</p>"}
	return frappe.get_doc(values).insert().name


def judge(name: str, clause: str, second_clause: str = "", reason: str = "Así lo leemos") -> str:
	from codigo_binario_support.api import requests

	as_("agent")
	requests.overrule(name, clause, second_clause, reason=reason)
	return name


def requests_of_every_verdict() -> dict[str, str]:
	"""Named by what became of them. Both versions can do this much."""
	from codigo_binario_support.api import requests
	from codigo_binario_support.flow import quote

	made = {
		"new": file("Visita a la planta", "Necesitamos que un técnico venga a nuestras oficinas."),
		"included": judge(file("Olvidé mi contraseña", "¿Cómo la reinicio?"), "faq"),
		"waiting": judge(file("Un usuario más", "¿Cómo agrego un usuario?"), "faq"),
		"resolved": judge(file("Se cayó el sistema", "No podemos entrar, dice error 502."), "connectivity"),
		"closed": judge(file("Mi factura", "¿Dónde veo mi factura con ustedes?"), "account_billing"),
		"excluded": judge(file("Curso", "Queremos capacitación para cinco personas."), "training"),
		"declined": judge(file("Otro curso", "Y para otras cinco."), "training"),
		"mixed": judge(file("Acceso y datos", "Una contraseña, y migrar mi sistema."), "faq", "data_import"),
		"review": file("Hola", "Buen día."),
	}
	for name in ("excluded", "declined", "mixed"):
		quote.make(made[name])
	as_("ana")
	requests.answer_offer(made["excluded"], 1, "De acuerdo")
	requests.answer_offer(made["declined"], 0, "Este año no")
	as_("agent")
	requests.act(made["included"], "start")
	requests.act(made["waiting"], "ask_customer", "¿De qué área es?")
	requests.act(made["resolved"], "resolve", "Listo: ya entra")
	requests.act(made["closed"], "resolve", "Está en su correo")
	as_("ana")
	requests.act(made["closed"], "close")
	message(made["included"], "ana", "Adjunto la captura")
	comment(made["included"], "ana", "¿Cómo va?")
	verdicts = {key: frappe.db.get_value("Support Request", name, "verdict") for key, name in made.items()}
	assert set(verdicts.values()) == {"In scope", "Out of scope", "Mixed", "Needs review"}, verdicts
	return made


def message(name: str, person: str, text: str) -> None:
	as_(person)
	frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received",
			"subject": "Re: soporte",
			"content": text,
			"sender": email(person),
			"reference_doctype": "Support Request",
			"reference_name": name,
		}
	).insert(ignore_permissions=True)


def comment(name: str, person: str, text: str) -> None:
	as_(person)
	frappe.get_doc("Support Request", name).add_comment("Comment", text)


def second_version(policy) -> None:
	"""The policy as a person changed it: requests from now on have other terms."""
	as_("Administrator")
	policy.reload()
	policy.version = 2
	policy.limits_es = EDITED
	policy.save()


def edit_by_hand() -> None:
	"""What belongs to the users of the site once it was made."""
	as_("Administrator")
	board = frappe.get_doc("Kanban Board", "Solicitudes de soporte")
	board.columns[-1].status = "Archived"
	board.columns[0].indicator = "Pink"
	board.save()


def life_of_0_1() -> dict:
	from codigo_binario_support.adapters.terms import policy_in_force

	policy = policy_in_force()
	make_prices(policy)
	made = requests_of_every_verdict()
	# Markup in a reason broke the seal of 0.1 by itself: the text is cleaned after it was sealed.
	made["markup"] = judge(
		file("Reporte", "¿Cómo exporto?"), "faq", reason="Ver <b onclick='x()'>guía</b> <script>"
	)
	second_version(policy)
	made["second"] = file("Otra duda", "¿Cómo agrego un usuario?")
	return {"requests": made}


def life_of_0_2() -> dict:
	from codigo_binario_support.adapters.terms import policy_in_force

	from codigo_binario_support.api import chat, portal, queue, requests
	from codigo_binario_support.jobs import backups, evidence, statements

	policy = policy_in_force()
	make_prices(policy)
	made = requests_of_every_verdict()
	as_("ana")
	chat.send(made["waiting"], "Del almacén", frappe.generate_hash(length=24))
	portal.rate(made["resolved"], 5, "Rápidos")
	portal.contest(made["declined"], "No era un curso")
	as_("agent")
	requests.answer(made["included"], "<p>Va la guía</p>", frappe.generate_hash(length=24), "Chat")
	queue.add_note(made["included"], "<p>Llamar antes de las diez</p>")
	queue.add_time(made["included"], 15, "Revisión")
	queue.add_time(made["excluded"], 30, "Sesión uno", part="Success Pack")
	made["split"] = queue.split(made["mixed"], "Los datos", "<p>Migrar mi sistema</p>")
	made["merged"] = judge(file("Otra vez la contraseña", "¿Cómo la reinicio?"), "faq")
	as_("agent")
	queue.merge(made["merged"], made["included"])
	queue.assign(made["included"], email("agent"))

	as_("Administrator")
	second_version(policy)
	made["second"] = file("Otra duda", "¿Cómo agrego un usuario?")
	as_("Administrator")
	backups.make()
	backups.check_promises()
	drill()
	restore_operation()
	availability()
	statements.write_days()
	made_month()
	evidence.anchor()
	settings = frappe.get_doc("Support Promise Settings")
	settings.mails_per_hour = 7
	settings.save()
	template = frappe.get_doc("Email Template", "Soporte: quedó resuelta")
	template.response = EDITED
	template.save()
	return {"requests": made}


def last_month() -> str:
	return (datetime.now(timezone.utc).replace(day=1) - timedelta(days=2)).strftime("%Y-%m")


def drill() -> None:
	import codigo_binario_support

	# The set is made by that version's own test, which lies beside its package.
	sys.path.insert(0, str(Path(codigo_binario_support.__file__).parents[1] / "tests" / "site"))
	import small_sets
	from codigo_binario_support.watch import drills, sets

	from codigo_binario_support.adapters import databases

	try:
		who = databases.access()
	except databases.NoAccess:
		return
	with tempfile.TemporaryDirectory() as folder:
		frappe.conf.support_scratch_folder = f"{folder}/scratch"
		made = small_sets.make(Path(folder) / "set", who)
		drills.carry_out(sets.named(made.key, made.folder), who)
		frappe.db.commit()


def restore_operation() -> None:
	from codigo_binario_support.domain.restores import STEP_LABELS as STEPS

	ended = frappe.utils.now_datetime()
	frappe.get_doc(
		{
			"doctype": "Restore Operation",
			"kind": "Restore",
			"started_at": frappe.utils.add_to_date(ended, minutes=-40),
			"finished_at": ended,
			"steps": [{"step": step, "result": "Passed", "seconds": 60} for step in STEPS],
		}
	).insert(ignore_mandatory=True)


def availability() -> None:
	"""A probe that saw the site down for three minutes, and the month before, stated."""
	from codigo_binario_support.domain.samples import Sample, sign, sign_text, to_mapping
	from codigo_binario_support.watch import availability as months
	from codigo_binario_support.watch import samples

	key, now = "a" * 64, int(time.time()) // 60 * 60
	frappe.get_doc({"doctype": "Availability Probe", "probe_name": "host-a", "probe_key": key}).insert()
	found, link = [], ""
	for at, state in enumerate("+++---+++"):
		failure = ("", "", 1) if state == "+" else ("connect", "Connection refused", 3)
		sample = Sample(
			"host-a",
			now - 1200 + at * 60,
			60,
			state == "+",
			failure[0],
			0,
			12,
			30,
			failure[2],
			failure[1],
			link,
		)
		found.append(sign(key, sample))
		link = found[-1].link
	batch = json.dumps({"sent_at": int(time.time()), "samples": [to_mapping(row) for row in found]})
	samples.receive("host-a", batch, sign_text(key, batch))
	starts = frappe.utils.add_to_date(frappe.utils.now_datetime(), days=3)
	frappe.get_doc(
		{
			"doctype": "Maintenance Window",
			"reason": "Actualización",
			"starts_at": starts,
			"ends_at": frappe.utils.add_to_date(starts, hours=1),
		}
	).insert()
	months.state_month(last_month())


def made_month() -> None:
	from codigo_binario_support.watch import statement

	statement.make(last_month())


def main(site: str, version: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.mute_emails = True
	make_people()
	made = {"0.1": life_of_0_1, "0.2": life_of_0_2}[version]()
	edit_by_hand()
	frappe.db.commit()
	print(json.dumps(made))
	frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
