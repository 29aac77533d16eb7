app_name = "codigo_binario_support"
app_title = "Código Binario Support"
app_publisher = "Código Binario"
app_description = "A hosting company's written support promise, running inside each customer's ERPNext"
app_email = "info@codigo-binario.com"
app_license = "mit"

required_apps = ["frappe/erpnext"]

# Saving a doctype in developer mode writes the block of types in its controller.
export_python_type_annotations = True

# Installation

before_install = "codigo_binario_support.setup.install.before_install"
after_install = "codigo_binario_support.setup.install.after_install"
before_uninstall = "codigo_binario_support.setup.uninstall.before_uninstall"
after_uninstall = "codigo_binario_support.setup.uninstall.after_uninstall"
after_app_install = "codigo_binario_support.jobs.helpdesk.app_installed"
after_migrate = "codigo_binario_support.setup.install.after_migrate"

fixtures = [
	{
		"dt": "Role",
		"filters": [["name", "in", ["Support Agent", "Support Customer Manager", "Support Billing"]]],
	}
]

# Permissions

_ABOUT_REQUESTS = ("Support Example", "Support Mail", "Support Pack Entry", "Support Time Entry")
_ON_REQUESTS = ("File", "Communication", "Comment", "Version")
_REQUEST_ROWS = ("Support Scope Decision", "Support Clock Event")
_STATEMENT_ROWS = ("Monthly Statement Evidence", "Monthly Statement Figure", "Monthly Statement Promise")

permission_query_conditions = {
	"Monthly Statement": "codigo_binario_support.permissions.statement_conditions",
	"Support Note": "codigo_binario_support.permissions.note_conditions",
	"Support Request": "codigo_binario_support.permissions.request_conditions",
	**{name: "codigo_binario_support.permissions.statement_conditions" for name in _STATEMENT_ROWS},
	**{name: "codigo_binario_support.permissions.linked_conditions" for name in _ABOUT_REQUESTS},
	**{name: "codigo_binario_support.permissions.attached_conditions" for name in _ON_REQUESTS},
	**{name: "codigo_binario_support.permissions.attached_conditions" for name in _REQUEST_ROWS},
}

has_permission = {
	"Monthly Statement": "codigo_binario_support.permissions.may_statement",
	"Support Note": "codigo_binario_support.permissions.may_note",
	"Support Request": "codigo_binario_support.permissions.may_request",
	**{name: "codigo_binario_support.permissions.may_linked" for name in _ABOUT_REQUESTS},
	**{name: "codigo_binario_support.permissions.may_attached" for name in _ON_REQUESTS},
}

# Documents

_ANY_CHANGE = ("validate", "before_cancel", "before_update_after_submit", "before_rename", "on_trash")
_STORED = ("on_update", "on_trash")
_GONE = ("on_cancel", "on_trash")

doc_events = {
	# Support may change no business document, and what is one on this site no list knows beforehand.
	"*": {event: "codigo_binario_support.permissions.guard_business_documents" for event in _ANY_CHANGE},
	"Comment": {
		"validate": "codigo_binario_support.permissions.require_sight",
		"after_insert": "codigo_binario_support.events.comment_added",
		"on_update": "codigo_binario_support.events.conversation_changed",
		"on_trash": "codigo_binario_support.events.conversation_changed",
	},
	"Communication": {
		"before_insert": "codigo_binario_support.events.communication_coming",
		"validate": "codigo_binario_support.events.communication_checked",
		"after_insert": [
			"codigo_binario_support.events.communication_added",
			"codigo_binario_support.jobs.helpdesk.message_added",
		],
		"on_trash": "codigo_binario_support.events.conversation_changed",
	},
	"Document Follow": {"validate": "codigo_binario_support.permissions.require_sight"},
	"File": {
		"validate": [
			"codigo_binario_support.permissions.keep_files_private",
			"codigo_binario_support.permissions.refuse_other_peoples_files",
		]
	},
	"HD Ticket": {"before_save": "codigo_binario_support.jobs.helpdesk.ticket_saved"},
	"Help Article": {event: "codigo_binario_support.events.help_article_changed" for event in _STORED},
	"Holiday List": {event: "codigo_binario_support.events.holiday_list_changed" for event in _STORED},
	"Quotation": {event: "codigo_binario_support.events.offer_changed" for event in _GONE},
	"Sales Order": {"on_submit": "codigo_binario_support.events.sales_order_submitted"},
	"ToDo": {"validate": "codigo_binario_support.events.assigned"},
	"User": {"on_update": "codigo_binario_support.events.user_saved"},
	"Support Request": {"on_update": "codigo_binario_support.jobs.helpdesk.request_saved"},
	"Supplier Quotation": {
		event: "codigo_binario_support.events.offer_changed" for event in ("on_submit", *_GONE)
	},
}

