"""The language of answers as agents write them: what they quote is not what they say."""

from __future__ import annotations

import pytest

from codigo_binario_support.domain.policy.language import ENGLISH, NOT_TOLD, SPANISH, is_short, language_of

IN_SPANISH = {
	"an error in double quotes": 'Hola Ana, el sistema te responde "Could not find Row #1: Item Code: TOR-10 is not a valid Item" porque ese artículo está deshabilitado. Actívalo y vuelve a guardar.',
	"an error in angular quotes": "Buenas tardes. El mensaje «You do not have enough permissions to complete the action» aparece cuando tu usuario no tiene el rol. Pide a tu administrador que te lo asigne.",
	"an error in curly quotes": "Hola Beto: lo que ves, “The site is currently being updated. Please try again in a few minutes, this should not take long”, es normal durante la actualización. Espera cinco minutos.",
	"an error after a colon": "Ya revisamos lo que nos mandaste. El error dice: You cannot cancel this document because it is linked with the submitted Sales Invoice. Primero cancela la factura y después el pedido.",
	"an error on a line of its own": "Hola, el sistema te muestra esto:\n\nCould not find Row #1: Item: TOR-10 is not a valid Item for this warehouse\n\nEse almacén es de otra compañía, por eso no lo acepta. Elige el tuyo y guarda otra vez.",
	"two sentences of an error": "Te aparece lo siguiente: This document has been modified after you have opened it. Please refresh to get the latest document. Basta con que recargues la página y captures de nuevo lo que falta.",
	"an error in a block of markup": "<p>Hola Ana, este es el error de la captura:</p><pre>You are not allowed to access this Sales Order because it is linked to Company 'Otra SA' in field Company. If you have to access it, please contact your administrator.</pre><p>Es por el permiso de compañía; lo quita tu administrador.</p>",
	"an error in code": "<p>Cuando el correo dice <code>The message could not be delivered to one or more of the recipients</code> es que la dirección no existe. Revisa que esté bien escrita.</p>",
	"an error in a quotation of markup": "<p>Nos escribiste:</p><blockquote>The backup could not be taken because there is not enough space on the disk of this server</blockquote><p>Ya liberamos espacio y el respaldo de hoy salió bien.</p>",
	"a trace": 'Hola, ya encontramos la causa del error.\n\nTraceback (most recent call last):\n  File "apps/frappe/frappe/app.py", line 115, in application\n    response = frappe.api.handle(request)\nfrappe.exceptions.ValidationError: The value of this field is not valid for the type of the document\n\nEs de una aplicación de terceros, que no está incluida en el soporte.',
	"a trace in a fenced block": "Te paso lo que quedó en la bitácora:\n```\nERROR it is not possible to connect to the queue, will try again in a minute\nThe worker was stopped by the server and has to be started from the console\n```\nYa quedó reiniciado, no tienes que hacer nada.",
	"a code in backticks": "Para que la liga funcione, el campo debe decir `https://erp.example.com/app/user` y la opción `Allow login with the name of the user and not with the email` debe estar apagada.",
	"the message before": "Listo Ana, ya puedes entrar con tu contraseña de siempre.\n\n> Hello, I can not log in to the site. Would you please let me know what is wrong?\n> It was working yesterday and now there is an error.",
	"the message before with its head": "Con gusto. La factura de tu suscripción está en tu cuenta, en el apartado de pagos.\n\nOn Mon, Nov 23, 2026 at 9:14 AM Ana wrote:\nPlease send us the invoice of this month, we have to pay it by Friday.",
	"a disclaimer": "Hola, ya restablecimos el servicio y puedes entrar sin problema. Cualquier cosa nos avisas.\n\nThis e-mail is confidential and intended only for the person to whom it is addressed. If you are not that person, please delete it.",
	"the names of menus": "Entra a Settings > Users and Permissions > User, abre el usuario que quieres dar de baja y quita la palomita de Enabled. Después guarda y listo.",
	"the name of an official page": "La guía oficial está en https://docs.erpnext.com/docs/user/manual/en/setting-up/users-and-permissions y se llama 'How to add a user and to set what they can do in the system'. Síguela paso a paso.",
	"an error of the server": "El viernes hubo una caída de once minutos.\n504 Gateway Time-out\nThe server did not respond in time.\nYa está arriba desde las 10:40 y seguimos al pendiente de que no vuelva a pasar.",
	"an error of a browser": "Lo que ves en Chrome, 'This site can't be reached. Check if there is a typo in the address', es de la red de tu oficina y no del servidor. Prueba con los datos de tu celular.",
	"a signature in English": "Tu respaldo de anoche quedó completo, con base de datos y archivos, y ya lo verificamos.\n\nSent from my iPhone, please excuse any typos that this message may have",
}

