"""Who sees which request, by every route; and what agents may not touch.

Roles grant, these hooks narrow: a plain desk user sees their own requests, a customer's manager those of the company,
billing people the billing ones, agents the queue.
"""

from typing import Any
from urllib.parse import unquote

import frappe
from frappe import _

from .adapters.access import business_documents, people
from .adapters.requests import files
from .adapters.requests.requests import DOCTYPE
from .adapters.site import links
from .operations.evidence import provider_changes

_TABLE, _STATEMENTS = f"`tab{DOCTYPE}`", "`tabMonthly Statement`"

#: Doctypes whose rows hang on a request, and the columns that name its doctype and itself.
_ATTACHED = {
	"Support Scope Decision": ("parenttype", "parent"),
	"Support Clock Event": ("parenttype", "parent"),
	"File": ("attached_to_doctype", "attached_to_name"),
	"Communication": ("reference_doctype", "reference_name"),
	"Comment": ("reference_doctype", "reference_name"),
	"Version": ("ref_doctype", "docname"),
	"Document Follow": ("ref_doctype", "ref_docname"),
}
#: Our doctypes about a request, the column that names it, and whether a row may be about none.
_LINKED = {
	"Support Example": ("source_request", True),
	"Support Mail": ("request", True),
	"Support Pack Entry": ("support_request", False),
	"Support Time Entry": ("support_request", False),
}

#: Frappe 15 asks the hooks until one answers; 16 wants every one of them to agree, and takes None for a no.
_NO_OPINION = True if int(frappe.__version__.split(".")[0]) >= 16 else None


def request_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""SQL condition on requests for lists, reports, counts and link searches."""
	user = user or frappe.session.user
	is_agent, is_billing = people.is_agent(user), people.is_billing(user)
	if user == "Administrator" or (is_agent and is_billing):
		return ""
	who, theirs = frappe.db.escape(user), _theirs(user)
	clauses = f"(ifnull({_TABLE}.clause, ''), ifnull({_TABLE}.second_clause, ''))"
	billing, ordinary = (f"'{people.BILLING_CLAUSE}' {how} {clauses}" for how in ("in", "not in"))
	allowed = [f"{_TABLE}.raised_by = {who}", f"{_TABLE}.owner = {who}"]
	if is_agent:
		allowed.append(ordinary)
	if people.is_customer_manager(user) and theirs:
		allowed.append(f"({theirs} and {ordinary})")
	if is_billing and theirs:
		allowed.append(f"({theirs} and {billing})")
	return f"({' or '.join(allowed)})"


def _visible(user: str | None) -> str:
	"""SQL of the names of the requests that a user sees; empty where it is all of them."""
	condition = request_conditions(user)
	return f"(select {_TABLE}.name from {_TABLE} where {condition})" if condition else ""


def attached_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""SQL condition on rows that hang on requests: files, messages, versions and child rows of visible requests only."""
	visible = _visible(user)
	if not visible or doctype not in _ATTACHED:
		return ""
	kind, name = (f"`tab{doctype}`.`{column}`" for column in _ATTACHED[doctype])
	found = f"(ifnull({kind}, '') != '{DOCTYPE}' or {name} in {visible})"
	if doctype == "File":
		# The names of what agents attach to a mail: these files hang on the message.
		found += (
			f" and (ifnull({kind}, '') != 'Communication' or not exists (select 1 from `tabCommunication` `message`"
			f" where `message`.name = {name} and `message`.reference_doctype = '{DOCTYPE}'"
			f" and `message`.reference_name not in {visible}))"
		)
	return f"({found})"


def linked_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""SQL condition on examples, mails that came, time and hours: those of visible requests, and those of none."""
	visible = _visible(user)
	if not visible or doctype not in _LINKED:
		return ""
	name, may_be_of_none = _LINKED[doctype]
	column = f"`tab{doctype}`.`{name}`"
	of_none = f"ifnull({column}, '') = '' or " if may_be_of_none else ""
	return f"({of_none}{column} in {visible})"


def may_linked(doc: Any, ptype: str | None = None, user: str | None = None, debug: bool = False) -> bool:
	"""What is about a request, and holds its words, is seen by those who see the request."""
	user = user or frappe.session.user
	request = doc.get(_LINKED[doc.doctype][0])
	if user == "Administrator" or not request:
		return True
	return bool(frappe.has_permission(DOCTYPE, "read", doc=request, user=user))


def note_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""SQL condition on internal notes: an agent's, on requests that they see and did not raise; nobody else's at all.

	Other roles, whatever rights an administrator of the customer's gives them, get none.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	if not people.is_agent(user):
		return "1 = 0"
	not_their_own = f"ifnull({_TABLE}.raised_by, '') != {frappe.db.escape(user)}"
	condition = f"{request_conditions(user) or '1 = 1'} and {not_their_own}"
	return f"(`tabSupport Note`.`support_request` in (select {_TABLE}.name from {_TABLE} where {condition}))"


def may_note(doc: Any, ptype: str | None = None, user: str | None = None, debug: bool = False) -> bool:
	"""A note is an agent's, of a request that they see and did not raise; once written it is only read."""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	if not people.is_agent(user) or ptype not in (None, "read", "create", "select"):
		return False
	if not doc.support_request:
		return True
	request = frappe.get_doc(DOCTYPE, doc.support_request)
	return user != request.raised_by and bool(request.has_permission("read", user=user))


