// The Gantt picture opens where today is.
document.querySelectorAll("[data-gantt-today]").forEach((picture) => {
  const pane = picture.querySelector(".gantt-scroll");
  pane.scrollLeft = Math.max(0, Number(picture.dataset.ganttToday) - pane.clientWidth / 3);
});