IN_ENGLISH = [
	"Hello Ana, you can now log in with your old password. Please let us know if it is not working.",
	"<p>Hi,</p><p>We have restored the site from the backup of last night. All of your files are there.</p>",
	"This is not included in the support policy, but we can offer you a Success Pack for it.",
	"Hola Ana, the site is up again and you can log in. Please let us know if you have any other question.",
	"We are looking into it. There was an error on the server and our team is working to fix it at this moment.",
	"Thanks for your message. You will have to ask your administrator for the role, because we can not change your permissions.",
	'The message "El documento ya fue modificado, por favor recarga la página" is shown when someone else has saved it before you. Reload the page and try it again.',
	"To add a user go to the list of users, click on New and fill in the name and the email of the person. They will get a mail with a link.",
	"Your invoice for this month was sent to the address that we have on file. If you did not get it, please check your spam.",
	"The backup of today is complete: the database and the files were checked. What do you want us to do with the old ones?\nSaludos\nBeto",
]

MIXED = [
	"Gracias por tu mensaje: we will look into it and let you know as soon as we have an answer for this.",
	"Hola Ana, ya revisamos tu caso con el equipo. Please go to the settings of your user and change the password there, it should be fixed now. Cualquier duda nos avisas.",
	"Good morning, we have fixed the error on the server. Ya puedes entrar al sistema con tu usuario de siempre y todo lo demás quedó igual.",
	"Listo, ya quedó. Let us know if there is anything else.",
	"El servicio está arriba desde las diez. The outage was due to the network of the provider. Te pedimos una disculpa por las molestias. It will not happen again with the new line.",
	"Gracias por tu mensaje, ya lo vio el equipo que lleva tu cuenta. We will let you know as soon as we have an answer.",
]


@pytest.mark.parametrize("text", IN_SPANISH.values(), ids=list(IN_SPANISH))
def test_an_answer_in_spanish_that_quotes_english_is_spanish(text):
	assert language_of(text) == SPANISH


@pytest.mark.parametrize("text", IN_ENGLISH)
def test_an_answer_in_english_is_english(text):
	assert language_of(text) == ENGLISH


@pytest.mark.parametrize("text", MIXED)
def test_an_answer_in_both_languages_is_not_told(text):
	assert language_of(text) == NOT_TOLD
	assert not is_short(text)


@pytest.mark.parametrize(
	"text",
	[
		"Listo",
		"",
		"Ya quedó, gracias.",
		'"You have to log in to the site first, please do"',
		"<pre>Not found</pre>",
	],
)
def test_an_answer_that_says_next_to_nothing_is_short(text):
	assert is_short(text)


@pytest.mark.parametrize(
	"mark", ['"', "`", "'", "«", "“", "<pre>", "```", "> ", "**", "_", "a.b_", "¿", "\n", " \n", "<br>"]
)
def test_no_text_takes_long_to_read(mark):
	"""Quadratic reading of a text of the longest kind would take minutes."""
	assert language_of(mark * 20_000) == NOT_TOLD


# -- the edges between the languages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("text", "language"),
	[
		# Small words of short sentences count together, and three are needed.
		("Pago con el banco.", NOT_TOLD),
		("Factura con folio. Pago sin recargo. Gracias.", SPANISH),
		("Factura con folio. Pago sin recargo.", NOT_TOLD),
		("We fixed it.", NOT_TOLD),
		("We fixed it. Thanks.", ENGLISH),
		("Thanks. Regards. Please.", NOT_TOLD),
		# Two small words make a sentence, one does not.
		(
			"Factura enviada con folio nuevo a tu correo. Gracias. Pagos al corriente. You can pay it.",
			SPANISH,
		),
		# One Spanish word is no announcement, nor is a greeting, nor a sentence in both languages.
		("Gracias. You can log in with your password. Please let us know if it is not working.", ENGLISH),
		(
			"Hola, Ana: you can log in with your old password now. Please let us know if it is not working.",
			ENGLISH,
		),
		("For el login: you can reset your password from the login page. Please let us know.", ENGLISH),
		# What is announced goes on over a word of no language, up to the writer's next own word.
		(
			"El sistema te muestra lo siguiente: Error. You cannot cancel this document because it is linked with the"
			" submitted invoice. Cancela primero la factura y después el pedido.",
			SPANISH,
		),
		# What is announced may be twice as long as what is said, all of it together, and no longer.
		("Este es el error: it is not in the list of items.", SPANISH),
		("Este es el error: it is not in the list of all items.", NOT_TOLD),
		("Este es el error: it is not in. It is not on it.", NOT_TOLD),
	],
)
def test_the_language_is_told_up_to_its_edge_and_no_further(text, language):
	assert language_of(text) == language


SEVEN = "Listo, {}ya puedes entrar.{} Cualquier duda{} nos"


@pytest.mark.parametrize(
	"between",
	[
		"",
		"\r\n",
		" <b></b>",
		"<p></p>",
		"<pre>Not found</pre>",
		"\n```\nNot found\n```\n",
		"\n> before\n",
		' "Not found" ',
		" https://erp.example.com/app ",
	],
)
def test_seven_words_are_short_and_eight_are_not_whatever_is_quoted_between_them(between):
	text = SEVEN.format(*[between] * 3)
	assert is_short(text)
	assert not is_short(text + " avisas")
