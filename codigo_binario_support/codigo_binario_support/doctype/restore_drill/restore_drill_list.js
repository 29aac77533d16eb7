frappe.listview_settings["Restore Drill"] = {
	add_fields: ["verdict"],
	get_indicator(doc) {
		const colors = { Kept: "green", Broken: "red", "Not proven": "orange" };
		return [__(doc.verdict), colors[doc.verdict] || "gray", "verdict,=," + doc.verdict];
	},
};
