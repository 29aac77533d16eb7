frappe.listview_settings["Availability Sample"] = {
	add_fields: ["is_up", "flag"],
	formatters: {
		begins: (value) =>
			`<span>${frappe.datetime.str_to_user(moment.unix(value).format())}</span>`,
	},
	get_indicator(doc) {
		if (doc.flag) return [__("No proof"), "orange", "flag,is,set"];
		return doc.is_up ? [__("Up"), "green", "is_up,=,1"] : [__("Down"), "red", "is_up,=,0"];
	},
};
