// What a script adds to the portal's forms: they are sent once, say what is wrong beside them, and suggest while one types.
(() => {
	const SUGGEST = "/api/method/codigo_binario_support.api.portal.suggest";
	const DEBOUNCE = 500;
	const { post, reason_of } = window.support_desk;

	function guard(form) {
		form.addEventListener("submit", async (event) => {
			event.preventDefault();
			const button = form.querySelector("[type=submit]");
			const problem = form.querySelector("[data-support-error]");
			if (button.disabled) return;
			button.disabled = true;
			problem.hidden = true;
			try {
				// Not `form.action`: an input of that name would be it.
				const response = await post(form.getAttribute("action"), new FormData(form));
				const answer = await response.json();
				if (response.ok) {
					const { url } = answer.message;
					if (url === location.pathname) location.reload();
					else location.assign(url);
					return;
				}
				problem.textContent = reason_of(answer);
			} catch (error) {
				// Without an answer nobody knows whether it arrived: sending it again stores it once.
				problem.textContent = "";
			}
			problem.textContent = problem.textContent || form.dataset.supportFailed;
			problem.hidden = false;
			button.disabled = false;
		});
	}

	function card(className, ...children) {
		const found = document.createElement("div");
		found.className = `support-card ${className}`;
		found.append(...children);
		return found;
	}

	function paragraph(text, className = "") {
		const found = document.createElement("p");
		found.textContent = text;
		found.className = className;
		return found;
	}

	function show(target, found) {
		target.replaceChildren();
		if (found.note) {
			const quote = document.createElement("blockquote");
			quote.textContent = `«${found.text}»`;
			const parts = [
				paragraph(found.note),
				paragraph(`${target.dataset.clause}:`, "support-muted"),
				quote,
			];
			if (found.recommendation) parts.push(paragraph(found.recommendation, "support-muted"));
			target.append(card(found.is_excluded ? "is-excluded" : "is-included", ...parts));
		}
		if (found.guides.length) {
			const list = document.createElement("ul");
			for (const guide of found.guides) {
				const link = document.createElement("a");
				link.href = guide.url;
				link.target = "_blank";
				link.rel = "noopener noreferrer";
				link.textContent = guide.title;
				const row = document.createElement("li");
				row.append(link);
				list.append(row);
			}
			target.append(card("", paragraph(target.dataset.guides), list));
		}
		target.hidden = !target.children.length;
	}

	function suggest(form) {
		const target = document.querySelector("[data-support-suggestions]");
		let timer = null;
		let turn = 0;
		form.addEventListener("input", () => {
			clearTimeout(timer);
			timer = setTimeout(async () => {
				const mine = ++turn;
				const body = new FormData();
				body.append("subject", form.elements.subject.value);
				body.append("text", form.elements.text.value);
				const response = await post(SUGGEST, body).catch(() => null);
				// An answer that comes late belongs to a text that has changed since.
				if (response?.ok && mine === turn) show(target, (await response.json()).message);
			}, DEBOUNCE);
		});
	}

	function take_pasted(form) {
		const chosen = form.querySelector("[type=file]");
		form.addEventListener("paste", (event) => {
			const pasted = event.clipboardData?.files;
			// What is copied from an office document is text, and a picture of it besides.
			const is_text = event.clipboardData?.types.includes("text/plain");
			if (!chosen || !pasted?.length || is_text) return;
			event.preventDefault();
			const files = new DataTransfer();
			for (const file of [...chosen.files, ...pasted]) files.items.add(file);
			chosen.files = files.files;
		});
	}

	for (const form of document.querySelectorAll("[data-support-form]")) {
		guard(form);
		take_pasted(form);
	}
	for (const form of document.querySelectorAll("[data-support-suggest]")) suggest(form);
})();
