// Keeps the "Compare" buttons of the cards in step with the bar that the server answers.
(function () {
  "use strict";
  function follow() {
    const bar = document.getElementById("compare-bar");
    if (!bar) return;
    const chosen = new Set([...bar.querySelectorAll("[data-compared]")].map((item) => item.dataset.compared));
    const isFull = bar.dataset.full === "true";
    document.querySelectorAll("[data-compare]").forEach((button) => {
      const isIn = chosen.has(button.dataset.compare);
      button.classList.toggle("btn-primary", isIn);
      button.setAttribute("aria-pressed", String(isIn));
      button.disabled = isFull && !isIn;
    });
  }
  document.addEventListener("htmx:afterSettle", follow);
})();
