frappe.listview_settings["Restore Operation"] = {
	add_fields: ["verdict"],
	get_indicator(doc) {
		const colors = { Kept: "green", Broken: "red", "Not proven": "orange" };
		return [__(doc.verdict), colors[doc.verdict] || "gray", "verdict,=," + doc.verdict];
	},
};