override_doctype_class = {"Email Account": "codigo_binario_support.mail_accounts.SupportEmailAccount"}
# Frappe 16: over the class of any app, whichever was installed first.
extend_doctype_class = {"Email Account": ["codigo_binario_support.mail_accounts.SupportMailReceiver"]}

override_whitelisted_methods = {"frappe.desk.form.linked_with.get": "codigo_binario_support.api.linked.get"}

make_email_body_message = "codigo_binario_support.events.mail_built"

ignore_links_on_delete = ["Support Request"]

# Scheduler

scheduler_events = {
	"all": ["codigo_binario_support.jobs.availability.beat"],
	"cron": {
		"*/5 * * * *": [
			"codigo_binario_support.jobs.clocks.mark_breaches",
			"codigo_binario_support.jobs.queue.do_kept",
			"codigo_binario_support.jobs.queue.warn",
			"codigo_binario_support.jobs.queue.assign_waiting",
			"codigo_binario_support.jobs.chat.mail_unread",
			"codigo_binario_support.jobs.availability.follow",
			"codigo_binario_support.jobs.mail.send_again",
		],
		"30 6 * * *": ["codigo_binario_support.jobs.statements.make_due"],
	},
	"hourly": [
		"codigo_binario_support.jobs.offers.retry_waiting",
		"codigo_binario_support.jobs.helpdesk.catch_up",
	],
	"hourly_long": [
		"codigo_binario_support.jobs.backups.order_keeping",
		"codigo_binario_support.jobs.backups.order_copy",
	],
	"daily": ["codigo_binario_support.jobs.clocks.warn_of_calendar_end"],
	"weekly_long": ["codigo_binario_support.jobs.resources.check_links"],
	"daily_long": [
		"codigo_binario_support.jobs.statements.write_days",
		"codigo_binario_support.jobs.evidence.anchor",
		"codigo_binario_support.jobs.restores.drill_when_due",
		"codigo_binario_support.jobs.availability.close_days",
	],
}

# Website

# One of the two is shown: the one whose route is where this Frappe has its desk.
_ICON = "/assets/codigo_binario_support/images/support.svg"
_APP = {"name": "codigo_binario_support", "logo": _ICON, "title": "Soporte"}
_AT_DESK = {"route": "/desk/soporte", "has_permission": "codigo_binario_support.permissions.may_open_at_desk"}
_AT_APP = {"route": "/app/soporte", "has_permission": "codigo_binario_support.permissions.may_open_at_app"}
add_to_apps_screen = [{**_APP, **_AT_DESK}, {**_APP, **_AT_APP}]
website_route_rules = [
	{"from_route": "/soporte/nueva", "to_route": "soporte/nueva"},
	{"from_route": "/soporte/<name>", "to_route": "soporte/solicitud"},
]
standard_portal_menu_items = [
	{"title": "Support", "route": "/soporte", "reference_doctype": "Support Request", "role": ""}
]

# Desk

extend_bootinfo = "codigo_binario_support.events.session_booted"
app_include_js = "/assets/codigo_binario_support/js/support_states.js"
app_include_css = [
	"/assets/codigo_binario_support/css/support.css",
	"/assets/codigo_binario_support/css/chat.css",
]
doctype_js = {
	"Service Incident": ["public/js/queue_result.js", "public/js/incident_desk.js"],
	"Support Request": "public/js/request_desk.js",
}
doctype_list_js = {"Support Request": "public/js/queue_result.js"}
