from codigo_binario_support.codigo_binario_support.support_document import SupportDocument


class SupportAlert(SupportDocument):
	"""A problem that operators were told about once, and its end. Written by `watch.alerts`."""
