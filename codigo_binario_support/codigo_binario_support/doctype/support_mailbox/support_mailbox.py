from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class SupportMailbox(RecordRow):
	"""An Email Account whose mails are requests, and how far it was read."""
