from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class MonthlyStatementFigure(RecordRow):
	pass
