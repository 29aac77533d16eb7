frappe.listview_settings["Backup Record"] = {
	add_fields: ["verdict"],
	get_indicator(doc) {
		const colors = { Verified: "green", Failed: "red", "Not proven": "orange" };
		return [__(doc.verdict), colors[doc.verdict] || "gray", "verdict,=," + doc.verdict];
	},
};
