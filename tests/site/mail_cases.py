"""A mailbox of 300 messages of every awkward kind, the same each time, with what must become of each.

`messages(known)` takes what the test knows of the site: addresses, numbers of requests, ids of messages that were sent.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import NamedTuple

#: The limits that the expectations below assume.
MAILS_PER_HOUR = 40
ATTACHMENT_LIMIT_MB = 1
MAIL_LIMIT_MB = 3
LIST = "soporte.grupo.test"
AUTHSERV = "mx.soporte.test"
MB = 1024 * 1024


@dataclass(frozen=True)
class Known:
	"""Addresses of people on the site, and of each request (number, id of the message that was sent on it)."""

	support: str
	ana: str
	beto: str
	manager: str
	agent: str
	left: str
	copied: str
	site: str
	open: tuple[str, str]
	waiting: tuple[str, str]
	resolved: tuple[str, str]
	closed: tuple[str, str]
	billing: tuple[str, str]


class Case(NamedTuple):
	"""A message and what must become of it. `request` is a number where one is expected."""

	key: str
	raw: bytes
	outcome: str
	request: str = ""


def messages(known: Known) -> list[Case]:
	found = [
		case
		for group in (
			_plain,
			_charsets,
			_headers,
			_bodies,
			_attachments,
			_conversations,
			_intruders,
			_automatic,
			_bounces,
			_lists,
			_loops,
			_copies,
			_robot,
			_unreadable,
		)
		for case in group(known)
	]
	filler = (
		Case(
			f"person-{number}",
			_raw(
				known,
				f"persona{number}@clientes.test",
				f"¿Cómo agrego un usuario? ({number})",
				f"Quiero dar de alta a {number} personas en ventas. ¿Cómo se hace?",
			),
			"Request",
		)
		for number in range(300 - len(found))
	)
	return [*found, *filler]


def _raw(known: Known, sender: str, subject: str | None, body: str, **headers: str) -> bytes:
	"""A plain, correct message."""
	message = EmailMessage(policy=SMTP)
	message["From"] = sender
	message["To"] = known.support
	if subject is not None:
		message["Subject"] = subject
	message["Date"] = "Tue, 24 Nov 2026 10:00:00 -0600"
	message["Message-ID"] = f"<{_hash(sender, subject or '', body)}@clientes.test>"
	for name, value in headers.items():
		name = name.replace("_", "-")
		del message[name]
		message[name] = value
	message.set_content(body, cte="quoted-printable")
	return message.as_bytes()


def _hash(*parts: str) -> str:
	import hashlib

	return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _bytes(known: Known, sender: str, head: str | bytes, body: str | bytes) -> bytes:
	"""A message with exactly these header lines and this body."""
	to = f"From: {sender}\r\nTo: {known.support}\r\n".encode()
	head, body = (part if isinstance(part, bytes) else part.encode() for part in (head, body))
	return to + head.rstrip() + b"\r\n\r\n" + body


def _plain(known: Known) -> Iterator[Case]:
	yield Case(
		"ana", _raw(known, f"Ana <{known.ana}>", "Olvidé mi contraseña", "¿Cómo la reinicio?"), "Request"
	)
	yield Case("ana-upper", _raw(known, known.ana.upper(), "URGENTE", "No puedo entrar"), "Request")
	# The same subject of the same sender is not the same matter.
	for number in range(10):
		text = f"Otra duda, la número {number}: ¿cómo exporto el reporte {number}?"
		yield Case(f"same-subject-{number}", _raw(known, known.beto, "Ayuda", text), "Request")
	for number in range(5):
		sender = f"extraño{number}@nadie.test".replace("ñ", "n")
		yield Case(
			f"stranger-{number}",
			_raw(known, sender, "Información", f"¿Cuánto cuesta el plan {number}?"),
			"Request",
		)
	yield Case(
		"left", _raw(known, known.left, "Mi acceso", "Ya no trabajo ahí, pero quiero entrar"), "Request"
	)
	yield Case("spanish-quote", _raw(known, known.manager, "RE: Usuarios", _QUOTED), "Request")


_QUOTED = """Buenas tardes,

¿Cómo doy de baja a un usuario?

