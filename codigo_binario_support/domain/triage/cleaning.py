"""What a customer wrote, without what the mail wrapped around it: greetings, quoted replies, signatures, disclaimers.

A trace is taken out of the words and kept as evidence of its own: an app outside Frappe and ERPNext points to a third party,
stock code to a native bug. Header rules: RFC 3834 (automatic responses), RFC 3464 (delivery status), Microsoft's own.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

#: Apps that the provider's promise covers as "ERPNext and Frappe"; whatever else a trace names is somebody's own.
STOCK_APPS = frozenset(
	"frappe erpnext hrms payments education healthcare lending helpdesk insights wiki print_designer builder lms crm".split()
)

#: Characters that are judged: of a text, and of its subject. What is kept and shown is whole; no expression reads more.
LONGEST_TEXT, LONGEST_SUBJECT = 20_000, 1_000

AUTO_REPLY, BOUNCE, BULK = "auto_reply", "bounce", "bulk"


class _Pattern:
	"""A regular expression compiled at first use and asked only of texts that contain one of `needs` (small letters, parted by
	`|`): most requests are a few plain lines that need few of these, and no import pays for all.
	"""

	def __init__(self, pattern: str, needs: str = "") -> None:
		self.pattern, self.needs = pattern, tuple(needs.split("|"))

	@cached_property
	def compiled(self) -> re.Pattern[str]:
		return re.compile(self.pattern)

	def may_be_in(self, text: str) -> bool:
		folded = text.lower()
		return any(needed in folded for needed in self.needs)

	def begins(self, text: str) -> bool:
		return text.startswith(self.needs) and bool(self.compiled.match(text))

	def all(self, text: str) -> list[re.Match[str]]:
		return list(self.compiled.finditer(text)) if self.may_be_in(text) else []

	def first(self, text: str) -> re.Match[str] | None:
		return self.compiled.search(text) if self.may_be_in(text) else None

	def cut(self, text: str) -> str:
		"""The text without what matches."""
		return self.compiled.sub("", text) if self.may_be_in(text) else text


_FOLD = dict.fromkeys(range(0x0300, 0x0370))

_QUOTE_HEAD = _Pattern(
	r"""(?imx)^[ \t>*_-]*(?:
	(?:el|on)\b.{6,160}(?:escribi[oó]|wrote)\s*:\s*$
	|(?<=--)\s*(?:mensaje\ original|original\ message|forwarded\ message|mensaje\ reenviado).*$
	|(?<=_{10})\s*$
	|(?:de|from)\s*:.{3,120}\n[ \t>*]*(?:enviado|sent|fecha|date|para|to)\b[^\n:]*:
	)""",
	":|--|__",
)
_QUOTED_INLINE = _Pattern(
	r"\s(?:El|On)\s(?:\w{2,10}[.,]?\s){1,3}[^\n>]{0,90}?(?:escribió|escribio|wrote)\s*:\s*(?:>|\n)",
	"escribi|wrote",
)
_QUOTED_LINE = _Pattern(r"(?m)^[ \t]*>.*$", ">")
_SIGN_OFF = _Pattern(
	r"""(?imx)^[ \t]*(?:
	--[ \t]*$
	|(?:(?:muchas\ |mil\ )?gracias[\ y.,!]*)?(?:saludos|atte\b|atentamente|cordialmente|quedo\ (?:atent|al\ pendiente|en\ espera)|reciba\ un)
	|(?:best|kind|warm)?\ ?regards|sincerely|cheers\b|thanks\ and\ regards
	|(?:enviado\ desde\ mi|sent\ from\ my|get\ outlook|obtener\ outlook)
	).*""",
	"\n",
)
_DISCLAIMER = _Pattern(
	r"""(?isx)(?:^|(?<=[.!?\s]))(?:
	aviso\ de\ (?:confidencialidad|privacidad)\s*[:.\n-]
	|(?:este|el\ presente)\ (?:correo|mensaje|e-?mail)(?:\ electr[oó]nico)?[^\n.]{0,80}(?:confidencial|privilegiad|destinatari|exclusiv)
	|la\ informaci[oó]n\ contenida\ en\ este\ (?:correo|mensaje)
	|this\ (?:e-?mail|message|communication)[^\n.]{0,80}(?:confidential|privileged|intended)
	|confidentiality\ notice|please\ consider\ the\ environment
	|antes\ de\ imprimir|piense\ antes\ de\ imprimir
	).*""",
	"confiden|privacidad|privileg|destinatari|exclusiv|contenida|intended|imprimir|environment",
)
_CONTACT_LINE = _Pattern(
	r"(?im)^[ \t]*(?:(?:tel|cel|m[oó]vil|ext|whatsapp|phone|mobile|fax)\b[^\n]{0,60}\d{3,}[^\n]*|(?:www\.|https?://)\S+|[\w.+-]+@[\w.-]+)[ \t]*$",
	"\n|@|www.|http",
)
_GREETING = _Pattern(r"""(?ix)^\W*(?:
	(?:muy\ )?buen(?:os|as|a)?\ (?:d[ií]as?|tardes?|noches?|tarde|d[ií]a)|buen[oa]s
	|hola(?:\ que\ tal)?|que\ tal|hi|hello|hey|good\ (?:morning|afternoon|evening|day)|dear\ \w+
	|estimad[oa]s?(?:\ (?:equipo|todos|se[ñn]ores|soporte)){0,2}(?:\ de\ soporte)?
	|(?:a\ )?(?:todos|equipo(?:\ de\ soporte)?|team|support(?:\ team)?|soporte)(?=\s*[,:.!])
	|(?:espero|deseo|esperando)\ (?:que\ )?(?:se\ encuentren?|est[eé]n)(?:\ (?:muy\ )?bien)?|hope\ you\ are\ (?:doing\ )?well
	)\b[\s,.:;!¡-]*""")
_SUBJECT_MARK = _Pattern(r"(?i)^\s*(?:(?:re|rv|fw|fwd|resp|enc)\s*:\s*)+", ":")
_FORWARDED = _Pattern(r"(?i)^\s*(?:rv|fw|fwd|enc)\s*:", ":")

_TRACE_LINE = _Pattern(
	r"""(?mx)^[ \t]*(?:
	Traceback\ \(most\ recent\ call\ last\).*
	|File\ ["'].*
	|(?:\w+\.)*\w*(?:Error|Exception)\b:?.*
	|at\ \S+\ \(\S+:\d+:\d+\).*
	)$""",
	"error|exception|traceback|file |(",
)
_TRACE_PATH = _Pattern(
	r"\bapps[/\\]+([a-z][a-z0-9_]+)|\b([a-z][a-z0-9_]{1,60})(?:[/\\][a-z0-9_]{1,60}){1,20}\.py\b|\b([a-z][a-z0-9_]+)(?:\.[a-z0-9_]+){2,}",
	"/|\\|.",
)
_EXCEPTION = _Pattern(r"\b([A-Z]\w*(?:Error|Exception))\b", "error|exception")

_AUTO_TEXT = _Pattern(
	r"""(?sx)respuesta\ automatica|automatic\ reply|auto-?\ ?reply|autorespuesta|contestacion\ automatica
	|out\ of\ (?:the\ )?office|fuera\ de\ (?:la\ )?oficina
	|(?:este\ es\ un|mensaje)\ (?:mensaje\ |correo\ )?(?:generado\ )?automatic[oa](?:mente)?.{0,60}(?:no\ (?:lo\ )?respond|no\ (?:lo\ )?contest)
	|(?:estare|me\ encuentro|estoy)\ (?:fuera|de\ vacaciones|de\ incapacidad).{0,80}(?:regreso|vuelvo|retorno|hasta\ el|del\ \d)
	|i\ am\ (?:currently\ )?(?:away|on\ (?:\w+\ )?leave|out).{0,60}(?:until|returning|back)
	|con\ acceso\ limitado\ a\ (?:mi\ )?correo|limited\ access\ to\ (?:my\ )?e-?mail""",
	"respuesta|auto|contestacion|out of|fuera de|este es|mensaje|estare|me encuentro|estoy|i am|con acceso|limited",
)
_BOUNCE_TEXT = _Pattern(
	r"""(?sx)undeliver(?:ed|able)|mailer-daemon|mail\ delivery\ (?:failed|subsystem|status)|delivery\ status\ notification
	|returned\ (?:mail|to\ sender)|no\ se\ (?:ha\ podido|pudo|puede)\ (?:ser\ )?entrega(?:r|do)\ (?:el|su|tu|este|a)\b.{0,20}(?:mensaje|correo|destinatari)
	|this\ is\ the\ mail\ system\ at|delivery\ has\ failed\ to\ these\ recipients""",
	"undeliver|mail|deliver|return|no se|this is",
)


class Cleaned(NamedTuple):
	"""The request in the customer's words. `trace` is what a machine printed; `apps` the code bases it names."""

	subject: str
	body: str
	trace: str = ""
	apps: tuple[str, ...] = ()
	exceptions: tuple[str, ...] = ()
	#: Whether there is more of the text than is judged, and it is no quoted reply.
	is_cut: bool = False

	@property
	def foreign_apps(self) -> tuple[str, ...]:
		return tuple(app for app in self.apps if app not in STOCK_APPS)

	@property
	def is_stock_trace(self) -> bool:
		return bool(self.apps) and not self.foreign_apps


def fold(text: str) -> str:
	"""Lower case without accents, so that `Contraseña`, `CONTRASEÑA` and `contrasena` are one word."""
	return unicodedata.normalize("NFKD", text.lower()).translate(_FOLD)


def automatic_kind(subject: str, body: str, headers: Mapping[str, str] | None = None) -> str | None:
	"""Whether a machine sent it, and which: `auto_reply`, `bounce`, `bulk`; None for a person's mail."""
	if headers and (told := _told_by(headers)):
		return told
	head = fold(subject[:LONGEST_SUBJECT]).strip()
	opening = fold(body.lstrip()[:160])
	if _BOUNCE_TEXT.begins(head) or (len(head) < 60 and _BOUNCE_TEXT.begins(opening)):
		return BOUNCE
	return AUTO_REPLY if _AUTO_TEXT.begins(head) or _AUTO_TEXT.begins(opening) else None


def _told_by(headers: Mapping[str, str]) -> str | None:
	folded = {str(name).lower(): str(value).strip().lower() for name, value in headers.items()}
	get, content, sender = folded.get, folded.get("content-type", ""), folded.get("from", "")
	signs = (
		(BOUNCE, "multipart/report" in content or "delivery-status" in content),
		(BOUNCE, get("x-failed-recipients") or get("return-path") in ("<>", "< >")),
		(AUTO_REPLY, get("auto-submitted", "no").split(";")[0].strip() != "no"),
		(AUTO_REPLY, get("x-autoreply") or get("x-autorespond") or get("x-auto-reply")),
		(AUTO_REPLY, get("precedence") in ("auto_reply", "auto-reply")),
		(BULK, get("precedence") in ("bulk", "junk", "list") or get("list-unsubscribe")),
		# A program that asks not to be answered by programs: people's mail does not carry it. A person still sees it.
		(AUTO_REPLY, get("x-auto-response-suppress", "none") not in ("", "none")),
		(BOUNCE, "mailer-daemon" in sender or "postmaster@" in sender),
	)
	return next((kind for kind, is_given in signs if is_given), None)


def is_courtesy(body: str) -> bool:
	"""Whether somebody only says thank you: nothing is asked, nothing is told.

	>>> is_courtesy("Muchas gracias, quedó perfecto. ¡Saludos!"), is_courtesy("Gracias, pero sigue igual")
	(True, False)
	"""
	body = body.strip()
	read = body[:LONGEST_TEXT].replace("\r\n", "\n")
	own = _without_quotes(read)
	# Where there is more, nobody has read it.
	if "?" in own or (len(body) > LONGEST_TEXT and not _QUOTE_HEAD.first(read)):
		return False
	said = re.findall(r"\w+", fold(clean("", own).body or own))
	return 0 < len(said) <= 20 and not set(said) - _COURTESY and not _THANKS.isdisjoint(said)


_THANKS = frozenset("gracias thanks thank agradezco agradecemos agradecido agradecida".split())
_COURTESY = _THANKS | frozenset(
	"""muchas mil muchisimas muy por el la su tu tus sus apoyo ayuda atencion respuesta todo de lo les te se y a en
	enterado enterada recibido ok okay vale listo perfecto excelente genial super quedo quedaron funciona funciono
	resuelto solucionado ya bien saludos cordiales atentamente buen buena buenas buenos dia dias tarde tardes noche noches
	fin semana bonito excelentes abrazo estimado estimada equipo soporte hola that was is works now you very much so for
	your help support all good great perfect best regards have nice day fixed solved it the""".split()
)


def clean(subject: str, body: str) -> Cleaned:
	"""Take the request out of its wrapping.

	>>> clean(
	...     "RE: Usuarios", "Buenas tardes,\\n¿Cómo doy de alta a alguien?\\nSaludos\\nAna\\nTel 55 1234 5678"
	... )
	Cleaned(subject='Usuarios', body='¿Cómo doy de alta a alguien?', trace='', apps=(), exceptions=(), is_cut=False)
	"""
	subject, is_longer = (subject or "")[:LONGEST_SUBJECT], len(body or "") > LONGEST_TEXT
	body = (body or "")[:LONGEST_TEXT].replace("\r\n", "\n").replace("\xa0", " ")
	is_forwarded = _FORWARDED.first(subject) is not None
	kept = body if is_forwarded else _without_quotes(body)
	trace = "\n".join(match.group().strip() for match in _TRACE_LINE.all(kept))
	words = _without_signature(_DISCLAIMER.cut(_TRACE_LINE.cut(kept)))
	words = _without_greeting(_CONTACT_LINE.cut(words))
	evidence = f"{trace}\n{words}"
	apps = {next(filter(None, match.groups())) for match in _TRACE_PATH.all(evidence)} - _NOT_APPS
	return Cleaned(
		_SUBJECT_MARK.cut(subject).strip(),
		re.sub(r"\s+", " ", words).strip(),
		trace,
		tuple(sorted(apps)),
		tuple(sorted({match.group() for match in _EXCEPTION.all(evidence)})),
		is_longer and (is_forwarded or _QUOTE_HEAD.first(body) is None),
	)


#: Names that look like a module in a path but say nothing about whose code failed.
_NOT_APPS = frozenset("www http https env lib python3 site sites usr home mail app soporte com bench".split())


def _without_quotes(body: str) -> str:
	head = _QUOTE_HEAD.first(body)
	kept = body[: head.start()] if head else body
	inline = _QUOTED_INLINE.first(kept)
	kept = _QUOTED_LINE.cut(kept[: inline.start()] if inline else kept)
	return kept if re.search(r"\w{3}", kept) else ""


def _without_signature(body: str) -> str:
	"""Cut at the first sign-off that has something before it and little after it."""
	said = re.search(r"\w{3}", body)
	for match in _SIGN_OFF.all(body):
		if said and said.end() <= match.start() and len(body) - match.start() < 600:
			return body[: match.start()]
	return body


def _without_greeting(body: str) -> str:
	for _ in range(3):
		body = _GREETING.compiled.sub("", body.lstrip(), count=1)
	return body
