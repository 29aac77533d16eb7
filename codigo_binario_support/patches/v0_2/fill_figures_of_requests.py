"""Requests of version 0.1 get what reports sum: the first verdict, whether a person decided otherwise, reopenings."""

import frappe


def execute() -> None:
	frappe.db.sql(
		"""
		update `tabSupport Request` request
		join `tabSupport Scope Decision` first
			on first.parent = request.name and first.parenttype = 'Support Request' and first.idx = 1
		set request.first_verdict = if(first.is_automatic, first.verdict, ''),
			request.is_overruled = first.is_automatic and first.verdict != 'Needs review'
				and (request.verdict != first.verdict or ifnull(request.clause, '') != ifnull(first.clause, ''))
		"""
	)
	frappe.db.sql(
		"""
		update `tabSupport Request` request
		set request.times_reopened = (
			select count(*) from `tabSupport Clock Event` event
			where event.parent = request.name and event.parenttype = 'Support Request' and event.action = 'reopen'
		)
		"""
	)