def statement_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""SQL condition on monthly statements and rows of them: a customer's manager sees those of their own company or customer."""
	user = user or frappe.session.user
	if _sees_statements(user):
		return ""
	condition = _theirs(user, _STATEMENTS) or "1 = 0"
	if doctype in (None, "Monthly Statement"):
		return condition
	return f"`tab{doctype}`.parent in (select {_STATEMENTS}.name from {_STATEMENTS} where {condition})"


def may_statement(doc: Any, ptype: str | None = None, user: str | None = None, debug: bool = False) -> bool:
	"""Whether a user may see a monthly statement; roles say what else."""
	user = user or frappe.session.user
	return _sees_statements(user) or doc.is_new() or _is_theirs(doc, user)


def _sees_statements(user: str) -> bool:
	return user == "Administrator" or bool({people.AGENT, "System Manager"} & set(frappe.get_roles(user)))


def may_request(doc: Any, ptype: str | None = None, user: str | None = None, debug: bool = False) -> bool:
	"""Whether a user may see (and, through the stations, act on) a request."""
	user = user or frappe.session.user
	if user == "Administrator" or user in (doc.raised_by, doc.owner):
		return True
	if doc.is_new():
		return ptype != "delete"
	is_billing_matter = people.BILLING_CLAUSE in (doc.clause, doc.second_clause)
	if is_billing_matter and not people.is_billing(user):
		return False
	if people.is_agent(user):
		return True
	return (is_billing_matter or people.is_customer_manager(user)) and _is_theirs(doc, user)


def _is_theirs(doc: Any, user: str) -> bool:
	"""Whether a document is about the user's customer or, on the customer's own site, their company."""
	column, names = _parties_of(user)
	return bool(doc.get(column)) and doc.get(column) in names


def _theirs(user: str, table: str = _TABLE) -> str:
	"""The same as SQL; empty where nobody is theirs."""
	column, names = _parties_of(user)
	return f"{table}.{column} in ({', '.join(map(frappe.db.escape, names))})" if names else ""


def _parties_of(user: str) -> tuple[str, list[str]]:
	if people.is_provider_site():
		return "customer", people.customers_of(user)
	return "company", people.companies_of(user)


def require_permission(doc: Any, ptype: str = "read") -> None:
	"""Refuse who may not. Portal users have no right on any doctype of ours, so every generic route is shut to them:
	their own requests are reached through the app's own doors, and those ask here.
	"""
	user = frappe.session.user
	if not people.is_portal_user(user):
		doc.check_permission(ptype)
	elif not may_see(doc, user):
		frappe.throw(_("This request does not exist, or it is not yours."), frappe.PermissionError)


def require_permission_to_ask() -> None:
	"""Refuse who may not ask for support: guests, and accounts that are nobody of the customer's."""
	if not people.can_request_support():
		sentence = _(
			"Your account is not linked to anybody who may ask for support. Write to who gave it to you."
		)
		frappe.throw(sentence, frappe.PermissionError, title=_("Not allowed"))
	if not people.is_portal_user():
		frappe.has_permission(DOCTYPE, "create", throw=True)


def may_open_at_desk() -> bool:
	"""Whether the desk shows this app to the user, in a Frappe that has its desk at `/desk`."""
	return links.desk_root() == "/desk" and bool(frappe.has_permission(DOCTYPE, "read"))


def may_open_at_app() -> bool:
	"""The same, where the desk is at `/app`."""
	return links.desk_root() == "/app" and bool(frappe.has_permission(DOCTYPE, "read"))


def request_of(name: str, ptype: str) -> Any:
	"""The request as the database has it, locked unless it is only read; refused alike when it is somebody else's or
	is not there, so that nobody learns which numbers exist.
	"""
	try:
		doc = frappe.get_doc(DOCTYPE, name, for_update=ptype != "read")
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		frappe.throw(_("This request does not exist, or it is not yours."), frappe.PermissionError)
	require_permission(doc, ptype)
	return doc


def may_attached(
	doc: Any, ptype: str | None = None, user: str | None = None, debug: bool = False
) -> bool | None:
	"""A row that hangs on a request is hidden from those who do not see the request; otherwise Frappe's own rule decides.

	Frappe 15 lets the first hook with an opinion decide, and ours runs before its own: True would open every file.
	"""
	kind, name = (doc.get(column) for column in _ATTACHED[doc.doctype])
	user = user or frappe.session.user
	if doc.is_new():
		return False if doc.doctype == "File" and _names_a_hidden_file(doc, user) else _NO_OPINION
	if kind != DOCTYPE or not name or user == "Administrator":
		return _NO_OPINION
	# A file of a form that nobody has saved is seen by who uploaded it: Frappe's own rule.
	is_unsaved = doc.doctype == "File" and files.is_of_unsaved_form(name)
	return _NO_OPINION if is_unsaved or frappe.has_permission(DOCTYPE, "read", doc=name, user=user) else False


