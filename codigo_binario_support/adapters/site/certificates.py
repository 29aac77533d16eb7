"""How long the certificate of an address is good for, as a visitor would see it."""

import socket
import ssl
from urllib.parse import urlsplit

from frappe.utils import get_url


def certificate_ends(timeout_seconds: float = 5) -> int:
	"""Until when (seconds since 1970) the site's own certificate is good; 0 where its address is no https. Raises `OSError`."""
	address = urlsplit(get_url())
	if address.scheme != "https" or not address.hostname:
		return 0
	context = ssl.create_default_context()
	with socket.create_connection((address.hostname, address.port or 443), timeout_seconds) as plain:
		with context.wrap_socket(plain, server_hostname=address.hostname) as secure:
			return int(ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"])))
