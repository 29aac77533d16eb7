// The server decides what may be done; this script asks, and shows the answer.
frappe.ui.form.on("Support Request", {
	refresh(frm) {
		frm.disable_copy?.();
		if (frm.is_new()) {
			frm.trigger("show_before_filing");
			frm.trigger("attach_without_saving");
			return;
		}
		frm.disable_save();
		// The mail dialog writes to who asked.
		frm.email_field = "sender_email";
		for (const table of ["clock_events", "decisions"]) {
			frm.set_df_property(table, "cannot_add_rows", true);
			frm.set_df_property(table, "cannot_delete_rows", true);
		}
		frm.trigger("show_panels");
		frm.trigger("show_conversation");
		frm.trigger("show_mail");
	},

	show_mail(frm) {
		if (frm.doc.is_stranger) {
			const who = frappe.utils.escape_html(frm.doc.sender_email || "");
			frm.set_intro(
				__(
					"{0} wrote from an address that nobody here has. Say who it is: until then nothing is promised or offered.",
					[who]
				),
				"orange"
			);
			if (frm.doc.__onload?.support?.side === "agent") {
				frm.add_custom_button(__("Who is this?"), () => frm.events.assign_requester(frm));
			}
		}
		if (frm.doc.is_undelivered) {
			frm.set_intro(
				__(
					"A mail did not reach the customer: see the events on the Clock tab, and try another way."
				),
				"red"
			);
		}
	},

	assign_requester(frm) {
		const dialog = new frappe.ui.Dialog({
			title: __("Who is this?"),
			fields: [
				{
					fieldname: "user",
					fieldtype: "Link",
					options: "User",
					label: __("User of this site"),
				},
				{
					fieldname: "customer",
					fieldtype: "Link",
					options: "Customer",
					label: __("Customer"),
				},
			],
			primary_action_label: __("Say who it is"),
			primary_action(values) {
				dialog.hide();
				frappe
					.call({
						method: "codigo_binario_support.api.mail.assign_requester",
						args: { name: frm.doc.name, ...values },
						freeze: true,
					})
					.then(() => frm.reload_doc());
			},
		});
		dialog.show();
	},

	show_conversation(frm) {
		const { $wrapper } = frm.get_field("conversation");
		const request = frm.doc.name;
		const known = frm.support_conversation;
		if (known?.request === request) {
			$wrapper.empty().append(known.root);
			return;
		}
		known?.chat?.stop();
		// Kept before anything is asked for: a second refresh shows this one instead of beginning another.
		const conversation = { request, root: $("<div>").appendTo($wrapper.empty())[0] };
		frm.support_conversation = conversation;
		Promise.all([
			frappe.require([
				"/assets/codigo_binario_support/js/support_post.js",
				"/assets/codigo_binario_support/js/support_chat.js",
			]),
			frappe.call("codigo_binario_support.api.chat.words", { name: request }),
		]).then(
			([_script, { message: words }]) => {
				if (frm.support_conversation !== conversation) return;
				const chat = new window.support_desk.Conversation(conversation.root, {
					request,
					words,
					on_change: () => !frm.is_dirty() && frm.reload_doc(),
				});
				chat.on_news = () => frm.events.refresh_timeline(frm);
				chat.on_moved = (name) => frappe.set_route("Form", "Support Request", name);
				conversation.chat = chat;
			},
			() => {
				// The next refresh tries again.
				if (frm.support_conversation === conversation) delete frm.support_conversation;
			}
		);
	},

	refresh_timeline(frm) {
		// Frappe would have sent the words to everybody who ever opened the form; the timeline asks for them instead.
		frappe
			.call("frappe.desk.form.load.get_docinfo", {
				doctype: frm.doctype,
				name: frm.doc.name,
			})
			.then(() => frm.timeline?.refresh());
	},

	attach_without_saving(frm) {
		// Frappe saves a form when a file is chosen or taken away; a request that is still being written would be filed.
		const field = frm.get_field("attachment");
		const { on_upload_complete, clear_attachment } = Object.getPrototypeOf(field);
		field.on_upload_complete = function (file) {
			if (!frm.is_new()) return on_upload_complete.call(this, file);
			this.support_file = file.name;
			return this.parse_validate_and_set_in_model(file.file_url);
		};
		field.clear_attachment = function () {
			if (!frm.is_new()) return clear_attachment.call(this);
			this.parse_validate_and_set_in_model(null);
			return frappe.call({
				method: "frappe.desk.form.utils.remove_attach",
				type: "DELETE",
				args: { fid: this.support_file, dt: frm.doctype, dn: frm.docname },
			});
		};
	},

	show_before_filing(frm) {
		frappe.call("codigo_binario_support.api.requests.before_filing").then(({ message }) => {
			if (!message?.opening || !frm.is_new()) return;
			const text = [message.opening, message.limits]
				.map(frappe.utils.escape_html)
				.join("<br>");
			// Two refreshes ask twice, and intros pile up.
			frm.set_intro();
			frm.set_intro(text, message.is_open ? "green" : "yellow");
		});
	},

	show_panels(frm) {
		const support = frm.doc.__onload?.support;
		if (!support) return;
		frm.get_field("panel").$wrapper.html(support.panel);
		frm.get_field("clock_panel").$wrapper.html(support.clock_panel);
		frm.events.tick(frm, support);
		frm.events.add_buttons(frm, support);
	},

	add_buttons(frm, support) {
		frm.clear_custom_buttons();
		for (const action of support.actions) {
			frm.add_custom_button(
				action.label,
				() => frm.events.act(frm, action),
				action.name === "resolve" ? null : __("Next step")
			);
		}
		if (support.can_answer_offer) {
			frm.add_custom_button(__("Accept the offer"), () =>
				frm.events.answer_offer(frm, true)
			).addClass("btn-primary");
			frm.add_custom_button(__("Decline the offer"), () =>
				frm.events.answer_offer(frm, false)
			);
		}
		if (support.can_contest) {
			frm.add_custom_button(
				__("I do not agree with the verdict"),
				() => frm.events.contest(frm),
				__("Next step")
			);
		}
		if (support.can_rate) {
			frm.add_custom_button(
				__("Rate", null, "Support Request"),
				() => frm.events.rate(frm),
				__("Next step")
			);
		}
		if (support.can_make_offer) {
			frm.add_custom_button(__("Ask for a Success Pack"), () =>
				frm.events.call(frm, "make_offer", {})
			);
		}
		if (support.can_overrule) {
			frm.add_custom_button(__("Change the verdict"), () =>
				frm.events.overrule(frm, support)
			);
		}
	},

	act(frm, action) {
		frm.events.with_reason(action, (reason) =>
			frm.events.call(frm, "act", { action: action.name, reason })
		);
	},

	answer_offer(frm, is_accepted) {
		const proceed = (reason) =>
			frm.events.call(frm, "answer_offer", { is_accepted: is_accepted ? 1 : 0, reason });
		if (is_accepted) {
			const { pack, total } = frm.doc.__onload.support.offer;
			frappe.confirm(__("Accept {0} for {1}?", [pack, total]), () => proceed(""));
		} else {
			frm.events.with_reason(
				{ label: __("Decline the offer"), needs_reason: true },
				proceed
			);
		}
	},

	overrule(frm, support) {
		const clauses = [{ value: "", label: __("No clause: needs review") }, ...support.clauses];
		const dialog = new frappe.ui.Dialog({
			title: __("Change the verdict"),
			fields: [
				{
					fieldname: "clause",
					fieldtype: "Select",
					label: __("Clause"),
					options: clauses,
					default: frm.doc.clause,
				},
				{
					fieldname: "second_clause",
					fieldtype: "Select",
					label: __("Second clause"),
					options: clauses,
					default: frm.doc.second_clause,
				},
				{
					fieldname: "severity",
					fieldtype: "Select",
					label: __("Severity"),
					options: frappe.boot.cb_support.severities.map((value) => ({
						value,
						label: __(value),
					})),
					default: frm.doc.severity,
				},
				{
					fieldname: "reason",
					fieldtype: "Small Text",
					label: __("Reason"),
					reqd: 1,
					description: __("Both sides can read it."),
				},
			],
			primary_action_label: __("Decide"),
			primary_action(values) {
				dialog.hide();
				frm.events.call(frm, "overrule", values);
			},
		});
		dialog.show();
	},

	contest(frm) {
		frm.events.with_reason(
			{ label: __("I do not agree with the verdict"), needs_reason: true },
			(reason) => frm.events.call_portal(frm, "contest", { reason })
		);
	},

	rate(frm) {
		const fields = [
			{
				fieldname: "stars",
				fieldtype: "Select",
				label: __("From 1, bad, to 5, very good"),
				options: ["1", "2", "3", "4", "5"],
				default: String(frm.doc.rating || 5),
				reqd: 1,
			},
			{
				fieldname: "comment",
				fieldtype: "Small Text",
				label: __("Comment (optional)"),
				default: frm.doc.rating_comment,
			},
		];
		frappe.prompt(
			fields,
			(values) => frm.events.call_portal(frm, "rate", values),
			__("How was our answer?"),
			__("Rate", null, "Support Request")
		);
	},

	call_portal(frm, method, args) {
		return frappe
			.call({
				method: `codigo_binario_support.api.portal.${method}`,
				args: { name: frm.doc.name, ...args },
				freeze: true,
			})
			.then(() => frm.reload_doc());
	},

	with_reason(action, proceed) {
		if (!action.needs_reason) return proceed("");
		frappe.prompt(
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				reqd: 1,
				description: __("Both sides can read it."),
			},
			({ reason }) => proceed(reason),
			action.label,
			__("Continue")
		);
	},

	call(frm, method, args) {
		return frappe
			.call({
				method: `codigo_binario_support.api.requests.${method}`,
				args: { name: frm.doc.name, ...args },
				freeze: true,
			})
			.then(() => frm.reload_doc());
	},

	tick(frm, support) {
		clearInterval(frm.support_timer);
		if (!support.is_counting) return;
		const started = Date.now();
		const face = frm.get_field("clock_panel").$wrapper.find("[data-support-elapsed]");
		const show = () => {
			const seconds = support.elapsed_seconds + Math.floor((Date.now() - started) / 1000);
			const [hours, minutes, rest] = [
				Math.floor(seconds / 3600),
				Math.floor(seconds / 60) % 60,
				seconds % 60,
			];
			face.text(
				[hours, minutes, rest].map((part) => String(part).padStart(2, "0")).join(":")
			);
			if (!document.body.contains(face[0])) clearInterval(frm.support_timer);
		};
		show();
		frm.support_timer = setInterval(show, 1000);
	},
});
