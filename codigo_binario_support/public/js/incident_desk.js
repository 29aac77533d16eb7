// One message to everybody who asked about an incident; each request gets its own.
frappe.ui.form.on("Service Incident", {
	refresh(frm) {
		if (frm.is_new() || !(frm.doc.requests || []).length) return;
		if (!frappe.user.has_role("Support Agent")) return;
		frm.add_custom_button(__("Answer all its requests"), () => frm.events.answer_all(frm));
	},

	answer_all(frm) {
		// One number for this dialog: a double click or a retry sends one message to each.
		const client_id = frappe.utils.get_random(20);
		const dialog = new frappe.ui.Dialog({
			title: __("Answer all its requests"),
			fields: [
				{
					fieldname: "medium",
					fieldtype: "Select",
					label: __("Goes by"),
					options: [
						{ value: "Email", label: __("Email") },
						{ value: "Chat", label: __("Chat") },
					],
					default: "Email",
				},
				{ fieldtype: "Column Break" },
				{
					fieldname: "then",
					fieldtype: "Select",
					label: __("And then"),
					options: [
						{ value: "", label: __("Only send it") },
						{ value: "resolve", label: __("Send and resolve") },
					],
				},
				{ fieldtype: "Section Break" },
				{
					fieldname: "content",
					fieldtype: "Text Editor",
					label: __("Answer to the customer"),
					reqd: 1,
				},
			],
			primary_action_label: __("Send to {0}", [frm.doc.requests.length]),
			primary_action(values) {
				dialog.disable_primary_action();
				frappe
					.call({
						method: "codigo_binario_support.api.queue.answer_incident",
						args: { incident: frm.doc.name, client_id, ...values },
						freeze: true,
					})
					.then(({ message }) => {
						dialog.hide();
						cb_support.show_result(message);
					})
					.always(() => dialog.enable_primary_action());
			},
		});
		dialog.show();
	},
});
