from frappe.model.document import Document


class BackupCopyFile(Document):
	pass
