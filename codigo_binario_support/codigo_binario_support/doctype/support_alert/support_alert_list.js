frappe.listview_settings["Support Alert"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colors = { Open: "red", Over: "green" };
		return [__(doc.state), colors[doc.state] || "gray", "state,=," + doc.state];
	},
};
