// Rows of a form that come and go. Without script a form has blank rows and boxes to tick instead.
(function () {
  "use strict";
  const rowsOf = (form) => [...form.querySelectorAll("[data-rows] > [data-row]")];
  const first = (row) => row.querySelector("select, input:not([type=hidden])");
  function number(form) {
    rowsOf(form).forEach((row, i) => { row.querySelector("[data-row-number]").textContent = i + 1; });
  }
  function add(form) {
    const blank = form.querySelector("[data-row-blank]").content.cloneNode(true);
    form.querySelector("[data-rows]").append(blank);
    number(form);
    first(rowsOf(form).at(-1)).focus();
  }
  function remove(form, row) {
    const rows = rowsOf(form), at = rows.indexOf(row);
    row.remove();
    number(form);
    const next = rows[at + 1] || rows[at - 1];
    (next ? first(next) : form.querySelector("[data-row-add]")).focus();
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-add], [data-row-remove]");
    if (!button) return;
    if (button.matches("[data-row-add]")) add(button.form);
    else remove(button.form, button.closest("[data-row]"));
  });
  document.documentElement.classList.add("has-rows");
})();
