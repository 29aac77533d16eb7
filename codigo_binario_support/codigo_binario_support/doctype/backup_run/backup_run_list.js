frappe.listview_settings["Backup Run"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colors = { Made: "green", Failed: "red" };
		return [__(doc.state), colors[doc.state] || "gray", "state,=," + doc.state];
	},
};
