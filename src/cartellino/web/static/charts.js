// Draws what stands in a page as data: lines over time, each with its limit. Drawn again when the window or the page changes.
"use strict";
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const series = (line, number) => ({
    label: line.label, stroke: colour(`--series-${(number % 6) + 1}`), width: 2, spanGaps: false, points: { size: 4 },
    value: (_, value) => (value == null ? "–" : Intl.NumberFormat("en", { maximumFractionDigits: 3 }).format(value)),
  });
  const limit = (line, number) => ({
    label: `limit of ${line.label}`, class: "limit", stroke: colour(`--series-${(number % 6) + 1}`), width: 1.5, dash: [6, 4], points: { show: false },
    value: (_, value) => (value == null ? "" : String(value)),
  });
  const marked = (mark, scale) => ({
    hooks: {
      draw: [(plot) => {
        const at = plot.valToPos(mark[0] / scale, "x", true);
        const { left, top, width, height } = plot.bbox;
        if (at < left || at > left + width) { return; }
        const pen = plot.ctx;
        pen.save();
        pen.strokeStyle = pen.fillStyle = colour("--limit");
        pen.lineWidth = 2;
        pen.beginPath(); pen.moveTo(at, top); pen.lineTo(at, top + height); pen.stroke();
        pen.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
        pen.textAlign = at > left + width / 2 ? "right" : "left";
        pen.fillText(mark[1], at + (at > left + width / 2 ? -6 : 6), top + 14 * devicePixelRatio);
        pen.restore();
      }],
    },
  });
  const draw = (place) => {
    const data = JSON.parse(place.querySelector("script").textContent);
    const scale = data.is_time ? 1000 : 1; // uPlot counts seconds
    const limited = data.lines.map((line, number) => [line, number]).filter(([line]) => line.limit != null);
    const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
    place.plot?.destroy();
    place.plot = new uPlot({
      width: Math.max(240, place.clientWidth), height: Number(place.dataset.height),
      scales: { x: { time: data.is_time }, y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] } },
      axes: [axis, { ...axis, size: 56 }],
      series: [{}, ...data.lines.map(series), ...limited.map(([line, number]) => limit(line, number))],
      plugins: data.mark ? [marked(data.mark, scale)] : [],
      legend: { show: data.lines.length > 1 },
      cursor: { drag: { x: false, y: false } },
    }, [
      data.x.map((at) => at / scale),
      ...data.lines.map((line) => line.values),
      ...limited.map(([line]) => data.x.map(() => line.limit)),
    ], place);
  };
  const all = (within) => within.querySelectorAll("[data-chart]").forEach(draw);
  let waits;
  addEventListener("DOMContentLoaded", () => all(document));
  addEventListener("resize", () => { clearTimeout(waits); waits = setTimeout(() => all(document), 150); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => all(document));
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) { all(event.detail.elt.parentElement ?? document); } });
})();
