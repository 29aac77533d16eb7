"""How a request is asked: who acts, who changed or built it, what broke, question or order.

A form is a list of phrases, found word by word in one pass over the folded text: a table of first words costs nothing to
lay, where a regular expression for each form took longer to compile than the rest of the classifier to load.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby, pairwise, product

# Phrases are separated by commas. `a/b` is either word, `-` none, `word*` any ending, `*word` any beginning.
_FORMS: dict[str, str] = {
	"asks_how": "como le/se/puedo/podemos/hago/hacemos/doy/saco/pongo/quito/veo/cambio/agrego, como hay que, how do/can/to/does, que pasos, cual es el procedimiento, cual es la forma correcta, de que manera, where do/can i, donde esta/se/puedo/veo/encuentro/le",
	"asks_when": "cuando, when, que fecha, que dia, a que hora",
	"asks_cost": "cuanto cuesta/cobran/sale/seria/vale/costaria, que costo, precio*, how much, cost, cotiza*",
	"asks_whether": "se puede, es posible, puedo, podemos, is it possible, can we/i, tienen, cuentan con, hay algun/manera/forma, existe",
	"wants_to_know": "quiero/queremos/quisiera/quisieramos/necesito/necesitamos/me gustaria/ocupo/deseo/deseamos/para saber/confirmar/conocer/entender/preguntar, me/nos confirman/dicen/aclaran/informan/explican, diganme/diganos/avisenme/avisennos/aclarenme/confirmenme/confirmennos/informenos/expliquenme, duda/dudas/pregunta/consulta, i/we need/want/like to know/understand/confirm, tell me/us, let me/us know, wondering, curious, confirm whether/if/that, question",
	"orders_us": "favor de, por favor, porfa*, necesito/necesitamos/queremos/quiero/ocupo/ocupamos que, pueden, podrian, podran, please, could/can/would you, we need you, ayudenme a, me/nos ayudan a, solicit*",
	"wants_done": "queremos/quiero/quisiera/quisieramos/necesito/necesitamos/ocupo/ocupamos/deseo/deseamos/requerimos/requiero un/una/unos/unas/el/la/los/las/otro/otra/mas/dos/tres, nos/me gustaria, hay que, we/i need/want/would a/an/the/to/some/like, we'd/i'd like, looking for",
	"plural_order": "*enme, *ennos, *enlo, *enla, *enlos, *enlas, *anme, *annos, *anlo, *anla, *anlos, *anlas, *enselo, *enles",
	"we_changed_it": "le movi/movimos/movio/movieron/cambie/cambio/picamos/pique/quite/quito/puse/puso, cambie, cambiamos, modifique, modificamos, modifico, configure, configuramos, configuro, movi, movimos, desactive, desactivamos, desactivo, active, activamos, activo, deshabilite, deshabilitamos, deshabilito, palomee, palomeo, palomeamos, desmarque, marque, puse, pusimos, puso, ajuste, ajustamos, ajusto, edite, editamos, edito, i/we changed/set/edited/moved/switched/turned/disabled/enabled/ticked/unticked/renamed, she/he/someone/somebody/accountant/colleague changed/set/edited/switched/turned/disabled/enabled",
	"nobody_touched_it": "nadie le/- movio/cambio/toco, nadie le/- ha movido, no le/- movimos/movi/cambiamos, no le/- hemos movido/cambiado, sin haber/- mover/cambiar/tocar/movido/cambiado/tocado, nothing was/- changed, no one has/- touched/changed, nobody has/- touched/changed, we haven't/didn't/havent/didnt change*/touch*, we have/did not change*/touch*",
	"others_made_it": "nos lo/la/las/los/- hizo/hicieron/desarroll*/programo/programaron/vendio/vendieron/instalo/instalaron/armo/armaron/integro/integraron/monto/montaron/codific*, hecho/hecha/desarrollado/desarrollada/programado/programada/escrito/escrita/creado/creada/instalado/instalada por, built/made/developed/written/installed/coded/done by, lo/la/los/las hizo/hicieron/desarroll*/programo/programaron",
	"other_vendor": "otro/otra proveedor/empresa/consultor/despacho/agencia/programador, freelanc*, marketplace, tercero, tercera, terceros, terceras, externo, externa, externos, externas, sobrino, ex emplead*, exemplead*, practicante, programador, desarrollador, agencia, third party, thirdparty, contractor, outside developer/firm/company, plugin, conector, connector, former consultant/developer/agency/partner",
	"clean_install": "instalacion limpia/nueva, instalacion en blanco, instalacion de cero, sitio limpio/nuevo/demo/vacio, sitio de prueba, demo, clean, fresh, vanilla, sin ninguna/- personalizacion/apps/app, de fabrica, estandar, stock erpnext, github, issue, foro, forum, reportado, reportada, conocido",
	"since_update": "desde que nos/lo/- actualiz*, desde la ultima/- actualizacion/version, desde el update/parche, despues de la/- actualiza*, tras la/- actualiza*, since/after the last/- update/upgrade/patch",
	"come_here": "vengan, venga, venir, vinieran, viniera, vienen, visit*, acud*, presentarse, trasla*, se den una vuelta, darse una vuelta, pasa/pasar a/por la/nuestra/el, mand* a alguien/un/una/su, envi* a alguien/un/una/su, en sitio, on site, onsite, in person, come to/over/by/here, send someone/somebody/a/an/one/your, stop by, en persona, fisicamente, presencial*",
	"teach_us": "capacit*, curso*, taller*, clase*, entren*, sesion, sesiones, ensen*, explique*, explicar*, train*, workshop, course, teach, webinar, induccion, instructor, diplomado, certificacion, certificarse, certificarme, certificarnos, walk us, live session, en vivo, videollamada, por zoom/meet",
	"show_me_docs": "guia*, manual*, document*, tutorial*, video*, liga, link, enlace, instructivo*, articulo que, material, donde dice, docs, guide, article, page that, walkthrough, reading, leer, wiki",
	"advice": "conviene, convendria, recomiend*, recomendari*, sugier*, aconsej*, que harian, que opinan, mejor forma/manera/practica/opcion, best way/practice/option, should we/i, recommend, advice, advise, which is better, which approach/option, como deberiamos, deberiamos, asesor*, analic*, nuestro proceso/caso/giro, nuestra operacion",
	"provider_bill": "su factura, sus facturas, mensualidad, anualidad, suscripcion, subscription, hosting, hospedaje, renta, renov*, plan, su cfdi, nos/me cobraron, cargo, your invoice, billed, charged, invoice for/from the/- hosting/you, contratamos con ustedes, domicili*, tarjeta",
	"everybody": "nadie, todos, todas, ninguno, ninguna, ningun, toda la, todo el mundo, la/las dos/tres/cuatro/cinco/seis sucursal*/tienda*, nobody, no one, everyone, everybody, every user, all users/staff/branches/stores/offices, entire company, todo el personal, all of us, whole, entire, general",
	"cannot_reach": "deja/dejo/dejaron de responder/contestar/cargar/abrir/funcionar, no contesta*, no logra/logran/logro/logramos/puede/pueden/puedo entrar/iniciar/ingresar/acceder/meterse/meternos/meterme, se colgo/pasmo/congelo/murio/fue/trabo, quedo/esta congelado/congelada/pasmado/pasmada/muerto/muerta/abajo/fuera/colgado/colgada, pantalla de error, error 500/502/503/504, locked out, unresponsive, not responding, stopped responding, server error, no user/users can/gets/get, hung, frozen, no carga*/abre*/entra*/responde*/prende*/levanta*/jala*/conecta*, no podemos entrar*, no se puede entrar*/acceder*, caido, cayo, caida, caidas, caidos, se cayo, tumb*, fuera de linea*/servicio*, sin sistema*/acceso*/servicio*/conexion*, en blanco*, gateway*, timeout*, time out*, unreachable, down, offline, can't/cant/cannot reach/open/load/access, can not reach/open/load/access, doesn't/won't/doesnt/wont load, not loading, err, dns*, ssl*, https*",
	"stopped": "nadie puede, ningun/ninguno/ninguna puede, ningun/ninguno/ninguna usuario puede, no podemos/pueden trabajar/operar/vender/cobrar/facturar/entrar/ingresar/acceder, no puede nadie trabajar/operar/vender/cobrar/facturar/entrar/ingresar/acceder, estamos/esta/todo/operacion/produccion/linea/tienda esta/- parado/parada/parados/paradas/detenido/detenida/detenidos/detenidas, sin poder trabajar/operar/vender/cobrar/facturar/entrar, nobody can, no one can, everyone is, business is/- stopped, production stopped, at a standstill, cannot work",
	"lost_data": "borre, borro, borramos, borraron, borrado, borrados, borrada, borradas, elimine, elimino, eliminamos, eliminaron, eliminado, eliminada, eliminados, eliminadas, perdio, perdimos, perdieron, perdido, perdida, perdidos, perdidas, sobrescrib*, sobreescrib*, desaparec*, piso, pise, pisamos, pisaron, delet*, wipe, wiped, overwr*, lost, vanish*, gone, erased",
	"bring_back": "recuper*, restaur*, restablec*, reponer*, repong*, regresen, regresar, regresarl*, volver a como, como estaba, retroced*, restor*, recover*, bring back, roll back, rollback, undelete, rescat*, reviv*",
	"copies": "respald*, backup*, back up, copia*, snapshot*, copies, copy",
	"own_password": "contrasen*, pasword, password*, clave, pin, token, doble factor, dos pasos, fa, two factor, twofactor, otp, autenticador, authenticator, bloque* mi/la cuenta/usuario",
	"user_admin": "usuario, usuaria, usuarios, usuarias, user, users, alta, baja, invita*, empleado que se fue, empleado que renuncio, leaver, new hire",
	"may_do": "permis*, rol, roles, autoriz*, aprob*, aprueb*, visto bueno, firma, firmas, solo pueda/puedan/vea/vean, no pueda/puedan/vea/vean, bloquee, bloqueen, bloquear, bloqueo, restrin*, limit*, permission*, approv*, authori*, role*, restrict*, allowed, only the/see, must not, workflow*, flujo*",
	"other_system": "contpaq*, aspel, microsip, sae, coi, noi, odoo, sap, quickbooks, bind, excel, xls, xlsx, csv, hoja*/hojas de calculo, sistema anterior/viejo/pasado, sistema que teniamos, old/previous system/software, legacy, hubspot, zoho, salesforce, shopify, woocommerce, access, migr*, import*, captur*, carguen, cargar, cargarlo, cargarlos, cargarnos, suban, subir, subirlo, subirlos, subirnos, mass, bulk, masiv*",
	"looks": "formato*, logo*, disen*, color*, plantilla*, campo*, column*, tablero*, dashboard*, grafic*, reporte nuevo, nuevo reporte, boton*, pantalla, encabezado, pie de pagina, layout, template, field*, chart, report that, portal, letterhead, membrete, widget, etiqueta*, label*, integra, integrar, integracion, integrat*, automatic*, script",
	"new_version": "version*, actualiz*, upgrad*, updat*, parche*, patch*, release*, v 14/15/16/17, hotfix, la nueva, ultima",
	"broken": "error*, falla*, falle, fallo, truen*, trono, no funciona/jala/sirve/deja/guarda/suma/calcula/sale/imprime/aparece, mal, incorrect*, dejo/dejaron de, wrong, broken, fail, fails, failing, crash*, doesn't/doesnt work, does not work, stopped, bug*",
	"urgent": "urg*, ya mismo, inmediat*, asap, cuanto antes, lo antes posible, critic*, emergencia, right now, immediately",
	"not_that": "no quiero/queremos/necesito/necesitamos/pido/pedimos/buscamos/busco, no es un/una/para/que, sin que, en vez de, en lugar de, no hace falta, not asking, don't/dont want/need, instead of, rather than, i'm/im not",
	"ours": "nuestro/nuestra/nuestros/nuestras client*/proveedor*/factura*/pedido*/alumno*/paciente*, our customer/customers/supplier/suppliers/invoice/invoices/order/orders",
}
# Two forms together say more than each.
_TOGETHER = [
	tuple(pair.split("+"))
	for pair in """cannot_reach+everybody lost_data+everybody broken+everybody broken+we_changed_it broken+others_made_it
	broken+other_vendor broken+since_update may_do+asks_how other_vendor+copies teach_us+not_that come_here+not_that
	lost_data+copies user_admin+may_do others_made_it+new_version""".split()
]
_THANKS = frozenset(
	"""ok muchas mil perfecto listo excelente enterado enterada enterados thank thanks gracias saludos recibido recibida
	great perfect noted very much you todo bien ya quedo""".split()
)
_ASKING = frozenset(
	"""como cuando cuanto donde cual cuales que quien hay puedo podemos tienen how when where which what who why is are do
	does should""".split()
)
_FACTS = frozenset(
	"cuanto cuanta cuantos cuantas cuando donde cual cuales quien when where which who".split()
)
_PAIRS = """se puede,es posible,que pasa,que incluye,que significa,que diferencia,cada cuanto,how much,how many,how long,how often,
	is it,are the,are there,are you"""
_FACT_PAIRS = frozenset(tuple(pair.split()) for pair in _PAIRS.split(","))
_MODAL = frozenset("pueden podrian podran puede podria ayudan apoyan".split())
_MODAL_PAIRS = frozenset((one, "you") for one in ("could", "can", "would"))
_OBJECTS = frozenset("nos me lo la los las le les se".split())
#: What may stand before the verb of an order.
_OPENERS = frozenset("y and por favor de please nos me se lo la los las entonces ademas tambien".split())
_ORDER = tuple(
	"en an enlo enla enlos enlas enme ennos enselo enle enles anme anlo anla annos rlo rla rnos rme".split()
)
_MARKS = frozenset("?.!;:,")
_STOPS = frozenset("?.!;:")

#: The rest of a phrase after its first word, and the form it shows.
Phrase = tuple[tuple[str, ...], str]
#: Phrases by the second word; those whose second word may end in any way under `*`.
Longer = dict[str, list[Phrase]]


def forms_of(subject: Sequence[str], body: Sequence[str]) -> dict[str, str]:
	"""The forms of a request, each with the folded words that show it; empty where no single words do.

	Both are folded words with the marks between them.

	>>> forms_of((), "nadie puede entrar , esta caido".split())["stopped"]
	'nadie puede'
	"""
	words = [word for word in (*subject, *body) if word not in _MARKS]
	found: dict[str, str] = {}
	for i, (word, after) in enumerate(pairwise([*words, ""])):
		alone, longer = _starting(word)
		for name in alone:
			found.setdefault(name, word)
		if longer and (after in longer or "*" in longer):
			for name, size in _following(longer, words, i + 1):
				found.setdefault(name, " ".join(words[i : i + 1 + size]))
	if words and all(word in _THANKS for word in words):
		found["thanks"] = words[0]
	for one, other in _TOGETHER:
		if one in found and other in found:
			found[f"{one}+{other}"] = ""
	for name in _moods(_sentences(body)):
		found[name] = ""
	return found


def _following(longer: Longer, words: list[str], at: int) -> Iterator[tuple[str, int]]:
	"""The forms whose phrase goes on at a word, and how many words it takes from there."""
	for second in (*words[at : at + 1], "*"):
		for rest, name in longer.get(second, ()):
			if len(rest) <= len(words) - at and all(map(_matches, rest, words[at : at + len(rest)])):
				yield name, len(rest)


def _matches(wanted: str, word: str) -> bool:
	return word == wanted or (wanted[-1] == "*" and word.startswith(wanted[:-1]))


@lru_cache(maxsize=4096)
def _starting(word: str) -> tuple[tuple[str, ...], Longer]:
	"""The forms that a word shows by itself, and the phrases that may begin with it, by their second word."""
	table = _table()
	starts = [f"{word[:size]}*" for size in range(2, len(word) + 1)]
	ends = [f"*{word[-size:]}" for size in range(3, min(8, len(word) - 1))]
	found = [phrase for key in (word, *starts, *ends) for phrase in table.get(key, ())]
	longer: Longer = {}
	for rest, name in found:
		if rest:
			longer.setdefault("*" if rest[0][-1] == "*" else rest[0], []).append((rest, name))
	return tuple([name for rest, name in found if not rest]), longer


@lru_cache(maxsize=1)
def _table() -> dict[str, list[Phrase]]:
	"""Phrases by their first word as it is written above."""
	table: dict[str, list[Phrase]] = {}
	for name, phrases in _FORMS.items():
		for phrase in phrases.split(", "):
			for slots in product(*[slot.split("/") for slot in phrase.split()]):
				first, *rest = [slot for slot in slots if slot != "-"]
				table.setdefault(first, []).append((tuple(rest), name))
	return table


def _sentences(body: Sequence[str]) -> list[tuple[list[str], str]]:
	"""The body's sentences: words with commas, and the mark at the end (empty at the end of the text)."""
	found: list[tuple[list[str], str]] = []
	for is_mark, run in groupby(body, _STOPS.__contains__):
		words = list(run)
		if not is_mark:
			found.append((words, ""))
		elif found:
			found[-1] = (found[-1][0], words[0])
	return found


