frappe.listview_settings["Support Mail"] = {
	hide_name_column: true,
	get_indicator(doc) {
		const color =
			{
				Request: "green",
				Continued: "green",
				Linked: "green",
				Unread: "red",
				Bounce: "orange",
				Received: "yellow",
			}[doc.outcome] || "gray";
		return [__(doc.outcome), color, `outcome,=,${doc.outcome}`];
	},
};
