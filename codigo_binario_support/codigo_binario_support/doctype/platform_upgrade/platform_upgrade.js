// The server decides what may be done; this script asks, and shows the answer.
frappe.ui.form.on("Platform Upgrade", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.disable_save();
		const step = (label, method, needs_reason) =>
			frm.add_custom_button(label, () => frm.events.step(frm, label, method, needs_reason));
		if (frm.doc.state === "Planned") {
			step(__("Begin the upgrade"), "begin", false);
			step(__("Call it off"), "cancel", true);
		}
		if (frm.doc.state === "In progress") {
			step(__("Check and finish"), "finish", false);
			step(__("It failed"), "fail", true);
		}
	},

	step(frm, label, method, needs_reason) {
		const proceed = (reason) =>
			frappe
				.call({
					method: `codigo_binario_support.api.upgrades.${method}`,
					args: { name: frm.doc.name, ...(needs_reason ? { reason } : {}) },
					freeze: true,
				})
				.then(() => frm.reload_doc());
		if (!needs_reason) return proceed();
		frappe.prompt(
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
			(values) => proceed(values.reason),
			label,
			__("Continue")
		);
	},
});
