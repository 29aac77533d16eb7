frappe.listview_settings["Backup Copy"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colors = { Copied: "green", Failed: "red" };
		return [__(doc.state), colors[doc.state] || "gray", "state,=," + doc.state];
	},
};
