Object.assign(frappe.listview_settings["Backup Record"], {
	onload(list) {
		if (!frappe.user.has_role("System Manager")) return;
		list.page.add_inner_button(__("Back up now"), () =>
			frappe.confirm(
				__("Make a complete backup now? It takes as long as the platform is large."),
				() =>
					frappe.xcall("codigo_binario_support.api.backups.back_up_now").then(() =>
						frappe.show_alert({
							message: __(
								"The backup was put into the queue. It appears in this list when it is done."
							),
							indicator: "blue",
						})
					)
			)
		);
	},
});
