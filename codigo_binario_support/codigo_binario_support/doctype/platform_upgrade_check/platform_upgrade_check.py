from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class PlatformUpgradeCheck(RecordRow):
	"""One thing that was looked at after an upgrade."""
