"""How often one user may do something. Counted in the cache, so a restart forgives."""

import frappe
from frappe import _

from .retries import is_repeated


def rate_limit(what: str, limit: int, seconds: int) -> None:
	"""Refuse the present user more than `limit` times within `seconds` of the first."""
	if is_repeated():
		return
	key = frappe.cache.make_key(f"codigo_binario_support:pace:{what}:{frappe.session.user}")
	# The key gets its end when it is made: without one, who was interrupted here would be refused for good.
	# It is the site's own: `make_key` puts the site before it.
	frappe.cache.set(key, 0, ex=seconds, nx=True)  # nosemgrep: frappe-cache-breaks-multitenancy
	if frappe.cache.incrby(key, 1) > limit:
		frappe.throw(
			_("That was very often in a short time. Wait a moment and try again."),
			frappe.RateLimitExceededError,
			title=_("One moment"),
		)
