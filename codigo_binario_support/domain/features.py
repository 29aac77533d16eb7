"""The evidence in a request, as named features that a linear model can weigh and a person can read back.

Four blocks, each scaled on its own so that a long mail does not shout: `word` (stems, pairs and pairs over a gap),
`letter` (character n-grams inside a word, for typing errors and inflection), `subject` (stems of the subject) and
`form` (how it is asked: question, order, who acts; what a trace names; which of the policy's signals stand in it).
Every feature keeps the customer's own words (`surface`), so a verdict can be explained in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from .text import Cleaned, fold

BLOCKS = ("word", "letter", "subject", "form")

_WORD = re.compile(r"[a-z]+(?:'t)?|\d+|[?]")
_RAW_WORD = re.compile(r"[^\W\d_]+(?:'t)?|\d+|[?]")
_GATEWAY = frozenset(("500", "502", "503", "504", "520", "521", "522", "523", "524", "404", "403", "429"))

# Endings that say who, when or how many, not what. Longest first; what stays keeps at least four letters.
_ENDINGS = tuple(
	sorted(
		"""amiento imiento aciones icion aciones acion adores ador adora idad mente ariamos eriamos aremos eremos iremos
		abamos iamos ieron ieran aron aran aria eria iria ando iendo ados adas ado ada idos idas ido ida
		amos emos imos aban aba ian ia arlo arla arlos arlas arme arnos arte erlo erla irlo enme ennos enlo enla
		enlos enlas ar er ir an en as es os a e o s
		ations ation ings ing ers er ies ed ly ment ments""".split(),
		key=lambda ending: -len(ending),
	)
)


@lru_cache(maxsize=20000)
def stem(word: str) -> str:
	"""The part of a folded word that inflection leaves alone, in Spanish and English.

	>>> [stem(word) for word in ("respaldos", "respaldar", "respalden", "backups", "502")]
	['respald', 'respald', 'respald', 'backup', '502']
	"""
	if word.isdigit() or len(word) < 5:
		return word
	for ending in _ENDINGS:
		if word.endswith(ending) and len(word) - len(ending) >= 4:
			return word[: -len(ending)]
	return word


def number_shape(digits: str) -> str:
	"""Gateway codes and small numbers mean something; others are only amounts of a size."""
	if digits in _GATEWAY or len(digits) < 3:
		return digits
	return "#" * min(len(digits), 5)


def _tokens(text: str) -> list[tuple[str, str]]:
	"""(folded token, surface as written) in order."""
	found = []
	for raw in _RAW_WORD.findall(text):
		word = fold(raw)
		found.append((number_shape(word) if word.isdigit() else word, raw))
	return found


# How it is asked. Each name is a feature; the pattern runs over the folded text.
_FORMS: dict[str, str] = {
	"asks_how": r"\bcomo (?:le |se |puedo|podemos|hago|hacemos|hay que|doy|le hago|saco|pongo|quito|veo|cambio|agrego)|how (?:do|can|to|does)|que pasos|cual es (?:el procedimiento|la forma correcta)|de que manera|where (?:do|can) i|donde (?:esta|se|puedo|veo|encuentro|le)",
	"asks_when": r"\bcuando\b|\bwhen\b|que fecha|que dia|a que hora",
	"asks_cost": r"\bcuanto (?:cuesta|cobran|sale|seria|vale|costaria)|que costo|precio|how much|cost\b|cotiza",
	"asks_whether": r"\b(?:se puede|es posible|puedo|podemos|is it possible|can we|can i|tienen|cuentan con|hay (?:algun|manera|forma)|existe)\b",
	"orders_us": r"\b(?:favor de|por favor|porfa\w*|necesito que|necesitamos que|queremos que|quiero que|ocupo que|ocupamos que|pueden|podrian|podran|please|could you|can you|we need you|would you|ayudenme a|me ayudan a|nos ayudan a|solicit\w+)\b",
	"plural_order": r"\b\w{2,}(?:enme|ennos|enlo|enla|enlos|enlas|anme|annos|anlo|anla|anlos|anlas|enselo|enles)\b",
	"we_changed_it": r"\b(?:le (?:movi|movimos|movio|movieron|cambi[eo]|picamos|pique|quite|quito|puse|puso)|cambie|cambiamos|modifi(?:que|camos|co)|configur(?:e|amos|o)|movi|movimos|desactiv(?:e|amos|o)|activ(?:e|amos|o)|deshabilit(?:e|amos|o)|palome(?:e|o|amos)|desmarque|marque|puse|pusimos|puso|ajust(?:e|amos|o)|edit(?:e|amos|o)|i (?:changed|set|edited|moved|switched|turned|disabled|enabled|ticked|unticked|renamed)|we (?:changed|set|edited|moved|switched|turned|disabled|enabled|ticked|unticked|renamed)|(?:she|he|someone|somebody|accountant|colleague) (?:changed|set|edited|switched|turned|disabled|enabled))\b",
	"nobody_touched_it": r"\b(?:nadie (?:le )?(?:movio|ha movido|cambio|toco)|no (?:le )?(?:movimos|movi|hemos movido|hemos cambiado|cambiamos)|sin (?:haber )?(?:mover|cambiar|tocar)|nothing (?:was )?changed|no one (?:has )?(?:touched|changed)|nobody (?:has )?(?:touched|changed)|we (?:haven't|did ?n.t|have not) change)\b",
	"others_made_it": r"\b(?:nos (?:lo |la |las |los )?(?:hizo|hicieron|desarroll\w+|program(?:o|aron)|vendi(?:o|eron)|instal(?:o|aron)|arm(?:o|aron)|integr(?:o|aron)|mont(?:o|aron)|codific\w+)|(?:hecho|hecha|desarrollad[oa]|programad[oa]|escrit[oa]|cread[oa]|instalad[oa]) por|(?:built|made|developed|written|installed|coded|done) by|(?:lo|la|los|las) (?:hizo|hicieron|desarroll\w+|program(?:o|aron)))\b",
	"other_vendor": r"\b(?:otr[oa] (?:proveedor|empresa|consultor|despacho|agencia|programador)|freelanc\w+|marketplace|tercer[oa]s?|extern[oa]s?|sobrino|ex ?emplead\w+|practicante|programador|desarrollador|agencia|third.?party|contractor|outside (?:developer|firm|company)|plugin|conector|connector|former (?:consultant|developer|agency|partner))\b",
	"clean_install": r"\b(?:instalacion (?:limpia|nueva|en blanco|de cero)|sitio (?:limpio|nuevo|de prueba|demo|vacio)|demo|clean|fresh|vanilla|sin (?:ninguna )?(?:personalizacion|apps|app)|de fabrica|estandar|stock erpnext|github|issue|foro|forum|reportad[oa]|conocido)\b",
	"since_update": r"\b(?:desde (?:que (?:nos |lo )?actualiz\w+|la (?:ultima )?(?:actualizacion|version)|el (?:update|parche))|despues de (?:la )?(?:actualiza\w+)|tras (?:la )?actualiza\w+|since the (?:last )?(?:update|upgrade|patch)|after the (?:last )?(?:update|upgrade|patch))\b",
	"come_here": r"\b(?:vengan|venga|venir|vinieran|viniera|vienen|visit\w*|acud\w+|presentarse|trasla\w+|se den una vuelta|darse una vuelta|pasar? (?:a|por) (?:la|nuestra|el)|mand\w+ a (?:alguien|un|una|su)|envi\w+ a (?:alguien|un|una|su)|en sitio|on.?site|in person|come (?:to|over|by|here)|send (?:someone|somebody|a |an |one|your)|stop by|en persona|fisicamente|presencial\w*)\b",
	"teach_us": r"\b(?:capacit\w+|curso\w*|taller\w*|clase\w*|entren\w+|sesion(?:es)?|ensen\w+|explique\w*|expliquen\w*|explicar\w*|train\w*|workshop|course|teach|webinar|induccion|instructor|diplomado|certifica(?:cion|rse|rme|rnos)|walk us|live session|en vivo|videollamada|por zoom|por meet)\b",
	"show_me_docs": r"\b(?:guia\w*|manual\w*|document\w+|tutorial\w*|video\w*|liga|link|enlace|instructivo\w*|articulo que|material|donde dice|docs|guide|article|page that|walkthrough|reading|leer|wiki)\b",
	"advice": r"\b(?:conviene|convendria|recomiend\w+|recomendari\w+|sugier\w+|aconsej\w+|que harian|que opinan|mejor (?:forma|manera|practica|opcion)|best (?:way|practice|option)|should (?:we|i)|recommend|advi[sc]e|which (?:is better|approach|option)|como deberiamos|deberiamos|asesor\w*|analic\w+|nuestro (?:proceso|caso|giro)|nuestra operacion)\b",
	"provider_bill": r"\b(?:su factura|sus facturas|mensualidad|anualidad|suscripcion|subscription|hosting|hospedaje|renta|renovacion|renov\w+|plan|su cfdi|nos cobraron|me cobraron|cargo|your invoice|billed|charged|invoice (?:for|from) (?:the )?(?:hosting|you)|contratamos con ustedes|domicili\w+|tarjeta)\b",
	"everybody": r"\b(?:nadie|todos|todas|ningun[oa]?|toda la|todo el mundo|las? (?:dos|tres|cuatro|cinco|seis) (?:sucursal\w*|tienda\w*)|nobody|no one|everyone|everybody|all (?:users|of us|staff|branches|stores)|whole|entire|general)\b",
	"cannot_reach": r"\b(?:no (?:carga|abre|entra|responde|prende|levanta|jala|conecta|podemos entrar|se puede (?:entrar|acceder))|ca[iy](?:do|da|o)|se cayo|tumb\w+|fuera de (?:linea|servicio)|sin (?:sistema|acceso|servicio|conexion)|en blanco|gateway|time ?out|unreachable|down\b|offline|can.?t (?:reach|open|load|access)|cannot (?:reach|open|load|access)|doesn.?t load|not loading|won.?t load|err_|dns|ssl|https)",
	"stopped": r"\b(?:nadie puede|ningun[oa]? (?:puede|usuario puede)|no (?:podemos|puede nadie|pueden) (?:trabajar|operar|vender|cobrar|facturar|entrar|ingresar|acceder)|(?:estamos|esta|todo|operacion|produccion|linea|tienda) (?:esta )?(?:parad[oa]s?|detenid[oa]s?)|sin poder (?:trabajar|operar|vender|cobrar|facturar|entrar)|nobody can|no one can|everyone is|business (?:is )?stopped|production stopped|at a standstill|cannot work)\b",
	"lost_data": r"\b(?:borr(?:e|o|amos|aron|ado|ados|ada|adas)|elimin(?:e|o|amos|aron|ado|ada|ados|adas)|perdi(?:o|mos|eron|do|da|dos|das)|sobrescrib\w+|sobreescrib\w+|desaparec\w+|pis(?:o|e|amos|aron)|delet\w+|wiped?|overwr\w+|lost|vanish\w+|gone|erased)\b",
	"bring_back": r"\b(?:recuper\w+|restaur\w+|restablec\w+|reponer\w*|repong\w+|regres(?:en|ar|arl\w+)\b|volver a como|como estaba|retro?ced\w+|restor\w+|recover\w*|bring back|roll ?back|undelete|rescat\w+|reviv\w+)\b",
	"copies": r"\b(?:respald\w+|backup\w*|copia\w*|back.?up|snapshot\w*|copies|copy)\b",
	"own_password": r"\b(?:contrasen\w*|pasword|password\w*|clave|pin|token|doble factor|dos pasos|2fa|two.?factor|otp|autenticador|authenticator|bloque\w+ (?:mi|la) (?:cuenta|usuario))\b",
	"user_admin": r"\b(?:usuari[oa]s?|users?|alta|baja|invita\w+|dar de (?:alta|baja)|empleado que (?:se fue|renuncio)|leaver|new hire)\b",
	"may_do": r"\b(?:permis\w+|rol(?:es)?|autoriz\w+|aprob\w+|aprueb\w+|visto bueno|firma(?:s)?|solo (?:pueda|puedan|vea|vean)|no (?:pueda|puedan|vea|vean)|bloque(?:e|en|ar|o)|restrin\w+|limit\w+|permission\w*|approv\w+|authori[sz]\w+|role\w*|restrict\w*|allowed|only (?:the|see)|must not|workflow\w*|flujo\w*)\b",
	"other_system": r"\b(?:contpaq\w*|aspel|microsip|\bsae\b|\bcoi\b|\bnoi\b|odoo|sap|quickbooks|bind|excel|xlsx?|csv|hoja\w* de calculo|sistema (?:anterior|viejo|pasado|que teniamos)|old (?:system|software)|previous (?:system|software)|legacy|hubspot|zoho|salesforce|shopify|woocommerce|access|migr\w+|import\w+|captur\w+|carg(?:uen|ar|arlo|arlos|arnos)|sub(?:an|ir|irlo|irlos|irnos)|mass|bulk|masiv\w+)\b",
	"looks": r"\b(?:formato\w*|logo\w*|dise[nñ]\w+|color\w*|plantilla\w*|campo\w*|column\w+|tablero\w*|dashboard\w*|grafic\w+|reporte nuevo|nuevo reporte|boton\w*|pantalla|encabezado|pie de pagina|layout|template|field\w*|chart|report that|portal|letterhead|membrete|widget|etiqueta\w*|label\w*|integrar?|integracion|integrat\w+|automatic\w+|script)\b",
	"new_version": r"\b(?:version\w*|actualiz\w+|upgrad\w+|updat\w+|parche\w*|patch\w*|release\w*|v ?1[4-7]|hotfix|la nueva|ultima)\b",
	"broken": r"\b(?:error\w*|falla\w*|fall[oe]|truen\w+|trono|no (?:funciona|jala|sirve|deja|guarda|suma|calcula|sale|imprime|aparece)|mal\b|incorrect\w+|dej(?:o|aron) de|wrong|broken|fails?|failing|crash\w*|does ?n.?t work|stopped|bug\w*)\b",
	"urgent": r"\b(?:urg\w+|ya mismo|inmediat\w+|asap|cuanto antes|lo antes posible|critic\w+|emergencia|right now|immediately)\b",
	"thanks": r"^(?:(?:ok|muchas|mil|perfecto|listo|excelente|enterad\w+|thank\w*|gracias|saludos|recibid\w+|great|perfect|noted|very much|you|todo|bien|ya quedo)\W*)+$",
	"not_that": r"\b(?:no (?:quiero|queremos|necesito|necesitamos|pido|pedimos|es (?:un|una|para|que)|buscamos|busco)|sin que|en vez de|en lugar de|no hace falta|not asking|don.?t (?:want|need)|instead of|rather than|i.?m not)\b",
	"ours": r"\b(?:nuestr[oa]s? (?:client\w+|proveedor\w*|factura\w*|pedido\w*|alumno\w*|paciente\w*)|our (?:customers?|suppliers?|invoices?|orders?))\b",
}
# The same over folded text with its punctuation: where a sentence begins and how it ends.
_MARKS: dict[str, str] = {
	"ends_asking": r"\?\s*(?:gracias|saludos|thanks|thank you)?[\s.!]*$",
	"ends_ordering": r"(?:^|[.!;:?,]\s+)(?:y |and |por favor,? |favor de |please,? )?(?:nos |me |se |lo |la |los |las )?\w{2,}(?:en|enlo|enla|enlos|enlas|enme|ennos|enselo|enle|enles|anme|anlo|anla|annos|rlo|rla|rnos|rme)\b[^.?!;]*[.!]*\s*$",
	"begins_asking": r"^[\s¿]*(?:como|cuando|cuanto|donde|cual|cuales|que|quien|por que|hay|se puede|puedo|podemos|tienen|how|when|where|which|what|who|why|is|are|do|does|can we|can i|should)\b",
	"sentence_orders": r"(?:^|[.!;?]\s+)(?:por favor,? |favor de |please,? )?\w{3,}(?:en|enlo|enla|enlos|enlas|enme|ennos|enselo|enle|enles|anme|anlo|anla|annos)\b",
	"polite_ask": r"(?:pueden|podrian|podran|puede|podria|could you|can you|would you|me ayudan|nos ayudan|nos apoyan|me apoyan)\b[^.!]*\?",
	"asks_fact": r"\b(?:cada cuanto|cuant[oa]s?|cuando|donde|cual(?:es)?|quien|se puede|es posible|que (?:pasa|incluye|significa|diferencia)|how (?:much|many|long|often)|when|where|which|who|is it|are (?:the|there|you))\b[^.!]*\?",
}
_MARK_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _MARKS.items())
# Two forms together say more than each.
_TOGETHER = (
	("cannot_reach", "everybody"),
	("lost_data", "everybody"),
	("broken", "everybody"),
	("broken", "we_changed_it"),
	("broken", "others_made_it"),
	("broken", "other_vendor"),
	("broken", "since_update"),
	("may_do", "asks_how"),
	("other_vendor", "copies"),
	("teach_us", "not_that"),
	("come_here", "not_that"),
	("lost_data", "copies"),
	("user_admin", "may_do"),
	("others_made_it", "new_version"),
)

_FORM_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _FORMS.items())


def signal_index(signals: Mapping[str, Iterable[str]]) -> dict[str, list[tuple[tuple[str, ...], str, str]]]:
	"""The policy's signals by their first stem: (all stems, clause, the phrase as written)."""
	index: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
	for clause, phrases in signals.items():
		for phrase in phrases:
			stems = tuple(stem(token) for token, _ in _tokens(phrase))
			if stems:
				index.setdefault(stems[0], []).append((stems, clause, phrase))
	return index


