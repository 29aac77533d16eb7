// The conversation of a request, the same on the form and on the portal. The server decides who may read and write;
// realtime only knocks, and where it is down this asks by itself, ever less often while nothing happens.
(() => {
	const DOORS = "/api/method/codigo_binario_support.api.chat.";
	const KNOCK = "support_knock";
	// Milliseconds between looks: while realtime is up, the quickest and the slowest while it is down, and unseen.
	const UP = 45000;
	const QUICK = 3000;
	const SLOW = 30000;
	const HIDDEN = 60000;
	const TRIES = 6;

	function element(tag, className, text) {
		const found = document.createElement(tag);
		if (className) found.className = className;
		if (text) found.textContent = text;
		return found;
	}

	// An address without the marks behind it, as the server finds them on the page without a script.
	const ADDRESS =
		/(https?:\/\/(?:\([^\s<>"()]{0,500}\)|[^\s<>"()]){0,2000}(?:\([^\s<>"()]{0,500}\)|[^\s<>"().,;:!?'\]}»]))/;

	function with_links(target, text) {
		for (const part of text.split(ADDRESS)) {
			if (/^https?:\/\//.test(part)) {
				const link = element("a", "", part);
				link.href = part;
				link.rel = "noopener noreferrer nofollow";
				link.target = "_blank";
				target.append(link);
			} else if (part) {
				target.append(part);
			}
		}
	}

	function random_id() {
		const bytes = crypto.getRandomValues(new Uint8Array(16));
		return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
	}

	async function post(door, values) {
		const body = new FormData();
		for (const [key, value] of Object.entries(values)) body.append(key, value ?? "");
		const response = await window.support_desk.post(DOORS + door, body);
		const answer = await response.json().catch(() => ({}));
		if (response.ok) return answer.message;
		const error = new Error(window.support_desk.reason_of(answer));
		// A refusal stays one; a deadlock, a timeout or a server that restarts does not.
		error.is_final = response.status < 500 && ![408, 409, 425, 429].includes(response.status);
		if (answer.exc_type === "QueryDeadlockError") error.is_final = false;
		throw error;
	}

	class Conversation {
		constructor(root, { request, words, on_change }) {
			Object.assign(this, { root, request, words, on_change });
			this.rows = new Map();
			this.waiting = new Map();
			this.pause = QUICK;
			this.read_up_to = "";
			this.build();
			this.listen();
			this.look();
		}

		build() {
			const { words } = this;
			this.root.replaceChildren();
			this.root.classList.add("support-chat");
			this.opening = element("p", "support-chat__opening");
			this.older = element(
				"button",
				"btn btn-default btn-xs support-chat__older",
				words.older
			);
			this.older.type = "button";
			this.older.hidden = true;
			this.older.addEventListener("click", () => this.look({ before: this.first_at() }));
			this.scroll = element("div", "support-chat__scroll");
			this.scroll.tabIndex = 0;
			this.scroll.setAttribute("role", "region");
			this.scroll.setAttribute("aria-label", words.title);
			this.log = element("ol", "support-chat__log");
			this.log.setAttribute("role", "log");
			this.log.setAttribute("aria-live", "polite");
			this.log.setAttribute("aria-relevant", "additions");
			this.empty = element("p", "support-chat__opening", words.empty);
			this.scroll.append(this.older, this.log);
			this.root.append(this.opening, this.empty, this.scroll, this.build_form());
		}

		build_form() {
			const { words } = this;
			const id = `support-chat-${random_id().slice(0, 8)}`;
			this.form = element("form", "support-chat__form");
			const label = element("label", "", words.label);
			label.htmlFor = id;
			this.input = element("textarea");
			this.input.id = id;
			this.input.rows = 2;
			this.input.maxLength = 4000;
			this.input.addEventListener("keydown", (event) => {
				if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
					event.preventDefault();
					this.submit();
				}
				event.stopPropagation();
			});
			this.input.addEventListener("paste", (event) => {
				const { files, types } = event.clipboardData;
				// What is copied from an office document is text, and a picture of it besides.
				if (!files.length || types.includes("text/plain")) return;
				event.preventDefault();
				this.file.files = files;
				this.show_file();
			});
			this.file = element("input");
			this.file.type = "file";
			this.file.hidden = true;
			this.file.addEventListener("change", () => this.show_file());
			this.attach = element("button", "btn btn-default btn-sm", words.attach);
			this.attach.type = "button";
			this.attach.addEventListener("click", () => this.file.click());
			this.chosen = element("span", "support-chat__file");
			this.note = element("p", "support-chat__note");
			this.note.setAttribute("role", "status");
			this.note.hidden = true;
			const send = element("button", "btn btn-primary btn-sm", words.send);
			send.type = "submit";
			const bar = element("div", "support-chat__bar");
			const hint = element("span", "support-chat__hint", words.hint);
			bar.append(this.attach, this.file, this.chosen, hint, send);
			this.form.append(label, this.input, bar, this.note);
			this.form.addEventListener("submit", (event) => {
				event.preventDefault();
				this.submit();
			});
			return this.form;
		}

		show_file() {
			this.chosen.replaceChildren();
			const file = this.file.files[0];
			if (!file) return;
			const remove = element("button", "btn btn-link btn-xs", this.words.remove);
			remove.type = "button";
			remove.addEventListener("click", () => {
				this.file.value = "";
				this.show_file();
			});
			this.chosen.append(file.name, " ", remove);
		}

		listen() {
			this.knocked = ({ request }) => request === this.request && this.soon();
			window.frappe?.realtime?.on?.(KNOCK, this.knocked);
			// What was said between the last look and the end of the connection is asked for at once.
			this.turned = () => {
				// A new socket stands in no room: on the desk Frappe joins the room of a form only once.
				if (this.is_live() && window.cur_frm) {
					window.frappe.realtime.socket.emit(
						"doc_subscribe",
						"Support Request",
						this.request
					);
				}
				this.soon();
			};
			for (const event of ["connect", "disconnect"]) {
				window.frappe?.realtime?.on?.(event, this.turned);
			}
			this.returned = () => {
				if (!document.hidden) this.soon();
			};
			document.addEventListener("visibilitychange", this.returned);
			window.addEventListener("online", this.returned);
		}

		stop() {
			this.is_stopped = true;
			clearTimeout(this.timer);
			window.frappe?.realtime?.off?.(KNOCK, this.knocked);
			for (const event of ["connect", "disconnect"]) {
				window.frappe?.realtime?.off?.(event, this.turned);
			}
			document.removeEventListener("visibilitychange", this.returned);
			window.removeEventListener("online", this.returned);
		}

		is_live() {
			return Boolean(window.frappe?.realtime?.socket?.connected);
		}

		soon() {
			this.pause = QUICK;
			this.plan(150);
		}

		plan(pause) {
			clearTimeout(this.timer);
			if (this.is_stopped) return;
			if (!this.root.isConnected && this.was_connected) return this.stop();
			this.was_connected = this.was_connected || this.root.isConnected;
			this.timer = setTimeout(() => this.look(), pause);
		}

		async look({ before = "" } = {}) {
			if (this.is_looking) {
				this.looks_again = true;
				return;
			}
			this.is_looking = true;
			let has_news = false;
			try {
				const found = await post("look", {
					name: this.request,
					is_present: document.hidden ? 0 : 1,
					read_up_to: document.hidden ? "" : this.read_up_to,
					since: before ? "" : this.last_at(),
					before,
				});
				has_news = this.take(found, Boolean(before));
			} catch (error) {
				// Nothing to say: the next look tells, and what is written is kept until it is sent.
				if (error.is_final) this.stop();
			}
			this.is_looking = false;
			if (has_news && !document.hidden && !before) this.looks_again = true;
			this.revive();
			if (this.looks_again) {
				this.looks_again = false;
				return this.plan(150);
			}
			this.pause = has_news ? QUICK : Math.min(this.pause * 1.5, SLOW);
			this.plan(document.hidden ? HIDDEN : this.is_live() ? UP : this.pause);
		}

		revive() {
			// Frappe's client gives up after three attempts; a server that comes back is found again.
			const { socket } = window.frappe?.realtime || {};
			const now = Date.now();
			if (socket && !socket.connected && now - (this.revived || now - SLOW) >= SLOW) {
				this.revived = now;
				socket.connect();
			}
		}

		take(found, is_older) {
			this.opening.textContent = found.opening;
			this.form.hidden = !found.can_write;
			this.seen_up_to = found.other_side_read_up_to;
			const fresh = found.messages.filter((row) => !this.rows.has(row.name));
			const is_first = !this.rows.size;
			const is_near_end =
				this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 80;
			// What comes in before somebody's eyes is not marked as new.
			if (!this.has_looked && found.unread) this.unread_from = this.first_unread(found);
			this.has_looked = true;
			for (const row of fresh) this.rows.set(row.name, row);
			if (is_first || is_older) this.older.hidden = found.messages.length < 100;
			this.status = this.status || found.status;
			if (fresh.length || this.shown_seen !== this.seen_up_to) this.show();
			if (fresh.length && !is_older && (is_first || is_near_end || fresh.at(-1).is_mine)) {
				this.scroll.scrollTop = this.scroll.scrollHeight;
			}
			const last = this.last_at();
			const has_news = fresh.length > 0 && !is_older;
			if (last > this.read_up_to) this.read_up_to = last;
			if (found.status !== this.status) {
				this.status = found.status;
				this.on_change?.(found);
			}
			if (has_news && !is_first) this.on_news?.(fresh);
			return has_news;
		}

		first_unread(found) {
			const others = found.messages.filter(
				(row) => row.side !== found.side && ["Chat", "Email"].includes(row.medium)
			);
			return others.at(-found.unread)?.name;
		}

		sorted() {
			return [...this.rows.values()].sort(
				(a, b) => a.at.localeCompare(b.at) || a.name.localeCompare(b.name)
			);
		}

		last_at() {
			return this.sorted().at(-1)?.at || "";
		}

		first_at() {
			return this.sorted()[0]?.at || "";
		}

		show() {
			// Rows that stand already are kept: a reader of the screen must hear only what is new.
			const known = new Map(
				[...this.log.children].map((child) => [child.dataset.name, child])
			);
			const rows = this.sorted();
			const mine = rows.filter((row) => row.is_mine && row.medium === "Chat");
			this.empty.hidden = rows.length > 0 || this.waiting.size > 0;
			let previous = null;
			for (const row of rows) {
				const child = known.get(row.name) || this.build_row(row);
				known.delete(row.name);
				if (row.name === this.unread_from) {
					const line = this.new_line || (this.new_line = this.build_new_line());
					if (!line.isConnected || line.previousSibling !== previous) {
						this.place(line, previous);
					}
					previous = line;
				}
				if (!child.isConnected || child.previousSibling !== previous)
					this.place(child, previous);
				previous = child;
				const state = child.querySelector(".support-chat__state");
				if (state) {
					const is_last = row === mine.at(-1);
					const is_seen = this.seen_up_to && row.at <= this.seen_up_to;
					const text = is_last ? (is_seen ? this.words.seen : this.words.sent) : "";
					if (state.textContent !== text) state.textContent = text;
				}
			}
			for (const [name, child] of known) {
				if (name !== "new" && !this.waiting.has(name)) child.remove();
			}
			this.shown_seen = this.seen_up_to;
		}

		place(child, previous) {
			if (previous) previous.after(child);
			else this.log.prepend(child);
		}

		build_new_line() {
			const line = element("li", "support-chat__new", this.words.new);
			line.dataset.name = "new";
			return line;
		}

		build_row(row) {
			const { words } = this;
			const child = element("li", `support-chat__row is-${row.side}`);
			child.dataset.name = row.name;
			if (row.is_mine) child.classList.add("is-mine");
			if (row.medium === "Step") child.classList.add("is-step");
			const who = [row.is_mine ? words.you : row.author, row.label]
				.filter(Boolean)
				.join(" ");
			const how = row.medium === "Email" ? ` (${words.by_mail})` : "";
			const when = row.when ? ` · ${row.when}` : "";
			const text = element("span", "support-chat__text");
			with_links(text, row.text);
			child.append(element("span", "support-chat__who", `${who}${how}${when}`), text);
			for (const file of row.files || []) {
				const link = element("a", "", file.file_name);
				const query = new URLSearchParams({ name: this.request, file: file.name });
				link.href = `${DOORS}download?${query}`;
				child.append(link);
			}
			if (row.is_mine && row.medium === "Chat") {
				child.append(element("span", "support-chat__state"));
			}
			return child;
		}

		submit() {
			const text = this.input.value.trim();
			const file = this.file.files[0];
			if (!text && !file) return this.input.focus();
			const pending = { id: random_id(), text, file, tries: 0 };
			this.input.value = "";
			this.file.value = "";
			this.show_file();
			this.say("");
			const row = { name: pending.id, side: "", is_mine: true, medium: "", files: [] };
			pending.child = this.build_row({ ...row, text: text || file.name });
			pending.child.classList.add("is-waiting");
			this.waiting.set(pending.id, pending);
			this.log.append(pending.child);
			this.empty.hidden = true;
			this.scroll.scrollTop = this.scroll.scrollHeight;
			this.input.focus();
			// One after the other, so that what was written first is stored first.
			this.sending = (this.sending || Promise.resolve()).then(() => this.deliver(pending));
		}

		async deliver(pending) {
			for (;;) {
				try {
					const values = {
						name: this.request,
						text: pending.text,
						client_id: pending.id,
					};
					if (pending.file) values.file = pending.file;
					const sent = await post("send", values);
					this.settle(pending);
					this.say("");
					if (sent.request !== this.request) {
						this.say(this.words.moved);
						this.on_moved?.(sent.request);
					}
					return this.soon();
				} catch (error) {
					pending.tries += 1;
					if (error.is_final || pending.tries >= TRIES) {
						this.settle(pending);
						if (!this.input.value) this.input.value = pending.text;
						return this.say(error.message || this.words.failed);
					}
					this.say(this.words.retrying);
					await new Promise((wake) => setTimeout(wake, 800 * 2 ** pending.tries));
				}
			}
		}

		settle(pending) {
			this.waiting.delete(pending.id);
			pending.child.remove();
		}

		say(text) {
			this.note.textContent = text;
			this.note.hidden = !text;
		}
	}

	window.support_desk.Conversation = Conversation;

	for (const root of document.querySelectorAll("[data-support-chat]")) {
		const start = () => {
			const conversation = new Conversation(root, {
				request: root.dataset.supportChat,
				words: JSON.parse(root.dataset.words),
				// The verdict, the offer and the buttons are the server's page: it is asked for again, unless somebody writes.
				on_change: () => conversation.input.value || location.reload(),
			});
			conversation.on_moved = (request) => location.assign(`/soporte/${request}`);
		};
		if (window.frappe?.ready) window.frappe.ready(start);
		else start();
	}
})();
