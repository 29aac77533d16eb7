from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class PlatformUpgradeVersion(RecordRow):
	"""An app of the site, before and after an upgrade."""
