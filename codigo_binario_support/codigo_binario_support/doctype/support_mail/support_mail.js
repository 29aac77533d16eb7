// A mail is kept as it came; the one thing to do with it is to make a request of it.
frappe.ui.form.on("Support Mail", {
	refresh(frm) {
		frm.disable_save();
		frm.set_intro("");
		const outcome = frm.doc.outcome;
		if (frappe.boot.cb_support.taken.includes(outcome)) return;
		if (outcome === "Unread") {
			frm.set_intro(
				__(
					"This mail could not be read. Open the original in a mail program, or try again."
				),
				"red"
			);
		}
		if (!frappe.user.has_role("Support Agent")) return;
		frm.add_custom_button(__("Make a request of it"), () =>
			frappe.confirm(__("Make a request of this mail, whatever it looks like?"), () =>
				frappe
					.call({
						method: "codigo_binario_support.api.mail.take_in",
						args: { name: frm.doc.name },
						freeze: true,
					})
					.then(({ message }) => {
						if (message.request && message.outcome !== "Unread") {
							frappe.set_route("Form", "Support Request", message.request);
						} else {
							frm.reload_doc();
						}
					})
			)
		);
	},
});
