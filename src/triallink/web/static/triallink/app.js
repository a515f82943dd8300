// What every page does in the browser. Behaviour is bound by data attributes, never by inline script.
(function () {
  "use strict";
  const words = () => document.body.dataset;
  const each = (root, selector, act) => {
    if (root.matches && root.matches(selector)) act(root);
    root.querySelectorAll(selector).forEach(act);
  };

  function loadScript(address) {
    loadScript.loading = loadScript.loading || {};
    return (loadScript.loading[address] = loadScript.loading[address] || new Promise((done, fail) => {
      const script = document.createElement("script");
      script.src = address; script.onload = done; script.onerror = fail;
      document.head.append(script);
    }));
  }
  window.triallink = { each, loadScript, onContent: [] };

  // Light or dark.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    document.documentElement.setAttribute("data-bs-theme", next);
    try { localStorage.setItem("theme", next); } catch (_) { /* a private window forgets, that is all */ }
    document.dispatchEvent(new CustomEvent("triallink:theme"));
  });

  // "/" goes to the search field.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    const field = document.querySelector(`[data-key-focus="${CSS.escape(event.key)}"]`);
    if (field) { event.preventDefault(); field.focus(); }
  });

  // Live news: one stream for the whole page, closed while the page is hidden, because a browser opens only
  // six connections to a server for all its tabs. An element names its topic in data-live and hears
  // "live:<message>"; "live:again" after a gap means: look once more.
  const live = { source: null, topics: "", names: new Set(), wasOpen: false };
  function tell(name, topic) {
    document.querySelectorAll("[data-live]").forEach((element) => {
      if (!topic || element.dataset.live === topic) element.dispatchEvent(new CustomEvent("live:" + name));
    });
  }
  function hear(name) {
    if (!live.source || live.names.has(name) || name === "again") return;
    live.names.add(name);
    live.source.addEventListener(name, (event) => tell(name, event.data));
  }
  function follow() {
    const topics = [...new Set([...document.querySelectorAll("[data-live]")].map((e) => e.dataset.live))].slice(0, 8);
    const wanted = document.hidden ? "" : topics.map((t) => "topic=" + encodeURIComponent(t)).join("&");
    if (wanted !== live.topics) {
      if (live.source) live.source.close();
      live.topics = wanted; live.names.clear();
      live.source = wanted ? new EventSource("/live/?" + wanted) : null;
      if (live.source) live.source.addEventListener("again", (event) => {
        if (live.wasOpen) tell("again", event.data);
        live.wasOpen = true;
      });
    }
    document.querySelectorAll("[hx-trigger]").forEach((e) => (e.getAttribute("hx-trigger").match(/live:[\w-]+/g) || []).forEach((n) => hear(n.slice(5))));
    document.querySelectorAll("[data-live-names]").forEach((e) => e.dataset.liveNames.split(" ").forEach(hear));
  }
  document.addEventListener("visibilitychange", follow);

  // Time left, by the server's clock.
  const skew = Date.parse(words().serverNow) - Date.now();
  function left(ms) {
    const s = Math.floor(ms / 1000), pad = (n) => String(n).padStart(2, "0");
    const clock = `${pad(Math.floor(s / 3600) % 24)}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`;
    const days = Math.floor(s / 86400);
    return days ? new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "day", unitDisplay: "long" }).format(days) + " " + clock : clock;
  }
  function tick() {
    document.querySelectorAll("[data-countdown]").forEach((element) => {
      const ms = Date.parse(element.dataset.countdown) - Date.now() - skew;
      element.classList.toggle("is-near", ms > 0 && ms < 3600e3);
      element.classList.toggle("is-over", ms <= 0);
      element.querySelector("time").textContent = ms > 0 ? left(ms) : words().wordOver;
      if (ms <= 0 && !element.dataset.isOver) { element.dataset.isOver = "1"; element.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true })); }
    });
  }
  setInterval(tick, 1000);

  // Questions before a deed: forms with data-confirm, and htmx's hx-confirm, in the same window.
  let onYes = null;
  function ask(question, detail, then) {
    const dialog = document.getElementById("confirm");
    dialog.querySelector("#confirm-question").textContent = question;
    dialog.querySelector("[data-confirm-detail]").textContent = detail || "";
    onYes = then;
    window.tabler.Modal.getOrCreateInstance(dialog).show();
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-confirm-yes]")) return;
    window.tabler.Modal.getOrCreateInstance(document.getElementById("confirm")).hide();
    if (onYes) onYes();
    onYes = null;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target, asked = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
    if (!asked || form.dataset.isConfirmed) { delete form.dataset.isConfirmed; return; }
    event.preventDefault(); event.stopImmediatePropagation();
    const submitter = event.submitter;
    ask(asked, (submitter && submitter.dataset.confirmDetail) || form.dataset.confirmDetail, () => { form.dataset.isConfirmed = "1"; form.requestSubmit(submitter); });
  }, true);
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, event.detail.elt.dataset.confirmDetail, () => event.detail.issueRequest(true));
  });

  // Toasts go away by themselves, refusals stay until closed.
  function toast(sentence, tone) {
    const box = document.createElement("div");
    box.className = `toast show toast-tl is-${tone}`; box.setAttribute("role", "alert");
    const body = document.createElement("div"); body.className = "toast-body"; body.textContent = sentence;
    box.append(body); document.getElementById("toasts").append(box);
    setTimeout(() => box.remove(), 8000);
  }
  window.triallink.toast = toast;
  document.addEventListener("htmx:sendError", () => toast(words().wordNetwork, "bad"));
  document.addEventListener("htmx:responseError", (event) => { if (event.detail.xhr.status >= 500) toast(words().wordNetwork, "bad"); });

  // A form that only filters sends itself; empty fields stay out of the address.
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("[data-tidy]")) return;
    [...event.formData.entries()].forEach(([name, value]) => { if (value === "") event.formData.delete(name); });
  });

  function prepare(root) {
    each(root, "[data-toast]", (e) => { if (!e.classList.contains("is-bad")) setTimeout(() => e.remove(), 6000); });
    // On a phone a row becomes a card; its cells then need the head's words.
    each(root, ".table-cards", (table) => {
      const heads = [...table.querySelectorAll("thead th")].map((th) => (th.dataset.label ?? th.textContent).trim());
      table.querySelectorAll("tbody tr").forEach((row) => [...row.children].forEach((cell, i) => { if (!cell.hasAttribute("data-label")) cell.setAttribute("data-label", heads[i] || ""); }));
    });
    each(root, "[data-drop]", (zone) => {
      const input = zone.querySelector("input"), names = zone.querySelector("[data-drop-names]");
      input.addEventListener("change", () => { names.textContent = [...input.files].map((f) => f.name).join(", "); });
      ["dragenter", "dragover"].forEach((n) => zone.addEventListener(n, () => zone.classList.add("is-over")));
      ["dragleave", "drop"].forEach((n) => zone.addEventListener(n, () => zone.classList.remove("is-over")));
    });
    each(root, "select[data-pick]", (select) => {
      loadScript(words().tomSelect).then(() => {
        if (!select.tomselect) new window.TomSelect(select, { maxOptions: 500, plugins: select.multiple ? ["remove_button"] : [], copyClassesToDropdown: false });
      });
    });
    each(root, "[data-print]", (button) => button.addEventListener("click", () => window.print()));
    window.triallink.onContent.forEach((act) => act(root));
    tick(); follow();
  }
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) prepare(event.detail.elt); });
  document.addEventListener("DOMContentLoaded", () => prepare(document.body));
})();