def features(
	text: Cleaned, signals: Mapping[str, list[tuple[tuple[str, ...], str, str]]], is_part: bool = False
) -> dict[str, dict[str, str]]:
	"""Features by block: name -> the surface that shows it. A part of a text has no forms of its own."""
	subject, body = _tokens(text.subject), _tokens(text.body)
	blocks: dict[str, dict[str, str]] = {block: {} for block in BLOCKS}
	words, letters, forms = blocks["word"], blocks["letter"], blocks["form"]
	stems = []
	for token, raw in (*subject, ("|", "|"), *body):
		stems.append((stem(token), raw))
	before, raw_before, gap, raw_gap = "^", "", "", ""
	for token, raw in stems:
		if token == "|":
			before, raw_before, gap, raw_gap = "^", "", "", ""
			continue
		words.setdefault(token, raw)
		words.setdefault(f"{before} {token}", f"{raw_before} {raw}".strip())
		if gap:
			words.setdefault(f"{gap} _ {token}", f"{raw_gap} … {raw}")
		gap, raw_gap, before, raw_before = before, raw_before, token, raw
	for token, raw in (*subject, *body):
		if len(token) > 2 and not token.startswith("#"):
			_letters(token, raw, letters)
	for token, raw in subject:
		blocks["subject"].setdefault(stem(token), raw)
	if is_part:
		return blocks
	folded = " ".join(token for token, _ in (*subject, *body))
	for name, pattern in _FORM_PATTERNS:
		match = pattern.search(folded)
		if match:
			forms[name] = match.group().strip()
	for one, other in _TOGETHER:
		if one in forms and other in forms:
			forms[f"{one}+{other}"] = ""
	marked = fold(text.body).strip()
	for name, pattern in _MARK_PATTERNS:
		match = pattern.search(marked)
		if match:
			forms[name] = ""
	_add_signals(stems, signals, forms)
	_add_trace(text, words, forms)
	if "?" in folded:
		forms["question_mark"] = "?"
	if text.body[:1] == "¿" or text.body.rstrip().endswith("?"):
		forms["is_question"] = "?"
	forms[f"length_{min(len(body) // 6, 6)}"] = ""
	return blocks


@lru_cache(maxsize=4096)
def _grams(word: str) -> tuple[str, ...]:
	padded = f"<{word}>"
	return tuple({padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)})


def _letters(word: str, raw: str, letters: dict[str, str]) -> None:
	for gram in _grams(word):
		letters.setdefault(gram, raw)


def _add_signals(
	stems: list[tuple[str, str]],
	signals: Mapping[str, list[tuple[tuple[str, ...], str, str]]],
	forms: dict[str, str],
) -> None:
	only = [token for token, _ in stems]
	for i, token in enumerate(only):
		for phrase, clause, written in signals.get(token, ()):
			if tuple(only[i : i + len(phrase)]) == phrase:
				forms.setdefault(f"signal:{clause}", written)


def _add_trace(text: Cleaned, words: dict[str, str], forms: dict[str, str]) -> None:
	for app in text.foreign_apps:
		forms["trace:foreign"] = app
	if text.is_stock_trace:
		forms["trace:stock"] = text.apps[0]
	if text.trace:
		forms["trace"] = text.trace[:60]
	for name in text.exceptions:
		words.setdefault(f"!{name}", name)
