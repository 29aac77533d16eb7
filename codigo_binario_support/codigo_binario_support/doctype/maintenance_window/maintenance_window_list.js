frappe.listview_settings["Maintenance Window"] = {
	add_fields: ["is_in_time"],
	get_indicator(doc) {
		return doc.is_in_time
			? [__("In time"), "green", "is_in_time,=,1"]
			: [__("Too late"), "orange", "is_in_time,=,0"];
	},
};