def _moods(sentences: list[tuple[list[str], str]]) -> set[str]:
	"""Question, order or statement: by sentence, and how the text begins and ends."""
	if not sentences:
		return set()
	moods: set[str] = set()
	kinds = []
	for words, mark in sentences:
		kind = "statement"
		if _orders(words):
			kind = "order"
			moods.add("sentence_orders")
		if mark == "?":
			kind, pairs = "question", set(pairwise(words))
			if not _MODAL.isdisjoint(words) or pairs & _MODAL_PAIRS:
				kind = "polite"
				moods.add("polite_ask")
			elif any(
				one in _OBJECTS and len(verb) > 4 and verb.endswith(("an", "en")) for one, verb in pairs
			):
				kind = "asks_us"
				moods.add("asks_us")
			if not _FACTS.isdisjoint(words) or pairs & _FACT_PAIRS:
				moods.add("asks_fact")
		elif kind == "statement" and (words[0] in _ASKING or not _FACTS.isdisjoint(words)):
			kind = "asks"
		if not all(word in _THANKS or word == "," for word in words):
			kinds.append(kind)
	if sentences[0][0][0] in _ASKING:
		moods.add("begins_asking")
	if kinds:
		moods |= {f"begins:{kinds[0]}", f"ends:{kinds[-1]}"}
	if len(set(kinds)) == 1:
		moods.add(f"all:{kinds[0]}")
	return moods


def _orders(words: list[str]) -> bool:
	"""Whether a sentence, or what follows a comma in it, begins with the verb of an order to several people."""
	at_start = True
	for word in words:
		if at_start and word not in _OPENERS:
			if word.endswith(_ORDER) and len(word) > 4:
				return True
			at_start = False
		elif word == ",":
			at_start = True
	return False