Saludos
Marta
Tel 55 1234 5678

El lun, 23 nov 2026 a las 9:12, Alguien <alguien@clientes.test> escribió:
> Hola
> Necesitamos una capacitación de inventarios
"""


def _charsets(known: Known) -> Iterator[Case]:
	text = "La sesión caducó y no puedo iniciar: ¿qué hago? Año 2026, ñandú"
	rows = [
		("utf-8", "utf-8"),
		("iso-8859-1", "iso-8859-1"),
		("windows-1252", "cp1252"),
		("iso-8859-15", "iso-8859-15"),
		("utf-16", "utf-16"),
		("utf-7", "utf-7"),
		("x-unknown-mac", "utf-8"),
		("unknown-8bit", "cp1252"),
		("us-ascii", "utf-8"),
		("utf-8", "iso-8859-1"),
		("iso-8859-1", "utf-8"),
		('"iso-8859-1"', "cp1252"),
		("utf8mb4", "utf-8"),
		("", "cp1252"),
	]
	for number, (declared, real) in enumerate(rows):
		kind = f"Content-Type: text/plain; charset={declared}" if declared else "X-None: 1"
		head = f"Subject: Charset {number}\r\nMessage-ID: <charset{number}@c.test>\r\n{kind}"
		yield Case(
			f"charset-{number}", _bytes(known, f"c{number}@clientes.test", head, text.encode(real)), "Request"
		)
	for number, (cte, body) in enumerate(
		[
			("quoted-printable", b"contrase=F1a mal =ZZ codificada =\r\n"),
			("base64", base64.b64encode("contraseña olvidada".encode())[:-3] + b"!"),
			("base64", b"esto no es base64, \xf1 es texto"),
			("8bit", "contraseña".encode("latin-1")),
			("x-nothing", b"No puedo entrar al sistema"),
		]
	):
		head = f"Subject: Codificacion {number}\r\nMessage-ID: <cte{number}@c.test>\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {cte}"
		yield Case(f"encoding-{number}", _bytes(known, f"e{number}@clientes.test", head, body), "Request")


def _headers(known: Known) -> Iterator[Case]:
	def case(
		key: str, head: str | bytes, body: str = "No puedo entrar al sistema", outcome: str = "Request"
	) -> Case:
		return Case(f"header-{key}", _bytes(known, f"{key}@clientes.test", head, body), outcome)

	yield case("no-subject", "Message-ID: <h1@c.test>")
	yield case("empty-subject", "Subject:\r\nMessage-ID: <h2@c.test>")
	yield case("long-subject", f"Subject: {'muy largo ' * 200}\r\nMessage-ID: <h3@c.test>")
	yield case("8bit-subject", b"Subject: Contrase\xf1a\r\nMessage-ID: <h4@c.test>")
	yield case("utf8-subject", "Subject: Contraseña 🔑\r\nMessage-ID: <h5@c.test>".encode())
	yield case("bad-word", "Subject: =?utf-8?q?contrase=C3=?= =?nada?b?%%%?=\r\nMessage-ID: <h6@c.test>")
	yield case("split-word", "Subject: =?utf-8?b?w7E=?=\r\n =?iso-8859-1?q?=E1?=\r\nMessage-ID: <h7@c.test>")
	yield case("nul", b"Subject: a\x00b\x01c\r\nMessage-ID: <h8@c.test>")
	yield case("no-date", "Subject: Sin fecha\r\nMessage-ID: <h9@c.test>")
	for number, date in enumerate(
		(
			"ayer",
			"Mon, 32 Foo 2026 99:99:99 +9999",
			"Thu, 01 Jan 1970 00:00:00 +0000",
			"Fri, 01 Jan 2199 00:00:00 +0000",
		)
	):
		yield case(
			f"date-{number}", f"Subject: Fecha {number}\r\nDate: {date}\r\nMessage-ID: <hd{number}@c.test>"
		)
	yield case("no-id", "Subject: Sin identificador")
	yield case("no-id-again", "Subject: Sin identificador", "Otra cosa: la impresora no sale en la lista")
	yield case("bare-id", "Subject: Sin corchetes\r\nMessage-ID: 12345@c.test")
	yield case("long-id", f"Subject: Largo\r\nMessage-ID: <{'x' * 900}@c.test>")
	for number in range(3):
		# Some programs give every mail the same id: two different mails are two matters.
		yield case(f"same-id-{number}", f"Subject: Uno de tres: {number}\r\nMessage-ID: <siempre@c.test>")
	yield case("folded", "Subject: una\r\n  linea\r\n\tdoblada\r\nMessage-ID: <hf@c.test>")
	yield case("no-colon", "Subject: Roto\r\nesto no es un encabezado\r\nMessage-ID: <hn@c.test>")
	yield case(
		"many",
		"Subject: Muchos\r\nMessage-ID: <hm@c.test>\r\n" + "".join(f"X-H-{n}: {n}\r\n" for n in range(500)),
	)
	everybody = ", ".join(f'"Persona, {n}" <p{n}@otros.test>' for n in range(200))
	yield case("200-recipients", f"Subject: Para todos\r\nCc: {everybody}\r\nMessage-ID: <h200@c.test>")
	yield case("undisclosed", "Subject: Oculto\r\nCc: undisclosed-recipients:;\r\nMessage-ID: <hu@c.test>")
	yield case(
		"references", f"Subject: Hilo ajeno\r\nMessage-ID: <hr@c.test>\r\nReferences: {'<x@y.test> ' * 400}"
	)
	name = "=?utf-8?q?P=C3=A9rez=2C_Jos=C3=A9?= <jose@clientes.test>"
	yield Case(
		"header-name",
		_bytes(known, name, "Subject: Nombre\r\nMessage-ID: <hq@c.test>", "Hola, no carga"),
		"Request",
	)
	yield Case(
		"header-two-from",
		_bytes(
			known,
			"uno@clientes.test, dos@clientes.test",
			"Subject: Dos\r\nMessage-ID: <h2f@c.test>",
			"Somos dos",
		),
		"Request",
	)
	yield Case(
		"header-sender-only",
		f"Sender: solo@clientes.test\r\nTo: {known.support}\r\nSubject: Sin From\r\nMessage-ID: <hso@c.test>\r\n\r\nHola, no carga".encode(),
		"Request",
	)
	yield Case(
		"header-lf",
		_raw(known, "lf@clientes.test", "Solo LF", "No puedo entrar").replace(b"\r\n", b"\n"),
		"Request",
	)
	yield Case(
		"header-mbox",
		b"From lf@clientes.test Tue Nov 24 10:00:00 2026\r\n"
		+ _raw(known, "mbox@clientes.test", "Mbox", "Hola, no abre"),
		"Request",
	)
	# A form on a website: nobody reads its From, its Reply-To is the person.
	form = _raw(
		known, "no-reply@formularios.test", "Contacto", "No puedo entrar", Reply_To="quien@clientes.test"
	)
	yield Case("header-form", form, "Request")


def _bodies(known: Known) -> Iterator[Case]:
	def case(key: str, kind: str, body: str | bytes, outcome: str = "Request") -> Case:
		head = f"Subject: Cuerpo {key}\r\nMessage-ID: <b-{key}@c.test>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}"
		return Case(f"body-{key}", _bytes(known, f"{key}@clientes.test", head, body), outcome)

	html = "<html><head><style>p{color:red}</style></head><body><p>No puedo <b>entrar</b></p><script>alert(1)</script><img src=x onerror=alert(1)></body></html>"
	yield case("html", "text/html; charset=utf-8", html)
	yield case("html-unclosed", "text/html; charset=utf-8", "<p>No puedo entrar<style>x{" + "<div>" * 300)
	yield case("html-data", "text/html", f'<p>Mira</p><img src="data:image/png;base64,{"A" * 200_000}">')
	yield case("html-empty", "text/html", "<html><body><br></body></html>")
	yield case("empty", "text/plain", "")
	yield case("blank", "text/plain", "\r\n \r\n\t\r\n")
	yield case("long", "text/plain; charset=utf-8", "No puedo entrar al sistema. " * 20_000)
	yield case("one-line", "text/plain; charset=utf-8", "x" * 100_000)
	both = "--B\r\nContent-Type: text/plain\r\n\r\nNo abre\r\n--B\r\nContent-Type: text/html\r\n\r\n<p>No abre</p>\r\n--B--\r\n"
	yield case("alternative", 'multipart/alternative; boundary="B"', both)
	yield case(
		"no-end", 'multipart/mixed; boundary="B"', "--B\r\nContent-Type: text/plain\r\n\r\nSin final: no abre"
	)
	yield case("no-boundary", "multipart/mixed", "No abre el sistema")
	yield case("wrong-boundary", 'multipart/mixed; boundary="OTRO"', both)
	yield case("empty-multipart", 'multipart/mixed; boundary="B"', "--B--\r\n")
	yield case("garbage-type", "esto no; es=un; tipo", "No abre el sistema")
	yield case("no-type", ";;;", "No abre el sistema")
	deep = "".join(f'--D{n}\r\nContent-Type: multipart/mixed; boundary="D{n + 1}"\r\n\r\n' for n in range(60))
	yield case(
		"deep",
		'multipart/mixed; boundary="D0"',
		deep + "--D60\r\nContent-Type: text/plain\r\n\r\nMuy adentro\r\n",
	)
	yield case(
		"delivery-of-nothing", "text/plain; charset=utf-8; format=flowed; delsp=yes", "No abre \r\nel sistema"
	)
	yield case("markup", "text/plain", "<script>alert(1)</script> {{ frappe.db }} {% raw %} ' OR 1=1 --")
	yield case("emoji", "text/plain; charset=utf-8", "😱😱 no abre 𝒏𝒂𝒅𝒂")
	yield case("controls", "text/plain", b"No abre\x00\x07\x1b[31m nada")
	yield case(
		"pgp",
		'multipart/encrypted; protocol="application/pgp-encrypted"; boundary="B"',
		"--B\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--B\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--B--",
	)


def _attachments(known: Known) -> Iterator[Case]:
	def case(
		key: str,
		files: list[tuple[str, str, bytes]],
		html: str = "",
		body: str = "Adjunto la pantalla",
		pad: int = 0,
	) -> Case:
		message = EmailMessage(policy=SMTP)
		message["From"], message["To"] = f"{key}@clientes.test", known.support
		message["Subject"], message["Message-ID"] = f"Adjunto {key}", f"<a-{key}@c.test>"
		message.set_content(body + "x" * pad)
		if html:
			message.add_alternative(html, subtype="html")
		for name, kind, content in files:
			main, sub = kind.split("/")
			message.add_attachment(content, maintype=main, subtype=sub, filename=name or None)
		return Case(f"file-{key}", message.as_bytes(), "Request")

	yield case("one", [("pantalla.png", "image/png", _PNG)])
	yield case("twice", [("a.png", "image/png", _PNG), ("a.png", "image/png", _PNG)])
	yield case("nameless", [("", "application/pdf", b"%PDF-1.4 nada")])
	yield case("path", [("../../../etc/passwd", "application/octet-stream", b"root")])
	yield case("spanish", [("Relación de años ñ.xlsx", "application/vnd.ms-excel", b"PK nada")])
	yield case("long-name", [("n" * 300 + ".pdf", "application/pdf", b"%PDF-1.4")])
	yield case(
		"large",
		[
			("video.mp4", "video/mp4", b"v" * (ATTACHMENT_LIMIT_MB * MB + 1)),
			("ok.txt", "application/text", b"ok"),
		],
	)
	yield case("many", [(f"f{n}.txt", "application/text", f"{n}".encode()) for n in range(40)])
	yield case("zero", [("vacio.pdf", "application/pdf", b"")])
	yield case("winmail", [("winmail.dat", "application/ms-tnef", b"\x78\x9f\x3e\x22 nada")])
	yield case("only", [("oficio.pdf", "application/pdf", b"%PDF-1.4")], body="")
	yield case("html-file", [("pagina.html", "application/xhtml", b"<script>alert(1)</script>")])
	yield case(
		"huge", [(f"p{n}.bin", "application/octet-stream", bytes([n]) * (900 * 1024)) for n in range(4)]
	)
	inner = _raw(known, "otro@otros.test", "Reenviado", "Mensaje dentro del mensaje")
	head = 'Subject: RV: Reenviado\r\nMessage-ID: <a-nested@c.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="B"'
	nested = (
		b"--B\r\nContent-Type: text/plain\r\n\r\nVean abajo\r\n--B\r\nContent-Type: message/rfc822\r\n\r\n"
		+ inner
		+ b"\r\n--B--\r\n"
	)
	yield Case("file-nested", _bytes(known, "nested@clientes.test", head, nested), "Request")
	invite = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Revisar el sistema\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	head = 'Subject: Invitacion: revisar\r\nMessage-ID: <a-invite@c.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="B"'
	parts = f"--B\r\nContent-Type: text/plain\r\n\r\nNos vemos el martes\r\n--B\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n{invite}--B--\r\n"
	yield Case("file-invite", _bytes(known, "invite@clientes.test", head, parts), "Request")
	head = 'Subject: Con imagen\r\nMessage-ID: <a-inline@c.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="B"'
	parts = (
		b'--B\r\nContent-Type: text/html\r\n\r\n<p>Mira: <img src="cid:foto1"></p>\r\n--B\r\nContent-Type: image/png; name="foto.png"\r\n'
		b"Content-ID: <foto1>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
		+ base64.b64encode(_PNG)
		+ b"\r\n--B--\r\n"
	)
	yield Case("file-inline", _bytes(known, "inline@clientes.test", head, parts), "Request")


_PNG = base64.b64decode(
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def _conversations(known: Known) -> Iterator[Case]:
	def answer(
		key: str,
		sender: str,
		request: tuple[str, str],
		outcome: str,
		body: str,
		number: bool = False,
		**headers: str,
	) -> Case:
		name, message_id = request
		thread = {} if number else {"In_Reply_To": f"<{message_id}>"}
		subject = f"RE: [{name}] lo de siempre" if number else "RE: lo de siempre"
		raw = _raw(known, sender, subject, body, **thread, **headers)
		return Case(f"answer-{key}", raw, outcome, name if outcome in ("Continued", "Note") else "")

	yield answer("thread", known.ana, known.open, "Continued", "Uso Chrome 120")
	yield answer("number", known.ana, known.open, "Continued", "También pasa en el celular", number=True)
	old = f"<viejo@c.test> <{known.open[1]}> <otro@c.test>"
	yield Case(
		"answer-references",
		_raw(known, known.ana, "Re:", "Sigo con eso", References=old),
		"Continued",
		known.open[0],
	)
	yield answer(
		"lower", known.ana, (known.open[0].lower(), known.open[1]), "Continued", "En minúsculas", number=True
	)._replace(request=known.open[0])
	yield answer("manager", known.manager, known.open, "Continued", "Es urgente para nosotros")
	yield answer("copied", known.copied, known.open, "Continued", "Yo también lo veo")
	yield answer("waiting", known.ana, known.waiting, "Continued", "La versión 15")
	yield answer("thanks", known.ana, known.resolved, "Continued", "Muchas gracias, quedó perfecto. Saludos")
	yield answer("reopens", known.ana, known.resolved, "Continued", "Volvió a fallar hoy en la mañana")
	yield answer("closed", known.ana, known.closed, "Linked", "Tengo el mismo problema con otro usuario")
	# The second message joins the new request that the first one made.
	yield answer(
		"closed-again", known.ana, known.closed, "Linked", "Se me olvidó decir: es el usuario de ventas"
	)
	yield answer(
		"agent", known.agent, known.open, "Continued", "Ana: prueba con otro navegador", Cc=known.ana
	)
	yield answer("agent-alone", known.agent, known.open, "Note", "Creo que es su caché, ¿no?")
	yield answer("billing", known.ana, known.billing, "Continued", "¿Me mandan el XML de la factura?")


def _intruders(known: Known) -> Iterator[Case]:
	name, message_id = known.open
	stranger = "curioso@nadie.test"
	yield Case("guess-stranger", _raw(known, stranger, f"Re: [{name}]", "¿En qué va mi asunto?"), "Request")
	yield Case(
		"guess-user", _raw(known, known.beto, f"Re: [{name}]", "Ciérrenla, ya no hace falta"), "Request"
	)
	yield Case(
		"guess-billing", _raw(known, known.beto, f"Re: [{known.billing[0]}]", "¿Cuánto pagamos?"), "Request"
	)
	yield Case(
		"forwarded-id",
		_raw(known, stranger, "Re: hilo", "Me lo reenviaron", In_Reply_To=f"<{message_id}>"),
		"Request",
	)
	yield Case("guess-missing", _raw(known, stranger, "Re: [CBS-2001-00001]", "No existe esa"), "Request")
	forged = f"{AUTHSERV}; spf=fail; dmarc=fail (p=reject) header.from=example.com"
	yield Case(
		"forged",
		_raw(known, known.ana, f"Re: [{name}]", "Soy Ana, de verdad", Authentication_Results=forged),
		"Request",
	)
	passed = f"{AUTHSERV}; spf=pass; dmarc=pass header.from=example.com"
	yield Case(
		"vouched",
		_raw(known, known.ana, f"Re: [{name}]", "Sigo esperando la guía", Authentication_Results=passed),
		"Continued",
		name,
	)
	other = "otro.servidor; dmarc=fail"
	yield Case(
		"vouched-by-nobody",
		_raw(known, known.ana, f"Re: [{name}]", "Otra pregunta más", Authentication_Results=other),
		"Continued",
		name,
	)
	spoof = _raw(known, "noreply@nadie.test", f"Re: [{name}]", "Ciérrenla", Reply_To=known.ana)
	yield Case("reply-to-spoof", spoof, "Request")
	spoof = _raw(known, stranger, f"Re: [{name}]", "Contéstenme", Reply_To=known.ana)
	yield Case("reply-to-plain", spoof, "Request")


def _automatic(known: Known) -> Iterator[Case]:
	text = "Gracias por su mensaje. Estoy fuera de la oficina."
	rows: list[dict[str, str]] = [
		{"Auto_Submitted": "auto-replied"},
		{"Auto_Submitted": "auto-generated"},
		{"Auto_Submitted": "auto-notified; owner-email=x@y.test"},
		{"Auto_Submitted": "Auto-Replied (vacation)"},
		{"X_Autoreply": "yes"},
		{"X_Autorespond": "vacation"},
		{"X_Auto_Response_Suppress": "All"},
		{"X_Auto_Response_Suppress": "OOF, AutoReply"},
		{"Precedence": "auto_reply"},
	]
	for number, headers in enumerate(rows):
		raw = _raw(known, f"auto{number}@clientes.test", f"Aviso {number}", text, **headers)
		yield Case(f"auto-{number}", raw, "Automatic reply")
	for number, subject in enumerate(
		(
			"Respuesta automática: [x]",
			"Automatic reply: hola",
			"Out of Office: Ana",
			"Fuera de la oficina Re: ticket",
		)
	):
		yield Case(
			f"auto-subject-{number}",
			_raw(known, f"autos{number}@clientes.test", subject, "Regreso el lunes"),
			"Automatic reply",
		)
	# The customer's own robot, in the thread: the request hears nothing of it.
	raw = _raw(
		known,
		known.ana,
		f"Respuesta automática: [{known.waiting[0]}]",
		text,
		In_Reply_To=f"<{known.waiting[1]}>",
		Auto_Submitted="auto-replied",
	)
	yield Case("auto-thread", raw, "Automatic reply", known.waiting[0])
	raw = _raw(
		known,
		known.ana,
		"Respuesta automática",
		text,
		In_Reply_To=f"<{known.closed[1]}>",
		Auto_Submitted="auto-replied",
	)
	yield Case("auto-closed", raw, "Automatic reply", known.closed[0])
	# Only the words say it, and it is an answer: it stays in the conversation, and wakes nobody.
	raw = _raw(
		known, known.ana, "Fuera de la oficina", "Regreso el lunes", In_Reply_To=f"<{known.closed[1]}>"
	)
	yield Case("auto-words", raw, "Continued", known.closed[0])
	head = (
		"Subject: Aceptado: Revisar\r\nMessage-ID: <cal@c.test>\r\nContent-Type: text/calendar; method=REPLY"
	)
	yield Case(
		"auto-calendar",
		_bytes(known, "cal@clientes.test", head, "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR"),
		"Automatic reply",
	)
	receipt = 'multipart/report; report-type=disposition-notification; boundary="B"'
	head = f"Subject: Leido: RE\r\nMessage-ID: <mdn@c.test>\r\nAuto-Submitted: auto-replied\r\nContent-Type: {receipt}"
	body = "--B\r\nContent-Type: text/plain\r\n\r\nSe mostró\r\n--B\r\nContent-Type: message/disposition-notification\r\n\r\nDisposition: automatic-action; displayed\r\n--B--"
	yield Case("auto-receipt", _bytes(known, known.ana, head, body), "Bounce")


def _report(
	known: Known,
	key: str,
	original: str,
	action: str,
	status: str,
	recipient: str,
	sender: str = "MAILER-DAEMON@correo.test",
) -> bytes:
	head = f'Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <dsn-{key}@correo.test>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="B"'
	body = (
		"--B\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nThis is the mail system at host correo.test.\r\n"
		"--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; correo.test\r\n\r\n"
		f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 5.1.1 mailbox unavailable\r\n\r\n"
		f"--B\r\nContent-Type: message/rfc822\r\n\r\nFrom: {known.support}\r\nMessage-ID: <{original}>\r\nSubject: x\r\n\r\nhola\r\n--B--\r\n"
	)
	return _bytes(known, sender, head, body)


def _bounces(known: Known) -> Iterator[Case]:
	number, message_id = known.open
	yield Case("bounce-ours", _report(known, "1", message_id, "failed", "5.1.1", known.ana), "Bounce", number)
	yield Case(
		"bounce-delayed",
		_report(known, "2", known.waiting[1], "delayed", "4.4.1", known.ana),
		"Bounce",
		known.waiting[0],
	)
	yield Case(
		"bounce-foreign", _report(known, "3", "ajeno@otros.test", "failed", "5.0.0", "x@y.test"), "Bounce"
	)
	yield Case(
		"bounce-null", _report(known, "4", "ajeno2@otros.test", "failed", "5.0.0", "x@y.test", "<>"), "Bounce"
	)
	head = f"Subject: Mail delivery failed: returning message to sender\r\nMessage-ID: <exim@c.test>\r\nX-Failed-Recipients: {known.ana}\r\nIn-Reply-To: <{known.resolved[1]}>"
	yield Case(
		"bounce-exim",
		_bytes(known, "Mailer-Daemon@correo.test", head, "A message that you sent could not be delivered"),
		"Bounce",
		known.resolved[0],
	)
	for number, (sender, subject, body) in enumerate(
		[
			("MAILER-DAEMON@correo.test", "failure notice", "Hi. This is the qmail-send program."),
			("postmaster@outlook.test", "No se puede entregar: hola", "No se pudo entregar el mensaje"),
			(
				"otro@correo.test",
				"Undeliverable: su mensaje",
				"Delivery has failed to these recipients or groups",
			),
			("otro@correo.test", "Mail delivery failed", "this is the mail system at host"),
		]
	):
		yield Case(f"bounce-text-{number}", _raw(known, sender, subject, body), "Bounce")
	raw = _raw(known, "x@correo.test", "Aviso", "algo", Return_Path="<>")
	yield Case("bounce-return-path", raw, "Bounce")


def _lists(known: Known) -> Iterator[Case]:
	rows: list[dict[str, str]] = [
		{"List_Id": "Noticias <noticias.lista.test>"},
		{"List_Post": "<mailto:lista@lista.test>"},
		{"List_Unsubscribe": "<https://lista.test/baja>"},
		{"Precedence": "bulk"},
		{"Precedence": "list"},
		{"Precedence": "junk"},
		{"Mailing_List": "contact x@y.test"},
		{"X_Mailing_List": "lista@lista.test"},
	]
	for number, headers in enumerate(rows):
		yield Case(
			f"list-{number}",
			_raw(known, f"lista{number}@lista.test", f"Boletín {number}", "Ofertas del mes", **headers),
			"Mailing list",
		)
	# The group that carries our own address wraps the mails of people.
	own = {
		"List_Id": f"Soporte <{LIST}>",
		"Precedence": "list",
		"List_Unsubscribe": "<https://grupo.test/baja>",
	}
	yield Case(
		"own-list", _raw(known, "grupo@clientes.test", "Por el grupo", "No puedo entrar", **own), "Request"
	)
	wrapped = _raw(
		known,
		f"'Ana' via Soporte <{known.support}>",
		"Por el grupo, con otro From",
		"No abre",
		X_Original_From=known.ana,
		**own,
	)
	yield Case("own-list-wrapped", wrapped, "Request")
	for number in range(3):
		spam = _raw(
			known,
			f"spam{number}@spam.test",
			"GANASTE",
			"Haz clic",
			X_Spam_Flag="YES",
			X_Spam_Status="Yes, score=9",
		)
		yield Case(f"spam-{number}", spam, "Spam")


def _loops(known: Known) -> Iterator[Case]:
	yield Case("loop-own", _raw(known, known.support, "Hola", "Yo mismo"), "Loop")
	yield Case("loop-alias", _raw(known, "ayuda@soporte.test", "Hola", "Un alias"), "Loop")
	yield Case(
		"loop-header",
		_raw(known, "robot@clientes.test", "Hola", "Ya pasé", X_Loop="soporte@soporte.test"),
		"Loop",
	)
	yield Case(
		"loop-site",
		_raw(known, "reenvio@clientes.test", "Hola", "De vuelta", X_Codigo_Binario_Support=known.site),
		"Loop",
	)
	yield Case(
		"loop-id",
		_raw(known, "reenvio@clientes.test", "Su respuesta", "De vuelta", Message_ID=f"<{known.open[1]}>"),
		"Loop",
	)
	other = _raw(
		known,
		"sistema@otro-cliente.test",
		"Del sitio de otro",
		"No abre el sistema",
		X_Codigo_Binario_Support="otro.sitio.test",
	)
	yield Case("other-site", other, "Request")


def _copies(known: Known) -> Iterator[Case]:
	raw = _raw(known, "doble@clientes.test", "Llega dos veces", "No puedo facturar, ¿qué reviso?")
	yield Case("copy-first", raw, "Request")
	yield Case("copy-same", raw, "Duplicate")
	yield Case(
		"copy-other-way", b"Received: from x by y\r\nDelivered-To: otro@soporte.test\r\n" + raw, "Duplicate"
	)
	without = raw.replace(b"Message-ID:", b"X-Was:")
	yield Case("copy-no-id", without, "Request")
	yield Case("copy-no-id-same", without, "Duplicate")


def _robot(known: Known) -> Iterator[Case]:
	"""A robot without a single honest header, answering every acknowledgement."""
	for number in range(MAILS_PER_HOUR + 8):
		raw = _raw(
			known,
			"robot@sistema.test",
			"Ticket recibido",
			f"Su ticket #{number} fue recibido. Lo atenderemos pronto.",
		)
		yield Case(f"robot-{number}", raw, "Request" if number < MAILS_PER_HOUR else "Too many")


def _unreadable(known: Known) -> Iterator[Case]:
	yield Case(
		"unread-no-from", f"To: {known.support}\r\nSubject: Nadie\r\n\r\nNo dice quién".encode(), "Unread"
	)
	yield Case(
		"unread-bad-from",
		f"From: nadie en especial\r\nTo: {known.support}\r\nSubject: Nadie\r\n\r\nNo".encode(),
		"Unread",
	)
	yield Case("unread-bytes", bytes(range(256)) * 20, "Unread")
	yield Case("unread-body-only", b"\r\n\r\nsolo texto, sin encabezados\r\n", "Unread")
	deep = "".join(
		f'--D{n}\r\nContent-Type: multipart/mixed; boundary="D{n + 1}"\r\n\r\n' for n in range(3000)
	)
	yield Case(
		"unread-too-deep",
		_bytes(
			known,
			"hondo@clientes.test",
			'Subject: Hondo\r\nMessage-ID: <deep@c.test>\r\nContent-Type: multipart/mixed; boundary="D0"',
			deep,
		),
		"Unread",
	)
