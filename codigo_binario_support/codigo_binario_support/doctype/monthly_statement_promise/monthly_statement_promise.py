from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class MonthlyStatementPromise(RecordRow):
	pass