def keep_files_private(file: Any, _event: str | None = None) -> None:
	"""A file of a request is private, at upload and afterwards: a public one can be read by anybody who has its address.

	Only who sees a request can attach to it: what is attached is evidence. A form that is not saved yet is its user's.
	"""
	if file.attached_to_doctype != DOCTYPE or file.is_folder:
		return
	if file.is_new() or file.has_value_changed("attached_to_name"):
		if not (file.flags.is_filed_with_request or files.is_of_unsaved_form(file.attached_to_name)):
			request_of(file.attached_to_name, "read")
	if not file.is_private and file.is_new() and file.flags.new_file:
		_store_privately(file)
	if not file.is_private:
		sentence = _("Files of a support request are private. Mark {0} as private and attach it again.")
		frappe.throw(sentence.format(file.file_name), title=_("Private files only"))


def _store_privately(file: Any) -> None:
	"""Whoever uploads without the tick *Private* means the file for support all the same."""
	content, public = file.get_content(), file.file_url
	if not frappe.db.exists("File", {"file_url": public}):
		# Frappe stored it before anybody was asked; where other documents have the same file, it is theirs.
		file.delete_file_data_content()
	file.update({"is_private": 1, "file_url": ""})
	file.save_file(content=content)


def refuse_other_peoples_files(file: Any, _event: str | None = None) -> None:
	"""An old File does not get the address of somebody else's: see `_names_a_hidden_file`."""
	if not file.is_new() and file.has_value_changed("file_url") and _names_a_hidden_file(file):
		frappe.throw(_("This file does not exist, or it is not part of the request."), frappe.PermissionError)


def _names_a_hidden_file(file: Any, user: str | None = None) -> bool:
	"""A second File with the address of a private one opens the first: Frappe asks only whether one of them is readable.

	So a file of a request, or of a message on it, is named by nobody who does not see the request. Asked before Frappe
	stores a new file, while the address is still what the client sent: who uploads the same content names nothing.
	"""
	user = user or frappe.session.user
	address = unquote(file.file_url or "")
	if user == "Administrator" or not address.startswith("/private"):
		return False
	others = {"file_url": f"/private/files/{address.rsplit('/', 1)[-1]}", "name": ("!=", file.name or "")}
	fields = ["attached_to_doctype", "attached_to_name", "owner"]
	for row in frappe.get_all("File", filters=others, fields=fields, order_by="creation asc"):
		request = _request_behind(row.attached_to_doctype, row.attached_to_name)
		if request and row.owner != user and not may_see(frappe.get_doc(DOCTYPE, request), user):
			return True
	return False


def may_see(doc: Any, user: str) -> bool:
	"""Whether somebody sees a request, by a desk or by the portal."""
	if people.is_portal_user(user):
		return user == doc.raised_by and people.can_request_support(user)
	return bool(doc.has_permission("read", user=user))


def _request_behind(doctype: str | None, name: str | None) -> str | None:
	"""The request that something is attached to, straight or through a message."""
	if doctype == "Communication" and name:
		return frappe.db.get_value(doctype, {"name": name, "reference_doctype": DOCTYPE}, "reference_name")
	return name if doctype == DOCTYPE else None


def require_sight(doc: Any, _event: str | None = None) -> None:
	"""Comments, likes and followers come from who sees the request: Frappe asks nobody who likes."""
	kind, name = (doc.get(column) for column in _ATTACHED[doc.doctype])
	is_written = doc.doctype != "Comment" or doc.comment_type in ("Comment", "Like")
	if kind != DOCTYPE or not name or not doc.is_new() or not is_written:
		return
	request = frappe.get_doc(DOCTYPE, name)
	if frappe.session.user != "Administrator":
		require_permission(request)
	if doc.doctype == "Document Follow" and not may_see(request, doc.user):
		frappe.throw(_("This request does not exist, or it is not yours."), frappe.PermissionError)


def guard_business_documents(doc: Any, event: str | None = None, *_details: Any) -> None:
	"""Support cannot change a customer's data or workflows: agents are refused, whatever other roles they hold.

	Clause: «A través del servicio de soporte no podemos hacer cambios en tus datos o flujos de trabajo».
	"""
	user = frappe.session.user
	if user in ("Administrator", "Guest") or not people.is_agent(user):
		return
	if frappe.flags.in_install or frappe.flags.in_migrate or frappe.flags.in_patch:
		return
	is_own_account = doc.doctype == "User" and doc.name == user
	if is_own_account or not business_documents.is_business(doc.doctype, doc.meta.module, doc.meta.custom):
		return
	if business_documents.is_guarded():
		provider_changes.note_refusal()
		sentence = _(
			"Support cannot change the customer's data or workflows: {0} {1} stays as it is. Guide the customer, or offer a Success Pack."
		).format(_(doc.doctype), doc.name or "")
		frappe.throw(sentence, frappe.PermissionError, title=_("The policy forbids this"))
