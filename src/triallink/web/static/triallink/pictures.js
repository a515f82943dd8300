// Charts and maps: an ECharts option in data-chart, points in data-points. Loaded only where one is on the page.
(function () {
  "use strict";
  const { each, loadScript, onContent } = window.triallink;
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const drawn = new Set();

  function theme() {
    const ink = style("--ink-soft"), line = style("--line");
    const axis = { axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: ink }, splitLine: { lineStyle: { color: line } }, nameTextStyle: { color: ink } };
    return {
      color: ["#2a9d8f", "#3f7fc4", "#e0913a", "#8a63c9", "#c8566b", "#7f9433", "#5b6b78"],
      backgroundColor: "transparent",
      textStyle: { fontFamily: style("--tblr-font-sans-serif"), color: ink },
      legend: { textStyle: { color: ink }, itemWidth: 12, itemHeight: 8, icon: "roundRect" },
      tooltip: { renderMode: "richText", confine: true, backgroundColor: style("--surface"), borderColor: line, textStyle: { color: style("--ink") } },
      categoryAxis: { ...axis, splitLine: { show: false } }, valueAxis: axis, timeAxis: axis, logAxis: axis,
    };
  }
  // A figure names colours of the theme, var(--ink), so that it is right in light and in dark.
  const themed = (key, value) => (typeof value === "string" && value.startsWith("var(") ? style(value.slice(4, -1)) : value);
  function place(element, option) {
    const chart = window.echarts.init(element, theme(), { renderer: "canvas" });
    if (option.legend) option.legend = { top: 0, left: 0, ...option.legend };
    chart.setOption({ aria: { enabled: true }, grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true }, animationDuration: 250, ...option });
    chart.on("click", (event) => { const to = event.data && event.data.url; if (to) window.location.assign(to); });
    drawn.add(element);
    return chart;
  }
  const kept = (element) => window.echarts && window.echarts.getInstanceByDom(element);

  async function chart(element) {
    await loadScript(document.body.dataset.echarts);
    if (!kept(element)) place(element, JSON.parse(element.dataset.chart, themed));
  }
  async function map(element) {
    await loadScript(document.body.dataset.echarts);
    const isChina = element.dataset.map === "china";
    // The library draws an inset of its own on a map called "china"; ours are called otherwise.
    const area = isChina ? "coast-near" : "coast-world";
    if (!window.echarts.getMap(area)) {
      const answer = await fetch(document.body.dataset[isChina ? "mapChina" : "mapWorld"]);
      window.echarts.registerMap(area, await answer.json());
    }
    if (kept(element)) return;
    const points = JSON.parse(element.dataset.points);
    const groups = [...new Set(points.map((p) => p.group || ""))].sort();
    const most = Math.max(1, ...points.map((p) => p.value || 1));
    place(element, {
      geo: {
        map: area, roam: true, scaleLimit: { min: 1, max: 12 }, silent: true, top: 0, bottom: 0, left: 0, right: 0,
        ...(isChina ? { center: [105, 36], zoom: 1.15, aspectScale: 0.82 } : {}),
        itemStyle: { areaColor: style("--calm-wash"), borderColor: style("--line") },
      },
      tooltip: { formatter: (p) => p.data.name + (p.data.number ? ": " + p.data.number : "") },
      ...(groups.length > 1 || groups[0] ? { legend: { type: "scroll" } } : {}),
      series: groups.map((group) => ({
        ...(group ? { name: group } : {}),
        label: { show: points.length <= 15, formatter: "{b}", position: "right", color: style("--ink-soft"), fontSize: 11 }, labelLayout: { hideOverlap: true },
        type: "scatter", coordinateSystem: "geo", itemStyle: { ...(group ? {} : { color: style("--accent") }), opacity: 0.72 },
        symbolSize: (value) => 7 + 21 * Math.sqrt((value[2] || 1) / most),
        data: points.filter((p) => (p.group || "") === group).map((p) => ({ name: p.name, value: [p.lon, p.lat, p.value || 1], number: p.value, url: p.url })),
      })),
    });
  }
  function all(root) {
    each(root, "[data-chart]", chart);
    each(root, "[data-map]", map);
  }
  onContent.push(all);
  let waiting;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => drawn.forEach((e) => (e.isConnected ? kept(e).resize() : drawn.delete(e))), 120); });
  document.addEventListener("triallink:theme", () => { drawn.forEach((e) => kept(e) && kept(e).dispose()); drawn.clear(); all(document.body); });
})();
