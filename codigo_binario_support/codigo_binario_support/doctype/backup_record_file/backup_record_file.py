from frappe.model.document import Document


class BackupRecordFile(Document):
	pass
