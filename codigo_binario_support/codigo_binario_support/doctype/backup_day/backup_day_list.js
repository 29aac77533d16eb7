frappe.listview_settings["Backup Day"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colors = { Kept: "green", Late: "orange", "Not kept": "red" };
		return [__(doc.state), colors[doc.state] || "gray", "state,=," + doc.state];
	},
};
